// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Integers made of shapes, and changes of shape: what is refused, and sizes
// that only some batches have. (Networks: test/Import/shapes.test.)
#include "OnnxText.h"

using namespace mase::testing;

namespace {

std::string integers(const std::string &name, const std::string &values,
                     const std::string &dims) {
  return "initializer { name: '" + name + "' data_type: 7 dims: [" + dims +
         "] int64_data: [" + values + "] }\n";
}
std::string vector(const std::string &name, const std::string &values,
                   int count) {
  return integers(name, values, std::to_string(count));
}
std::string scalar(const std::string &name, const std::string &value) {
  return integers(name, value, "");
}

/// A network of `nodes` on x [`batch`, 2, 3], of opset `opset`.
std::string ofMatrices(const std::string &batch, const std::string &nodes,
                       int opset = 13) {
  return "opset_import { version: " + std::to_string(opset) + " } graph { " +
         valueInfo("input", "x",
                   "dim { " + batch +
                       " } dim { dim_value: 2 } dim { dim_value: 3 }") +
         " output { name: 'y' } " + nodes + " }";
}
const char *const kAny = "dim_param: 'n'";

std::string reshape(const std::string &batch, const std::string &shape,
                    int count) {
  return ofMatrices(batch,
                    vector("s", shape, count) + node("Reshape", "'x', 's'"));
}

/// [n, 6] by `nodes`, which make `s`.
std::string by(const std::string &nodes, int opset = 13) {
  return ofMatrices(
      kAny, node("Shape", "'x'", "", "t") + nodes + node("Reshape", "'x', 's'"),
      opset);
}
std::string slice(const std::string &start, const std::string &end,
                  const std::string &step = "1") {
  return by(vector("a", start, 1) + vector("b", end, 1) + vector("c", step, 1) +
            vector("zero", "0", 1) +
            node("Slice", "'t', 'a', 'b', 'zero', 'c'", "", "s"));
}

const std::vector<RefusedModel> &cases() {
  static const std::vector<RefusedModel> all = {
      {"MixesSamples", reshape(kAny, "-1, 4", 2),
       "node '/a/Reshape' (Reshape): expected a shape that keeps the 6 "
       "elements "
       "of each sample together for the input [?, 2, 3], found [-1, 4]"},
      {"BatchBehind", reshape(kAny, "6, -1", 2),
       "keeps the 6 elements of each sample together"},
      {"TooLarge", reshape(kAny, "-1, 12", 2),
       "keeps the 6 elements of each sample together"},
      {"TwoOpen", reshape(kAny, "-1, -1", 2),
       "expected at most one size of -1"},
      {"Negative", reshape(kAny, "0, -2", 2),
       "expected positive sizes, or -1 for the input [?, 2, 3], found [?, -2]"},
      {"NothingOpen", reshape(kAny, "1, 6", 2),
       "expected a shape for a batch of any size for the input [?, 2, 3], "
       "found "
       "[1, 6]"},
      {"ZeroBeyond", reshape(kAny, "0, 2, 3, 0", 4),
       "expected no 0 in the shape at 3: the input is [?, 2, 3]"},
      {"Overflow", reshape(kAny, "-1, 4294967296, 4294967296", 3),
       "keeps the 6 elements of each sample together"},
      {"RankTooHigh",
       reshape(kAny, "-1, 6, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1", 17),
       "expected at most 16 sizes, found 17"},
      {"FixedCount", reshape("dim_value: 4", "4, 5", 2),
       "expected a shape of as many elements for the input [?, 2, 3], found "
       "[4, "
       "5]"},
      {"FixedMixes", reshape("dim_value: 4", "6, 4", 2),
       "keeps the 6 elements of each sample together"},
      {"AllowZero",
       ofMatrices(kAny, vector("s", "0, 6", 2) +
                            node("Reshape", "'x', 's'",
                                 attribute("allowzero", "i: 1 type: INT"))),
       "expected positive sizes, or -1"},
      {"ShapeIsAnActivation", ofMatrices(kAny, node("Reshape", "'x', 'x'")),
       "expected integers, constant or made of shapes, for input 1 ('shape'), "
       "found 'x', an activation"},
      {"ShapeIsFloats",
       ofMatrices(kAny,
                  initializer("s", "2", "0, -1") + node("Reshape", "'x', 's'")),
       "found 's', a constant of type FLOAT and shape [2]"},
      {"SqueezeBatch",
       ofMatrices(kAny, vector("s", "0", 1) + node("Squeeze", "'x', 's'")),
       "expected a size of 1 at axis 0, found the batch of [?, 2, 3]"},
      {"SqueezeFeatures",
       ofMatrices(kAny, vector("s", "-1", 1) + node("Squeeze", "'x', 's'")),
       "expected a size of 1 at axis 2, found size 3 of [?, 2, 3]"},
      {"SqueezeAxis",
       ofMatrices(kAny, vector("s", "3", 1) + node("Squeeze", "'x', 's'")),
       "expected an axis of -3 to 2, found 3"},
      {"UnsqueezeTwice",
       ofMatrices(kAny,
                  vector("s", "1, -4", 2) + node("Unsqueeze", "'x', 's'")),
       "expected different axes, found one twice"},
      {"UnsqueezeBeforeTheBatch",
       ofMatrices(kAny,
                  vector("s", "1", 1) + node("Unsqueeze", "'x', 's'", "", "u") +
                      node("BatchNormalization", "'u', 'g', 'g', 'g', 'g'") +
                      initializer("g", "2", "1, 1")),
       "input 0 ('X') is [?, 1, 2, 3], another shape of [?, 2, 3]; expected "
       "the "
       "batch and the features alone"},
      {"FlattenAxisBeyond",
       ofMatrices(kAny,
                  node("Flatten", "'x'", attribute("axis", "i: 4 type: INT"))),
       "expected an axis of -3 to 2, found 4"},
      {"CastToHalf",
       ofMatrices(kAny,
                  node("Cast", "'x'", attribute("to", "i: 10 type: INT"))),
       "expected 'to' = FLOAT, found FLOAT16; layers compute in binary32"},
      {"CastOutOfRange",
       ofMatrices(kAny,
                  initializer("c", "1", "300") +
                      node("Cast", "'c'", attribute("to", "i: 3 type: INT"))),
       "expected numbers that INT8 has, found 300 in 'c'"},
      {"CastOutOfAnyRange",
       ofMatrices(kAny,
                  initializer("c", "1", "1e30") +
                      node("Cast", "'c'", attribute("to", "i: 7 type: INT"))),
       "expected numbers that INT64 has, found 1.0"},
      {"ConstantOfTheBatch", by(node("ConstantOfShape", "'t'", "", "s")),
       "expected constant sizes of 1 or more, found the batch"},
      {"ConstantOfHugeShape",
       ofMatrices(kAny, vector("t", "4294967296, 4294967296", 2) +
                            node("ConstantOfShape", "'t'")),
       "expected constant sizes of 1 or more, found 4294967296"},
      {"ConstantThatIsLarge",
       ofMatrices(kAny,
                  vector("t", "134217729", 1) + node("ConstantOfShape", "'t'")),
       "expected constants that repeat and transpose to at most"},
      // Integers made of shapes.
      {"GatherOfActivation",
       ofMatrices(kAny, scalar("i", "0") + node("Gather", "'x', 'i'")),
       "expected an axis of a sample, found 0, the batch of the input [?, 2, "
       "3]"},
      {"GatherByActivation", ofMatrices(kAny, node("Gather", "'x', 'x'")),
       "expected integers, constant or made of shapes, for input 1 "
       "('indices'), found 'x', an activation"},
      {"GatherIndex",
       by(scalar("i", "3") + node("Gather", "'t', 'i'", "", "s")),
       "expected indices of -3 to 2, found 3"},
      {"GatherAxis",
       by(scalar("i", "0") +
          node("Gather", "'t', 'i'", attribute("axis", "i: 1 type: INT"), "s")),
       "expected 'axis' = 0 (or -1) for a vector of integers, found 1"},
      {"SumWithTheBatch",
       by(scalar("i", "1") + node("Add", "'t', 'i'", "", "s")),
       "expected a result that is an integer, or a multiple of the batch"},
      {"BatchSquared", by(node("Mul", "'t', 't'", "", "s")),
       "expected a result that is an integer, or a multiple of the batch"},
      {"SumOverflows",
       by(vector("h", "0, 9223372036854775807, 0", 3) +
          node("Add", "'t', 'h'", "", "s")),
       "expected a result that is an integer"},
      {"Counts", by(vector("h", "1, 1", 2) + node("Mul", "'t', 'h'", "", "s")),
       "expected as many integers on both sides, or one, found 3 and 2"},
      {"SliceStep", slice("0", "3", "0"), "and a step other than 0"},
      {"ProductOfSlice", slice("0", "1"),
       "keeps the 6 elements of each sample together"},
      {"IntegersAsValues", by(node("Relu", "'t'", "", "s")),
       "input 0 ('X') is 't', integers that node '/a/Shape' (Shape) makes of a "
       "shape; expected values of the network"},
      {"IntegersAsOutput", ofMatrices(kAny, node("Shape", "'x'", "", "y")),
       "graph output 'y': expected a result of the network"},
      {"TooManyIntegers", by([] {
         std::string nodes, last = "t";
         for (int i = 0; i < 10; ++i) {
           std::string next = i == 9 ? "s" : "d" + std::to_string(i);
           std::string twice = "'" + last;
           twice += "', '" + last + "'";
           nodes +=
               node("Concat", twice, attribute("axis", "i: 0 type: INT"), next);
           last = next;
         }
         return nodes;
       }()),
       "expected at most 1024 integers, found 1536"},
  };
  return all;
}

class OnnxShapeErrors : public ::testing::TestWithParam<RefusedModel> {};

} // namespace

