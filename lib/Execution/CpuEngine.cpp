// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The engine cpu: kernels in the lanes of vectors, compiled by LLVM in this
// process.
#include "HostJit.h"
#include "OwnContext.h"

#include "mase/Conversion/Pipelines.h"
#include "mase/Execution/Engine.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace mase;

namespace {

class CpuEngine : public Engine {
public:
  using Function = void (*)(const float *, float *, int64_t);

  CpuEngine(std::shared_ptr<const JitCode> code, void *function,
            const EntryPoint &entry)
      : code(std::move(code)), function(reinterpret_cast<Function>(function)),
        inputSize(entry.inputSize()), outputSize(entry.outputSize()) {}

  int64_t getInputSize() const final { return inputSize; }
  int64_t getOutputSize() const final { return outputSize; }

  LogicalResult run(ArrayRef<float> input, int64_t samples,
                    MutableArrayRef<float> output) final {
    function(input.data(), output.data(), samples);
    return success();
  }

  std::unique_ptr<Engine> clone() const final {
    return std::make_unique<CpuEngine>(*this);
  }

private:
  std::shared_ptr<const JitCode> code; // owns what `function` points to
  Function function;
  int64_t inputSize, outputSize;
};

/// Keeps errors back.
class HeldErrors : public ScopedDiagnosticHandler {
public:
  explicit HeldErrors(MLIRContext *context)
      : ScopedDiagnosticHandler(context, [this](Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
            return failure();
          errors.push_back(std::move(diagnostic));
          return success();
        }) {}

  std::vector<Diagnostic> errors;
};

} // namespace

static FailureOr<std::vector<std::unique_ptr<Engine>>>
createInLanes(ModuleOp module, ArrayRef<EntryPoint> entries) {
  OwnContext own(module, entries);
  if (!own.module)
    return failure();
  const InstructionSet set = bestInstructionSet();
  MaseToCpuPipelineOptions options;
  options.isa = nameOf(set);
  PassManager pm(&own.context);
  if (entries.front().level == Level::Lanes)
    buildKernelToLLVMPipeline(pm, options);
  else
    buildMaseToCpuPipeline(pm, options);
  if (failed(pm.run(*own.module)))
    return failure();
  auto code = compileInProcess(*own.module, set);
  if (failed(code))
    return failure();
  std::vector<std::unique_ptr<Engine>> engines;
  for (auto [name, entry] : llvm::zip_equal(own.names, entries)) {
    void *function = lookUp(**code, name, module);
    if (!function)
      return failure();
    engines.push_back(std::make_unique<CpuEngine>(*code, function, entry));
  }
  return engines;
}

FailureOr<std::vector<std::unique_ptr<Engine>>>
mase::createCpuEngines(ModuleOp module, ArrayRef<EntryPoint> entries) {
  switch (entries.front().level) {
  case Level::Tensors:
  case Level::Buffers:
  case Level::Llvm:
    return createLinalgEngines(module, entries);
  case Level::Lanes:
    return createInLanes(module, entries);
  case Level::Layers:
  case Level::Kernel:
    break;
  }
  // What has no kernel may have a way through linalg.
  std::vector<Diagnostic> reasons;
  {
    HeldErrors held(module.getContext());
    auto engines = createInLanes(module, entries);
    if (succeeded(engines))
      return engines;
    reasons = std::move(held.errors);
  }
  auto engines = createLinalgEngines(module, entries);
  if (succeeded(engines) && !reasons.empty())
    emitWarning(reasons.front().getLocation())
        << "runs through linalg, which is slower, since there is no kernel: "
        << reasons.front().str();
  return engines;
}
