// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Printing kernels of the layout `lanes` as C++17 or C11: one header for a
// network, which includes the standard library alone. For a network of `n`
// inputs and `m` outputs it has, in a namespace,
//
//   constexpr std::size_t kInputs = n, kOutputs = m;
//   // [n] -> [m], and `count` of them
//   void infer(const float *x, float *y) noexcept;
//   void infer(const float *x, float *y, std::size_t count) noexcept;
//
// or, in C, `name_infer_one` and `name_infer`, and more, which
// docs/embedding.md lists.
#ifndef MASE_TARGET_CPP_CPPTARGET_H
#define MASE_TARGET_CPP_CPPTARGET_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Support/LLVM.h"

#include <functional>
#include <string>
#include <vector>

namespace mase {

/// Samples with what a network makes of them, for a header that checks itself.
struct CppSelfTest {
  std::vector<float> inputs;  ///< [samples, inputs]
  std::vector<float> outputs; ///< [samples, outputs]
};

enum class CppLanguage { Cpp, C };

/// Prints a kernel as a header of which all is in `space`, a namespace such as
/// `jets::tagger`. In C all names begin with it, an identifier, and an
/// underscore; ops whose function is C++ text are reported.
mlir::LogicalResult printCpp(kernel::KernelOp kernel, llvm::StringRef space,
                             llvm::raw_ostream &os,
                             const CppSelfTest *selfTest = nullptr,
                             CppLanguage language = CppLanguage::Cpp);

/// The namespace of a network that nobody gave one: its symbol, made a C++
/// identifier.
std::string getCppNamespace(kernel::KernelOp kernel);

/// Runs a module's network on samples that it draws.
using MakeCppSelfTest = mlir::FailureOr<CppSelfTest> (*)(mlir::ModuleOp module,
                                                         int64_t samples);

/// mase-translate --mase-to-cpp, with --cpp-language, --cpp-namespace=NAME and
/// --cpp-self-test=N, for which `makeSelfTest` runs the network; `prepare`
/// registers what that needs.
void registerToCppTranslation(
    MakeCppSelfTest makeSelfTest,
    std::function<void(mlir::DialectRegistry &)> prepare);

} // namespace mase

#endif // MASE_TARGET_CPP_CPPTARGET_H
