// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The choice of an engine by name, and what all engines share.
#include "mase/Execution/Engine.h"

#include "mase/Numerics/Elementary.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mase;

Engine::~Engine() = default;

llvm::ArrayRef<llvm::StringLiteral> mase::getEngineNames() {
  static constexpr llvm::StringLiteral kNames[] = {
      "interpreter", "cpu", "linalg", "cpp", "c", "cuda-host", "cuda"};
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
  int64_t getGroupSize() const final { return engine->getGroupSize(); }
  std::unique_ptr<Engine> clone() const final {
    std::unique_ptr<Engine> other = engine->clone();
    return other ? std::make_unique<CanonicalEngine>(std::move(other))
                 : nullptr;
  }

private:
  std::unique_ptr<Engine> engine;
};
} // namespace

std::vector<std::unique_ptr<Engine>>
mase::cloneForJobs(std::unique_ptr<Engine> engine, unsigned jobs) {
  std::vector<std::unique_ptr<Engine>> engines;
  engines.push_back(std::move(engine));
  while (engines.size() < jobs) {
    engines.push_back(engines.front()->clone());
    if (!engines.back())
      return {};
  }
  return engines;
}

std::unique_ptr<Engine> mase::withCanonicalNaN(std::unique_ptr<Engine> engine) {
  return std::make_unique<CanonicalEngine>(std::move(engine));
}

bool mase::runs(EngineKind kind, Level level) {
  switch (level) {
  case Level::Layers:
    return true;
  case Level::Tensors:
  case Level::Buffers:
  case Level::Llvm:
    return kind == EngineKind::Cpu || kind == EngineKind::Linalg;
  case Level::Kernel:
    return kind == EngineKind::CudaHost || kind == EngineKind::Cuda;
  case Level::Lanes:
    return kind == EngineKind::Cpu || kind == EngineKind::Cpp ||
           kind == EngineKind::C;
  }
  return false;
}

static constexpr EngineKind kAllKinds[] = {
    EngineKind::Interpreter, EngineKind::Cpu, EngineKind::Linalg,
    EngineKind::Cpp,         EngineKind::C,   EngineKind::CudaHost,
    EngineKind::Cuda};

static constexpr Level kAllLevels[] = {Level::Layers,  Level::Tensors,
                                       Level::Buffers, Level::Llvm,
                                       Level::Kernel,  Level::Lanes};

/// The kinds that run a level, for messages: "'cuda-host' and 'cuda'".
static std::string enginesOf(Level level) {
  std::string text;
  for (EngineKind kind : kAllKinds)
    if (runs(kind, level))
      text += (text.empty() ? "'" : " and '") +
              getEngineNames()[size_t(kind)].str() + "'";
  return text;
}

FailureOr<std::vector<std::unique_ptr<Engine>>>
mase::createEngines(EngineKind kind, ModuleOp module,
                    ArrayRef<EntryPoint> entries) {
  FailureOr<std::vector<std::unique_ptr<Engine>>> engines = failure();
  switch (kind) {
  case EngineKind::Interpreter:
    engines = std::vector<std::unique_ptr<Engine>>();
    for (const EntryPoint &entry : entries) {
      auto engine = createInterpreterEngine(cast<func::FuncOp>(entry.op));
      if (failed(engine))
        return failure();
      engines->push_back(std::move(*engine));
    }
    break;
  case EngineKind::Cpu:
    engines = createCpuEngines(module, entries);
    break;
  case EngineKind::Linalg:
    engines = createLinalgEngines(module, entries);
    break;
  case EngineKind::Cpp:
    engines = createCppEngines(module, entries);
    break;
  case EngineKind::C:
    engines = createCEngines(module, entries);
    break;
  case EngineKind::CudaHost:
    engines = createCudaHostEngines(module, entries);
    break;
  case EngineKind::Cuda:
    engines = createCudaEngines(module, entries);
    break;
  }
  if (failed(engines))
    return failure();
  for (std::unique_ptr<Engine> &engine : *engines)
    engine = withCanonicalNaN(std::move(engine));
  return engines;
}

static FailureOr<std::unique_ptr<Engine>>
createEngineFor(EngineKind kind, ModuleOp module, const EntryPoint &entry) {
  auto engines = createEngines(kind, module, entry);
  if (failed(engines))
    return failure();
  return std::move(engines->front());
}

FailureOr<std::unique_ptr<Engine>> mase::createEngine(EngineKind kind,
                                                      ModuleOp module) {
  FailureOr<EntryPoint> entry = findEntryPoint(module);
  if (failed(entry))
    return failure();
  if (!runs(kind, entry->level)) {
    std::string expected;
    for (Level level : kAllLevels)
      if (runs(kind, level))
        expected += (expected.empty() ? "" : " or ") + describe(level).str();
    return entry->op->emitError()
           << "expected " << expected << ", which the engine '"
           << getEngineNames()[size_t(kind)] << "' runs; found "
           << describe(entry->level) << ", which " << enginesOf(entry->level)
           << " run";
  }
  return createEngineFor(kind, module, *entry);
}

FailureOr<std::unique_ptr<Engine>> mase::createEngine(ModuleOp module) {
  FailureOr<EntryPoint> entry = findEntryPoint(module);
  if (failed(entry))
    return failure();
  auto kind = llvm::find_if(
      kAllKinds, [&](EngineKind each) { return runs(each, entry->level); });
  return createEngineFor(*kind, module, *entry);
}
