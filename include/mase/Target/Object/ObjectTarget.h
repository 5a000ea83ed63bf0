// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiling kernels of the layout `lanes` to object files, for programs that
// link a network. For a network of `n` inputs and `m` outputs that is called
// NAME the file defines, with C's linkage,
//
//   void NAME_infer(const float *x, float *y, size_t count); // rows [n] -> [m]
//   const size_t NAME_inputs = n, NAME_outputs = m;
//   const uint64_t NAME_hash;
//
// and needs nothing but the C library with libm.
#ifndef MASE_TARGET_OBJECT_OBJECTTARGET_H
#define MASE_TARGET_OBJECT_OBJECTTARGET_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"
#include "mase/Numerics/InstructionSet.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Support/LLVM.h"

#include <functional>
#include <string>

namespace mase {

/// What an object file is for.
struct ObjectOptions {
  /// LLVM's name of processor, vendor and system; empty: the host's.
  std::string triple;
  /// The code runs on every processor of the triple that has the set. Sets
  /// above `Generic` are x86-64's.
  InstructionSet set = InstructionSet::Generic;
};

/// Compiles the only kernel of `module`, which is consumed, as `name`, a C
/// identifier. The same bytes come out on every machine. Errors are reported at
/// the kernel: an unknown triple, a set that it does not have, ops whose code
/// is C++.
mlir::LogicalResult printObject(mlir::ModuleOp module, llvm::StringRef name,
                                const ObjectOptions &options,
                                llvm::raw_ostream &os);

/// The C header that goes with it, for C and C++.
void printObjectHeader(kernel::KernelOp kernel, llvm::StringRef name,
                       llvm::raw_ostream &os);

/// mase-translate --mase-to-object, with --object-name=NAME,
/// --object-header=FILE, --object-isa=SET and --object-target=TRIPLE.
void registerToObjectTranslation();

} // namespace mase

#endif // MASE_TARGET_OBJECT_OBJECTTARGET_H
