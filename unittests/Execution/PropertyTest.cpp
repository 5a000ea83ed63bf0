// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random networks, precisions and inputs: every way to compute a network, at
// every level that it is lowered to, gives the bits of the interpreter.
// MASE_PROPERTY_DRAWS sets the number of networks of each test,
// MASE_PROPERTY_SEED the first seed; with MASE_PROPERTY_WAY only ways of that
// name, or of that name with a comma and more, are tried.
#include "RandomNetwork.h"

#include "mase/Conversion/MaseToKernel/Pipeline.h"
#include "mase/Conversion/Passes.h"
#include "mase/Conversion/Pipelines.h"
#include "mase/Dialect/Mase/Transforms/Passes.h"
#include "mase/Evaluate/Evaluator.h"
#include "mase/Evaluate/FromIR.h"
#include "mase/Execution/Engine.h"
#include "mase/Numerics/Elementary.h"

#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/bit.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace mlir;
using namespace mase;
using namespace mase::testing;

namespace {

using Engines = std::vector<std::unique_ptr<Engine>>;

/// Networks are compiled together: a module for each would take longer to set
/// up than to compile.
constexpr int64_t kGroup = 50;

/// A way to compute all networks of a module, in its order. The module is its
/// own to change.
struct Way {
  std::string name;
  std::function<FailureOr<Engines>(ModuleOp)> prepare;
};

using Lowering = std::function<void(PassManager &)>;

/// By `kind` after `lower`, which leaves the networks at `level`.
Way lowered(std::string name, EngineKind kind, Level level, Lowering lower) {
  return {std::move(name), [=](ModuleOp module) -> FailureOr<Engines> {
            PassManager pm(module.getContext());
            if (lower)
              lower(pm);
            if (failed(pm.run(module)))
              return failure();
            FailureOr<SmallVector<EntryPoint>> entries =
                findEntryPoints(module);
            if (failed(entries))
              return failure();
            for (const EntryPoint &entry : *entries)
              EXPECT_EQ(entry.level, level) << describe(entry.level).str();
            return createEngines(kind, module, *entries);
          }};
}

void toInteger(PassManager &pm, bool fuse) {
  MaseLowerToIntegerPassOptions options;
  options.fuseRequantize = fuse;
  pm.addPass(createMaseLowerToIntegerPass(options));
}

void toLinalg(PassManager &pm) {
  toInteger(pm, /*fuse=*/true);
  pm.addPass(createConvertMaseToLinalgPass());
}

void toBuffers(PassManager &pm) {
  toLinalg(pm);
  bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(options));
}

void toLanes(PassManager &pm) {
  MaseToCudaPipelineOptions options;
  options.kernel = "lanes";
  buildMaseToCudaPipeline(pm, options);
}

/// The search's evaluator with one choice for each layer.
class EvaluatorEngine : public Engine {
public:
  EvaluatorEngine(NetworkFromIR network) : network(std::move(network)) {}
  int64_t getInputSize() const final { return network.network.inFeatures; }
  int64_t getOutputSize() const final { return network.network.outFeatures; }
  LogicalResult run(ArrayRef<float> input, int64_t samples,
                    MutableArrayRef<float> output) final {
    Evaluator::Options options;
    for (const LayerPrecision &precision : network.precisions)
      options.choices.push_back({precision});
    std::vector<int32_t> labels(samples);
    auto evaluator = Evaluator::create(
        network.network, options,
        absl::MakeConstSpan(input.data(), input.size()), labels);
    if (!evaluator.ok()) {
      ADD_FAILURE() << evaluator.status();
      return failure();
    }
    llvm::copy((*evaluator)->logits(Assignment(network.precisions.size(), 0)),
               output.begin());
    return success();
  }

private:
  NetworkFromIR network;
};

