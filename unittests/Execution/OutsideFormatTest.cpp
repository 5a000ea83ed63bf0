// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Formats that are no integers, as a project outside would add them: what runs
// them, and what says that it doesn't.
#include "Networks.h"

#include "mase/Numerics/Elementary.h"
#include "mase/Target/Cuda/CudaTarget.h"

#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mase;
using namespace mase::testing;

namespace {

/// The first `bits` bits of the mantissa, towards zero; none: powers of two.
class Truncated : public NumberFormat::Model {
public:
  Truncated(int64_t bits, bool hasFunction)
      : bits(bits), hasFunction(hasFunction) {}
  absl::string_view name() const override {
    return hasFunction ? "truncated" : "secret";
  }
  std::vector<FormatSetting> settings() const override {
    return {{"mantissa", bits}};
  }
  int64_t packedBits(absl::Span<const int64_t> shape) const override {
    int64_t elements = 1;
    for (int64_t size : shape)
      elements *= size;
    return elements * (9 + bits);
  }
  double bitsPerElement() const override { return 9 + double(bits); }
  void quantize(absl::Span<const float> in, absl::Span<const int64_t>,
                absl::Span<float> out) const override {
    for (size_t i = 0; i < in.size(); ++i)
      out[i] = llvm::bit_cast<float>(bitsOf(in[i]) & mask());
  }
  std::optional<NumberFormat::DeviceFunction> deviceFunction() const override {
    if (!hasFunction)
      return std::nullopt;
    return NumberFormat::DeviceFunction{
        "truncate", "MASE_DEVICE float truncate(float x) {\n"
                    "  const uint32_t bits = mase::bitsOf(x) & " +
                        std::to_string(mask()) +
                        "u;\n"
                        "  memcpy(&x, &bits, sizeof x);\n"
                        "  return x;\n"
                        "}\n"};
  }

private:
  uint32_t mask() const { return ~((1u << (23 - bits)) - 1); }
  int64_t bits;
  bool hasFunction;
};

class TruncatedKind : public FormatKind {
public:
  absl::Span<const std::string> names() const override {
    static const std::vector<std::string> all = {"truncated", "secret"};
    return all;
  }
  absl::Span<const std::string> keys() const override {
    static const std::vector<std::string> all = {"mantissa"};
    return all;
  }
  std::optional<std::string> check(const FormatSetting &,
                                   absl::string_view) const override {
    return std::nullopt;
  }
  std::variant<NumberFormat, FormatError>
  make(absl::string_view name, absl::Span<const FormatSetting> settings,
       absl::string_view) const override {
    return NumberFormat(std::make_shared<Truncated>(
        std::get<int64_t>(settings[0].value), name == "truncated"));
  }
};

class OutsideFormatTest : public EngineTestBase {
protected:
  static void SetUpTestSuite() {
    registerFormatKind(std::make_unique<TruncatedKind>());
  }
  /// A layer whose input and another's output have formats called `name`.
  OwningOpRef<ModuleOp> network(const std::string &name) {
    return parse(R"(func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
      %w = arith.constant dense<[[1.5, -0.3], [0.7, 2.25]]> : tensor<2x2xf32>
      %0 = mase.linear "a" %x, %w precision <
        data_in = #mase.format<)" +
                 name + R"(, mantissa = 2>,
        weight = #mase.format<)" +
                 name + R"(, mantissa = 0>>
        : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
      %1 = mase.linear "b" %0, %w precision <
        data_in = #mase.format<)" +
                 name + R"(, mantissa = 2>, weight = #mase.fixed<8, 4>,
        data_out = #mase.format<)" +
                 name + R"(, mantissa = 5>>
        : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
      return %1 : tensor<?x2xf32>
    })");
  }
  std::vector<float> x = {0.3f, -1.7f, 1e30f, -0.0f, 0x1p-149f, 77.7f};
};

