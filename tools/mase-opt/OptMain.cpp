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
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;

static LogicalResult fail(const absl::Status &status) {
  llvm::WithColor::error(llvm::errs(), "mase-opt")
      << mase::messageOf(status) << "\n";
  return failure();
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
  if (failed(MlirOptMain((*output)->os(), *std::move(input), registry, config)))
    return failure();
  absl::Status status = (*output)->commit();
  return status.ok() ? success() : fail(status);
}