FailureOr<Engines> evaluate(ModuleOp module) {
  Engines engines;
  for (auto function : module.getOps<func::FuncOp>()) {
    auto network = networkFromIR(function);
    if (failed(network))
      return failure();
    engines.push_back(std::make_unique<EvaluatorEngine>(std::move(*network)));
  }
  return engines;
}

/// What compiles fast, on layers: every network is computed in all these ways.
/// The interpreter at the network level is the reference.
std::vector<Way> waysOfLayers() {
  return {
      lowered("interpreter, integer level", EngineKind::Interpreter,
              Level::Layers,
              [](PassManager &pm) { toInteger(pm, /*fuse=*/true); }),
      lowered("interpreter, integer level, not fused", EngineKind::Interpreter,
              Level::Layers,
              [](PassManager &pm) { toInteger(pm, /*fuse=*/false); }),
      lowered("cuda-host", EngineKind::CudaHost, Level::Layers, {}),
      {"evaluator", evaluate},
  };
}

// The others take turns. Text of C++ and of C takes longest to compile, and has
// a test of its own (test/Target/Cpp/property.test).
Way wayOfCpu() { return lowered("cpu", EngineKind::Cpu, Level::Layers, {}); }
Way wayOfCpp() { return lowered("cpp", EngineKind::Cpp, Level::Layers, {}); }
Way wayOfC() { return lowered("c", EngineKind::C, Level::Layers, {}); }

/// The engines of each level below, and the other path to the CPU: in place of
/// wayOfCpu, for they compile the same networks again.
std::vector<Way> waysBelow() {
  return {
      lowered("linalg", EngineKind::Linalg, Level::Layers, {}),
      lowered("cpu, integer level", EngineKind::Cpu, Level::Layers,
              [](PassManager &pm) { toInteger(pm, /*fuse=*/false); }),
      lowered("cpu, kernels", EngineKind::Cpu, Level::Lanes, toLanes),
      lowered("linalg, integer level", EngineKind::Linalg, Level::Layers,
              [](PassManager &pm) { toInteger(pm, /*fuse=*/false); }),
      lowered("linalg, tensors", EngineKind::Linalg, Level::Tensors, toLinalg),
      lowered("linalg, buffers", EngineKind::Linalg, Level::Buffers, toBuffers),
      lowered("linalg, LLVM dialect", EngineKind::Linalg, Level::Llvm,
              [](PassManager &pm) {
                buildMaseToLLVMPipeline(pm, MaseToLLVMPipelineOptions());
              }),
      lowered("cuda-host, integer level", EngineKind::CudaHost, Level::Layers,
              [](PassManager &pm) { toInteger(pm, /*fuse=*/true); }),
      lowered("cuda-host, kernels", EngineKind::CudaHost, Level::Kernel,
              [](PassManager &pm) {
                buildMaseToCudaPipeline(pm, MaseToCudaPipelineOptions());
              }),
      lowered("cpp, kernels", EngineKind::Cpp, Level::Lanes, toLanes),
  };
}

int64_t fromEnvironment(const char *name, int64_t otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoll(text, nullptr, 10) : otherwise;
}

const char *wantedWay() { return std::getenv("MASE_PROPERTY_WAY"); }

std::string textOf(func::FuncOp function) {
  std::string text;
  llvm::raw_string_ostream(text) << function;
  return text;
}

struct Network {
  func::FuncOp function;
  uint64_t seed;
  std::vector<float> input, expected;
};

