// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a trial could lose.
#include "Baseline.h"

#include "mase/Analysis/Cost.h"
#include "mase/Evaluate/Evaluator.h"
#include "mase/Evaluate/FromIR.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace mase;

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
  std::vector<double> costs;
  appendCosts(getNetworkCost(*inFloat, getLayerCosts(*inFloat)), compareTo,
              costs);
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
  return success();
}
