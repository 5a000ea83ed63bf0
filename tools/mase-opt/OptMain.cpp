// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mlir-opt's driver over AtomicFile.
#include "OptMain.h"

#include "mase/Config/Location.h"
#include "mase/Data/AtomicFile.h"
#include "mase/Data/FileKind.h"
#include "mase/Data/InputFile.h"

#include "mlir/IR/Dialect.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;

static LogicalResult fail(const absl::Status &status) {
  llvm::WithColor::error(llvm::errs(), "mase-opt")
      << mase::messageOf(status) << "\n";
  return failure();
}

/// Whether a search is about to print its network on a terminal, which nobody
/// has asked for with -o: hundreds of lines of numbers in the place of what it
/// says about its trials.
static bool wouldFloodTerminal(int argc, char **argv) {
  auto isSearch = [](llvm::StringRef argument) {
    return argument.starts_with("-") && argument.contains("mase-search");
  };
  llvm::cl::Option *output = llvm::cl::getRegisteredOptions().lookup("o");
  return output && output->getNumOccurrences() == 0 &&
         llvm::sys::Process::StandardOutIsDisplayed() &&
         llvm::any_of(llvm::ArrayRef(argv, size_t(argc)).drop_front(),
                      isSearch);
}

LogicalResult mase::optMain(int argc, char **argv, llvm::StringRef toolName,
                            DialectRegistry &registry) {
  llvm::InitLLVM init(argc, argv);
  auto [inputFilename, outputFilename] =
      registerAndParseCLIOptions(argc, argv, toolName, registry);
  MlirOptMainConfig config = MlirOptMainConfig::createFromCLOptions();
  // These print and read nothing.
  if (config.shouldShowDialects() || config.shouldListPasses())
    return MlirOptMain(argc, argv, inputFilename, outputFilename, registry);
  auto input = readInput(inputFilename);
  if (!input.ok())
    return fail(input.status());
  if (absl::Status status =
          expectFileKind((*input)->getBuffer(), inputName(inputFilename),
                         "MLIR", {FileKind::Mlir, FileKind::Bytecode});
      !status.ok())
    return fail(status);
  auto output = AtomicFile::open(outputFilename);
  if (!output.ok())
    return fail(output.status());
  bool keepsQuiet = wouldFloodTerminal(argc, argv);
  llvm::raw_null_ostream nowhere;
  llvm::raw_ostream &os =
      keepsQuiet ? static_cast<llvm::raw_ostream &>(nowhere) : (*output)->os();
  if (failed(MlirOptMain(os, *std::move(input), registry, config)))
    return failure();
  if (keepsQuiet)
    llvm::errs()
        << "the network is not printed on a terminal; -o FILE keeps it "
           "(resume=true spares the search), -o - prints it\n";
  absl::Status status = (*output)->commit();
  return status.ok() ? success() : fail(status);
}
