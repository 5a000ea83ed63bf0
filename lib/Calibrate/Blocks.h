// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Values of a batch of samples, in the evaluator's blocks (Evaluate/Kernels.h).
#ifndef MASE_LIB_CALIBRATE_BLOCKS_H
#define MASE_LIB_CALIBRATE_BLOCKS_H

#include "Evaluate/Kernels.h"

#include "absl/types/span.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace mase {

/// For memory of std::aligned_alloc.
struct FreeMemory {
  void operator()(void *p) const { std::free(p); }
};

/// `n` elements on a cache line's boundary.
template <typename T>
std::unique_ptr<T[], FreeMemory> allocateAligned(size_t n) {
  size_t bytes = (std::max<size_t>(n, 1) * sizeof(T) + 63) / 64 * 64;
  std::unique_ptr<T[], FreeMemory> result(
      static_cast<T *>(std::aligned_alloc(64, bytes)));
  if (!result)
    std::abort(); // as the allocator of the standard library would
  return result;
}

/// Feature r of sample i is at row(i / 64, r)[i % 64]. What the lanes after the
/// last sample hold is of no consequence, but for `clearTail`.
class Blocks {
public:
  Blocks() = default;
  Blocks(int64_t rows, int64_t samples)
      : numRows(rows), numSamples(samples),
        values(allocateAligned<float>(size())) {}
  /// Of [samples, rows], row major.
  Blocks(absl::Span<const float> x, int64_t rows)
      : Blocks(rows, int64_t(x.size()) / rows) {
    std::fill_n(data(), size(), 0.0f);
    for (int64_t i = 0; i < numSamples; ++i)
      for (int64_t r = 0; r < rows; ++r)
        row(i / kLanes, r)[i % kLanes] = x[size_t(i * rows + r)];
  }

  int64_t rows() const { return numRows; }
  int64_t samples() const { return numSamples; }
  int64_t blocks() const { return (numSamples + kLanes - 1) / kLanes; }
  size_t size() const { return size_t(numRows * blocks() * kLanes); }
  float *data() { return values.get(); }
  const float *data() const { return values.get(); }
  float *row(int64_t block, int64_t r) {
    return data() + (block * numRows + r) * kLanes;
  }
  const float *row(int64_t block, int64_t r) const {
    return data() + (block * numRows + r) * kLanes;
  }
  /// The lanes of `block` that hold samples.
  int lanes(int64_t block) const {
    return int(std::min<int64_t>(kLanes, numSamples - block * kLanes));
  }
  /// Zeros in the lanes after the last sample.
  void clearTail() {
    for (int64_t r = 0; numSamples % kLanes != 0 && r < numRows; ++r) {
      float *last = row(blocks() - 1, r);
      std::fill(last + numSamples % kLanes, last + kLanes, 0.0f);
    }
  }

private:
  int64_t numRows = 0, numSamples = 0;
  std::unique_ptr<float[], FreeMemory> values;
};

} // namespace mase

#endif // MASE_LIB_CALIBRATE_BLOCKS_H
