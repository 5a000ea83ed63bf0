// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scales in which a loss may add up over the knobs.
#ifndef MASE_LIB_SEARCH_SAMPLERS_LOSSSCALE_H
#define MASE_LIB_SEARCH_SAMPLERS_LOSSSCALE_H

#include <cmath>
#include <cstdint>

namespace mase {

/// A growing function of losses on one side of an anchor: the loss itself, the
/// logarithm of the distance to the anchor (what knobs do multiplies), or its
/// inverse (a compression ratio is the inverse of a sum of bits).
class LossScale {
public:
  enum class Kind : uint8_t { Linear, Logarithm, Reciprocal };
  static constexpr Kind kKinds[] = {Kind::Linear, Kind::Logarithm,
                                    Kind::Reciprocal};

  LossScale() = default;
  /// `below`: losses are smaller than the anchor.
  LossScale(Kind kind, double anchor, bool below)
      : kind(kind), anchor(anchor), sign(below ? -1 : 1) {}

  bool isLinear() const { return kind == Kind::Linear; }

  double forward(double loss) const {
    switch (kind) {
    case Kind::Linear:
      return loss;
    case Kind::Logarithm:
      return sign * std::log(sign * (loss - anchor));
    case Kind::Reciprocal:
      return -1 / (loss - anchor);
    }
    return loss;
  }

  /// The loss; infinite where the scale ends before `value`.
  double backward(double value) const {
    switch (kind) {
    case Kind::Linear:
      return value;
    case Kind::Logarithm:
      return anchor + sign * std::exp(sign * value);
    case Kind::Reciprocal:
      // Above the anchor values are negative, and 0 is an infinite loss.
      return sign * value < 0 ? anchor - 1 / value : sign * HUGE_VAL;
    }
    return value;
  }

private:
  Kind kind = Kind::Linear;
  double anchor = 0;
  double sign = 1;
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_LOSSSCALE_H
