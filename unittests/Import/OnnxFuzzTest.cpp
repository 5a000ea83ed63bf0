// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Damaged files: whatever the bytes, the import gives a module that verifies or
// a diagnostic, and does not crash.
#include "OnnxText.h"

#include "mlir/IR/Verifier.h"

#include <random>

using namespace mase::testing;

namespace {

/// A small network with every supported operation.
std::string everyOperation() {
  std::string dims = "dim { dim_param: 'n' } dim { dim_value: 1 } "
                     "dim { dim_value: 2 }";
  return encodeModel(
      "ir_version: 8 producer_name: 'test' graph { name: 'net' " +
      valueInfo("input", "x", dims) + valueInfo("output", "y") +
      initializer("fc.weight", "2, 2", "1, 2, 3, 4") +
      initializer("fc.bias", "2", "5, 6") + initializer("var", "2", "7, 8") +
      initializer("block.p", "2, 2", "1, 0, 0, 1") +
      "initializer { name: 'onnx::MatMul_3' dims: [2, 2] data_type: 1 "
      "raw_data: "
      "'\\000\\000\\200\\077\\000\\000\\200\\077\\000\\000\\200\\077\\000\\000"
      "\\200\\077' }"
      "node { name: '/Flatten' op_type: 'Flatten' input: 'x' output: 'f0'"
      "  attribute { name: 'axis' i: 1 type: INT } }"
      "initializer { name: 'zero' data_type: 7 int64_data: 0 }"
      "initializer { name: 'back' dims: 1 data_type: 7 int64_data: -1 }"
      "node { op_type: 'Shape' input: 'f0' output: 'h' }"
      "node { op_type: 'Gather' input: ['h', 'zero'] output: 'n0' }"
      "node { op_type: 'Unsqueeze' input: ['n0', 'back'] output: 'n' }"
      "node { op_type: 'Mul' input: ['back', 'back'] output: 'one' }"
      "node { op_type: 'Concat' input: ['n', 'one', 'back'] output: 'c0'"
      "  attribute { name: 'axis' i: 0 type: INT } }"
      "node { op_type: 'Reshape' input: ['f0', 'c0'] output: 'f1' }"
      "node { op_type: 'Squeeze' input: ['f1', 'one'] output: 'f' }"
      "node { name: '/bn/BatchNormalization' op_type: 'BatchNormalization'"
      "  input: ['f', 'fc.bias', 'fc.bias', 'fc.bias', 'var'] output: 'b'"
      "  attribute { name: 'epsilon' f: 1e-5 type: FLOAT } }"
      "node { name: '/act/Relu' op_type: 'Relu' input: 'b' output: 'r' }"
      "node { name: '/fc/Gemm' op_type: 'Gemm'"
      "  input: ['r', 'fc.weight', 'fc.bias'] output: 'g'"
      "  attribute { name: 'transB' i: 1 type: INT } }"
      "node { op_type: 'MatMul' input: ['g', 'onnx::MatMul_3'] output: 'm' }"
      "node { op_type: 'Add' input: ['fc.bias', 'm'] output: 'a' }"
      "node { op_type: 'MatMul' input: ['a', 'block.p'] output: 'p' }"
      "node { op_type: 'Dropout' input: 'p' output: 'd' }"
      "node { op_type: 'Identity' input: 'd' output: 'i' }"
      "node { op_type: 'Constant' output: 'c'"
      "  attribute { name: 'value' type: TENSOR"
      "    t { data_type: 1 float_data: 2 } } }"
      "node { op_type: 'Mul' input: ['i', 'c'] output: 's' }"
      "node { op_type: 'Sub' input: ['s', 'g'] output: 'u' }"
      "node { op_type: 'LeakyRelu' input: 'u' output: 'k'"
      "  attribute { name: 'alpha' f: 0.5 type: FLOAT } }"
      "node { op_type: 'Sigmoid' input: 'k' output: 'v' }"
      "node { op_type: 'LogSoftmax' input: 'v' output: 'z' }"
      "node { op_type: 'Softmax' input: 'z' output: 'y'"
      "  attribute { name: 'axis' i: -1 type: INT } }"
      "} opset_import { version: 13 }");
}

/// Imports and checks the promise. Contexts keep all types and names that they
/// have seen, so one doesn't last for all.
struct OnnxFuzz : ::testing::Test {
  bool import(const std::string &bytes) {
    if (count++ % 256 == 0)
      context = std::make_unique<mlir::MLIRContext>(
          mlir::MLIRContext::Threading::DISABLED);
    Imported net(bytes, *context);
    if (net.module) {
      EXPECT_TRUE(mlir::succeeded(mlir::verify(*net.module)));
      EXPECT_EQ(net.errors, 0) << net.messages;
    } else {
      EXPECT_GE(net.errors, 1);
    }
    return bool(net.module);
  }
  std::unique_ptr<mlir::MLIRContext> context;
  int count = 0;
};

} // namespace

TEST_F(OnnxFuzz, TheNetworkItselfImports) {
  EXPECT_TRUE(import(everyOperation()));
}

TEST_F(OnnxFuzz, EveryPrefixIsRefused) {
  std::string bytes = everyOperation();
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(import(bytes.substr(0, size))) << size;
}

TEST_F(OnnxFuzz, EveryBitFlipped) {
  const std::string bytes = everyOperation();
  for (size_t i = 0; i < bytes.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[i] = char(damaged[i] ^ (1 << bit));
      import(damaged);
    }
}

TEST_F(OnnxFuzz, BytesReplacedInsertedRemovedAndRepeated) {
  const std::string bytes = everyOperation();
  std::mt19937_64 random(1);
  auto below = [&](size_t n) { return size_t(random() % n); };
  for (int trial = 0; trial < 4000; ++trial) {
    std::string damaged = bytes;
    for (size_t edit = 0, edits = 1 + below(4); edit < edits; ++edit) {
      size_t at = below(damaged.size());
      switch (below(4)) {
      case 0:
        damaged[at] = char(random());
        break;
      case 1:
        damaged.insert(at, 1, char(random()));
        break;
      case 2:
        damaged.erase(at, 1 + below(8));
        break;
      default:
        damaged.insert(at, damaged.substr(below(damaged.size()), below(64)));
        break;
      }
    }
    import(damaged);
  }
}

TEST_F(OnnxFuzz, ForeignFiles) {
  EXPECT_FALSE(import("module { func.func @main() { return } }\n"));
  EXPECT_FALSE(import(std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16)));
  EXPECT_FALSE(import(std::string(4096, '\0')));
  EXPECT_FALSE(import(std::string("PK\x03\x04\x14\0\0\0", 8)));
  // Messages nested deeper than protobuf reads: graph { node { attribute { …
  std::string nested;
  for (int depth = 0; depth < 300; ++depth)
    nested.insert(0, {'\x3a', char(nested.size() & 0x7f)});
  EXPECT_FALSE(import(nested));
}
