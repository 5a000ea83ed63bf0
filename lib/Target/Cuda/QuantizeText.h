// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a number becomes a code, as C++ text.
#ifndef MASE_LIB_TARGET_CUDA_QUANTIZETEXT_H
#define MASE_LIB_TARGET_CUDA_QUANTIZETEXT_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include <functional>
#include <string>
#include <vector>

namespace mase {

/// A table that an op's text refers to. Formats are no dense elements.
struct CudaTable {
  std::string role; ///< what it is called, where the name is free
  std::string comment;
  mlir::DenseElementsAttr values; ///< null: the op's formats
};

/// The tables of a quantisation.
std::vector<CudaTable> tablesOf(kernel::QuantizeOp quantize);

/// What the printer of a stage gives to a quantisation's text.
struct QuantizeContext {
  std::string input; ///< the operand, element o
  std::function<std::string(llvm::StringRef role)> table; ///< its element o
  /// Declares a float and returns its name.
  std::function<std::string(llvm::StringRef name, const std::string &text)>
      declare;
};

/// Declares what the code is rounded from and returns the rounding of it.
std::string quantizeText(kernel::QuantizeOp quantize, QuantizeContext context);

} // namespace mase

#endif // MASE_LIB_TARGET_CUDA_QUANTIZETEXT_H
