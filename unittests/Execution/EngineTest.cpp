// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Interpreter at the network level, interpreter at the integer level and CPU
// code on networks of every kind of layer, in batches of awkward sizes.
#include "Networks.h"

#include "mase/Dialect/Mase/Transforms/LowerToInteger.h"
#include "mase/Numerics/Elementary.h"
#include "mase/Target/Cuda/CudaTarget.h"

#include "mlir/Dialect/Func/Extensions/InlinerExtension.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mase;
using namespace mase::testing;

namespace {

constexpr StringLiteral kInteger = R"(
  func.func @main(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
    %w1 = arith.constant dense<[[0.5, -1.25, 3.0, 0.1], [-0.3, 0.2, 0.7, -2.0],
      [1.0, 1.0, -1.0, 0.6], [0.05, 0.25, -0.125, 0.0], [2.0, -2.0, 1.5, -1.5]]> : tensor<5x4xf32>
    %b1 = arith.constant dense<[0.1, -0.2, 0.3, 1.7, -5.0]> : tensor<5xf32>
    %p = arith.constant dense<[0.5, 1.5, 2.0, 0.7, 0.9]> : tensor<5xf32>
    %w2 = arith.constant dense<[[0.5, -1.25, 3.0, 0.1, 0.3], [-0.3, 0.2, 0.7, -2.0, 0.8],
      [1.0, 1.0, -1.0, 0.6, -0.7]]> : tensor<3x5xf32>
    %1 = mase.linear "fc1" %x, %w1, %b1 precision <data_in = #mase.fixed<6, 3>,
      weight = #mase.fixed<4, 2>, bias = #mase.fixed<8, 6, floor>>
      : (tensor<?x4xf32>, tensor<5x4xf32>, tensor<5xf32>) -> tensor<?x5xf32>
    %2 = mase.batch_norm "bn" %1, %p, %p, %p, %p epsilon 1.0e-5 : (tensor<?x5xf32>,
      tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<?x5xf32>
    %3 = mase.relu "relu" %2 : tensor<?x5xf32>
    %4 = mase.linear "fc2" %3, %w2 precision <data_in = #mase.fixed<3, 1, unsigned>,
      weight = #mase.fixed<5, 3>, data_out = #mase.fixed<8, 2>>
      : (tensor<?x5xf32>, tensor<3x5xf32>) -> tensor<?x3xf32>
    return %4 : tensor<?x3xf32>
  })";

constexpr StringLiteral kMixed = R"(
  func.func @main(%x: tensor<?x2x3xf32>) -> tensor<?x4xf32> {
    %row = arith.constant dense<[[[0.5, -0.25, 3.0], [0.1, 7.0, -1.0]]]> : tensor<1x2x3xf32>
    %p = arith.constant dense<[0.5, 1.5]> : tensor<2xf32>
    %w = arith.constant dense<[[0.5, -1.25, 3.0, 0.1], [-0.3, 0.2, 0.7, -2.0],
      [1.0, 1.0, -1.0, 0.6], [0.05, 0.25, -0.125, 0.0], [2.0, -2.0, 1.5, -1.5],
      [0.1, 0.2, 0.3, 0.4]]> : tensor<6x4xf32>
    %0 = mase.batch_norm "bn" %x, %p, %p, %p, %p epsilon 1.0e-5 : (tensor<?x2x3xf32>,
      tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x3xf32>
    %1 = mase.mul "mul" %0, %row precision <data_in = #mase.fixed<9, 5>>
      : (tensor<?x2x3xf32>, tensor<1x2x3xf32>) -> tensor<?x2x3xf32>
    %2 = mase.flatten "flat" %1 : (tensor<?x2x3xf32>) -> tensor<?x6xf32>
    %3 = mase.relu "relu" %2 precision <data_in = #mase.fixed<7, 3, unsigned>> : tensor<?x6xf32>
    %4 = mase.matmul "mm" %3, %w : (tensor<?x6xf32>, tensor<6x4xf32>) -> tensor<?x4xf32>
    %5 = mase.softmax "soft" %4 : tensor<?x4xf32>
    %6 = mase.sub "sub" %4, %5 : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
    %7 = mase.sigmoid "gate" %6 : tensor<?x4xf32>
    %8 = mase.add "add" %4, %7 : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
    %9 = mase.log_softmax "log" %8 : tensor<?x4xf32>
    return %9 : tensor<?x4xf32>
  })";

class EngineTest : public EngineTestBase {
protected:
  static std::vector<float> inputs(int64_t count) {
    constexpr float inf = std::numeric_limits<float>::infinity();
    const float awkward[] = {0.0f,  -0.0f,  inf,    -inf,    std::nanf(""),
                             1e38f, 1e-45f, -3e38f, 0.0625f, -0.1875f};
    std::vector<float> x(count);
    for (int64_t i = 0; i < count; ++i)
      x[i] = i % 7 == 3 ? awkward[i / 7 % 10]
                        : float((i * 7919) % 4001 - 2000) / 512.0f;
    return x;
  }

