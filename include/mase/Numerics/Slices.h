// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Uniform formats slice by slice, and the steps of whole tensors.
#ifndef MASE_NUMERICS_SLICES_H
#define MASE_NUMERICS_SLICES_H

#include "mase/Numerics/NumberFormat.h"

#include <bit>
#include <cstdint>
#include <vector>

namespace mase {

/// The format of each slice; one of a format without slices.
std::vector<UniformFormat> slicesOf(const UniformTensorFormat &format);

/// code - zero point of every element of a row-major tensor of `shape`.
std::vector<int64_t> stepsOf(absl::Span<const float> values,
                             absl::Span<const int64_t> shape,
                             const UniformTensorFormat &format);

/// From the highest non-zero bit of |step| to the lowest, 0 for 0: what HGQ's
/// effective bit operations count (Sun et al., arXiv:2405.00645).
inline int64_t effectiveBits(int64_t step) {
  uint64_t magnitude = step < 0 ? -uint64_t(step) : uint64_t(step);
  return magnitude == 0
             ? 0
             : std::bit_width(magnitude) - std::countr_zero(magnitude);
}

} // namespace mase

#endif // MASE_NUMERICS_SLICES_H
