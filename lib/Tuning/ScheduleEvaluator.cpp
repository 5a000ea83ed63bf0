// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each worker has a context of its own: passes then run as if they were alone,
// and may load dialects while the search's pass is running in the user's.
#include "ScheduleEvaluator.h"

#include "LatencyEvaluator.h"
#include "ModuleMetrics.h"

#include "mase/Execution/EntryFunction.h"
#include "mase/Support/Error.h"
#include "mase/Support/NearestNames.h"
#include "mase/Tuning/ErrorCollector.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_sha1_ostream.h"

#include <cmath>

using namespace mlir;
using namespace mase;

struct ScheduleEvaluator::Worker {
  explicit Worker(const DialectRegistry &registry)
      : context(registry, MLIRContext::Threading::DISABLED) {}

  MLIRContext context;
  OwningOpRef<ModuleOp> network;
  PrecisionSpace precision;
  std::unique_ptr<Schedule> schedule;
};

ScheduleEvaluator::~ScheduleEvaluator() = default;

std::vector<std::string>
ScheduleEvaluator::wantedMetrics(const Problem &problem, bool isBinary,
                                 bool hasProgram, bool hasData) {
  // A program's time is the program's to measure.
  MetricList ours(isBinary, [&](const NetworkMetric &metric) {
    return metric.source != MetricSource::Clock &&
           (hasData || !takesData(metric.source));
  });
  std::vector<std::string> wanted;
  auto add = [&](const std::string &name) {
    if (!hasProgram || llvm::is_contained(ours.names(), name))
      wanted.push_back(name);
  };
  for (const Objective &objective : problem.objectives)
    add(objective.name);
  for (const Constraint &constraint : problem.constraints)
    add(constraint.metric);
  return wanted;
}

bool ScheduleEvaluator::needsData(ArrayRef<std::string> metrics) {
  return llvm::any_of(metrics, [](const std::string &name) {
    const NetworkMetric *metric = findNetworkMetric(name);
    return metric && takesData(metric->source);
  });
}

bool ScheduleEvaluator::wants(ArrayRef<MetricSource> sources) const {
  return llvm::any_of(options.wanted, [&](const std::string &name) {
    return llvm::is_contained(sources, findNetworkMetric(name)->source);
  });
}

absl::StatusOr<std::shared_ptr<ScheduleEvaluator>>
ScheduleEvaluator::create(const Options &options) {
  std::vector<std::string> names =
      MetricList(options.isBinary, [](auto &) { return true; }).names();
  for (const std::string &name : options.wanted)
    if (!llvm::is_contained(names, name))
      return absl::InvalidArgumentError("unknown metric '" + name + "'" +
                                        nearestNamesText(name, names));
  std::shared_ptr<ScheduleEvaluator> result(new ScheduleEvaluator);
  result->options = options;
  // Costs are there for nothing, and where the network runs, so are all that
  // its results tell. What takes its time is measured where it is wanted.
  result->list = MetricList(options.isBinary, [&](const NetworkMetric &metric) {
    return isCost(metric.source) || result->wants(metric.source);
  });
  llvm::raw_string_ostream stream(result->network);
  if (failed(writeBytecodeToFile(options.network, stream)))
    return absl::InternalError("the network cannot be written as bytecode");
  result->scheduleText = options.schedule->text();
  result->scheduleFile = options.schedule->file();
  if (absl::StatusOr<NetworkCost> cost = measureCost(options.network);
      cost.ok())
    result->macs = cost->macs;
  return result;
}

absl::StatusOr<std::unique_ptr<ScheduleEvaluator::Worker>>
ScheduleEvaluator::createWorker() const {
  MLIRContext *context = options.network->getContext();
  auto worker = std::make_unique<Worker>(context->getDialectRegistry());
  worker->context.allowUnregisteredDialects(
      context->allowsUnregisteredDialects());
  ErrorCollector errors(&worker->context);
  worker->network =
      parseSourceString<ModuleOp>(network, ParserConfig(&worker->context));
  if (!worker->network)
    return errors.status();
  // Results of an earlier search are no part of the network.
  for (auto old :
       llvm::make_early_inc_range(worker->network->getOps<ConfigurationOp>()))
    old.erase();
  FailureOr<EntryFunction> entry = findEntryFunction(*worker->network);
  if (failed(entry))
    return errors.status();
  FailureOr<LayerMap> layers = collectLayers(entry->function);
  if (failed(layers))
    return errors.status();
  auto precision =
      PrecisionSpace::create(&worker->context, *layers, *options.config,
                             /*mayBeEmpty=*/true);
  if (!precision.ok())
    return precision.status();
  worker->precision = *std::move(precision);
  auto schedule = Schedule::parse(scheduleText, scheduleFile, &worker->context);
  if (!schedule.ok())
    return schedule.status();
  worker->schedule = *std::move(schedule);
  return worker;
}

double ScheduleEvaluator::expectedSeconds() const {
  // Passes, then the interpreter.
  constexpr double kPasses = 5e-3, kPerMac = 6e-9;
  double samples =
      needsData(options.wanted) ? double(options.labels.size()) : 0;
  return kPasses + kPerMac * samples * double(macs) +
         (wants(MetricSource::Clock) ? latencySeconds(double(macs)) : 0);
}

static TrialResult failureOf(const absl::Status &status) {
  return TrialResult::failure(messageOf(status));
}

