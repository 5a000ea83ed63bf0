// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How numbers become codes, as C++ text.
#ifndef MASE_LIB_TARGET_CPP_CPPQUANTIZE_H
#define MASE_LIB_TARGET_CPP_CPPQUANTIZE_H

#include "../Text/QuantizeText.h"

namespace mase::cpp {

/// The tables of a quantisation.
std::vector<TextTable> tablesOf(kernel::QuantizeOp quantize);

/// What the element-wise text of a quantisation leaves to be done with a tile.
struct QuantizeResult {
  enum Kind {
    Code,   ///< `text` is the code
    Number, ///< `text` is a number, which putRounded rounds
  } kind = Code;
  std::string text;
  /// Of putRounded.
  int64_t low = 0, high = 0;
  bool clamp = false;
};

QuantizeResult quantizeText(kernel::QuantizeOp quantize,
                            const QuantizeContext &context);

} // namespace mase::cpp

#endif // MASE_LIB_TARGET_CPP_CPPQUANTIZE_H