TEST_F(OutsideFormatTest, KernelsCallTheFormatsFunction) {
  OwningOpRef<ModuleOp> module = network("truncated");
  ASSERT_TRUE(module);
  std::vector<float> expected = run(EngineKind::Interpreter, *module, x, 3),
                     found = run(EngineKind::CudaHost, *module, x, 3);
  ASSERT_EQ(expected.size(), 6u) << errors;
  ASSERT_EQ(found.size(), 6u) << errors;
  for (size_t i = 0; i < 6; ++i)
    EXPECT_EQ(bitsOf(found[i]), bitsOf(expected[i])) << i;

  FailureOr<OwningOpRef<ModuleOp>> kernel = lowerToKernels(*module);
  ASSERT_TRUE(succeeded(kernel)) << errors;
  std::string text;
  llvm::raw_string_ostream os(text);
  ASSERT_TRUE(succeeded(printCuda(**kernel, os)));
  // One copy of each of the two that are computed with.
  EXPECT_EQ(StringRef(text).count("float truncate(float x)"), 2u) << text;
  EXPECT_NE(text.find("::net_main_formats::f0::truncate(x[o][s])"),
            std::string::npos)
      << text;
}

TEST_F(OutsideFormatTest, CompiledCodeCallsTheFormat) {
  OwningOpRef<ModuleOp> module = network("truncated");
  ASSERT_TRUE(module);
  x.insert(x.end(), {std::numeric_limits<float>::infinity(), 0x1.fcp-130f});
  std::vector<float> expected = run(EngineKind::Interpreter, *module, x, 4),
                     found = run(EngineKind::Cpu, *module, x, 4);
  ASSERT_EQ(expected.size(), 8u) << errors;
  ASSERT_EQ(found.size(), 8u) << errors;
  for (size_t i = 0; i < 8; ++i)
    EXPECT_EQ(bitsOf(found[i]), bitsOf(expected[i])) << i;
}

// The code has the addresses of formats, which nobody else need keep.
TEST_F(OutsideFormatTest, AnEngineKeepsTheFormatsItCalls) {
  std::unique_ptr<Engine> engine;
  {
    MLIRContext other(MLIRContext::Threading::DISABLED);
    other.loadDialect<MaseDialect, func::FuncDialect>();
    OwningOpRef<ModuleOp> copy = parseSourceString<ModuleOp>(
        R"(func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
          %0 = mase.round %x to(#mase.format<truncated, mantissa = 0>)
            : tensor<?x2xf32>
          return %0 : tensor<?x2xf32>
        })",
        &other);
    ASSERT_TRUE(copy);
    auto created = createEngine(EngineKind::Cpu, *copy);
    ASSERT_TRUE(succeeded(created));
    engine = std::move(*created);
  }
  std::vector<float> y(2);
  ASSERT_TRUE(succeeded(engine->run({-1.75f, 5.0f}, 1, y)));
  EXPECT_EQ(y, (std::vector<float>{-1.0f, 4.0f}));
}

TEST_F(OutsideFormatTest, WhatCannotRunOneSaysSo) {
  OwningOpRef<ModuleOp> module = network("secret");
  ASSERT_TRUE(module);
  EXPECT_EQ(run(EngineKind::Interpreter, *module, x, 3).size(), 6u) << errors;
  errors.clear();
  EXPECT_TRUE(run(EngineKind::CudaHost, *module, x, 3).empty());
  EXPECT_EQ(errors, "'mase.round' has no kernel: expected a number format with "
                    "integer codes or a C++ function that rounds, found "
                    "#mase.format<secret, mantissa = 2>\n");
  errors.clear();
  EXPECT_TRUE(run(EngineKind::Cpu, *module, x, 3).empty());
  EXPECT_EQ(StringRef(errors).split('\n').first,
            "expected a number format with integer codes or a C++ function "
            "that rounds, found #mase.format<secret, mantissa = 2>");
}

} // namespace
