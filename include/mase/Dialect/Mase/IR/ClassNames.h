// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a network's results are called.
#ifndef MASE_DIALECT_MASE_IR_CLASSNAMES_H
#define MASE_DIALECT_MASE_IR_CLASSNAMES_H

#include "mlir/IR/Operation.h"
#include "mlir/Support/LLVM.h"

#include <string>
#include <vector>

namespace mase {

/// The attribute of a function or kernel with the names of the classes that its
/// results are, in their order: `mase.classes = ["g", "q", "t"]`; of a network
/// with a single result the names of 0 and 1. Labels of data that name their
/// classes are numbered by it.
inline constexpr llvm::StringLiteral kClassesAttrName = "mase.classes";

/// The names that `network` has, or none. An error, reported at it, if the
/// attribute is no list of different names, as many as `results` (two for a
/// single one).
mlir::FailureOr<std::vector<std::string>>
getClassNames(mlir::Operation *network, int64_t results);

/// What is wrong with these names for so many results, or "".
std::string wrongClassNames(llvm::ArrayRef<std::string> names, int64_t results);

} // namespace mase

#endif // MASE_DIALECT_MASE_IR_CLASSNAMES_H
