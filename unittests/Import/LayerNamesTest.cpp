// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names of layers from ONNX names.
#include "Import/LayerNames.h"

#include "OnnxText.h"

using namespace mase;
using namespace mase::onnx_import;
using namespace mase::testing;

TEST(LayerNames, ParameterNames) {
  EXPECT_TRUE(isParameterName("seq_blocks.2.weight"));
  EXPECT_TRUE(isParameterName("fc.bias"));
  EXPECT_FALSE(isParameterName("weight"));
  EXPECT_FALSE(isParameterName("onnx::MatMul_7.1"));
  EXPECT_FALSE(isParameterName("/seq.1/Constant_output_0"));
  EXPECT_FALSE(isParameterName("fc."));
  EXPECT_FALSE(isParameterName(".weight"));
  EXPECT_FALSE(isParameterName(""));
}

TEST(LayerNames, Identifiers) {
  EXPECT_EQ(sanitizeIdentifier("seq_blocks.2"), "seq_blocks_2");
  EXPECT_EQ(sanitizeIdentifier("0"), "_0");
  EXPECT_EQ(sanitizeIdentifier("torch-jit-export"), "torch_jit_export");
  EXPECT_EQ(sanitizeIdentifier(""), "");
  // Letters of any script stay, as in Python's names.
  EXPECT_EQ(sanitizeIdentifier("couche_\xc3\xa9.2"), "couche_\xc3\xa9_2");
  EXPECT_EQ(sanitizeIdentifier("\xe5\xb1\x82"), "\xe5\xb1\x82");
  // No letters: a no-break space, an invisible mark that turns text around,
  // bytes that are no UTF-8 (a lone one, a NUL spelt long, a surrogate).
  EXPECT_EQ(sanitizeIdentifier("a\xc2\xa0"
                               "b"),
            "a__b");
  EXPECT_EQ(sanitizeIdentifier("a\xe2\x80\xae"
                               "b"),
            "a___b");
  EXPECT_EQ(sanitizeIdentifier("a\xc3"), "a_");
  EXPECT_EQ(sanitizeIdentifier("\xc0\x80"), "__");
  EXPECT_EQ(sanitizeIdentifier("\xed\xa0\x80"), "___");
}

/// The names that a chain of ReLUs with these node names gets.
static std::vector<std::string>
reluNames(const std::vector<std::string> &nodes) {
  std::string graph;
  for (size_t i = 0; i < nodes.size(); ++i)
    graph += "node { op_type: 'Relu' name: '" + nodes[i] + "' input: '" +
             (i ? "t" + std::to_string(i) : "x") + "' output: '" +
             (i + 1 < nodes.size() ? "t" + std::to_string(i + 1) : "y") +
             "' }\n";
  mlir::MLIRContext context;
  Imported net(encodeModel(modelText(graph)), context);
  EXPECT_EQ(net.messages, "");
  std::vector<std::string> names;
  if (net.module)
    net.module->walk([&](ReluOp op) { names.push_back(op.getLayer().str()); });
  return names;
}

using Names = std::vector<std::string>;

TEST(LayerNames, FromTheNodesPath) {
  EXPECT_EQ(reluNames({"/seq_blocks/seq_blocks.1/Relu"}),
            Names({"seq_blocks_1"}));
  EXPECT_EQ(reluNames({"/block/act/Relu_3"}), Names({"act"}));
  EXPECT_EQ(reluNames({"/block/act"}), Names({"act"}));
  EXPECT_EQ(reluNames({"act"}), Names({"act"}));
  EXPECT_EQ(reluNames({"/Reluctant"}), Names({"Reluctant"}));
}

TEST(LayerNames, LettersBeyondAscii) {
  EXPECT_EQ(reluNames({"/couch\xc3\xa9/Relu", "/couch\xc3\xa8/Relu",
                       "/couch\xc3\xa9/Relu_1"}),
            Names({"couch\xc3\xa9", "couch\xc3\xa8", "couch\xc3\xa9_1"}));
}

TEST(LayerNames, NumberedWithoutAPath) {
  EXPECT_EQ(reluNames({"/Relu_1", "Relu", ""}),
            Names({"relu_0", "relu_1", "relu_2"}));
}

TEST(LayerNames, Unique) {
  // A duplicate's number doesn't take a later layer's own name.
  EXPECT_EQ(reluNames({"act", "act", "act_1", "act"}),
            Names({"act", "act_2", "act_1", "act_3"}));
  EXPECT_EQ(reluNames({"Relu", "relu_0"}), Names({"relu_0_1", "relu_0"}));
}

TEST(LayerNames, ParametersComeFirst) {
  mlir::MLIRContext context;
  Imported net(
      encodeModel(modelText(
          initializer("act.weight", "2, 2", "1, 2, 3, 4") +
          initializer("act.bias", "2", "1, 2") +
          "node { op_type: 'Relu' name: 'act' input: 'x' output: 't' }"
          "node { op_type: 'Gemm' name: '/fc/Gemm' input: 't' "
          "       input: 'act.weight' input: 'act.bias' output: 'y' }")),
      context);
  ASSERT_TRUE(net.module) << net.messages;
  net.module->walk([](ReluOp op) { EXPECT_EQ(op.getLayer(), "act_1"); });
  net.module->walk([](LinearOp op) { EXPECT_EQ(op.getLayer(), "act"); });
}
