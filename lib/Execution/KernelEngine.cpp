// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The engine of a kernel that has been made already.
#include "CudaToolchain.h"

#include "mase/Execution/Engine.h"
#include "mase/Target/Cuda/CudaTarget.h"

using namespace mlir;
using namespace mase;

namespace {

class KernelEngine : public Engine {
public:
  using Function = void (*)(const float *, float *, int64_t);

  KernelEngine(std::shared_ptr<LoadedLibrary> library, Function function,
               cuda::KernelOp kernel)
      : library(std::move(library)), function(function) {
    Block &body = kernel.getBody().front();
    auto sizeOf = [](Value value) {
      return cast<VectorType>(value.getType()).getNumElements();
    };
    inputSize = sizeOf(body.getArgument(0));
    outputSize = sizeOf(body.back().getOperand(0));
  }

  int64_t getInputSize() const final { return inputSize; }
  int64_t getOutputSize() const final { return outputSize; }

  LogicalResult run(ArrayRef<float> input, int64_t samples,
                    MutableArrayRef<float> output) final {
    function(input.data(), output.data(), samples);
    return success();
  }

private:
  std::shared_ptr<LoadedLibrary> library; // owns the code
  Function function;
  int64_t inputSize = 0, outputSize = 0;
};

} // namespace

FailureOr<std::unique_ptr<Engine>> mase::createKernelEngine(ModuleOp module) {
  auto kernels = llvm::to_vector(module.getOps<cuda::KernelOp>());
  if (kernels.size() != 1)
    return module.emitError()
           << "expected one 'mase_cuda.kernel', found " << kernels.size();
  std::string text;
  llvm::raw_string_ostream os(text);
  if (failed(printCuda(module, os)))
    return failure();
  llvm::Expected<std::shared_ptr<LoadedLibrary>> library =
      compileForHost(text, /*optimize=*/false);
  if (!library)
    return module.emitError() << llvm::toString(library.takeError());
  std::string name = getCudaName(kernels.front()) + "_host";
  void *function = (*library)->lookup(name);
  if (!function)
    return module.emitError()
           << "the compiled code has no function '" << name << "'";
  return withCanonicalNaN(std::make_unique<KernelEngine>(
      *library, reinterpret_cast<KernelEngine::Function>(function),
      kernels.front()));
}
