// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Uniform formats slice by slice, and the steps of whole tensors.
#ifndef MASE_NUMERICS_SLICES_H
#define MASE_NUMERICS_SLICES_H

#include "mase/Numerics/NumberFormat.h"

#include <cstdint>
#include <vector>

namespace mase {

/// The format of each slice; one of a format without slices.
std::vector<UniformFormat> slicesOf(const UniformTensorFormat &format);

/// code - zero point of every element of a row-major tensor of `shape`.
std::vector<int64_t> stepsOf(absl::Span<const float> values,
                             absl::Span<const int64_t> shape,
                             const UniformTensorFormat &format);

} // namespace mase

#endif // MASE_NUMERICS_SLICES_H