  OwningOpRef<ModuleOp> lowered(ModuleOp module) {
    OwningOpRef<ModuleOp> copy(cast<ModuleOp>(module->clone()));
    EXPECT_TRUE(succeeded(lowerToInteger(*copy))) << errors;
    return copy;
  }

  static std::vector<uint32_t> bits(ArrayRef<float> values) {
    std::vector<uint32_t> result;
    for (float v : values)
      result.push_back(mase::bitsOf(v));
    return result;
  }

  /// The bits that an engine computes for batches of awkward sizes.
  std::vector<std::vector<uint32_t>> results(EngineKind kind, ModuleOp module) {
    std::vector<std::vector<uint32_t>> all;
    auto engine = createEngine(kind, module);
    if (failed(engine)) {
      ADD_FAILURE() << errors;
      return all;
    }
    for (int64_t n :
         {0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 33, 255, 256, 257, 1000}) {
      std::vector<float> x = inputs(n * (*engine)->getInputSize()),
                         y(n * (*engine)->getOutputSize());
      EXPECT_TRUE(succeeded((*engine)->run(x, n, y)));
      all.push_back(bits(y));
    }
    return all;
  }

  void compare(StringRef text) {
    OwningOpRef<ModuleOp> module = parse(text);
    OwningOpRef<ModuleOp> integer = lowered(*module);
    auto expected = results(EngineKind::Interpreter, *module);
    EXPECT_EQ(results(EngineKind::Interpreter, *integer), expected);
    EXPECT_EQ(results(EngineKind::Cpu, *module), expected);
    EXPECT_EQ(results(EngineKind::Cpu, *integer), expected);
    EXPECT_EQ(results(EngineKind::Linalg, *module), expected);
    EXPECT_EQ(results(EngineKind::Linalg, *integer), expected);
    EXPECT_EQ(errors, "");
  }
};

TEST_F(EngineTest, IntegerNetwork) { compare(kInteger); }

TEST_F(EngineTest, MixedNetwork) { compare(kMixed); }

TEST_F(EngineTest, Identity) {
  compare(R"(func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
    return %x : tensor<?x2xf32>
  })");
}

TEST_F(EngineTest, FixedBatch) {
  compare(R"(func.func @main(%x: tensor<8x2xf32>) -> tensor<8x2xf32> {
    %p = arith.constant dense<[0.5, 1.5]> : tensor<2xf32>
    %0 = mase.affine "bn" %x, %p, %p : (tensor<8x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<8x2xf32>
    %1 = mase.relu "r" %0 : tensor<8x2xf32>
    return %1 : tensor<8x2xf32>
  })");
}

