// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The network that a configuration names, where the command line names none.
#include "ModelInput.h"

#include "PassOptions.h"

#include "mase/Config/SearchConfig.h"
#include "mase/Driver/Driver.h"
#include "mase/Import/Onnx.h"
#include "mase/Import/ShippedNetworks.h"
#include "mase/Support/Error.h"
#include "mase/Support/FileKind.h"
#include "mase/Support/InputFile.h"
#include "mase/Support/Quoting.h"

#include "mlir/IR/Dialect.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/WithColor.h"

#include <unistd.h>

using namespace mase;

bool mase::lacksInput() {
  for (llvm::cl::Option *option :
       llvm::cl::SubCommand::getTopLevel().PositionalOpts)
    if (option->getNumOccurrences() > 0)
      return false;
  llvm::sys::fs::file_status status;
  return !llvm::sys::fs::status(STDIN_FILENO, status) &&
         status.type() == llvm::sys::fs::file_type::character_file;
}

/// The file that `model` is the name of.
static absl::StatusOr<std::string> findModel(const Setting<std::string> &model,
                                             llvm::StringRef config) {
  std::string path = besideConfig(config, *model);
  if (llvm::sys::fs::is_regular_file(path))
    return path;
  absl::StatusOr<std::string> shipped = findShippedNetwork(*model);
  if (shipped.ok())
    return shipped;
  return errorAt(model.location,
                 "no input was given, and the model " + quoted(*model) +
                     " is no file (looked for as " + quoted(path) + "), and " +
                     shipped.status().message().data());
}

absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>>
mase::readModelOfConfig(int argc, char **argv,
                        mlir::DialectRegistry &registry) {
  std::string path, name;
  for (const std::string &config : configFiles(argc, argv)) {
    absl::StatusOr<Setting<std::string>> model = loadModelName(config);
    if (!model.ok())
      return model.status();
    if (!model->isSet())
      continue;
    absl::StatusOr<std::string> found = findModel(*model, config);
    if (!found.ok())
      return found.status();
    if (!path.empty() && *found != path)
      return errorAt(model->location,
                     "no input was given, and the configurations name two "
                     "models: expected " +
                         quoted(path) + " again, found " + quoted(*found));
    path = *found;
    name = **model;
  }
  if (path.empty())
    return nullptr;
  absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>> file = readInput(path);
  if (!file.ok())
    return file.status();
  llvm::WithColor::note(llvm::errs(), "mase-opt")
      << "no input was given: the network is the configuration's 'model', "
      << quoted(name) << ", in " << quoted(path) << "\n";
  if (detectFileKind((*file)->getBuffer()) != FileKind::Onnx)
    return file;
  mlir::MLIRContext context(registry);
  context.getDiagEngine().registerHandler([](mlir::Diagnostic &diagnostic) {
    return printWithoutLine("mase-opt", diagnostic);
  });
  mlir::OwningOpRef<mlir::ModuleOp> module =
      importOnnx((*file)->getBuffer(), path, &context);
  if (!module)
    return absl::InvalidArgumentError("");
  std::string text;
  llvm::raw_string_ostream(text) << *module;
  return llvm::MemoryBuffer::getMemBufferCopy(text, path);
}
