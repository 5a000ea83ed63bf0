// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers, formats and tables as C++ text.
#ifndef MASE_LIB_TARGET_TEXT_LITERALS_H
#define MASE_LIB_TARGET_TEXT_LITERALS_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/Support/IndentedOstream.h"

#include <string>

namespace mase {

/// A binary32 constant that reads back to the same bits: hexadecimal for
/// powers of two, nine digits otherwise.
std::string floatLiteral(float value);

/// An integer constant.
std::string intLiteral(int64_t value);

/// `8.4`, `8.4 unsigned`, `8.4 floor`; `8.[3 to 6]` where slices differ, `8
/// bits times 0.05, zero point 3` where a scale is no power of two.
std::string formatText(NumberFormatAttrInterface format);

/// The C++ type of an element, and of a value's elements.
llvm::StringRef elementTypeName(mlir::Type type);
llvm::StringRef elementTypeName(mlir::Value value);

/// A table of these elements; integers are of 32 bits.
mlir::DenseElementsAttr floatTable(mlir::MLIRContext *context,
                                   llvm::ArrayRef<float> values);
mlir::DenseElementsAttr intTable(mlir::MLIRContext *context,
                                 llvm::ArrayRef<int64_t> values);

/// The name of a rounding's enumerator.
llvm::StringRef enumeratorName(Rounding rounding);

/// What stands around the elements of a table.
enum class TableStyle {
  Array,   ///< `start[2] = {…};`
  Argument ///< `start({…});`
};

/// A table of one or two dimensions after `start`, with a comment above it.
void printTable(mlir::raw_indented_ostream &os, llvm::StringRef comment,
                llvm::StringRef start, mlir::DenseElementsAttr table,
                TableStyle style);
/// Formats in an array after `start`. `space` is the namespace of Numerics.
void printFormats(mlir::raw_indented_ostream &os, llvm::StringRef comment,
                  llvm::StringRef start, llvm::ArrayRef<UniformFormat> formats,
                  llvm::StringRef space);
/// The weights of `dot`, packed as it reads its codes: four to a word.
void printPackedWeights(mlir::raw_indented_ostream &os, llvm::StringRef comment,
                        llvm::StringRef start, kernel::DotOp dot);

} // namespace mase

#endif // MASE_LIB_TARGET_TEXT_LITERALS_H