/// Widths between those of storage, unsigned, the products shifted.
TEST_F(EngineTest, UnsignedNarrowCodes) {
  compare(R"(func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
    %w = arith.constant dense<[[7, -1], [3, -3]]> : tensor<2x2xi3>
    %b = arith.constant dense<[-1, 1]> : tensor<2xi2>
    %q = mase.quantize %x to(#mase.fixed<5, 2, unsigned>) : tensor<?x2xf32> -> tensor<?x2xi5>
    %a = mase.int_linear "fc" %q as(#mase.fixed<5, 2, unsigned>), %w as(#mase.fixed<3, 1, unsigned>),
      %b as(#mase.fixed<2, 9>) : (tensor<?x2xi5>, tensor<2x2xi3>, tensor<2xi2>) -> tensor<?x2xi17>
    %r = mase.requantize ["r"] %a frac 9 relu to(#mase.fixed<7, 1, unsigned, floor>)
      : (tensor<?x2xi17>) -> tensor<?x2xi7>
    %y = mase.dequantize %r frac 1 unsigned : tensor<?x2xi7> -> tensor<?x2xf32>
    return %y : tensor<?x2xf32>
  })");
}

/// Kernels run as they stand.
TEST_F(EngineTest, Kernel) {
  DialectRegistry registry;
  func::registerInlinerExtension(registry);
  context.appendDialectRegistry(registry);
  context.loadDialect<kernel::MaseKernelDialect>();
  OwningOpRef<ModuleOp> module = parse(kInteger);
  auto kernels = lowerToKernels(*module);
  ASSERT_TRUE(succeeded(kernels)) << errors;
  auto engine = createEngine(**kernels);
  if (failed(engine) && StringRef(errors).contains("compiler"))
    GTEST_SKIP() << errors;
  ASSERT_TRUE(succeeded(engine)) << errors;
  EXPECT_EQ((*engine)->getInputSize(), 4);
  EXPECT_EQ((*engine)->getOutputSize(), 3);
  std::vector<float> x = inputs(4 * 257), y(3 * 257);
  ASSERT_TRUE(succeeded((*engine)->run(x, 257, y)));
  EXPECT_EQ(bits(y), bits(run(EngineKind::Interpreter, *module, x, 257)));

  EXPECT_TRUE(failed(createEngine(EngineKind::Interpreter, **kernels)));
  EXPECT_EQ(errors, "expected layers, which the engine 'interpreter' runs; "
                    "found kernels, which 'cuda-host' and 'cuda' run\n");
}

TEST_F(EngineTest, ManyFunctionsAtOnce) {
  OwningOpRef<ModuleOp> module = parse((kInteger + R"(
    func.func @second(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
      %0 = mase.relu "r" %x : tensor<?x1xf32>
      return %0 : tensor<?x1xf32>
    })")
                                           .str());
  auto entries = findEntryPoints(*module);
  ASSERT_TRUE(succeeded(entries)) << errors;
  auto engines = createCpuEngines(*module, *entries);
  ASSERT_TRUE(succeeded(engines)) << errors;
  ASSERT_EQ(engines->size(), 2u);
  std::vector<float> x{-1, 2, -3}, y(3);
  ASSERT_TRUE(succeeded((*engines)[1]->run(x, 3, y)));
  EXPECT_EQ(y, std::vector<float>({0, 2, 0}));
}

// LLVM's folds of nested comparisons forget that NaN passes the first.
TEST_F(EngineTest, NaNPassesAClipAndNotARelu) {
  OwningOpRef<ModuleOp> module = parse(R"(
    func.func @main(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
      %0 = mase.clip "clip" %x from 0.0 to 0x7F800000 : tensor<?x1xf32>
      %1 = mase.relu "relu" %0 : tensor<?x1xf32>
      return %1 : tensor<?x1xf32>
    })");
  const std::vector<float> x(33, std::numeric_limits<float>::quiet_NaN());
  for (EngineKind kind : {EngineKind::Interpreter, EngineKind::Cpu})
    EXPECT_EQ(bits(run(kind, *module, x, 33)),
              bits(std::vector<float>(33, 0.0f)))
        << errors;
}

TEST_F(EngineTest, CpuErrorsReachTheCaller) {
  OwningOpRef<ModuleOp> module = parse(R"(
    func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
      %c = arith.constant dense<1.0> : tensor<2xf32>
      %g = mase.relu "g" %c : tensor<2xf32>
      %y = mase.batch_norm "bn" %x, %g, %c, %c, %c epsilon 0.0 : (tensor<?x2xf32>,
        tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
      return %y : tensor<?x2xf32>
    })");
  EXPECT_TRUE(failed(createEngine(EngineKind::Cpu, *module)));
  EXPECT_NE(errors.find("constant"), std::string::npos) << errors;
}

TEST(EngineNames, AreParsed) {
  EXPECT_EQ(parseEngineKind("cpu"), EngineKind::Cpu);
  EXPECT_EQ(parseEngineKind("linalg"), EngineKind::Linalg);
  EXPECT_EQ(parseEngineKind("cpp"), EngineKind::Cpp);
  EXPECT_EQ(parseEngineKind("cuda"), EngineKind::Cuda);
  EXPECT_EQ(parseEngineKind("cuda-host"), EngineKind::CudaHost);
  EXPECT_EQ(parseEngineKind("interpreter"), EngineKind::Interpreter);
  EXPECT_EQ(parseEngineKind("gpu"), std::nullopt);
}

} // namespace
