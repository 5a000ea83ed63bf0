// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Engines whose code is text that another compiler compiles.
#ifndef MASE_LIB_EXECUTION_GENERATEDCODE_H
#define MASE_LIB_EXECUTION_GENERATEDCODE_H

#include "Toolchain.h"

#include "mase/Conversion/MaseToKernel/Pipeline.h"
#include "mase/Execution/Engine.h"

#include "llvm/ADT/STLExtras.h"

namespace mase {

/// Text of several networks, and their names in it.
struct GeneratedCode {
  std::string text;
  std::vector<std::string> names;
};

/// Lowers a copy of the networks of `entries` to kernels, which stay as they
/// are where they are ones, and prints them: `print` gets the copy, and the
/// symbols of its kernels in the order of `entries`. Errors are reported at
/// `module`.
mlir::FailureOr<GeneratedCode>
generateCode(mlir::ModuleOp module, llvm::ArrayRef<EntryPoint> entries,
             const MaseToCudaPipelineOptions &options,
             llvm::function_ref<mlir::FailureOr<GeneratedCode>(
                 mlir::ModuleOp, llvm::ArrayRef<std::string>)>
                 print);

/// A network in a library.
class CompiledEngine : public Engine {
public:
  CompiledEngine(std::shared_ptr<LoadedLibrary> library,
                 const EntryPoint &entry, mlir::ModuleOp module)
      : library(std::move(library)), inputSize(entry.inputSize()),
        outputSize(entry.outputSize()), loc(module.getLoc()) {}

  int64_t getInputSize() const final { return inputSize; }
  int64_t getOutputSize() const final { return outputSize; }

protected:
  std::shared_ptr<LoadedLibrary> library; // owns the code
  int64_t inputSize, outputSize;
  mlir::Location loc;
};

/// One whose function reads and writes the host's memory.
class HostEngine : public CompiledEngine {
public:
  using Function = void (*)(const float *, float *, int64_t);
  HostEngine(std::shared_ptr<LoadedLibrary> library, const EntryPoint &entry,
             mlir::ModuleOp module, void *function)
      : CompiledEngine(std::move(library), entry, module),
        function(reinterpret_cast<Function>(function)) {}

  mlir::LogicalResult run(llvm::ArrayRef<float> input, int64_t samples,
                          llvm::MutableArrayRef<float> output) final {
    function(input.data(), output.data(), samples);
    return mlir::success();
  }

  std::unique_ptr<Engine> clone() const final {
    return std::make_unique<HostEngine>(*this);
  }

private:
  Function function;
};

/// An engine of each network, by the function that is called like it with
/// `suffix`.
template <typename EngineClass, typename Compile>
mlir::FailureOr<std::vector<std::unique_ptr<Engine>>>
compileEngines(mlir::ModuleOp module, llvm::ArrayRef<EntryPoint> entries,
               mlir::FailureOr<GeneratedCode> code, llvm::StringRef suffix,
               Compile compile) {
  if (failed(code))
    return mlir::failure();
  llvm::Expected<std::shared_ptr<LoadedLibrary>> library = compile(code->text);
  if (!library)
    return module.emitError() << llvm::toString(library.takeError());
  std::vector<std::unique_ptr<Engine>> engines;
  for (auto [name, entry] : llvm::zip_equal(code->names, entries)) {
    void *function = (*library)->lookup(name + suffix.str());
    if (!function)
      return module.emitError()
             << "the compiled code has no function '" << name << suffix << "'";
    engines.push_back(
        std::make_unique<EngineClass>(*library, entry, module, function));
  }
  return engines;
}

} // namespace mase

#endif // MASE_LIB_EXECUTION_GENERATEDCODE_H
