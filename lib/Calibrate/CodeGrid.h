// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Integer codes times a scale, as calibration chooses them.
#ifndef MASE_LIB_CALIBRATE_CODEGRID_H
#define MASE_LIB_CALIBRATE_CODEGRID_H

#include "mase/Evaluate/Network.h"

#include <optional>
#include <vector>

namespace mase {

/// A uniform format without zero point, saturating, to nearest even, of at most
/// kMaxWidth bits: codes are binary32.
struct CodeGrid {
  static constexpr int kMinWidth = 2;
  static constexpr int kMaxWidth = 24;

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

/// The format of a Linear's input, of one sign and powers of two apart, as a
/// part of one of them all: feature i has `bits[i]` bits, 2^`low[i]` times as
/// far apart as those of `whole`, whose codes hold every feature's. Of formats
/// of one slice each feature is the whole. None: another format, or one too
/// wide.
struct FeatureGrids {
  UniformFormat whole;
  std::vector<int> low, bits; ///< [features]
};
std::optional<FeatureGrids> featureGrids(const NumberFormat &format,
                                         const Step &step);

/// The grid of an open format, of scale 1.
CodeGrid codeGrid(const OpenFormat &format, bool isSigned);

/// An open format closed: codes times a scale of the tensor, or of each slice
/// of axis 0.
NumberFormat closed(const OpenFormat &format, bool isSigned,
                    const std::vector<float> &scales);

/// What is open of a format that there may be, or null.
inline const OpenFormat *openFormat(const std::optional<NumberFormat> &format) {
  return format ? (*format)->open() : nullptr;
}

/// The least power of two at which `value` / scale is at most `highest`.
float fittingPowerOfTwo(double value, double highest);

} // namespace mase

#endif // MASE_LIB_CALIBRATE_CODEGRID_H
