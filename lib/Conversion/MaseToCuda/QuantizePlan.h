// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How numbers or sums become codes on the device: the cheapest way that is
// exact for every value that can occur.
#ifndef MASE_LIB_CONVERSION_MASETOCUDA_QUANTIZEPLAN_H
#define MASE_LIB_CONVERSION_MASETOCUDA_QUANTIZEPLAN_H

#include "mase/Dialect/MaseCuda/IR/MaseCuda.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace mase::cuda {

/// A closed interval of integers.
struct Interval {
  int64_t low = 0, high = 0;
};

/// What is quantised: quantize(relu?(fma?(x * 2^-fracWidth, scale, shift))).
struct QuantizeSource {
  /// x are integers in these intervals, one an element; empty: x are f32,
  /// any value at all, NaN included.
  llvm::ArrayRef<Interval> sums;
  /// Fraction bits of the integers, 0 for f32.
  int fracWidth = 0;
  /// Both or neither, one an element.
  llvm::ArrayRef<float> scale, shift;
  bool relu = false;
  FixedPointFormat format;
  int64_t size = 0;
};

/// The attributes of a mase_cuda.quantize, and the codes it can give.
struct QuantizePlan {
  Rounder rounder = Rounder::Exact;
  llvm::SmallVector<float> scale, shift;
  std::optional<float> factor;
  int bits = 0;
  bool clamp = false;
  llvm::SmallVector<Interval> codes;
};

/// Scaling the constants of a fma by a power of two scales its result, and
/// changes no rounding but where binary32 over- or underflows:
///
/// * constants that are not exact after scaling, or not finite: the plan is
///   `exact`;
/// * an overflow, on either side of the scaling, is far beyond the largest
///   code and saturates on both;
/// * an underflow is far below half a step, and rounds to 0 on both. That holds
///   for rounding to nearest; with floor, scaled results must not underflow,
///   which the lowest bits of the constants tell.
QuantizePlan planQuantize(const QuantizeSource &source);

} // namespace mase::cuda

#endif // MASE_LIB_CONVERSION_MASETOCUDA_QUANTIZEPLAN_H
