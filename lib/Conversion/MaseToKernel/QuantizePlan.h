// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How numbers or sums become codes on the device: the cheapest way that is
// exact for every value that can occur.
#ifndef MASE_LIB_CONVERSION_MASETOKERNEL_QUANTIZEPLAN_H
#define MASE_LIB_CONVERSION_MASETOKERNEL_QUANTIZEPLAN_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace mase::kernel {

/// A closed interval of integers.
struct Interval {
  int64_t low = 0, high = 0;
};

/// What is quantised: quantize(relu?(fma?(x * worth, scale, shift))). Lists
/// have one element for all, or one an element.
struct QuantizeSource {
  /// x are integers in these intervals, one an element; empty: x are f32,
  /// any value at all, NaN included.
  llvm::ArrayRef<Interval> sums;
  /// What the integers are worth, 1 for f32.
  llvm::SmallVector<float> worth = {1};
  /// Both or neither, one an element.
  llvm::ArrayRef<float> scale, shift;
  bool relu = false;
  std::vector<UniformFormat> formats;
  int64_t size = 0;

  float worthOf(size_t i) const { return worth[worth.size() == 1 ? 0 : i]; }
  const UniformFormat &formatOf(size_t i) const {
    return formats[formats.size() == 1 ? 0 : i];
  }
  /// What the elements have in common: not width, scale and zero point.
  const UniformFormat &common() const { return formats.front(); }
  /// The steps that the codes of element `i` may be.
  Interval steps(size_t i) const {
    const UniformFormat &format = formatOf(i);
    return {relu ? 0 : format.minSteps(), format.maxSteps()};
  }
};

/// The attributes of a mase_kernel.quantize, and the codes it can give.
struct QuantizePlan {
  Rounder rounder = Rounder::Exact;
  llvm::SmallVector<float> scale, shift;
  llvm::SmallVector<float> factor;  ///< none, one or one an element
  llvm::SmallVector<float> divisor; ///< the same
  int bits = 0;
  bool clamp = false;
  llvm::SmallVector<Interval> codes;
};

/// Scaling the constants of a fma or a product by a power of two scales its
/// result, and changes no rounding but where binary32 over- or underflows:
///
/// * constants that are not exact after scaling, or not finite: the plan is
///   `exact`;
/// * an overflow, on either side of the scaling, is far beyond the largest
///   code and saturates on both;
/// * an underflow is far below half a step, and rounds to 0 on both. That holds
///   for rounding to nearest; with floor, scaled results must not underflow,
///   which the lowest bits of the constants tell.
///
/// Where a step is no power of two the definition's division stays, and
/// constants are not scaled.
///
/// Each element has a power of two of its own: what sums are worth and the
/// steps of the codes may differ between features at no cost.
QuantizePlan planQuantize(const QuantizeSource &source);

} // namespace mase::kernel

#endif // MASE_LIB_CONVERSION_MASETOKERNEL_QUANTIZEPLAN_H
