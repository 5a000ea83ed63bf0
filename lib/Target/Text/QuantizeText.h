// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a number becomes a code, as C++ text: what the targets share.
#ifndef MASE_LIB_TARGET_TEXT_QUANTIZETEXT_H
#define MASE_LIB_TARGET_TEXT_QUANTIZETEXT_H

#include "mase/Dialect/MaseKernel/IR/StageCode.h"

#include <functional>
#include <string>
#include <vector>

namespace mase {

/// A table that an op's text refers to. Formats are no dense elements.
struct TextTable {
  std::string role; ///< what it is called, where the name is free
  std::string comment;
  mlir::DenseElementsAttr values; ///< null: the op's formats
};

/// The tables of what a number is before it is rounded.
std::vector<TextTable> numberTablesOf(kernel::QuantizeOp quantize);

/// Adds the one of the codes' left shifts, if they have such, of role
/// `codeShift`; zeros fill it up to a multiple of `multiple`.
void addCodeShift(std::vector<TextTable> &tables, kernel::QuantizeOp quantize,
                  uint64_t multiple = 1);

/// What the printer of a stage gives to a quantisation's text.
struct QuantizeContext {
  std::string input; ///< the operand, element o
  std::function<std::string(llvm::StringRef role)> table; ///< its element o
  /// Declares a float and returns its name.
  std::function<std::string(llvm::StringRef name, const std::string &text)>
      declare;
  /// The function for products with powers of two, which a sum may take in.
  llvm::StringRef timesPower = "rt::mul";
};

/// The number that is rounded, in the rounder's unit. `number` makes text of a
/// constant operand.
std::string numberText(kernel::QuantizeOp quantize,
                       const QuantizeContext &context,
                       llvm::function_ref<std::string(float)> number);

/// `steps` plus the zero point.
std::string withZeroPoint(std::string steps,
                          const kernel::QuantizeBounds &bounds,
                          const QuantizeContext &context);

} // namespace mase

#endif // MASE_LIB_TARGET_TEXT_QUANTIZETEXT_H
