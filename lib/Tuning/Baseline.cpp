// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a trial could lose.
#include "Baseline.h"

#include "LatencyEvaluator.h"

#include "mase/Analysis/Cost.h"
#include "mase/Evaluate/Evaluator.h"
#include "mase/Evaluate/FromIR.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace mase;

/// Nanoseconds a sample of `function`'s module in binary32; a warning and NaN
/// where it does not run.
static double floatLatency(func::FuncOp function) {
  OwningOpRef<ModuleOp> module(function->getParentOfType<ModuleOp>().clone());
  for (auto old : llvm::make_early_inc_range(module->getOps<ConfigurationOp>()))
    old.erase();
  module->walk(
      [](QuantizableOpInterface op) { op.setLayerPrecision(PrecisionAttr()); });
  absl::StatusOr<double> latency = measureLatency([&] { return *module; });
  if (latency.ok())
    return *latency;
  emitConfigWarning(function.getContext(),
                    "the latency of the network in float32 is not known: " +
                        messageOf(latency.status()));
  return std::nan("");
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
  auto evaluator = Evaluator::create(std::move(network->network), {},
                                     setup.dataset->x, setup.dataset->labels);
  if (!evaluator.ok())
    return emitConfigError(function.getContext(),
                           messageOf(evaluator.status()));
  Metrics metrics = (*evaluator)->evaluate({&assignment, 1}).front();
  NetworkCost cost = getNetworkCost(*inFloat, getLayerCosts(*inFloat));
  std::vector<double> costs;
  appendCosts(cost, compareTo, costs);
  const TrialEvaluator &trials = *setup.problem.evaluator;
  setup.baseline.assign(trials.metrics().size(), std::nan(""));
  setup.baselineErrors = setup.baseline;
  auto set = [&](ArrayRef<MetricInfo> infos, ArrayRef<double> values,
                 std::vector<double> &to) {
    for (auto [info, value] : llvm::zip_equal(infos, values))
      if (size_t m = trials.metricIndex(info.name); m < to.size())
        to[m] = value;
  };
  bool isBinary = setup.output.isBinary();
  ArrayRef<MetricInfo> software = softwareMetrics(isBinary);
  set(software, softwareValues(metrics, isBinary), setup.baseline);
  set(software, softwareErrors(metrics, isBinary), setup.baselineErrors);
  set(costMetrics(), costs, setup.baseline);
  if (setup.scheduled)
    set(parametersMetric(), double(cost.parameters), setup.baseline);
  // A program's latency is of something else.
  if (!setup.config.strategy.external &&
      trials.metricIndex(latencyMetric().name) < setup.baseline.size())
    set(latencyMetric(), floatLatency(function), setup.baseline);
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
