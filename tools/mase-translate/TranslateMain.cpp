// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A translate tool whose output file is whole or untouched.
#include "TranslateMain.h"

#include "mase/Driver/Driver.h"
#include "mase/Driver/MlirInput.h"
#include "mase/Support/AtomicFile.h"
#include "mase/Support/Error.h"
#include "mase/Support/InputFile.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Support/ToolUtilities.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
namespace cl = llvm::cl;

static void printError(const absl::Status &status) {
  llvm::WithColor::error(llvm::errs(), "mase-translate")
      << mase::messageOf(status) << "\n";
}

namespace {
struct TranslateOptions {
  bool allowUnregisteredDialects = false;
  bool verifyDiagnostics = false;
};
} // namespace

/// One translation of one buffer, in a context of its own.
static LogicalResult translate(const Translation &translation,
                               std::unique_ptr<llvm::MemoryBuffer> input,
                               llvm::raw_ostream &os,
                               const TranslateOptions &options) {
  MLIRContext context;
  context.allowUnregisteredDialects(options.allowUnregisteredDialects);
  // Whole networks would follow messages about them.
  context.printOpOnDiagnostic(false);
  auto sourceMgr = std::make_shared<llvm::SourceMgr>();
  sourceMgr->AddNewSourceBuffer(std::move(input), SMLoc());
  if (options.verifyDiagnostics) {
    // The diagnostics are what is tested, not the result.
    SourceMgrDiagnosticVerifierHandler handler(*sourceMgr, &context);
    (void)translation(sourceMgr, os, &context);
    return handler.verify();
  }
  SourceMgrDiagnosticHandler handler(*sourceMgr, &context);
  ScopedDiagnosticHandler withoutLine(&context, [](Diagnostic &diagnostic) {
    return mase::printWithoutLine("mase-translate", diagnostic);
  });
  return translation(sourceMgr, os, &context);
}

LogicalResult mase::translateMain(
    int argc, char **argv, llvm::StringRef toolName,
    llvm::function_ref<void(DialectRegistry &)> registerDialects) {
  // Not the hundreds of options of LLVM's code generators: --help-hidden.
  static cl::OptionCategory category("Translation options");
  static cl::opt<std::string> inputFilename(cl::Positional,
                                            cl::desc("<input file>"),
                                            cl::init("-"), cl::cat(category));
  static cl::opt<std::string> outputFilename("o", cl::desc("Output filename"),
                                             cl::value_desc("filename"),
                                             cl::init("-"), cl::cat(category));
  static cl::opt<bool> allowUnregisteredDialects(
      "allow-unregistered-dialect",
      cl::desc("Allow operations of dialects that are not registered"),
      cl::cat(category));
  static cl::opt<std::string> splitInputFile(
      "split-input-file", cl::ValueOptional,
      cl::desc("Translate the parts of the input between the split markers "
               "one by one"),
      cl::callback([](const std::string &marker) {
        if (marker.empty())
          splitInputFile.setValue(kDefaultSplitMarker);
      }),
      cl::cat(category));
  static cl::opt<bool> verifyDiagnostics(
      "verify-diagnostics",
      cl::desc("Compare diagnostics with expected-* comments of the input"),
      cl::cat(category));
  mase::InitTool init(argc, argv, "mase-translate");
  static cl::list<const Translation *, bool, TranslationParser> translations(
      "", cl::desc("Translations to perform, each on the last one's result"),
      cl::cat(category));
  registerAsmPrinterCLOptions();
  registerMLIRContextCLOptions();
  registerTranslationCLOptions();
  // What translations registered for themselves.
  for (StringRef name :
       {"cuda-name", "cuda-kernel", "cuda-samples-per-thread",
        "cuda-threads-per-block", "mase-remarks", "object-header", "object-isa",
        "object-name", "object-target", "onnx-as-float32", "onnx-classes",
        "onnx-output"})
    if (cl::Option *option = cl::getRegisteredOptions().lookup(name))
      option->addCategory(category);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, toolName);

  if (translations.empty()) {
    llvm::WithColor::error(llvm::errs(), "mase-translate")
        << "expected a translation, such as --import-onnx; --help lists them\n";
    return failure();
  }
  auto input = readInput(inputFilename);
  if (!input.ok()) {
    printError(input.status());
    return failure();
  }
  // Imports know what they read, all others read MLIR.
  if (!translations.front()->getDescription().starts_with("import")) {
    DialectRegistry dialects;
    registerDialects(dialects);
    if (absl::Status status =
            expectMlir((*input)->getBuffer(), inputName(inputFilename), "MLIR",
                       dialects, allowUnregisteredDialects);
        !status.ok()) {
      printError(status);
      return failure();
    }
  }
  auto output = AtomicFile::open(outputFilename);
  if (!output.ok()) {
    printError(output.status());
    return failure();
  }
  TranslateOptions options{allowUnregisteredDialects, verifyDiagnostics};
  auto process = [&](std::unique_ptr<llvm::MemoryBuffer> buffer,
                     llvm::raw_ostream &os) -> LogicalResult {
    std::string result;
    for (const Translation *translation : translations) {
      if (translation != translations.front())
        buffer = llvm::MemoryBuffer::getMemBufferCopy(result, "<translated>");
      result.clear();
      // An import is printed once nothing can fail any more, and may be large.
      if (translation == translations[translations.size() - 1] &&
          translation->getDescription().starts_with("import"))
        return translate(*translation, std::move(buffer), os, options);
      llvm::raw_string_ostream resultStream(result);
      if (failed(translate(*translation, std::move(buffer), resultStream,
                           options)))
        return failure();
    }
    os << result;
    return success();
  };
  if (failed(splitAndProcessBuffer(std::move(*input), process, (*output)->os(),
                                   splitInputFile)))
    return failure();
  absl::Status status = (*output)->commit();
  if (status.ok())
    return success();
  printError(status);
  return failure();
}
