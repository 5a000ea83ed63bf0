// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A network's samples on their way from a file through engines to results.
#ifndef MASE_LIB_EXECUTION_RUN_NETWORKRUN_H
#define MASE_LIB_EXECUTION_RUN_NETWORKRUN_H

#include "Results.h"
#include "Run.h"

#include "mase/Data/SampleStream.h"

namespace mase {

/// Runs samples as they come. Engines are made once all is known to be right
/// with the data but the values.
class NetworkRun : public SampleSink {
public:
  NetworkRun(const RunOptions &options, mlir::ModuleOp module,
             const EntryPoint &entry, const DataTarget &target)
      : options(options), module(module), entry(entry), target(target) {}

  absl::StatusOr<int64_t> begin(const SampleHeader &header) override;
  absl::Status take(unsigned job, int64_t first, int64_t count,
                    llvm::ArrayRef<float> x) override;

  /// Those of --labels, read by begin().
  Labels labels;
  Results results;

private:
  const RunOptions &options;
  mlir::ModuleOp module;
  const EntryPoint &entry;
  const DataTarget &target;
  std::vector<std::unique_ptr<Engine>> engines; ///< of each job
  std::vector<std::vector<float>> blocks;       ///< of results, of each job
};

/// What has been printed already needs no message.
inline absl::Status printed() { return absl::InvalidArgumentError(""); }

} // namespace mase

#endif // MASE_LIB_EXECUTION_RUN_NETWORKRUN_H
