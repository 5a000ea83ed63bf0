// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bit operations of rounded layers, and what else they cost.
#ifndef MASE_LIB_CALIBRATE_EFFECTIVEBITS_H
#define MASE_LIB_CALIBRATE_EFFECTIVEBITS_H

#include "mase/Calibrate/Shrink.h"

namespace mase {

/// Of a Linear: for each weight whose code is not 0 the bits from its
/// magnitude's highest set bit to the lowest, times the bits of its input; what
/// has no integer codes counts the bits of a number, 32 in binary32. 0 of other
/// steps. As Analysis/Cost.h counts layers in the IR.
int64_t effectiveBitOperations(const Step &step,
                               const LayerPrecision &precision);
/// The same of all weights and of whole widths.
int64_t bitOperations(const Step &step, const LayerPrecision &precision);

/// What a step of a network costs, as `costOf` the network counts it.
int64_t costOf(const Step &step, const LayerPrecision &precision,
               ShrinkOptions::Cost cost);

/// The bits of input `i` of a layer.
int64_t inputBits(const std::optional<NumberFormat> &format, size_t i);

} // namespace mase

#endif // MASE_LIB_CALIBRATE_EFFECTIVEBITS_H
