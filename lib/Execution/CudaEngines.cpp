// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The engines of generated CUDA: its text compiled for the host, and for the
// GPU.
#include "CudaToolchain.h"
#include "OwnContext.h"

#include "mase/Conversion/MaseToKernel/Pipeline.h"
#include "mase/Execution/Engine.h"
#include "mase/Target/Cuda/CudaTarget.h"

#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace mase;

namespace {

/// Device memory, copies and the launch, for a process that knows no CUDA.
/// Returns null, or the error's text.
constexpr StringLiteral kGpuHarness = R"(
extern "C" const char *{0}_run(const float *input, float *output,
                               int64_t count) {
  float *x = nullptr, *y = nullptr;
  const size_t inputBytes = sizeof(float) * {1} * size_t(count);
  const size_t outputBytes = sizeof(float) * {2} * size_t(count);
  cudaError_t error = cudaMalloc(&x, inputBytes);
  if (error == cudaSuccess)
    error = cudaMalloc(&y, outputBytes);
  if (error == cudaSuccess)
    error = cudaMemcpy(x, input, inputBytes, cudaMemcpyHostToDevice);
  if (error == cudaSuccess)
    error = {0}_launch(x, y, count, nullptr);
  if (error == cudaSuccess)
    error = cudaMemcpy(output, y, outputBytes, cudaMemcpyDeviceToHost);
  cudaFree(x);
  cudaFree(y);
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}
)";

class CudaEngine : public Engine {
public:
  CudaEngine(std::shared_ptr<LoadedLibrary> library, const EntryPoint &entry,
             ModuleOp module)
      : library(std::move(library)), inputSize(entry.inputSize()),
        outputSize(entry.outputSize()), loc(module.getLoc()) {}

  int64_t getInputSize() const final { return inputSize; }
  int64_t getOutputSize() const final { return outputSize; }

protected:
  std::shared_ptr<LoadedLibrary> library; // owns the code
  int64_t inputSize, outputSize;
  Location loc;
};

class HostEngine : public CudaEngine {
public:
  using Function = void (*)(const float *, float *, int64_t);
  HostEngine(std::shared_ptr<LoadedLibrary> library, const EntryPoint &entry,
             ModuleOp module, void *function)
      : CudaEngine(std::move(library), entry, module),
        function(reinterpret_cast<Function>(function)) {}

  LogicalResult run(ArrayRef<float> input, int64_t samples,
                    MutableArrayRef<float> output) final {
    function(input.data(), output.data(), samples);
    return success();
  }

private:
  Function function;
};

class GpuEngine : public CudaEngine {
public:
  using Function = const char *(*)(const float *, float *, int64_t);
  GpuEngine(std::shared_ptr<LoadedLibrary> library, const EntryPoint &entry,
            ModuleOp module, void *function)
      : CudaEngine(std::move(library), entry, module),
        function(reinterpret_cast<Function>(function)) {}

  LogicalResult run(ArrayRef<float> input, int64_t samples,
                    MutableArrayRef<float> output) final {
    if (samples == 0)
      return success();
    if (const char *error = function(input.data(), output.data(), samples))
      return emitError(loc) << "the GPU cannot run the network: " << error;
    return success();
  }

private:
  Function function;
};

std::string replaced(StringRef text, const EntryPoint &entry, StringRef name) {
  std::string result;
  while (!text.empty()) {
    auto [before, after] = text.split('{');
    result += before;
    if (before.size() == text.size())
      break;
    if (after.consume_front("0}"))
      result += name;
    else if (after.consume_front("1}"))
      result += std::to_string(entry.inputSize());
    else if (after.consume_front("2}"))
      result += std::to_string(entry.outputSize());
    else
      result += '{';
    text = after;
  }
  return result;
}

/// Generated code of several networks, and their names in it.
struct Code {
  std::string text;
  std::vector<std::string> names;
};

FailureOr<Code> generate(ModuleOp module, ArrayRef<EntryPoint> entries) {
  DialectRegistry registry;
  registerNetworkDialects(registry);
  // The network may have ops of others.
  module->getContext()->getDialectRegistry().appendTo(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  ForwardErrors forward(&context, module);
  ExtractedNetworks networks = extractNetworks(module, entries);
  OwningOpRef<ModuleOp> copy =
      parseSourceString<ModuleOp>(networks.bytecode, ParserConfig(&context));
  if (!copy)
    return failure();
  // Kernels stay as they are.
  PassManager pm(&context);
  if (entries.front().level != Level::Kernel)
    buildMaseToCudaPipeline(pm, MaseToCudaPipelineOptions());
  Code code;
  llvm::raw_string_ostream os(code.text);
  if (failed(pm.run(*copy)) || failed(printCuda(*copy, os)))
    return failure();
  for (const std::string &name : networks.names)
    code.names.push_back(
        getCudaName(copy->lookupSymbol<kernel::KernelOp>(name)));
  return code;
}

template <typename EngineClass, typename Compile>
FailureOr<std::vector<std::unique_ptr<Engine>>>
compileEngines(ModuleOp module, ArrayRef<EntryPoint> entries, StringRef harness,
               StringRef suffix, Compile compile) {
  FailureOr<Code> code = generate(module, entries);
  if (failed(code))
    return failure();
  for (auto [name, entry] : llvm::zip_equal(code->names, entries))
    code->text += replaced(harness, entry, name);
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

} // namespace

FailureOr<std::vector<std::unique_ptr<Engine>>>
mase::createCudaHostEngines(ModuleOp module, ArrayRef<EntryPoint> entries) {
  // Many networks at once are a test's: compiling takes longer than running.
  return compileEngines<HostEngine>(
      module, entries, "", "_host", [&](StringRef text) {
        return compileForHost(text, /*optimize=*/entries.size() == 1);
      });
}

FailureOr<std::vector<std::unique_ptr<Engine>>>
mase::createCudaEngines(ModuleOp module, ArrayRef<EntryPoint> entries) {
  return compileEngines<GpuEngine>(module, entries, kGpuHarness, "_run",
                                   compileForGpu);
}
