// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A uniform format in 32 bits, without its scale and zero point: how compiled
// code hands formats to the functions that round by their definition. Header
// only, C++17.
#ifndef MASE_NUMERICS_FORMATWORD_H
#define MASE_NUMERICS_FORMATWORD_H

#include "mase/Numerics/Uniform.h"

#include <cstdint>

namespace mase {

/// Bits 0 to 7: the width; then a bit for each flag; the rounding in bits 16 to
/// 23, the overflow above.
inline uint32_t formatWord(const UniformFormat &format) {
  return uint32_t(format.width) | uint32_t(format.isSigned) << 8 |
         uint32_t(format.narrow) << 9 | uint32_t(format.bipolar) << 10 |
         uint32_t(format.zeroPointFirst) << 11 |
         uint32_t(format.rounding) << 16 | uint32_t(format.overflow) << 24;
}

/// The format that `word`, a formatWord, stands for.
inline UniformFormat formatOfWord(uint32_t word, float scale,
                                  int64_t zeroPoint) {
  UniformFormat format;
  format.width = int(word & 0xff);
  format.scale = scale;
  format.zeroPoint = zeroPoint;
  format.isSigned = word >> 8 & 1;
  format.narrow = word >> 9 & 1;
  format.bipolar = word >> 10 & 1;
  format.zeroPointFirst = word >> 11 & 1;
  format.rounding = Rounding(word >> 16 & 0xff);
  format.overflow = Overflow(word >> 24);
  return format;
}

} // namespace mase

#endif // MASE_NUMERICS_FORMATWORD_H