/// The bits of the network's output are those expected.
void check(const Way &way, std::unique_ptr<Engine> engine,
           const Network &network, int64_t samples) {
  engine = withCanonicalNaN(std::move(engine));
  std::vector<float> output(network.expected.size());
  ASSERT_EQ(samples * engine->getOutputSize(), int64_t(output.size()));
  ASSERT_TRUE(succeeded(engine->run(network.input, samples, output)));
  // Generated code may compute one sample in another way than many.
  const size_t inputSize = size_t(engine->getInputSize()),
               outputSize = size_t(engine->getOutputSize());
  for (size_t i = 0; i < 3; ++i)
    ASSERT_TRUE(succeeded(engine->run(
        ArrayRef(network.input).slice(i * inputSize, inputSize), 1,
        MutableArrayRef(output).slice(i * outputSize, outputSize))));
  for (size_t i = 0; i < output.size(); ++i) {
    if (bitsOf(output[i]) == bitsOf(network.expected[i]))
      continue;
    std::string sample;
    size_t size = size_t(engine->getInputSize()),
           first = i / size_t(engine->getOutputSize()) * size;
    for (size_t k = first; k < first + size; ++k)
      sample += " " + std::to_string(network.input[k]);
    FAIL() << way.name << " differs from the interpreter at output " << i
           << ": " << output[i] << " in place of " << network.expected[i]
           << "\nMASE_PROPERTY_SEED=" << network.seed << ", input" << sample
           << "\n"
           << textOf(network.function);
  }
}

/// Draws inputs, and computes what is expected.
void interpretAll(ModuleOp module, std::vector<Network> &networks,
                  int64_t samples) {
  for (auto [network, function] :
       llvm::zip_equal(networks, module.getOps<func::FuncOp>())) {
    network.function = function;
    auto engine = createInterpreterEngine(function);
    ASSERT_TRUE(succeeded(engine)) << textOf(function);
    *engine = withCanonicalNaN(std::move(*engine));
    Draw draw(~network.seed);
    network.input = drawInputs(draw, samples * (*engine)->getInputSize());
    network.expected.resize(samples * (*engine)->getOutputSize());
    ASSERT_TRUE(
        succeeded((*engine)->run(network.input, samples, network.expected)));
  }
}

void compareWays(ModuleOp module, ArrayRef<Way> ways,
                 ArrayRef<Network> networks, int64_t samples) {
  const char *wanted = wantedWay();
  for (const Way &way : ways) {
    if (wanted && StringRef(way.name).split(',').first != wanted)
      continue;
    OwningOpRef<ModuleOp> copy(cast<ModuleOp>(module->clone()));
    // An engine that takes another's way would test nothing.
    ScopedDiagnosticHandler handler(module.getContext(), [](Diagnostic &d) {
      EXPECT_FALSE(StringRef(d.str()).contains("through linalg")) << d.str();
      return failure();
    });
    FailureOr<Engines> engines = way.prepare(*copy);
    ASSERT_TRUE(succeeded(engines))
        << way.name << ", seed " << networks.front().seed;
    for (auto [network, engine] : llvm::zip_equal(networks, *engines)) {
      check(way, std::move(engine), network, samples);
      if (::testing::Test::HasFatalFailure())
        return;
    }
  }
}

/// A module of networks `net_<i>` of the seeds from `seed` on.
class Group {
public:
  /// `append` adds the network of that name, drawn from a draw of its own.
  Group(uint64_t seed, int count,
        llvm::function_ref<void(ModuleOp, StringRef, Draw &)> append)
      : context(dialects(), MLIRContext::Threading::DISABLED) {
    context.loadDialect<MaseDialect, func::FuncDialect, arith::ArithDialect>();
    module = ModuleOp::create(UnknownLoc::get(&context));
    networks.resize(size_t(count));
    for (auto [i, network] : llvm::enumerate(networks)) {
      network.seed = seed + i;
      Draw draw(network.seed);
      append(*module, "net_" + std::to_string(i), draw);
    }
  }

