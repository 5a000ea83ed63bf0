// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a trial could lose.
#include "Baseline.h"

#include "LatencyEvaluator.h"
#include "ModuleMetrics.h"

#include "mase/Analysis/Cost.h"
#include "mase/Evaluate/Evaluator.h"
#include "mase/Evaluate/FromIR.h"
#include "mase/Support/Error.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace mase;

/// What `measure` says of `function`'s module in binary32; a warning and none
/// where it fails.
template <typename T>
static std::optional<T>
measureFloat(func::FuncOp function, StringRef what,
             llvm::function_ref<absl::StatusOr<T>(ModuleOp)> measure) {
  OwningOpRef<ModuleOp> module(function->getParentOfType<ModuleOp>().clone());
  for (auto old : llvm::make_early_inc_range(module->getOps<ConfigurationOp>()))
    old.erase();
  module->walk(
      [](QuantizableOpInterface op) { op.setLayerPrecision(PrecisionAttr()); });
  absl::StatusOr<T> value = measure(*module);
  if (value.ok())
    return *value;
  emitWarning(UnknownLoc::get(function.getContext()))
      << "the " << what << " of the network in float32 is not known: "
      << messageOf(value.status());
  return std::nullopt;
}

LogicalResult mase::measureBaseline(func::FuncOp function, double compareTo,
                                    SearchSetup &setup) {
  if (!setup.dataset)
    return success();
  OwningOpRef<func::FuncOp> inFloat(function.clone());
  inFloat->walk(
      [](QuantizableOpInterface op) { setPrecision(op, PrecisionAttr()); });
  FailureOr<NetworkFromIR> network = networkFromIR(*inFloat);
  if (failed(network))
    return failure();
  Assignment assignment(network->layers.size(), 0);
  auto evaluator =
      Evaluator::create(std::move(network->network), {.target = setup.target},
                        setup.dataset->x, setup.dataset->labels);
  if (!evaluator.ok())
    return emitConfigError(function.getContext(),
                           locatedText(evaluator.status()));
  Measured measured{.results = (*evaluator)->evaluate({&assignment, 1}).front(),
                    .cost = getNetworkCost(*inFloat, getLayerCosts(*inFloat)),
                    .compareTo = compareTo};
  const TrialEvaluator &trials = *setup.problem.evaluator;
  // A program's latency is of something else.
  if (!setup.config.strategy.external &&
      llvm::any_of(trials.metrics(),
                   [](const MetricInfo &info) { return info.isTiming; }))
    measured.latency =
        measureFloat<double>(function, "latency", [](ModuleOp module) {
          return measureLatency([&] { return module; });
        });
  if (!setup.config.strategy.external && setup.wants(MetricSource::Lanes))
    measured.lanes = measureFloat<LaneCost>(function, "cpu cost", measureLanes);
  setup.baseline.assign(trials.metrics().size(), std::nan(""));
  setup.baselineErrors = setup.baseline;
  MetricList ours(setup.output.isBinary(), [&](const NetworkMetric &metric) {
    return setup.measures(metric.source);
  });
  for (auto [info, value, error] : llvm::zip_equal(
           ours.infos(), ours.values(measured), ours.errors(measured)))
    if (size_t m = trials.metricIndex(info.name); m < setup.baseline.size()) {
      setup.baseline[m] = value;
      setup.baselineErrors[m] = error;
    }
  return success();
}

void mase::completeErrors(const SearchSetup &setup, bool ofAll,
                          StudyResult &result) {
  // What measures on data, of all that measures.
  std::shared_ptr<TrialEvaluator> own = setup.network;
  if (!own)
    own = setup.scheduled;
  if (!own || !setup.dataset)
    return;
  const TrialEvaluator &all = *setup.problem.evaluator;
  auto complete = [&](Trial &trial) {
    if (trial.state != TrialState::Complete || !trial.errors.empty())
      return;
    std::vector<double> errors =
        own->evaluateFromScratch({trial.number, &trial.point}).errors;
    trial.errors.assign(all.metrics().size(), std::nan(""));
    for (auto [info, error] : llvm::zip(own->metrics(), errors))
      trial.errors[all.metricIndex(info.name)] = error;
  };
  if (ofAll)
    llvm::for_each(result.trials, complete);
  else
    for (size_t i : result.front)
      complete(result.trials[i]);
}
