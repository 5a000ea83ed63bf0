// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Effective bit operations of rounded layers.
#ifndef MASE_LIB_CALIBRATE_EFFECTIVEBITS_H
#define MASE_LIB_CALIBRATE_EFFECTIVEBITS_H

#include "mase/Evaluate/Network.h"

namespace mase {

/// Of a Linear: for each weight whose code is not 0 the bits from its
/// magnitude's highest set bit to the lowest, times the bits of its input; what
/// has no integer codes counts the bits of a number, 32 in binary32. 0 of other
/// steps. As Analysis/Cost.h counts layers in the IR.
int64_t effectiveBitOperations(const Step &step,
                               const LayerPrecision &precision);

} // namespace mase

#endif // MASE_LIB_CALIBRATE_EFFECTIVEBITS_H
