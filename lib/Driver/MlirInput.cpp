// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytecode is read in a process of its own before it is read in this one.
#include "mase/Driver/MlirInput.h"

#include "mase/Support/ChildProcess.h"
#include "mase/Support/FileKind.h"
#include "mase/Support/Quoting.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/Block.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/MemoryBufferRef.h"

#include "absl/strings/str_cat.h"

#include <string>

using namespace mlir;

namespace mase {

/// The first error that reading gives, or nothing. (Verifiers run where the
/// module is read to be used: their messages belong to its source.)
static std::string errorOfReading(llvm::StringRef bytes,
                                  const DialectRegistry &dialects,
                                  bool allowsUnregisteredDialects) {
  MLIRContext context(dialects, MLIRContext::Threading::DISABLED);
  context.allowUnregisteredDialects(allowsUnregisteredDialects);
  std::string error;
  context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
    if (error.empty() && diagnostic.getSeverity() == DiagnosticSeverity::Error)
      error = diagnostic.str();
  });
  ParserConfig config(&context, /*verifyAfterParse=*/false);
  Block operations;
  if (succeeded(readBytecodeFile(llvm::MemoryBufferRef(bytes, "bytecode"),
                                 &operations, config)))
    return "";
  return error.empty() ? "a module that cannot be read" : error;
}

static absl::Status tryBytecode(llvm::StringRef bytes, llvm::StringRef name,
                                const DialectRegistry &dialects,
                                bool allowsUnregisteredDialects) {
  // Far above what a file needs that is what it says.
  ChildLimits limits{5 + bytes.size() / 1'000'000,
                     (uint64_t(1) << 30) + 16 * uint64_t(bytes.size())};
  std::string error;
  absl::Status status = streamFromChild(
      [&](llvm::function_ref<void(llvm::StringRef)> send) {
        constexpr size_t kLongest = 1000;
        send(llvm::StringRef(
                 errorOfReading(bytes, dialects, allowsUnregisteredDialects))
                 .take_front(kLongest));
        // The module goes with the process.
      },
      [&](llvm::StringRef block) {
        error += block;
        return true;
      },
      limits);
  std::string expected = absl::StrCat("cannot read ", std::string(name),
                                      ": expected MLIR bytecode, found ");
  if (!status.ok())
    return absl::InvalidArgumentError(absl::StrCat(
        expected, "a file that is damaged: MLIR's reader read it in a process ",
        "of its own, and ", status.message()));
  if (!error.empty())
    return absl::InvalidArgumentError(
        absl::StrCat(expected, "a file with an error: ", toVisible(error)));
  return absl::OkStatus();
}

absl::Status expectMlir(llvm::StringRef bytes, llvm::StringRef name,
                        llvm::StringRef what, const DialectRegistry &dialects,
                        bool allowsUnregisteredDialects) {
  if (absl::Status status = expectFileKind(
          bytes, name, what, {FileKind::Mlir, FileKind::Bytecode});
      !status.ok() || detectFileKind(bytes) != FileKind::Bytecode)
    return status;
  return tryBytecode(bytes, name, dialects, allowsUnregisteredDialects);
}

} // namespace mase
