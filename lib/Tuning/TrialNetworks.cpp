// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "TrialNetworks.h"

#include "CalibratedNetwork.h"
#include "LatencyEvaluator.h"
#include "ModuleMetrics.h"

#include "mase/Dialect/Mase/Transforms/LowerToInteger.h"
#include "mase/Execution/EntryFunction.h"
#include "mase/Search/Report/Report.h"
#include "mase/Support/Error.h"
#include "mase/Tuning/ErrorCollector.h"

#include "absl/strings/str_cat.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/ThreadPool.h"

using namespace mlir;
using namespace mase;

OwnContext::OwnContext(MLIRContext &like)
    : context(like.getDialectRegistry(), MLIRContext::Threading::DISABLED) {
  context.allowUnregisteredDialects(like.allowsUnregisteredDialects());
}

absl::StatusOr<OwningOpRef<ModuleOp>> OwnContext::parse(StringRef source) {
  ErrorCollector errors(&context);
  auto module = parseSourceString<ModuleOp>(source, ParserConfig(&context));
  if (!module)
    return errors.status();
  return module;
}

absl::Status mase::onThreads(const SearchSetup &setup,
                             ArrayRef<uint64_t> trials,
                             function_ref<absl::Status(size_t)> work,
                             size_t together) {
  std::vector<absl::Status> statuses(trials.size());
  llvm::DefaultThreadPool threads(
      llvm::hardware_concurrency(setup.studyOptions().jobs));
  for (size_t first = 0; first < trials.size(); first += together)
    threads.async([&, first] {
      for (size_t i = first; i < std::min(first + together, trials.size()); ++i)
        statuses[i] = work(i);
    });
  threads.wait();
  for (auto [status, number] : llvm::zip_equal(statuses, trials))
    if (!status.ok()) {
      LocatedText error = locatedText(status);
      return errorAt(error.location,
                     "trial " + Twine(number) + ": " + error.text);
    }
  return absl::OkStatus();
}

void mase::eraseConfigurations(ModuleOp module) {
  for (auto old : llvm::make_early_inc_range(module.getOps<ConfigurationOp>()))
    old.erase();
}

absl::StatusOr<std::vector<std::string>>
TrialNetworks::put(const Point &point, ModuleOp module) const {
  ErrorCollector errors(module.getContext());
  FailureOr<EntryFunction> entry = findEntryFunction(module);
  if (failed(entry))
    return errors.status();
  llvm::StringMap<const LayerPrecision *> precisions;
  for (const LayerKnobs &layer : setup.space.layers)
    precisions[layer.name] = &layer.choices[layer.choiceAt(point)].formats;
  entry->function.walk([&](QuantizableOpInterface op) {
    StringRef name = cast<LayerOpInterface>(*op).getLayerName();
    op.setLayerPrecision(toPrecisionAttr(op, *precisions.lookup(name)));
  });
  if (!setup.isCalibrated())
    return std::vector<std::string>();
  FailureOr<CalibratedNetwork> network = CalibratedNetwork::read(module);
  if (failed(network))
    return errors.status();
  Calibration calibration = setup.network->calibrated(point);
  network->write(calibration.network, calibration.precisions);
  network->record(setup.calibrationSamples(), SearchSetup::kCalibrationOptions);
  return std::move(calibration.warnings);
}

absl::StatusOr<bool> TrialNetworks::refine(ModuleOp module) const {
  ErrorCollector errors(module.getContext());
  FailureOr<CalibratedNetwork> network = CalibratedNetwork::read(module);
  if (failed(network))
    return errors.status();
  FailureOr<Network> original = network->floatNetwork();
  if (failed(original))
    return errors.status();
  if (llvm::none_of(network->precisions(), [](const LayerPrecision &precision) {
        const auto &weight = precision[OperandRole::Weight];
        return weight && (*weight)->uniform();
      }))
    return false;
  absl::StatusOr<Refinement> result =
      network->refine(*original, setup.calibration->x, RefineOptions());
  if (!result.ok())
    return result.status();
  return result->movedWeights + result->movedBiases > 0;
}