  /// Every one of `ways` gives the interpreter's bits, once `prepare` has
  /// changed the networks.
  void compare(ArrayRef<Way> ways, int64_t samples,
               llvm::function_ref<void(PassManager &)> prepare = {}) {
    ASSERT_TRUE(succeeded(verify(*module)));
    if (prepare) {
      PassManager pm(&context);
      prepare(pm);
      ASSERT_TRUE(succeeded(pm.run(*module)));
    }
    interpretAll(*module, networks, samples);
    if (!::testing::Test::HasFatalFailure())
      compareWays(*module, ways, networks, samples);
  }

private:
  static DialectRegistry dialects() {
    DialectRegistry registry;
    registerNetworkDialects(registry);
    registerEvaluableOpInterfaceExternalModels(registry);
    return registry;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::vector<Network> networks;
};

void runGroup(uint64_t seed, int count, int64_t samples) {
  // A tenth of the groups has formats of up to 32 bits.
  NetworkOptions options;
  if (seed / kGroup % 10 == 9)
    options = {1, 32, -8};
  else if (seed / kGroup % 10 >= 7)
    options = {1, 20, -2, /*extremes=*/true};
  // Half of them with scales, zero points, roundings and overflows.
  if (seed / kGroup % 2 == 1)
    options.uniform = 60;
  // Two of five with particles and branches.
  options.branches = seed / kGroup % 5 < 2;
  Group group(seed, count, [&](ModuleOp module, StringRef name, Draw &draw) {
    appendRandomNetwork(module, name, draw, options);
  });
  std::vector<Way> ways = waysOfLayers(), below = waysBelow();
  const uint64_t turn = seed / kGroup;
  if (wantedWay())
    ways.push_back(below.front());
  if (wantedWay() || turn % 4 == 0 || turn % 4 == 3)
    ways.push_back(wayOfCpu());
  else
    ways.push_back(below[(turn / 4 * 2 + turn % 2) % below.size()]);
  if (wantedWay() || turn % 5 == 0)
    ways.push_back(wayOfCpp());
  if (wantedWay() || turn % 5 == 2)
    ways.push_back(wayOfC());
  auto fold = [](PassManager &pm) {
    MaseFoldBatchNormPassOptions options;
    options.force = true;
    pm.addPass(createMaseFoldBatchNormPass(options));
  };
  if (seed / kGroup % 3 == 2)
    group.compare(ways, samples, fold);
  else
    group.compare(ways, samples);
}

void runIntegers(uint64_t seed, int count, int64_t samples) {
  bool particles = seed / kGroup % 2 == 1;
  Group group(seed, count, [&](ModuleOp module, StringRef name, Draw &draw) {
    appendRandomIntegers(module, name, draw, particles);
  });
  std::vector<Way> ways = {
      wayOfCpu(),
      lowered("cuda-host", EngineKind::CudaHost, Level::Layers, {})};
  const uint64_t turn = seed / kGroup;
  if (wantedWay() || turn % 4 < 2)
    ways.push_back(lowered("linalg", EngineKind::Linalg, Level::Layers, {}));
  if (wantedWay() || turn % 4 >= 2)
    ways.push_back(wayOfCpp());
  if (wantedWay() || turn % 5 == 2)
    ways.push_back(wayOfC());
  group.compare(ways, samples);
}

/// Runs `test` on groups of draws, from seed `first` on: networks are compiled
/// together, since a module for each would take longer to set up than to
/// compile.
void drawGroups(int64_t draws,
                llvm::function_ref<void(uint64_t, int, int64_t)> test,
                uint64_t first = 0) {
  draws = fromEnvironment("MASE_PROPERTY_DRAWS", draws);
  uint64_t seed = first + uint64_t(fromEnvironment("MASE_PROPERTY_SEED", 0));
  for (int64_t i = 0; i < draws; i += kGroup) {
    test(seed + i, int(std::min(kGroup, draws - i)), /*samples=*/37);
    if (::testing::Test::HasFatalFailure())
      return;
  }
}

TEST(PropertyTest, AllEnginesGiveTheInterpretersBits) {
  drawGroups(1000, runGroup);
}

// In two tests: they run side by side.
TEST(PropertyTest, AllEnginesGiveTheInterpretersBitsAgain) {
  drawGroups(1000, runGroup, /*first=*/1000000);
}

TEST(PropertyTest, CodesAreReadAsEachOpSays) { drawGroups(200, runIntegers); }

} // namespace
