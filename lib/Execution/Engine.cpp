// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The choice of an engine by name, and what all engines share.
#include "mase/Execution/Engine.h"

#include "mase/Execution/EntryFunction.h"
#include "mase/Numerics/Elementary.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mase;

Engine::~Engine() = default;

llvm::ArrayRef<llvm::StringLiteral> mase::getEngineNames() {
  static constexpr llvm::StringLiteral kNames[] = {"interpreter", "cpu",
                                                   "cuda-host", "cuda"};
  return kNames;
}

std::optional<EngineKind> mase::parseEngineKind(StringRef name) {
  for (auto [i, known] : llvm::enumerate(getEngineNames()))
    if (name == known)
      return EngineKind(i);
  return std::nullopt;
}

namespace {
/// Processors disagree about sign and payload of a NaN that an operation
/// makes, and none of the semantics depends on them: results have the one NaN
/// of Numerics.
class CanonicalEngine : public Engine {
public:
  explicit CanonicalEngine(std::unique_ptr<Engine> engine)
      : engine(std::move(engine)) {}
  int64_t getInputSize() const final { return engine->getInputSize(); }
  int64_t getOutputSize() const final { return engine->getOutputSize(); }
  LogicalResult run(ArrayRef<float> input, int64_t samples,
                    MutableArrayRef<float> output) final {
    if (failed(engine->run(input, samples, output)))
      return failure();
    for (float &y : output)
      y = y == y ? y : canonicalNaN();
    return success();
  }

private:
  std::unique_ptr<Engine> engine;
};
} // namespace

std::unique_ptr<Engine> mase::withCanonicalNaN(std::unique_ptr<Engine> engine) {
  return std::make_unique<CanonicalEngine>(std::move(engine));
}

FailureOr<std::unique_ptr<Engine>> mase::createEngine(EngineKind kind,
                                                      ModuleOp module) {
  FailureOr<std::unique_ptr<Engine>> engine = failure();
  switch (kind) {
  case EngineKind::Interpreter:
    engine = createInterpreterEngine(module);
    break;
  case EngineKind::Cpu:
    engine = createCpuEngine(module);
    break;
  case EngineKind::CudaHost:
    engine = createCudaHostEngine(module);
    break;
  case EngineKind::Cuda:
    engine = createCudaEngine(module);
    break;
  }
  if (failed(engine))
    return failure();
  return withCanonicalNaN(std::move(*engine));
}
