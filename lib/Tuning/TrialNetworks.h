// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The networks of trials, in the IR.
#ifndef MASE_LIB_TUNING_TRIALNETWORKS_H
#define MASE_LIB_TUNING_TRIALNETWORKS_H

#include "NetworkMetrics.h"
#include "SearchSetup.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace mase {

/// A context of one thread's own, which takes its constants with it.
class OwnContext {
public:
  /// With the dialects that `like` knows.
  explicit OwnContext(mlir::MLIRContext &like);

  mlir::MLIRContext &get() { return context; }
  /// Text or bytecode of this program's. Errors: what the parser says.
  absl::StatusOr<mlir::OwningOpRef<mlir::ModuleOp>>
  parse(llvm::StringRef source);

private:
  mlir::MLIRContext context;
};

/// Calls `work` with each position in `trials`, numbers of trials, on the
/// search's threads: `together` positions, from a multiple of it on, one after
/// the other. The error is the first by position, and names the trial.
absl::Status onThreads(const SearchSetup &setup,
                       llvm::ArrayRef<uint64_t> trials,
                       llvm::function_ref<absl::Status(size_t)> work,
                       size_t together = 1);

/// What an earlier search has left.
void eraseConfigurations(mlir::ModuleOp module);

/// What a search without a schedule makes of the network.
class TrialNetworks {
public:
  /// `setup` must outlive it.
  explicit TrialNetworks(const SearchSetup &setup) : setup(setup) {}

  /// Gives `module`, a copy of the network that is searched in any context, the
  /// precisions of `point`, and where trials are calibrated the parameters that
  /// were measured, with a mase.calibration. Returns what there is to warn of.
  absl::StatusOr<std::vector<std::string>> put(const Point &point,
                                               mlir::ModuleOp module) const;

  /// Refines what `put` has left, on all of the calibration's samples. False:
  /// no weight has integer codes, or none moved.
  absl::StatusOr<bool> refine(mlir::ModuleOp module) const;

private:
  const SearchSetup &setup;
};

/// What `module` gives on the search's data, at the integer level by the
/// interpreter, and what it costs.
absl::StatusOr<Measured> measureNetwork(mlir::ModuleOp module,
                                        const SearchSetup &setup);

/// All that the search measures of trials, in the way in which it measures
/// them, of `module`, a network that no point describes.
absl::StatusOr<Measured> measureAsTrial(mlir::ModuleOp module,
                                        const SearchSetup &setup);

/// Sets a trial's metrics and their errors, those of `list` alone.
void setMetrics(Trial &trial, const MetricList &list, const Measured &measured,
                const SearchSetup &setup);

/// An error unless the network of `trial`, of which `measured` is known, does
/// what the search measured of it.
absl::Status checkMeasured(const SearchSetup &setup, const Trial &trial,
                           const Measured &measured);

/// Those of a trial's metrics that are read off a network's results and codes.
MetricList networkMetricsOf(const SearchSetup &setup);

} // namespace mase

#endif // MASE_LIB_TUNING_TRIALNETWORKS_H
