// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows are shared out among threads, a block at a time.
#ifndef MASE_LIB_DATA_SAMPLEBLOCKS_H
#define MASE_LIB_DATA_SAMPLEBLOCKS_H

#include "Readers.h"

#include "mase/Data/SampleStream.h"

#include "llvm/Support/ThreadPool.h"

#include <functional>

namespace mase {

/// Rows that are in memory as they should be.
class MemoryRows : public StoredRows {
public:
  MemoryRows(llvm::ArrayRef<float> values, int64_t rows, int64_t width)
      : StoredRows(rows, width), values(values) {}
  void read(int64_t first, llvm::MutableArrayRef<float> to) const override {
    llvm::copy(values.slice(size_t(first * width), to.size()), to.begin());
  }

private:
  llvm::ArrayRef<float> values;
};

/// Gives rows to a sink in several threads, each of which reads a block of
/// them, prepares it, and calls the sink, while the block is in its cache.
class SampleBlocks {
public:
  /// Changes or refuses rows, the first of which has the number `first`.
  using Prepare = std::function<absl::Status(
      int64_t first, llvm::MutableArrayRef<float> rows)>;

  SampleBlocks(SampleSink &sink, unsigned jobs, Prepare prepare);

  absl::Status begin(const SampleHeader &header);
  /// The next rows: all of them, or some that are kept until there are enough.
  absl::Status run(const StoredRows &rows);
  absl::Status append(llvm::ArrayRef<float> rows);
  /// After the last.
  absl::Status finish();

private:
  /// Rows that a thread takes at once, where there are many.
  int64_t block() const;

  SampleSink &sink;
  Prepare prepare;
  int64_t width = 0, group = 1;
  int64_t done = 0; ///< rows
  std::vector<float> kept;
  std::vector<std::vector<float>> blocks; ///< of each job
  /// Of the jobs but one, which is the caller's.
  std::unique_ptr<llvm::DefaultThreadPool> pool;
};

} // namespace mase

#endif // MASE_LIB_DATA_SAMPLEBLOCKS_H
