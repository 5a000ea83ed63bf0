// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Particles and branches: what is refused. (Networks:
// test/Import/particles-random.test.)
#include "OnnxText.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mase::testing;

namespace {

std::string vector(const std::string &name, const std::string &values,
                   int count) {
  return "initializer { name: '" + name + "' data_type: 7 dims: [" +
         std::to_string(count) + "] int64_data: [" + values + "] }\n";
}
std::string number(const std::string &name, int value) {
  return attribute(name, "i: " + std::to_string(value) + " type: INT");
}
std::string list(const std::string &name, const std::string &values) {
  return attribute(name, "ints: [" + values + "] type: INTS");
}

/// A network of `nodes` on x [n, 2, 3].
std::string ofParticles(const std::string &nodes, int opset = 13) {
  return "opset_import { version: " + std::to_string(opset) + " } graph { " +
         valueInfo("input", "x",
                   "dim { dim_param: 'n' } dim { dim_value: 2 } dim { "
                   "dim_value: 3 }") +
         " output { name: 'y' } " + nodes + " }";
}

const std::vector<RefusedModel> &cases() {
  static const std::vector<RefusedModel> all = {
      {"WeightOfOtherFeatures",
       ofParticles(initializer("w", "2, 1", "1, 2") +
                   node("MatMul", "'x', 'w'")),
       "node '/a/MatMul' (MatMul): the input is [?, 2, 3], but the matrix 'w' "
       "is [2, 1]"},
      {"GemmOfParticles",
       ofParticles(initializer("w", "3, 1", "1, 2, 3") +
                   node("Gemm", "'x', 'w'")),
       "expected one row of features a sample for input 0 ('A'), found [?, 2, "
       "3]"},
      {"TransposeOfTheBatch",
       ofParticles(node("Transpose", "'x'", list("perm", "1, 0, 2"))),
       "expected 'perm' to exchange particles and features of the input [?, 2, "
       "3], found [1, 0, 2]"},
      {"TransposeTwice",
       ofParticles(node("Transpose", "'x'", list("perm", "0, 1, 1"))),
       "expected 'perm' with each of 3 dimensions once, found [0, 1, 1]"},
      {"SumOfTheBatch",
       ofParticles(node("ReduceSum", "'x'", number("keepdims", 0))),
       "expected axes of a sample, found the batch of [?, 2, 3] among [0, 1, "
       "2]"},
      {"MeanOfTheBatch",
       ofParticles(node("ReduceMean", "'x'", list("axes", "0"))),
       "expected axes of a sample, found the batch of [?, 2, 3] among [0]"},
      {"MeanAxis", ofParticles(node("ReduceMean", "'x'", list("axes", "3"))),
       "expected an axis of -3 to 2, found 3"},
      {"PoolOfFeatures", modelText(node("GlobalAveragePool", "'x'")),
       "expected rank 3 or more for input 0 ('X'), found [?, 2]"},
      {"ConcatOfSamples",
       ofParticles(node("Concat", "'x', 'x'", number("axis", 0))),
       "expected an axis of a sample, found 0, the batch of the input [?, 2, "
       "3]"},
      {"ConcatOfOtherParticles",
       ofParticles(node("Transpose", "'x'", list("perm", "0, 2, 1"), "t") +
                   node("Concat", "'x', 't'", number("axis", -1))),
       "expected inputs that differ along axis -1 alone, found [?, 2, 3] and "
       "[?, 3, 2]"},
      {"ConcatWithAConstant",
       modelText(initializer("c", "1, 2", "1, 2") +
                 node("Concat", "'x', 'c'", number("axis", 1))),
       "expected an activation for input 1 ('inputs'), found the constant 'c'"},
      {"ConcatWithoutEnd", ofParticles([] {
         std::string nodes, last = "x";
         for (int i = 0; i < 70; ++i) {
           const std::string twice = llvm::formatv("'{0}', '{0}'", last).str();
           last = i == 69 ? "y" : "c" + std::to_string(i);
           nodes += node("Concat", twice, number("axis", -1), last);
         }
         return nodes;
       }()),
       "expected at most 67108864 features, found"},
      {"SplitSizes",
       ofParticles(
           vector("s", "1, 1", 2) +
           node("Split", "'x', 's'", number("axis", 2) + " output: 'z'")),
       "expected 2 parts of the 3 indices of axis 2 of the input [?, 2, 3], "
       "found [1, 1]"},
      {"SplitOfSamples", ofParticles(node("Split", "'x'", "output: 'z'")),
       "expected an axis of a sample, found 0, the batch of the input [?, 2, "
       "3]"},
      {"SplitOutputs",
       ofParticles(
           node("Split", "'x'",
                number("axis", 2) + number("num_outputs", 3) + " output: 'z'"),
           18),
       "expected 'num_outputs' = 2, the number of outputs, found 3"},
      {"SliceOfNothing",
       ofParticles(vector("a", "2", 1) + vector("b", "1", 1) +
                   vector("c", "-1", 1) + node("Slice", "'x', 'a', 'b', 'c'")),
       "expected indices of axis -1 of the input [?, 2, 3], found none from 2 "
       "to 1 in steps of 1"},
      {"SliceStep",
       ofParticles(vector("a", "0", 1) + vector("b", "3", 1) +
                   vector("c", "2", 1) +
                   node("Slice", "'x', 'a', 'b', 'c', 'a'")),
       "expected steps other than 0, found 0"},
      {"SliceOfSamples",
       ofParticles(vector("a", "0", 1) + vector("b", "1", 1) +
                   node("Slice", "'x', 'a', 'b', 'a'")),
       "expected an axis of a sample, found 0, the batch of the input [?, 2, "
       "3]"},
      {"SliceOfTheMiddle",
       ofParticles(node("Unsqueeze", "'x', 'u'", "", "u4") +
                   node("Concat", "'u4', 'u4'", number("axis", 1), "c4") +
                   vector("u", "1", 1) + vector("a", "0", 1) +
                   vector("b", "1", 1) + vector("c", "2", 1) +
                   node("Slice", "'c4', 'a', 'b', 'c'")),
       "expected the axis of the particles or the features of the input [?, 2, "
       "2, 3], found 2"},
      {"SliceCounts",
       ofParticles(vector("a", "0, 0", 2) + vector("b", "1", 1) +
                   node("Slice", "'x', 'a', 'b'")),
       "expected as many 'starts', 'ends', 'axes' and 'steps', found 2, 1, 2 "
       "and 2"},
      {"GatherIndex",
       ofParticles(vector("i", "0, 3", 2) +
                   node("Gather", "'x', 'i'", number("axis", 2))),
       "expected indices of -3 to 2, found 3"},
      {"GatherOfSamples",
       ofParticles(vector("i", "0", 1) + node("GatherND", "'x', 'i'")),
       "expected indices [n, 1] of features or particles, between a Transpose "
       "that brings them in front and the one back, found indices of samples"},
      {"GatherIndexOfTransposed",
       ofParticles(
           "initializer { name: 'i' dims: [1, 1] data_type: 7 int64_data: 9 }" +
           node("Transpose", "'x'", list("perm", "2, 0, 1"), "a") +
           node("GatherND", "'a', 'i'", "", "b") +
           node("Transpose", "'b'", list("perm", "1, 2, 0"))),
       "node '/a/GatherND' (GatherND): expected indices of -3 to 2, found 9"},
      {"OperandsOfOtherShapes",
       ofParticles(node("Transpose", "'x'", list("perm", "0, 2, 1"), "t") +
                   node("Sub", "'x', 't'")),
       "expected operands of one shape, found [?, 2, 3] and [?, 3, 2]"},
      {"RepeatsInTheMiddle",
       ofParticles(vector("u", "1", 1) + vector("v", "2", 1) +
                   node("Unsqueeze", "'x', 'u'", "", "a") +
                   node("Unsqueeze", "'x', 'v'", "", "b") +
                   node("Sub", "'a', 'b'")),
       "expected activations that repeat along particles or features, found "
       "[?, 1, 2, 3] beside [?, 2, 2, 3]"},
      {"ExpandOfTheBatch",
       ofParticles(vector("s", "5, 2, 3", 3) + node("Expand", "'x', 's'")),
       "expected positive sizes, and the batch as it is, for the input [?, 2, "
       "3], found 5 in place 0"},
      {"ExpandBeforeTheBatch",
       modelText(vector("s", "3, 1, 2", 3) + node("Expand", "'x', 's'")),
       "graph output 'y': expected the batch in front, found [3, ?, 2]; a "
       "Transpose at the end brings it there"},
      {"ExpandToOtherSizes",
       ofParticles(vector("s", "1, 4, 3", 3) + node("Expand", "'x', 's'")),
       "expected a shape that the input [?, 2, 3] repeats to, found [?, 4, 3]"},
      {"ExpandWithoutEnd", ofParticles([] {
         std::string nodes = vector("s", "1, 1, 1048576", 3) +
                             vector("one", "1", 1) + vector("two", "2", 1) +
                             vector("zero", "0", 1);
         return nodes + node("Slice", "'x', 'zero', 'one', 'two'", "", "f") +
                node("Slice", "'f', 'zero', 'one', 'one'", "", "g") +
                node("Expand", "'g', 's'", "", "h") +
                vector("t", "1, 1048576, 1048576", 3) +
                node("Expand", "'h', 't'");
       }()),
       "expected at most 67108864 elements of a sample, found 1048576 that "
       "repeat 1048576 times"},
      // Rows of all samples.
      {"RowsAtTheEnd",
       ofParticles(vector("s", "-1, 3", 2) + node("Reshape", "'x', 's'")),
       "graph output 'y': expected a result for each sample, found 2 rows of "
       "each, [?, 3]; a Reshape at the end keeps them together"},
      {"RowsOfATranspose",
       ofParticles(vector("s", "-1, 3", 2) +
                   node("Reshape", "'x', 's'", "", "r") +
                   node("Transpose", "'r'")),
       "node '/a/Transpose' (Transpose): expected a Reshape back to samples in "
       "front, found 'r' of shape [?, 3], 2 rows of each sample"},
      {"RowsBesideOtherRows",
       ofParticles(vector("s", "-1, 3", 2) + vector("t", "-1, 1", 2) +
                   node("Reshape", "'x', 's'", "", "r") +
                   node("Reshape", "'x', 't'", "", "q") +
                   node("Add", "'r', 'q'")),
       "expected activations of which a sample has equally many rows, found "
       "'r' of shape [?, 3], 2 rows of each sample"},
      {"SoftmaxOfASample",
       ofParticles(node("Softmax", "'x'", number("axis", 1)), 11),
       "expected 'axis' = 2 (or -1) for the input [?, 2, 3], found 1"},
  };
  return all;
}

class OnnxParticleErrors : public ::testing::TestWithParam<RefusedModel> {};

} // namespace