void ScheduleEvaluator::evaluateBatch(const EvaluationContext &context,
                                      ArrayRef<TrialRequest> trials,
                                      MutableArrayRef<TrialResult> results) {
  Worker *worker = nullptr;
  {
    std::lock_guard lock(mutex);
    if (workers.size() <= context.worker)
      workers.resize(context.worker + 1);
    worker = workers[context.worker].get();
  }
  if (!worker) {
    auto created = createWorker();
    if (!created.ok()) {
      llvm::fill(results, failureOf(created.status()));
      return;
    }
    worker = created->get();
    std::lock_guard lock(mutex);
    workers[context.worker] = *std::move(created);
  }
  for (auto [trial, result] : llvm::zip_equal(trials, results))
    result = evaluate(*worker, *trial.point, /*fromScratch=*/false);
}

TrialResult ScheduleEvaluator::evaluateFromScratch(const TrialRequest &trial) {
  auto worker = createWorker();
  if (!worker.ok())
    return failureOf(worker.status());
  return evaluate(**worker, *trial.point, /*fromScratch=*/true);
}

/// What tells modules apart: all of the text but locations.
static std::string hashOf(ModuleOp module) {
  llvm::raw_sha1_ostream os;
  module.print(os, OpPrintingFlags().useLocalScope());
  auto hash = os.sha1();
  return std::string(reinterpret_cast<const char *>(hash.data()), hash.size());
}

/// The network with the point's precisions after its schedule; `replay`: the
/// schedule as it would be written and read again.
absl::StatusOr<OwningOpRef<ModuleOp>>
ScheduleEvaluator::schedule(Worker &worker, const Point &point,
                            bool replay) const {
  for (const LayerKnobs &layer : worker.precision.layers) {
    const LayerChoice &choice = layer.choices[layer.choiceAt(point)];
    if (!choice.illegal.ok())
      return choice.illegal;
    QuantizableOpInterface(layer.op).setLayerPrecision(choice.precision);
  }
  Point schedulePoint(point.begin() +
                          ptrdiff_t(worker.precision.space.numKnobs()),
                      point.end());
  Schedule *schedule = worker.schedule.get();
  std::unique_ptr<Schedule> replayed;
  if (replay) {
    auto parsed = Schedule::parse(schedule->print(schedulePoint), scheduleFile,
                                  &worker.context);
    if (!parsed.ok())
      return parsed.status();
    replayed = *std::move(parsed);
    schedule = replayed.get();
    schedulePoint = Point(schedule->space().numKnobs(), 0);
  }
  OwningOpRef<ModuleOp> module = worker.network->clone();
  if (absl::Status status = schedule->apply(*module, schedulePoint);
      !status.ok())
    return status;
  return module;
}

absl::StatusOr<std::string>
ScheduleEvaluator::scheduledModule(const Point &point) const {
  auto worker = createWorker();
  if (!worker.ok())
    return worker.status();
  auto module = schedule(**worker, point, /*replay=*/true);
  if (!module.ok())
    return module.status();
  std::string bytecode;
  llvm::raw_string_ostream stream(bytecode);
  if (failed(writeBytecodeToFile(**module, stream)))
    return absl::InternalError(
        "the scheduled network cannot be written as bytecode");
  return bytecode;
}

TrialResult ScheduleEvaluator::evaluate(Worker &worker, const Point &point,
                                        bool fromScratch) {
  auto scheduled = schedule(worker, point, /*replay=*/fromScratch);
  if (!scheduled.ok())
    return failureOf(scheduled.status());
  OwningOpRef<ModuleOp> module = *std::move(scheduled);
  if (fromScratch)
    return measure(*module, fromScratch);

  std::string hash = hashOf(*module);
  {
    std::lock_guard lock(mutex);
    if (auto it = measured.find(hash); it != measured.end())
      return it->second;
  }
  TrialResult result = measure(*module, fromScratch);
  std::lock_guard lock(mutex);
  measured.try_emplace(hash, result);
  return result;
}

TrialResult ScheduleEvaluator::measure(ModuleOp module,
                                       bool fromScratch) const {
  Measured measured{.compareTo = options.compareTo};
  // The cheap ones first: they may fail.
  absl::StatusOr<NetworkCost> cost = measureCost(module);
  if (cost.ok())
    measured.cost = *cost;
  else if (wants({MetricSource::Cost, MetricSource::Parameters,
                  MetricSource::ScheduledCost}))
    return failureOf(cost.status());
  if (needsData(options.wanted)) {
    absl::StatusOr<Metrics> results =
        measureAccuracy(module, options.x, options.labels, options.target,
                        /*interpret=*/fromScratch);
    if (!results.ok())
      return failureOf(results.status());
    measured.results = *results;
  }
  if (wants(MetricSource::Code)) {
    absl::StatusOr<size_t> bytes = measureCudaBytes(module);
    if (!bytes.ok())
      return failureOf(bytes.status());
    measured.cudaBytes = double(*bytes);
  }
  if (wants(MetricSource::Lanes)) {
    absl::StatusOr<LaneCost> lanes = measureLanes(module);
    if (!lanes.ok())
      return failureOf(lanes.status());
    measured.lanes = *lanes;
  }
  // A timing is nothing to verify.
  if (wants(MetricSource::Clock) && !fromScratch) {
    absl::StatusOr<double> latency = measureLatency([&] { return module; });
    if (!latency.ok())
      return failureOf(latency.status());
    measured.latency = *latency;
  }
  TrialResult result;
  result.metrics = list.values(measured);
  result.errors = list.errors(measured);
  return result;
}
