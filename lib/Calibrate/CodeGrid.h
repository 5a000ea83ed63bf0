// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Integer codes times a scale, as calibration chooses them.
#ifndef MASE_LIB_CALIBRATE_CODEGRID_H
#define MASE_LIB_CALIBRATE_CODEGRID_H

#include "mase/Numerics/NumberFormat.h"

#include <optional>
#include <vector>

namespace mase {

/// A uniform format without zero point, saturating, to nearest even, of at most
/// 24 bits: codes are binary32.
struct CodeGrid {
  float scale = 1;
  float lowest = 0, highest = 0;

  bool operator==(const CodeGrid &) const = default;
  /// The largest magnitude of a code.
  float magnitude() const { return std::max(-lowest, highest); }
};

/// The grid of a format, or of each of `slices` slices along axis 0; none where
/// it isn't one.
std::optional<CodeGrid> codeGrid(const NumberFormat &format);
std::optional<std::vector<CodeGrid>> codeGrids(const NumberFormat &format,
                                               size_t slices);

/// The grid of codes of `width` bits.
CodeGrid codeGrid(int width, bool isSigned, float scale);

/// Codes of `width` bits times a scale: of the tensor, or of each slice of axis
/// 0.
NumberFormat gridFormat(int width, bool isSigned,
                        const std::vector<float> &scales);

/// The least power of two at which `value` / scale is at most `highest`.
float fittingPowerOfTwo(double value, double highest);

} // namespace mase

#endif // MASE_LIB_CALIBRATE_CODEGRID_H
