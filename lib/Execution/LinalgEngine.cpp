// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The engine linalg: --mase-to-llvm-pipeline, as far as the network has not
// been through it, then LLVM's JIT for the host.
#include "HostJit.h"
#include "OwnContext.h"

#include "mase/Conversion/Pipelines.h"
#include "mase/Execution/Engine.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mase;

namespace {

/// Samples that compiled code works on at once: enough to make a call cheap,
/// few enough for the activations to stay in the cache.
constexpr int64_t kChunk = 256;

/// A memref descriptor for code with the C interface: two pointers, an offset,
/// sizes and strides; [batch, sample...].
class Descriptor {
public:
  explicit Descriptor(ArrayRef<int64_t> sample) : words(5 + 2 * sample.size()) {
    size_t rank = sample.size() + 1;
    int64_t stride = 1;
    for (size_t d = rank; d-- > 0;) {
      words[3 + d] = d == 0 ? 0 : sample[d - 1];
      words[3 + rank + d] = stride;
      stride *= words[3 + d];
    }
  }
  void *set(const float *data, int64_t batch) {
    words[0] = words[1] = int64_t(reinterpret_cast<intptr_t>(data));
    words[3] = batch;
    return words.data();
  }

private:
  SmallVector<int64_t, 11> words;
};

class LinalgEngine : public Engine {
public:
  using Function = void (*)(void *input, void *output);

  LinalgEngine(std::shared_ptr<const JitCode> code, Function function,
               const EntryPoint &entry)
      : code(std::move(code)), function(function), inputSize(entry.inputSize()),
        outputSize(entry.outputSize()), batch(entry.batch),
        input(entry.inputShape), output(entry.outputShape) {}

  int64_t getInputSize() const final { return inputSize; }
  int64_t getOutputSize() const final { return outputSize; }
  int64_t getGroupSize() const final { return batch.value_or(kChunk); }

  LogicalResult run(ArrayRef<float> in, int64_t samples,
                    MutableArrayRef<float> out) final {
    assert(int64_t(in.size()) == samples * inputSize &&
           int64_t(out.size()) == samples * outputSize);
    int64_t chunk = batch.value_or(kChunk), done = 0;
    for (; samples - done >= chunk; done += chunk)
      call(&in[done * inputSize], chunk, &out[done * outputSize]);
    int64_t rest = samples - done;
    if (rest == 0)
      return success();
    if (!batch) {
      call(&in[done * inputSize], rest, &out[done * outputSize]);
      return success();
    }
    // A fixed batch: fill it up with zeros.
    std::vector<float> x(chunk * inputSize), y(chunk * outputSize);
    llvm::copy(in.drop_front(done * inputSize), x.begin());
    call(x.data(), chunk, y.data());
    std::copy_n(y.begin(), rest * outputSize, &out[done * outputSize]);
    return success();
  }

  std::unique_ptr<Engine> clone() const final {
    return std::make_unique<LinalgEngine>(*this);
  }

private:
  void call(const float *x, int64_t n, float *y) {
    function(input.set(x, n), output.set(y, n));
  }

  std::shared_ptr<const JitCode> code; // owns what `function` points to
  Function function;
  int64_t inputSize, outputSize;
  std::optional<int64_t> batch;
  Descriptor input, output;
};

} // namespace

static bool hasDeallocation(ModuleOp module) {
  return module.walk([](memref::DeallocOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

/// What is left of the way to the LLVM dialect.
static void buildRestOfPipeline(PassManager &pm, Level level, ModuleOp module) {
  switch (level) {
  case Level::Layers:
  case Level::Tensors:
    pm.addPass(createSymbolDCEPass());
    buildMaseToLLVMPipeline(pm, MaseToLLVMPipelineOptions());
    break;
  case Level::Buffers:
    pm.addPass(createSymbolDCEPass());
    buildBuffersToLLVMPipeline(pm, /*freeBuffers=*/!hasDeallocation(module));
    break;
  case Level::Llvm:
  case Level::Kernel:
  case Level::Lanes:
    break;
  }
}

FailureOr<std::vector<std::unique_ptr<Engine>>>
mase::createLinalgEngines(ModuleOp module, ArrayRef<EntryPoint> entries) {
  OwnContext own(module, entries);
  if (!own.module)
    return failure();
  for (const std::string &name : own.names)
    if (auto function = own.module->lookupSymbol<func::FuncOp>(name))
      function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                        UnitAttr::get(&own.context));
  PassManager pm(&own.context);
  buildRestOfPipeline(pm, entries.front().level, *own.module);
  if (failed(pm.run(*own.module)))
    return failure();
  auto code = compileInProcess(*own.module, bestInstructionSet());
  if (failed(code))
    return failure();
  std::vector<std::unique_ptr<Engine>> engines;
  for (auto [name, entry] : llvm::zip_equal(own.names, entries)) {
    void *function = lookUp(**code, getCInterfaceName(name), module);
    if (!function)
      return failure();
    engines.push_back(std::make_unique<LinalgEngine>(
        *code, reinterpret_cast<LinalgEngine::Function>(function), entry));
  }
  return engines;
}
