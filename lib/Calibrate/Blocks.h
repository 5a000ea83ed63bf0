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
///
/// Particles stand one after the other in a block's rows: each is a block of
/// fewer rows, and a sample of a layer that computes all of them alike.
class Blocks {
public:
  Blocks() = default;
  /// Feature r of particle p of sample i is at
  /// row(i / 64 * particles + p, r)[i % 64].
  Blocks(int64_t rows, int64_t samples, int64_t particles = 1)
      : numRows(rows), numSamples(samples), numParticles(particles),
        values(allocateAligned<float>(size())) {}
  /// Of [samples, rows], row major.
  Blocks(absl::Span<const float> x, int64_t rows)
      : Blocks(rows, int64_t(x.size()) / rows) {
    std::fill_n(data(), size(), 0.0f);
    for (int64_t i = 0; i < numSamples; ++i)
      for (int64_t r = 0; r < rows; ++r)
        row(i / kLanes, r)[i % kLanes] = x[size_t(i * rows + r)];
  }

  // Not by accident: they are large, and views share them.
  Blocks(const Blocks &) = delete;
  Blocks &operator=(const Blocks &) = delete;
  Blocks(Blocks &&) = default;
  Blocks &operator=(Blocks &&) = default;
  ~Blocks() = default;

  /// A view of the same memory in which each of a sample's `particles` is a
  /// sample of a part of its rows.
  Blocks ofParticles(int64_t particles) const {
    Blocks view = withoutMemory();
    view.numRows = numRows / particles;
    view.numParticles = numParticles * particles;
    view.values = values;
    return view;
  }
  /// The way back, of samples with so many particles.
  Blocks ofSamples(int64_t particles) const {
    Blocks view = withoutMemory();
    view.numRows = numRows * particles;
    view.numParticles = numParticles / particles;
    view.values = values;
    return view;
  }
  /// The same sizes, and nothing to read.
  Blocks withoutMemory() const {
    Blocks view;
    view.numRows = numRows;
    view.numSamples = numSamples;
    view.numParticles = numParticles;
    return view;
  }
  /// Room for other rows of the same samples.
  Blocks withRows(int64_t rows) const {
    return {rows, numSamples, numParticles};
  }

  int64_t rows() const { return numRows; }
  /// Each particle is one.
  int64_t samples() const { return numSamples * numParticles; }
  int64_t blocks() const {
    return (numSamples + kLanes - 1) / kLanes * numParticles;
  }
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
    return int(
        std::min<int64_t>(kLanes, numSamples - block / numParticles * kLanes));
  }
  /// Zeros in the lanes after the last sample.
  void clearTail() {
    if (numSamples % kLanes == 0)
      return;
    for (int64_t b = blocks() - numParticles; b < blocks(); ++b)
      for (int64_t r = 0; r < numRows; ++r)
        std::fill(row(b, r) + lanes(b), row(b, r) + kLanes, 0.0f);
  }

private:
  int64_t numRows = 0, numSamples = 0, numParticles = 1;
  std::shared_ptr<float[]> values;
};

} // namespace mase

#endif // MASE_LIB_CALIBRATE_BLOCKS_H
