// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Codes and sums in 64 bits of which the low ones count.
#ifndef MASE_NUMERICS_READCODE_H
#define MASE_NUMERICS_READCODE_H

#include "mase/Numerics/FixedPoint.h"

#include <cstdint>

namespace mase {

/// The integer that the low `width` bits of `stored` are; all of it from 64 on.
MASE_ALWAYS_INLINE int64_t readCode(int64_t stored, unsigned width,
                                    bool isSigned) {
  const unsigned unused = width >= 64 ? 0 : 64 - width;
  const uint64_t bits = uint64_t(stored) << unused;
  return isSigned ? int64_t(bits) >> unused : int64_t(bits >> unused);
}

} // namespace mase

#endif // MASE_NUMERICS_READCODE_H
