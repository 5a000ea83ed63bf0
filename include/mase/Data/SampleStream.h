// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples in blocks, for whatever looks at each once.
#ifndef MASE_DATA_SAMPLESTREAM_H
#define MASE_DATA_SAMPLESTREAM_H

#include "mase/Data/Dataset.h"

namespace mase {

/// What is known before the first sample.
struct SampleHeader {
  int64_t samples;  ///< -1 where only the end tells
  int64_t features; ///< elements of a sample
  bool labelled;    ///< whether labels will come
};

/// Takes samples.
class SampleSink {
public:
  virtual ~SampleSink() = default;
  /// Comes first, once, when all is known to be right but the values. Samples
  /// come in multiples of the number that it returns, but for the last ones.
  virtual absl::StatusOr<int64_t> begin(const SampleHeader &header) = 0;
  /// Takes `count` samples, `x` [count, features], the first of which has the
  /// number `first`. Comes in any order, and in several threads at a time,
  /// which have different numbers from 0, `job`. After an error the rest is
  /// left out.
  virtual absl::Status take(unsigned job, int64_t first, int64_t count,
                            llvm::ArrayRef<float> x) = 0;
};

/// Reads samples as readSamples does, and gives them to `sink`, a block at a
/// time, in `jobs` threads, which share the reading of binary files, too.
/// Memory doesn't grow with a file unless a part of it is taken. The result is
/// all but the features. Errors: those of readSamples, of which that of the
/// first block counts, and the sink's.
absl::StatusOr<Dataset> streamSamples(const DataOptions &options,
                                      const DataTarget &target, unsigned jobs,
                                      SampleSink &sink);

} // namespace mase

#endif // MASE_DATA_SAMPLESTREAM_H
