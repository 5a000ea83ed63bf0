// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How numbers or sums become codes on the device: the cheapest way that is
// exact for every value that can occur.
#ifndef MASE_LIB_CONVERSION_MASETOKERNEL_QUANTIZEPLAN_H
#define MASE_LIB_CONVERSION_MASETOKERNEL_QUANTIZEPLAN_H

#include "mase/Analysis/IntegerRanges.h"
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

namespace mase::kernel {

/// The attributes of a mase_kernel.quantize.
struct QuantizePlan {
  Rounder rounder = Rounder::Exact;
  llvm::SmallVector<float> scale, shift;
  llvm::SmallVector<float> factor;  ///< none, one or one an element
  llvm::SmallVector<float> divisor; ///< the same
  int bits = 0;
  bool clamp = false;
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
///
/// `clampIsFree`: clamping to [0, 1] costs nothing, as on a GPU; else no plan
/// is `saturate`, for which that is.
QuantizePlan planQuantize(const Quantization &source, bool clampIsFree);

} // namespace mase::kernel

#endif // MASE_LIB_CONVERSION_MASETOKERNEL_QUANTIZEPLAN_H
