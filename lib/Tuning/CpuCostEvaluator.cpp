// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What trials' kernels cost on a CPU, counted.
#include "CpuCostEvaluator.h"

#include "ModuleMetrics.h"

#include "mase/Support/Error.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mase;

CpuCostEvaluator::CpuCostEvaluator(const SearchSetup &setup, ModuleOp module)
    : list(/*isBinary=*/false,
           [](const NetworkMetric &metric) {
             return metric.source == MetricSource::Lanes;
           }),
      networks(setup), network(module.clone()) {
  eraseConfigurations(*network);
}

double CpuCostEvaluator::expectedSeconds() const { return 2e-3; } // passes

TrialResult CpuCostEvaluator::evaluateFromScratch(const TrialRequest &trial) {
  std::lock_guard lock(mutex);
  OwningOpRef<ModuleOp> module = network->clone();
  if (auto put = networks.put(*trial.point, *module); !put.ok())
    return TrialResult::failure(messageOf(put.status()));
  absl::StatusOr<LaneCost> lanes = measureLanes(*module);
  if (!lanes.ok())
    return TrialResult::failure(messageOf(lanes.status()));
  TrialResult result;
  result.metrics = list.values({.lanes = *lanes});
  return result;
}

void CpuCostEvaluator::evaluateBatch(const EvaluationContext &,
                                     ArrayRef<TrialRequest> trials,
                                     MutableArrayRef<TrialResult> results) {
  for (auto [trial, result] : llvm::zip_equal(trials, results))
    result = evaluateFromScratch(trial);
}