absl::StatusOr<Measured> mase::measureNetwork(ModuleOp module,
                                              const SearchSetup &setup) {
  const Dataset &dataset = *setup.dataset;
  Measured measured{.compareTo = setup.compareTo()};
  // The level where a schedule leaves it, and else the integer level.
  OwningOpRef<ModuleOp> lowered(cast<ModuleOp>(module->clone()));
  if (!setup.schedule) {
    absl::StatusOr<NetworkCost> cost = measureCost(module);
    if (!cost.ok())
      return cost.status();
    measured.cost = *cost;
    ErrorCollector errors(module.getContext());
    if (failed(lowerToInteger(*lowered)))
      return errors.status();
  }
  absl::StatusOr<Metrics> results =
      measureAccuracy(*lowered, dataset.x, dataset.labels, setup.target,
                      /*interpret=*/true);
  if (!results.ok())
    return results.status();
  measured.results = *results;
  return measured;
}

absl::StatusOr<Measured> mase::measureAsTrial(ModuleOp module,
                                              const SearchSetup &setup) {
  Measured measured{.compareTo = setup.compareTo()};
  absl::StatusOr<NetworkCost> cost = measureCost(module);
  if (!cost.ok())
    return cost.status();
  measured.cost = *cost;
  const Dataset &dataset = *setup.dataset;
  absl::StatusOr<Metrics> results =
      measureAccuracy(module, dataset.x, dataset.labels, setup.target);
  if (!results.ok())
    return results.status();
  measured.results = *results;
  if (setup.wants(MetricSource::Lanes)) {
    absl::StatusOr<LaneCost> lanes = measureLanes(module);
    if (!lanes.ok())
      return lanes.status();
    measured.lanes = *lanes;
  }
  if (setup.wants(MetricSource::Clock)) {
    absl::StatusOr<double> latency = measureLatency([&] { return module; });
    if (!latency.ok())
      return latency.status();
    measured.latency = *latency;
  }
  return measured;
}

void mase::setMetrics(Trial &trial, const MetricList &list,
                      const Measured &measured, const SearchSetup &setup) {
  const TrialEvaluator &evaluator = *setup.problem.evaluator;
  size_t count = evaluator.metrics().size();
  trial.metrics.resize(count, std::nan(""));
  trial.errors.resize(count, std::nan(""));
  for (auto [info, value, error] : llvm::zip_equal(
           list.infos(), list.values(measured), list.errors(measured)))
    if (size_t m = evaluator.metricIndex(info.name); m < count) {
      trial.metrics[m] = value;
      trial.errors[m] = error;
    }
}

MetricList mase::networkMetricsOf(const SearchSetup &setup) {
  const TrialEvaluator &evaluator = *setup.problem.evaluator;
  return MetricList(setup.output.isBinary(), [&](const NetworkMetric &metric) {
    bool isOfNetwork =
        takesData(metric.source) ||
        (metric.source == MetricSource::Parameters && !setup.schedule);
    return isOfNetwork && setup.measures(metric.source) &&
           evaluator.metricIndex(metric.info.name) < evaluator.metrics().size();
  });
}

absl::Status mase::checkMeasured(const SearchSetup &setup, const Trial &trial,
                                 const Measured &measured) {
  MetricList list = networkMetricsOf(setup);
  for (auto [info, value] :
       llvm::zip_equal(list.infos(), list.values(measured))) {
    size_t metric = setup.problem.evaluator->metricIndex(info.name);
    if (metric >= trial.metrics.size())
      continue;
    double searched = trial.metrics[metric];
    // A loss may be NaN where no objective needs it.
    if (searched == value || (searched != searched && value != value))
      continue;
    return absl::InternalError(absl::StrCat(
        "the network of trial ", trial.number,
        " does not compute what the search measured: expected ", info.name, " ",
        pythonFloat(searched), ", found ", pythonFloat(value)));
  }
  return absl::OkStatus();
}
