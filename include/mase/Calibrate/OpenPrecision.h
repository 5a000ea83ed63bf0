// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Precisions whose fractions, scales or signs are still to be chosen.
#ifndef MASE_CALIBRATE_OPENPRECISION_H
#define MASE_CALIBRATE_OPENPRECISION_H

#include "mase/Evaluate/Network.h"

#include <compare>
#include <optional>
#include <variant>
#include <vector>

namespace mase {

/// An integer format (no zero point, saturating, to nearest even) of which
/// calibration chooses what isn't given.
struct OpenFormat {
  static constexpr int kMinWidth = 2;
  static constexpr int kMaxWidth = 16;

  enum class Granularity : uint8_t {
    Tensor, ///< one scale
    Channel ///< one for each output channel; of weights only
  };
  enum class Grid : uint8_t {
    PowerOfTwo, ///< scales are powers of two: the format is fixed point
    Free        ///< any positive binary32
  };

  /// kMinWidth to kMaxWidth. Of a bias it may be absent: then codes are as wide
  /// as they have to be, on the grid of the layer's sums.
  std::optional<int> width = 8;
  /// None: data is unsigned where no calibration value is negative (the input
  /// of a ReLU always is), parameters are signed.
  std::optional<bool> isSigned;
  Granularity granularity = Granularity::Tensor;
  Grid grid = Grid::PowerOfTwo;

  auto operator<=>(const OpenFormat &) const = default;
};

/// Binary32, a format that is given, or one to be chosen.
using FormatChoice = std::variant<std::monostate, NumberFormat, OpenFormat>;

/// The formats of one layer, some of them open.
using OpenPrecision = ByRole<FormatChoice>;

/// `precision` with nothing open.
inline OpenPrecision closedPrecision(const LayerPrecision &precision) {
  OpenPrecision result;
  for (OperandRole role : kAllRoles)
    if (precision[role])
      result[role] = *precision[role];
  return result;
}

/// Data and weights of `dataWidth` and `weightWidth` bits, weights with a power
/// of two for each output channel, the bias on the grid of the sums: what
/// docs/accuracy.md recommends for a Linear.
inline OpenPrecision openLinear(int dataWidth, int weightWidth) {
  OpenPrecision result;
  OpenFormat data, weight, bias;
  data.width = dataWidth;
  weight.width = weightWidth;
  weight.granularity = OpenFormat::Granularity::Channel;
  bias.width.reset();
  result[OperandRole::DataIn] = data;
  result[OperandRole::Weight] = weight;
  result[OperandRole::Bias] = bias;
  return result;
}

} // namespace mase

#endif // MASE_CALIBRATE_OPENPRECISION_H
