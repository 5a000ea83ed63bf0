// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What printed networks tell about themselves, in C++ and in C.
#ifndef MASE_LIB_TARGET_CPP_INTERFACE_H
#define MASE_LIB_TARGET_CPP_INTERFACE_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include <optional>
#include <string>

namespace mase::cpp {

/// The codes that a network can be given in place of numbers, or gives.
struct Codes {
  kernel::StageOp stage; ///< whose result they are
  std::string format;    ///< in words
  int64_t low, high;     ///< of all features
  std::string type;      ///< such as int8_t
  /// value = scale * (code - zeroPoint), if that is so for all features.
  struct Worth {
    float scale;
    int64_t zeroPoint;
  };
  std::optional<Worth> worth;
};

/// Those of the first quantisation; none where something comes before it, or
/// beside it.
std::optional<Codes> findInputCodes(kernel::KernelOp kernel);

/// Those of the last layer's result, if the last thing is that they become
/// numbers, which then is a stage of its own (see splitOutput).
std::optional<Codes> findOutputCodes(kernel::KernelOp kernel);

/// The left shifts of the codes that stage `from` makes, which those that are
/// given in their place don't have yet; empty: none, or no such stage.
llvm::ArrayRef<int64_t> shiftsOfGivenCodes(kernel::StageOp from);

/// Makes a stage of its own of the conversion of codes to numbers that ends the
/// kernel, if one does.
void splitOutput(kernel::KernelOp kernel);

/// How a stage is called by a function of the network whose input is `x` and
/// whose output is `y`.
struct StageCall {
  kernel::StageOp stage;
  std::string result; ///< the variable: one of its own, or `y`
  llvm::SmallVector<std::string> arguments; ///< its inputs, and the result
};

/// The stages that such a function calls, in order.
struct NetworkCalls {
  mlir::Value input, output;
  llvm::SmallVector<StageCall> calls; ///< none: the output is the input

  /// From the network's input on, or from the codes that stage `from` makes; to
  /// its output, or to the codes of stage `to`.
  NetworkCalls(kernel::KernelOp kernel, kernel::StageOp from,
               kernel::StageOp to);
};

/// The names of the layers, in order, as string literals.
llvm::SmallVector<std::string> layerLiterals(kernel::KernelOp kernel);

} // namespace mase::cpp

#endif // MASE_LIB_TARGET_CPP_INTERFACE_H
