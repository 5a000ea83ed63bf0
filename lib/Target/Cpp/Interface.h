// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What printed networks tell about themselves, in C++ and in C.
#ifndef MASE_LIB_TARGET_CPP_INTERFACE_H
#define MASE_LIB_TARGET_CPP_INTERFACE_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include <optional>
#include <string>

namespace mase::cpp {

/// The codes that a network can be given in place of numbers.
struct InputCodes {
  kernel::StageOp stage; ///< makes them of numbers
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

/// None where something comes before the first quantisation, or beside it.
std::optional<InputCodes> findInputCodes(kernel::KernelOp kernel);

/// Of everything that the code computes with, 16 digits; the kernel's name is
/// not.
std::string hashOf(kernel::KernelOp kernel);

/// The names of the layers, in order, as string literals.
llvm::SmallVector<std::string> layerLiterals(kernel::KernelOp kernel);

} // namespace mase::cpp

#endif // MASE_LIB_TARGET_CPP_INTERFACE_H
