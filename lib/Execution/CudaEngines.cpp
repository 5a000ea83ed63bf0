// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The engines of generated CUDA: its text compiled for the host, and for the
// GPU.
#include "GeneratedCode.h"
#include "Toolchain.h"

#include "mase/Execution/Engine.h"
#include "mase/Target/Cuda/CudaTarget.h"

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

class GpuEngine : public CompiledEngine {
public:
  using Function = const char *(*)(const float *, float *, int64_t);
  GpuEngine(std::shared_ptr<LoadedLibrary> library, const EntryPoint &entry,
            ModuleOp module, void *function)
      : CompiledEngine(std::move(library), entry, module),
        function(reinterpret_cast<Function>(function)) {}

  /// So many that copies and the launch take longer than what is around them.
  int64_t getGroupSize() const final {
    constexpr int64_t kElements = 1 << 24;
    return llvm::divideCeil(kElements, getInputSize() + getOutputSize());
  }

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

/// The kernels' text.
FailureOr<GeneratedCode> printCudaOf(ModuleOp module,
                                     ArrayRef<std::string> names) {
  GeneratedCode code;
  llvm::raw_string_ostream os(code.text);
  if (failed(printCuda(module, os)))
    return failure();
  for (const std::string &name : names)
    code.names.push_back(
        getCudaName(module.lookupSymbol<kernel::KernelOp>(name)));
  return code;
}

FailureOr<GeneratedCode> generate(ModuleOp module,
                                  ArrayRef<EntryPoint> entries) {
  return generateCode(module, entries, MaseToCudaPipelineOptions(),
                      printCudaOf);
}

} // namespace

FailureOr<std::vector<std::unique_ptr<Engine>>>
mase::createCudaHostEngines(ModuleOp module, ArrayRef<EntryPoint> entries) {
  // Many networks at once are a test's: compiling takes longer than running.
  return compileEngines<HostEngine>(
      module, entries, generate(module, entries), "_host", [&](StringRef text) {
        return compileCudaForHost(text, /*optimize=*/entries.size() == 1);
      });
}

FailureOr<std::vector<std::unique_ptr<Engine>>>
mase::createCudaEngines(ModuleOp module, ArrayRef<EntryPoint> entries) {
  FailureOr<GeneratedCode> code = generate(module, entries);
  if (succeeded(code))
    for (auto [name, entry] : llvm::zip_equal(code->names, entries))
      code->text += replaced(kGpuHarness, entry, name);
  return compileEngines<GpuEngine>(module, entries, std::move(code), "_run",
                                   compileForGpu);
}
