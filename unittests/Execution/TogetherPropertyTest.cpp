// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter runs several samples at a time: none may see another.
#include "Networks.h"
#include "RandomNetwork.h"

#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mase;
using namespace mase::testing;

namespace {

class TogetherPropertyTest : public EngineTestBase {
protected:
  /// Samples of the only network of `module` together (more than run at a time,
  /// and some left over), and each by itself.
  void compare(ModuleOp module, Draw &draw, int seed) {
    auto engine = createEngine(EngineKind::Interpreter, module);
    ASSERT_TRUE(succeeded(engine)) << errors;
    constexpr int64_t kSamples = 37;
    const int64_t in = (*engine)->getInputSize(),
                  out = (*engine)->getOutputSize();
    std::vector<float> x = drawInputs(draw, kSamples * in),
                       together =
                           run(EngineKind::Interpreter, module, x, kSamples),
                       alone(kSamples * out);
    for (int64_t n = 0; n < kSamples; ++n)
      ASSERT_TRUE(succeeded(
          (*engine)->run(ArrayRef(x).slice(n * in, in), 1,
                         MutableArrayRef(alone).slice(n * out, out))));
    ASSERT_EQ(together.size(), alone.size()) << errors;
    for (size_t i = 0; i < alone.size(); ++i)
      ASSERT_EQ(llvm::bit_cast<uint32_t>(together[i]),
                llvm::bit_cast<uint32_t>(alone[i]))
          << "seed " << seed << ", sample " << i / out;
  }

  OwningOpRef<ModuleOp> empty() {
    return ModuleOp::create(UnknownLoc::get(&context));
  }
};

TEST_F(TogetherPropertyTest, LayersKeepSamplesApart) {
  for (int seed = 1; seed <= 60 && !HasFatalFailure(); ++seed) {
    Draw draw(seed);
    OwningOpRef<ModuleOp> module = empty();
    NetworkOptions options;
    options.uniform = seed % 2 * 60;
    options.branches = seed % 3 != 0;
    appendRandomNetwork(*module, "main", draw, options);
    compare(*module, draw, seed);
  }
}

TEST_F(TogetherPropertyTest, IntegersKeepSamplesApart) {
  for (int seed = 1; seed <= 60 && !HasFatalFailure(); ++seed) {
    Draw draw(seed);
    OwningOpRef<ModuleOp> module = empty();
    appendRandomIntegers(*module, "main", draw, /*particles=*/seed % 2 == 1);
    compare(*module, draw, seed);
  }
}

} // namespace
