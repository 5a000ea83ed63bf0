// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What integers are worth: value = fl(fl(code - zeroPoint) * scale).
#ifndef MASE_NUMERICS_CODESCALE_H
#define MASE_NUMERICS_CODESCALE_H

#include "mase/Numerics/NumberFormat.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace mase {

/// Scales and zero points of codes or of sums: one, or one for each slice of an
/// axis. Unlike a format it says nothing of which integers there are.
struct CodeScale {
  std::vector<float> scale = {1};       ///< positive; one, or one a slice
  std::vector<int64_t> zeroPoint = {0}; ///< the same
  std::optional<int> axis;              ///< of the slices; none: one

  bool operator==(const CodeScale &) const = default;

  float scaleOf(size_t slice) const {
    return scale[scale.size() == 1 ? 0 : slice];
  }
  int64_t zeroPointOf(size_t slice) const {
    return zeroPoint[zeroPoint.size() == 1 ? 0 : slice];
  }
  size_t slices() const { return std::max(scale.size(), zeroPoint.size()); }
  /// The slice of element `index` of a row-major tensor of `shape`.
  size_t sliceOf(int64_t index, absl::Span<const int64_t> shape) const {
    return slices() == 1 ? 0 : mase::sliceOf(index, shape, *axis);
  }
  bool hasZeroPoint() const;
  /// The fraction bits, if all scales are one power of two from 2^-149 to 2^127
  /// and there is no zero point.
  std::optional<int> fracWidth() const;
  /// The fraction bits of each slice, if all scales are such powers of two.
  std::optional<std::vector<int64_t>> fractions() const;

  float valueOf(int64_t code, size_t slice) const {
    return float(code - zeroPointOf(slice)) * scaleOf(slice);
  }
};

/// What the codes of `format` are worth.
CodeScale codeScaleOf(const UniformTensorFormat &format);

} // namespace mase

#endif // MASE_NUMERICS_CODESCALE_H
