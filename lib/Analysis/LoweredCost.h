// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Costs below the network level, and what they share with those above.
#ifndef MASE_LIB_ANALYSIS_LOWEREDCOST_H
#define MASE_LIB_ANALYSIS_LOWEREDCOST_H

#include "mase/Analysis/Cost.h"

#include "llvm/ADT/bit.h"

#include <optional>

namespace mase {

constexpr int64_t kFloatBits = 32;

/// The format, if it is an integer's; binary32 counts otherwise.
inline std::optional<FixedPointFormat>
getFixedPointOf(NumberFormatAttrInterface format) {
  return format ? format.getFixedPoint() : std::nullopt;
}

/// Bits of an operand in `format`; null or none of integers: binary32.
inline int64_t operandBits(NumberFormatAttrInterface format) {
  std::optional<FixedPointFormat> fixed = getFixedPointOf(format);
  return fixed ? fixed->width : kFloatBits;
}

/// From the highest non-zero bit of |code| to the lowest, 0 for 0.
inline int64_t effectiveBits(int64_t code) {
  uint64_t magnitude = code < 0 ? -uint64_t(code) : uint64_t(code);
  return magnitude == 0
             ? 0
             : llvm::bit_width(magnitude) - llvm::countr_zero(magnitude);
}

/// thop's rule for a BatchNorm of `elements` a sample in inference.
inline int64_t thopAffineFlops(int64_t elements) { return 4 * elements; }

/// The cost of an op of the integer level or of a kernel that has parameters;
/// none for any other.
std::optional<LayerCost> getLoweredCost(mlir::Operation *op);

/// A layer's format that an op below the network level holds.
struct OwnFormat {
  llvm::StringRef layer;
  OperandRole role; ///< DataIn or DataOut
  NumberFormatAttrInterface format;
};

/// Of an op that says whose format it has; none for any other.
std::optional<OwnFormat> getOwnFormat(mlir::Operation *op);

} // namespace mase

#endif // MASE_LIB_ANALYSIS_LOWEREDCOST_H
