// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What trials' kernels cost on a CPU, counted.
#ifndef MASE_LIB_TUNING_CPUCOSTEVALUATOR_H
#define MASE_LIB_TUNING_CPUCOSTEVALUATOR_H

#include "NetworkMetrics.h"
#include "SearchSetup.h"
#include "TrialNetworks.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <mutex>

namespace mase {

/// Lowers a point's network to a kernel in lanes and counts its operations.
class CpuCostEvaluator : public TrialEvaluator {
public:
  /// `setup` must outlive it; `module` is copied.
  CpuCostEvaluator(const SearchSetup &setup, mlir::ModuleOp module);

  llvm::ArrayRef<MetricInfo> metrics() const override { return list.infos(); }
  double expectedSeconds() const override;
  void evaluateBatch(const EvaluationContext &context,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override;
  TrialResult evaluateFromScratch(const TrialRequest &trial) override;

private:
  MetricList list;
  TrialNetworks networks;
  mlir::OwningOpRef<mlir::ModuleOp> network;
  std::mutex mutex; ///< of the network's context
};

} // namespace mase

#endif // MASE_LIB_TUNING_CPUCOSTEVALUATOR_H
