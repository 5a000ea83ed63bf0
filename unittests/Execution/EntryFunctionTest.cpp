// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which function of a module is the network.
#include "Networks.h"

#include "mase/Execution/EntryFunction.h"

using namespace mlir;
using namespace mase;
using namespace mase::testing;

namespace {

class EntryFunctionTest : public EngineTestBase {
protected:
  std::string find(StringRef text) {
    OwningOpRef<ModuleOp> module = parse(text);
    auto entry = findEntryFunction(*module);
    if (failed(entry))
      return "error: " + errors;
    return entry->function.getSymName().str() + " " +
           std::to_string(entry->inputSize) + " " +
           std::to_string(entry->outputSize) + " " +
           std::to_string(entry->batch.value_or(-1));
  }
};

constexpr StringLiteral kPrivate = R"(
  func.func private @other(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
    return %x : tensor<?x3xf32>
  })";

TEST_F(EntryFunctionTest, TakesTheOnlyPublicFunction) {
  EXPECT_EQ(
      find((R"(func.func @net(%x: tensor<?x2x3xf32>) -> tensor<?x2x3xf32> {
    return %x : tensor<?x2x3xf32>
  })" + kPrivate)
               .str()),
      "net 6 6 -1");
}

TEST_F(EntryFunctionTest, TakesMainOfSeveral) {
  EXPECT_EQ(find(R"(
    func.func @net(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
      return %x : tensor<?x2xf32>
    }
    func.func @main(%x: tensor<4x5xf32>) -> tensor<4x5xf32> {
      return %x : tensor<4x5xf32>
    })"),
            "main 5 5 4");
}

TEST_F(EntryFunctionTest, RefusesSeveralWithoutMain) {
  EXPECT_EQ(find(R"(
    func.func @a(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
      return %x : tensor<?x2xf32>
    }
    func.func @b(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
      return %x : tensor<?x2xf32>
    })"),
            "error: expected one public function, or one named 'main', to be "
            "the network; found 2\n");
}

TEST_F(EntryFunctionTest, RefusesNone) {
  EXPECT_EQ(find(kPrivate),
            "error: expected a public function that is the network, found "
            "none\n");
}

TEST_F(EntryFunctionTest, RefusesOtherSignatures) {
  for (StringRef text :
       {"func.func @f(%x: tensor<?xi8>) -> tensor<?xi8> { return %x : "
        "tensor<?xi8> }",
        "func.func @f(%x: f32) -> f32 { return %x : f32 }",
        "func.func @f(%x: tensor<?x?xf32>) -> tensor<?x?xf32> { return %x : "
        "tensor<?x?xf32> }",
        "func.func @f(%x: tensor<?x0xf32>) -> tensor<?x0xf32> { return %x : "
        "tensor<?x0xf32> }",
        "func.func @f(%x: tensor<?x1xf32>, %y: tensor<?x1xf32>) -> "
        "tensor<?x1xf32> { return %x : tensor<?x1xf32> }",
        "func.func @f() -> tensor<1x1xf32> { %0 = arith.constant dense<0.0> : "
        "tensor<1x1xf32>  return %0 : tensor<1x1xf32> }"}) {
    errors.clear();
    EXPECT_EQ(find(text).find("error: expected a network, from one f32 tensor "
                              "[batch, ...] to one of the same batch"),
              0u)
        << errors;
  }
}

TEST_F(EntryFunctionTest, RefusesControlFlow) {
  EXPECT_EQ(find(R"(func.func @f(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
      cf.br ^next
    ^next:
      return %x : tensor<?x2xf32>
    })"),
            "error: expected a network without control flow, found 'f' of 2 "
            "blocks\n");
}

} // namespace