TEST_P(OnnxParticleErrors, AreReported) { expectRefused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(, OnnxParticleErrors, ::testing::ValuesIn(cases()),
                         [](const auto &info) { return info.param.name; });

/// A BatchNormalization between two transposes is one along the last dimension,
/// and remarks say so.
TEST(OnnxParticles, BatchNormBetweenTransposes) {
  mlir::MLIRContext context;
  mase::OnnxImportOptions options;
  options.remarks = true;
  Imported net(
      encodeModel(ofParticles(
          initializer("g", "3", "1, 1, 1") +
          node("Transpose", "'x'", list("perm", "0, 2, 1"), "t") +
          node("BatchNormalization", "'t', 'g', 'g', 'g', 'g'", "", "b") +
          "node { name: 'back' op_type: 'Transpose' input: 'b' output: 'y' " +
          list("perm", "0, 2, 1") + " }")),
      context, options);
  ASSERT_TRUE(net.module) << net.messages;
  std::string text = net.print();
  EXPECT_EQ(text.find("mase.transpose"), std::string::npos) << text;
  EXPECT_NE(text.find("axis 2 : (tensor<?x2x3xf32>"), std::string::npos)
      << text;
  EXPECT_EQ(net.messages,
            "node '/a/BatchNormalization' (BatchNormalization): is along the "
            "last dimension, before particles and features are exchanged\n"
            "node 'back' (Transpose): dropped: it takes back an exchange of "
            "particles and features\n");
}

/// An operand that repeats is as many copies of it, in layers that there are.
TEST(OnnxParticles, Repeats) {
  mlir::MLIRContext context;
  Imported net(
      encodeModel(ofParticles(
          node("ReduceMean", "'x'", list("axes", "1"), "m") +
          "node { name: 'sub' op_type: 'Sub' input: ['x', 'm'] output: 'y' }")),
      context, {.remarks = true});
  ASSERT_TRUE(net.module) << net.messages;
  EXPECT_NE(net.messages.find("node 'sub' (Sub): an operand repeats 2 times, "
                              "the result of layer"),
            std::string::npos)
      << net.messages;
  std::string text = net.print();
  EXPECT_NE(text.find("(tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x6xf32>"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("mase.sub"), std::string::npos) << text;
}

/// Layers of the rows of all samples are layers of particles; shapes made of
/// shapes know how many there are.
TEST(OnnxParticles, RowsOfAllSamples) {
  mlir::MLIRContext context;
  Imported net(
      encodeModel(ofParticles(
          initializer("w", "3, 4", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12") +
          initializer("g", "4", "1, 1, 1, 1") + vector("s", "-1, 3", 2) +
          vector("two", "2", 1) + vector("four", "4", 1) + vector("i", "0", 1) +
          node("Reshape", "'x', 's'", "", "r") +
          node("Gemm", "'r', 'w', 'g'", "", "a") +
          node("BatchNormalization", "'a', 'g', 'g', 'g', 'g'", "", "b") +
          node("Shape", "'b'", "", "n") +
          node("Gather", "'n', 'i'", "", "rows") +
          node("Div", "'rows', 'two'", "", "batch") +
          node("Concat", "'batch', 'two', 'four'", number("axis", 0), "t") +
          "node { name: 'back' op_type: 'Reshape' input: ['b', 't'] output: "
          "'y' }")),
      context);
  ASSERT_TRUE(net.module) << net.messages;
  std::string text = net.print();
  EXPECT_EQ(text.find("flatten"), std::string::npos) << text;
  EXPECT_NE(text.find("tensor<4xf32>) -> tensor<?x2x4xf32>"), std::string::npos)
      << text;
  EXPECT_NE(text.find("axis 2 : (tensor<?x2x4xf32>"), std::string::npos)
      << text;
}
