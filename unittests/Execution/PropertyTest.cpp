// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random networks, precisions and inputs: every way to compute a network gives
// the bits of the interpreter. MASE_PROPERTY_DRAWS sets the number of networks
// (default 1000), MASE_PROPERTY_SEED the first seed.
#include "RandomNetwork.h"

#include "mase/Dialect/Mase/Transforms/Passes.h"
#include "mase/Evaluate/Evaluator.h"
#include "mase/Evaluate/FromIR.h"
#include "mase/Execution/Engine.h"
#include "mase/Numerics/Elementary.h"

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

/// A way to compute all functions of a module. The module is its own to change.
struct Way {
  std::string name;
  std::function<FailureOr<Engines>(ModuleOp, ArrayRef<func::FuncOp>)> prepare;
};

FailureOr<Engines> interpret(ModuleOp module,
                             ArrayRef<func::FuncOp> functions) {
  Engines engines;
  for (func::FuncOp function : functions) {
    auto engine = createInterpreterEngine(function);
    if (failed(engine))
      return failure();
    engines.push_back(std::move(*engine));
  }
  return engines;
}

FailureOr<Engines> interpretLowered(ModuleOp module, bool fuse) {
  PassManager pm(module.getContext());
  MaseLowerToIntegerPassOptions options;
  options.fuseRequantize = fuse;
  pm.addPass(createMaseLowerToIntegerPass(options));
  if (failed(pm.run(module)))
    return failure();
  // Lowering may have rewritten the functions.
  return interpret(module, llvm::to_vector(module.getOps<func::FuncOp>()));
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

FailureOr<Engines> evaluate(ModuleOp module, ArrayRef<func::FuncOp> functions) {
  Engines engines;
  for (func::FuncOp function : functions) {
    auto network = networkFromIR(function);
    if (failed(network))
      return failure();
    engines.push_back(std::make_unique<EvaluatorEngine>(std::move(*network)));
  }
  return engines;
}

/// The interpreter at the network level is the reference.
std::vector<Way> allWays() {
  return {
      {"interpreter, integer level",
       [](ModuleOp module, ArrayRef<func::FuncOp>) {
         return interpretLowered(module, /*fuse=*/true);
       }},
      {"interpreter, integer level, not fused",
       [](ModuleOp module, ArrayRef<func::FuncOp>) {
         return interpretLowered(module, /*fuse=*/false);
       }},
      {"cpu", createCpuEngines},
      {"cuda-host", createCudaHostEngines},
      {"evaluator", evaluate},
  };
}

int64_t fromEnvironment(const char *name, int64_t otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoll(text, nullptr, 10) : otherwise;
}

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

void runGroup(uint64_t seed, int count, int64_t samples) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<MaseDialect, func::FuncDialect, arith::ArithDialect>();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  // A tenth of the groups has formats of up to 32 bits.
  NetworkOptions options;
  if (seed / 50 % 10 == 9)
    options = {1, 32, -8};
  std::vector<Network> networks;
  for (int i = 0; i < count; ++i) {
    Draw draw(seed + i);
    Network network;
    network.seed = seed + i;
    appendRandomNetwork(*module, "net_" + std::to_string(i), draw, options);
    networks.push_back(std::move(network));
  }
  ASSERT_TRUE(succeeded(verify(*module)));
  if (seed / 50 % 3 == 2) {
    PassManager pm(&context);
    MaseFoldBatchNormPassOptions fold;
    fold.force = true;
    pm.addPass(createMaseFoldBatchNormPass(fold));
    ASSERT_TRUE(succeeded(pm.run(*module)));
  }
  for (auto [network, function] :
       llvm::zip_equal(networks, module->getOps<func::FuncOp>())) {
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
  for (const Way &way : allWays()) {
    OwningOpRef<ModuleOp> copy(cast<ModuleOp>((*module)->clone()));
    auto engines =
        way.prepare(*copy, llvm::to_vector(copy->getOps<func::FuncOp>()));
    ASSERT_TRUE(succeeded(engines)) << way.name << ", seed " << seed;
    for (auto [network, engine] : llvm::zip_equal(networks, *engines)) {
      check(way, std::move(engine), network, samples);
      if (::testing::Test::HasFatalFailure())
        return;
    }
  }
}

TEST(PropertyTest, AllEnginesGiveTheInterpretersBits) {
  int64_t draws = fromEnvironment("MASE_PROPERTY_DRAWS", 1000);
  uint64_t seed = uint64_t(fromEnvironment("MASE_PROPERTY_SEED", 0));
  // Networks are compiled together: a module for each would take longer to set
  // up than to compile.
  constexpr int64_t kGroup = 50;
  for (int64_t i = 0; i < draws; i += kGroup) {
    runGroup(seed + i, int(std::min(kGroup, draws - i)), /*samples=*/37);
    if (HasFatalFailure())
      return;
  }
}

} // namespace