TEST_P(OnnxShapeErrors, AreReported) { expectRefused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(, OnnxShapeErrors, ::testing::ValuesIn(cases()),
                         [](const auto &info) { return info.param.name; });

// The batch is found wherever it is written, and the result is the same.
TEST(OnnxShapes, SampleToVector) {
  auto size = [](const std::string &indices) {
    return vector("i", indices, 1) + node("Gather", "'t', 'i'", "", "g");
  };
  auto concat = [](const std::string &inputs) {
    return node("Concat", inputs, attribute("axis", "i: 0 type: INT"), "s");
  };
  const std::string six = vector("six", "6", 1), open = vector("open", "-1", 1);
  for (const std::string &text :
       {reshape(kAny, "0, -1", 2), reshape(kAny, "-1, 6", 2),
        reshape(kAny, "0, 6", 2), reshape("dim_value: 4", "4, 6", 2),
        reshape("dim_value: 4", "-1, 6", 2), reshape("dim_value: 1", "1, 6", 2),
        reshape("dim_value: 1", "1, -1", 2),
        by(size("0") + six + concat("'g', 'six'")),
        by(size("-3") + open + concat("'g', 'open'")),
        by(vector("i", "0, 1", 2) + node("Gather", "'t', 'i'", "", "g") +
           vector("k", "1, 3", 2) + node("Mul", "'g', 'k'", "", "s")),
        // 4 * n / 4, n - 0 and 0 + n.
        by(size("0") + six + vector("k", "4", 1) +
           node("Mul", "'g', 'k'", "", "m") + node("Div", "'m', 'k'", "", "d") +
           concat("'d', 'six'")),
        // n * 2 * 3 / n.
        by(size("0") + node("ReduceProd", "'t'", "", "p") +
           node("Div", "'p', 'g'", "", "d") + concat("'g', 'd'"))}) {
    mlir::MLIRContext context;
    Imported net(encodeModel(text), context);
    ASSERT_TRUE(net.module) << text << net.messages;
    EXPECT_NE(net.print().find("(tensor<?x2x3xf32>) -> tensor<?x6xf32>"),
              std::string::npos)
        << text << net.print();
  }
}

// As Python's slices; the shapes are none of the input, which shows them.
TEST(OnnxShapes, Slices) {
  for (const auto &[text, expected] :
       {std::pair(slice("-3", "-1"), "found [?, 2]"),
        std::pair(slice("1", "9223372036854775807"), "found [2, 3]"),
        std::pair(slice("-1", "-9223372036854775808", "-2"), "found [3, ?]"),
        std::pair(slice("5", "0", "-1"), "found [3, 2]"),
        std::pair(slice("2", "1"), "found []")}) {
    mlir::MLIRContext context;
    Imported net(encodeModel(text), context);
    EXPECT_NE(net.messages.find(expected), std::string::npos) << net.messages;
  }
}
