// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples between rows of memory and the lanes of vectors.
#ifndef MASE_LIB_CONVERSION_MASEKERNELTOVECTOR_ROWMOVES_H
#define MASE_LIB_CONVERSION_MASEKERNELTOVECTOR_ROWMOVES_H

#include "LaneBuilder.h"

namespace mase::kernel {

/// Reads as many rows of `size` numbers as there are lanes, one after the other
/// at `x`, into an array of `size` vectors at `y`.
void loadRows(LaneBuilder &b, mlir::Value x, int64_t size, mlir::Value y);

/// The way back.
void storeRows(LaneBuilder &b, mlir::Value x, int64_t size, mlir::Value y);

} // namespace mase::kernel

#endif // MASE_LIB_CONVERSION_MASEKERNELTOVECTOR_ROWMOVES_H
