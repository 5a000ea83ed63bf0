// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mlir-opt's driver over AtomicFile.
#include "OptMain.h"

#include "ModelInput.h"
#include "PassOptions.h"

#include "mase/Driver/Driver.h"
#include "mase/Driver/MlirInput.h"
#include "mase/InitAll.h"
#include "mase/Support/AtomicFile.h"
#include "mase/Support/Error.h"
#include "mase/Support/InputFile.h"

#include "mlir/IR/Dialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;

static LogicalResult fail(const absl::Status &status) {
  llvm::WithColor::error(llvm::errs(), "mase-opt")
      << mase::messageOf(status) << "\n";
  return failure();
}

/// --help begins with our passes, and does without the hundreds of options of
/// LLVM's code generators, which --help-hidden has.
static void prepareHelp(int argc, char **argv) {
  for (auto &option : llvm::cl::getRegisteredOptions())
    if (option.second->getOptionHiddenFlag() == llvm::cl::NotHidden &&
        !option.first.starts_with("help") && option.first != "version" &&
        option.first != "color")
      option.second->setHiddenFlag(llvm::cl::Hidden);
  auto isHelp = [](llvm::StringRef argument) {
    return argument == "--help" || argument == "-help" || argument == "-h";
  };
  if (llvm::none_of(llvm::ArrayRef(argv, argc).drop_front(), isHelp))
    return;
  llvm::outs() << "PASSES of mase-opt (upstream's are below):\n\n";
  constexpr size_t kIndent = 2, kDescription = 36;
  for (llvm::StringRef argument : mase::passArguments()) {
    if (const PassInfo *pass = PassInfo::lookup(argument))
      pass->printHelpStr(kIndent, kDescription);
    else if (const auto *pipeline = PassPipelineInfo::lookup(argument))
      pipeline->printHelpStr(kIndent, kDescription);
  }
  llvm::outs() << "\n";
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
  mase::InitTool init(argc, argv, "mase-opt");
  prepareHelp(argc, argv);
  if (absl::Status status = checkPassOptions(argc, argv); !status.ok())
    return fail(status);
  auto [inputFilename, outputFilename] =
      registerAndParseCLIOptions(argc, argv, toolName, registry);
  MlirOptMainConfig config = MlirOptMainConfig::createFromCLOptions();
  // What is tested there is what upstream's handler sees.
  if (!config.shouldVerifyDiagnostics())
    config.setPassPipelineSetupFn([setUp = config](
                                      PassManager &pm) -> LogicalResult {
      // Whole networks would follow messages about them.
      if (llvm::cl::Option *option = llvm::cl::getRegisteredOptions().lookup(
              "mlir-print-op-on-diagnostic");
          !option || option->getNumOccurrences() == 0)
        pm.getContext()->printOpOnDiagnostic(false);
      pm.getContext()->getDiagEngine().registerHandler(
          [](Diagnostic &diagnostic) {
            return printWithoutLine("mase-opt", diagnostic);
          });
      return setUp.setupPassPipeline(pm);
    });
  // These print and read nothing.
  if (config.shouldShowDialects() || config.shouldListPasses())
    return MlirOptMain(argc, argv, inputFilename, outputFilename, registry);
  absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>> input(nullptr);
  if (lacksInput())
    input = readModelOfConfig(argc, argv, registry);
  if (input.ok() && !*input)
    input = readInput(inputFilename);
  if (!input.ok())
    return input.status().message().empty() ? failure() : fail(input.status());
  if (absl::Status status =
          expectMlir((*input)->getBuffer(), inputName(inputFilename), "MLIR",
                     registry, config.shouldAllowUnregisteredDialects());
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
