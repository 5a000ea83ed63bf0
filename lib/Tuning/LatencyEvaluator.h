// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How long a network takes on the cpu engine: the one metric that a clock
// measures.
#ifndef MASE_LIB_TUNING_LATENCYEVALUATOR_H
#define MASE_LIB_TUNING_LATENCYEVALUATOR_H

#include "TrialNetworks.h"

#include "mase/Search/Problem.h"

#include "absl/status/statusor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <vector>

namespace mase {

/// Nanoseconds a sample that the module of `make` takes on the cpu engine: the
/// median of repeated runs on a thousand samples, compilation not counted. One
/// measurement at a time in the process, from `make` on, however many threads
/// ask. Errors: those of `make`, what the engine says, a level that it doesn't
/// take.
absl::StatusOr<double>
measureLatency(llvm::function_ref<absl::StatusOr<mlir::ModuleOp>()> make);

/// Seconds that a measurement takes for a network of `macs`, estimated.
double latencySeconds(double macs);

/// The latency of a point's network.
class LatencyEvaluator : public TrialEvaluator {
public:
  /// `setup` must outlive it; `module` is copied.
  LatencyEvaluator(const SearchSetup &setup, mlir::ModuleOp module);

  llvm::ArrayRef<MetricInfo> metrics() const override { return list.infos(); }
  double expectedSeconds() const override { return seconds; }
  /// So that a deadline and a journal are not kept waiting.
  size_t maxBatch() const override { return 1; }
  void evaluateBatch(const EvaluationContext &context,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override;
  /// Measures nothing: a timing is nothing to verify.
  TrialResult evaluateFromScratch(const TrialRequest &trial) override;

private:
  MetricList list;
  TrialNetworks networks;
  mlir::OwningOpRef<mlir::ModuleOp> network;
  double seconds = 0;
};

} // namespace mase

#endif // MASE_LIB_TUNING_LATENCYEVALUATOR_H
