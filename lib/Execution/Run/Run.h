// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The parts of mase-run.
#ifndef MASE_LIB_EXECUTION_RUN_RUN_H
#define MASE_LIB_EXECUTION_RUN_RUN_H

#include "mase/Data/Dataset.h"
#include "mase/Execution/Engine.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include <string>

namespace mase {

/// The command line; a path is empty where it wasn't given.
struct RunOptions {
  std::string network, input, output, labels, scaler;
  /// None: the first that runs the level of the network.
  std::optional<EngineKind> engine;
  std::string format; ///< of --quantize
  bool allowNonFinite = false;
  unsigned jobs = 1; ///< threads
};

/// Runs a network. Errors that concern the network have been printed as
/// diagnostics; then the status has an empty message. `dialects` are those that
/// it may have ops of, beside ours.
absl::Status runNetwork(const RunOptions &options,
                        const mlir::DialectRegistry &dialects);

/// Pushes a tensor of any rank through one number format.
absl::Status runQuantize(const RunOptions &options);

} // namespace mase

#endif // MASE_LIB_EXECUTION_RUN_RUN_H
