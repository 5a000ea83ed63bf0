// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Particles and branches: what is refused. (Networks:
// test/Import/particles-random.test.)
#include "OnnxText.h"

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
      {"ConcatOfParticles",
       ofParticles(node("Concat", "'x', 'x'", number("axis", 1))),
       "expected the axis of the features, 2 (or -1), for the input [?, 2, 3], "
       "found 1"},
      {"ConcatOfSamples",
       ofParticles(node("Concat", "'x', 'x'", number("axis", 0))),
       "expected the axis of the features, 2 (or -1), for the input [?, 2, 3], "
       "found 0"},
      {"ConcatOfOtherParticles",
       ofParticles(node("Transpose", "'x'", list("perm", "0, 2, 1"), "t") +
                   node("Concat", "'x', 't'", number("axis", -1))),
       "expected inputs that differ in their features alone, found [?, 2, 3] "
       "and [?, 3, 2]"},
      {"ConcatWithAConstant",
       modelText(initializer("c", "1, 2", "1, 2") +
                 node("Concat", "'x', 'c'", number("axis", 1))),
       "expected an activation for input 1 ('inputs'), found the constant 'c'"},
      {"ConcatWithoutEnd", ofParticles([] {
         std::string nodes, last = "x";
         for (int i = 0; i < 70; ++i) {
           std::string twice = "'" + last + "', '" + last + "'";
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
       "expected 2 parts of the 3 features of the input [?, 2, 3], found [1, "
       "1]"},
      {"SplitOfParticles",
       ofParticles(node("Split", "'x'", number("axis", 1) + " output: 'z'")),
       "expected the axis of the features, 2 (or -1), for the input [?, 2, 3], "
       "found 1"},
      {"SplitOutputs",
       ofParticles(
           node("Split", "'x'",
                number("axis", 2) + number("num_outputs", 3) + " output: 'z'"),
           18),
       "expected 'num_outputs' = 2, the number of outputs, found 3"},
      {"SliceOfNothing",
       ofParticles(vector("a", "2", 1) + vector("b", "1", 1) +
                   vector("c", "-1", 1) + node("Slice", "'x', 'a', 'b', 'c'")),
       "expected features of the input [?, 2, 3], found none from 2 to 1"},
      {"SliceStep",
       ofParticles(vector("a", "0", 1) + vector("b", "3", 1) +
                   vector("c", "2", 1) +
                   node("Slice", "'x', 'a', 'b', 'c', 'c'")),
       "expected steps of 1, found 2"},
      {"SliceOfParticles",
       ofParticles(vector("a", "0", 1) + vector("b", "1", 1) +
                   node("Slice", "'x', 'a', 'b', 'b'")),
       "expected the axis of the features, 2 (or -1), for the input [?, 2, 3], "
       "found 1"},
      {"SliceCounts",
       ofParticles(vector("a", "0, 0", 2) + vector("b", "1", 1) +
                   node("Slice", "'x', 'a', 'b'")),
       "expected as many 'starts', 'ends', 'axes' and 'steps', found 2, 1, 2 "
       "and 2"},
      {"MeanBesideEachParticle",
       ofParticles(node("ReduceMean", "'x'", list("axes", "1"), "m") +
                   node("Sub", "'x', 'm'")),
       "expected operands of one shape, found [?, 2, 3] and [?, 1, 3]"},
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
