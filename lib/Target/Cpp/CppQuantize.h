// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How numbers become codes, as text of C++ and C.
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
    Clamped ///< `text` is a number in its bounds, which putBytes rounds
  } kind = Code;
  std::string text;
  /// Of putRounded.
  int64_t low = 0, high = 0;
  bool clamp = false;
  /// Of putBytes, and the table of code shifts; empty: none.
  bool isSigned = false;
  std::string shifts;
};

/// What an element of the text is.
enum class Element {
  Vector, ///< one of the lanes, in C++
  Number  ///< one of one sample, in C: `text` is the code
};

QuantizeResult quantizeText(kernel::QuantizeOp quantize,
                            const QuantizeContext &context,
                            Element kind = Element::Vector);

} // namespace mase::cpp

#endif // MASE_LIB_TARGET_CPP_CPPQUANTIZE_H
