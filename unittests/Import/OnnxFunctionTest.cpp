// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions of a model: what calls become, and what is refused. (What they
// compute: test/Import/functions.test.)
#include "OnnxText.h"

using namespace mase;
using namespace mase::testing;

namespace {

/// A function of domain 'd' that is called by the graph's one node, '/a/F'.
std::string function(const std::string &name, const std::string &body,
                     const std::string &inputs = "'a'",
                     const std::string &outputs = "'b'") {
  return "functions { name: '" + name + "' domain: 'd' input: [" + inputs +
         "] output: [" + outputs + "] " + body + " }\n";
}
const char *const kDomain = "domain: 'd' ";

std::string call(const std::string &name, const std::string &inputs,
                 const std::string &out) {
  return "node { op_type: '" + name + "' domain: 'd' input: [" + inputs +
         "] output: '" + out + "' }\n";
}
std::string relu(const std::string &in, const std::string &out) {
  return "node { op_type: 'Relu' name: 'act' input: '" + in + "' output: '" +
         out + "' }\n";
}

const std::vector<RefusedModel> &cases() {
  static const std::vector<RefusedModel> all = {
      {"Twice",
       modelText(node("F", "'x'", kDomain)) + function("F", relu("a", "b")) +
           function("F", relu("a", "b")),
       "the function 'd.F' is there twice; expected unique names"},
      {"Itself",
       modelText(node("F", "'x'", kDomain)) +
           function("F", call("F", "'a'", "b")),
       "node 'y' (F): expected functions that don't call themselves, found "
       "'d.F' that calls 'd.F'"},
      {"InACircle",
       modelText(node("F", "'x'", kDomain)) +
           function("F", call("G", "'a'", "b")) +
           function("G", call("F", "'a'", "b")),
       "expected functions that don't call themselves, found 'd.F' that calls "
       "'d.G' that calls 'd.F'"},
      {"TooManyInputs",
       modelText(node("F", "'x', 'x'", kDomain)) +
           function("F", relu("a", "b")),
       "node '/a/F' (F): expected at most 1 inputs and 1 outputs, as the "
       "function 'd.F' has, found 2 and 1"},
      {"UnknownAttribute",
       modelText(
           node("F", "'x'", kDomain + attribute("slop", "f: 1 type: FLOAT"))) +
           function("F", relu("a", "b") + "attribute: 'slope'"),
       "node '/a/F' (F): the function 'd.F' has no attribute 'slop'; valid: "
       "'slope'"},
      {"AnotherOperatorSet",
       modelText(node("F", "'x'", kDomain)) +
           function("F", relu("a", "b") + "opset_import { version: 12 }"),
       "expected a function of operator set 13, as the model's, found 'd.F' of "
       "12"},
      {"OperationInside",
       modelText(node("F", "'x'", kDomain)) +
           function("F", "node { op_type: 'Erf' name: 'e' input: 'a' output: "
                         "'b' }"),
       "unsupported operation 'Erf' (node '/a/F/e')"},
      {"NothingComputed",
       modelText(node("F", "'x'", kDomain)) + function("F", relu("a", "c")),
       "graph output 'y': which is no input, initializer or output of a node; "
       "nearest: 'x', '/a/F/c'"},
  };
  return all;
}

struct OnnxFunctions : ::testing::TestWithParam<RefusedModel> {};

} // namespace

TEST_P(OnnxFunctions, IsRefused) { expectRefused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    All, OnnxFunctions, ::testing::ValuesIn(cases()),
    [](const ::testing::TestParamInfo<RefusedModel> &info) {
      return std::string(info.param.name);
    });

TEST(OnnxFunction, NamesOfWhatItComputes) {
  mlir::MLIRContext context;
  // Twice the same function, whose inner name is one of the graph's.
  Imported net(encodeModel(modelText(node("F", "'x'", kDomain, "t") +
                                     node("Relu", "'t'", "", "u") +
                                     node("F", "'u'", kDomain)) +
                           function("F", relu("a", "t") + relu("t", "b"))),
               context);
  EXPECT_EQ(net.messages, "");
  std::vector<std::string> names;
  ASSERT_TRUE(net.module);
  net.module->walk([&](LayerOpInterface layer) {
    names.push_back(layer.getLayerName().str());
  });
  EXPECT_EQ(names,
            std::vector<std::string>({"act", "act_1", "a", "act_2", "act_3"}));
}

TEST(OnnxFunction, ResultThatIsAnOperand) {
  mlir::MLIRContext context;
  Imported net(encodeModel(modelText("node { op_type: 'F' domain: 'd' input: "
                                     "'x' output: ['p', 'q'] }\n" +
                                     node("Add", "'p', 'q'")) +
                           function("F", relu("a", "b"), "'a'", "'a', 'b'")),
               context);
  EXPECT_EQ(net.messages, "");
  EXPECT_NE(net.print().find("mase.add"), std::string::npos) << net.print();
}

// Each calls the next twice, and the last does nothing: 2^40 calls.
TEST(OnnxFunction, CallsThatMultiply) {
  std::string model = modelText(node("F0", "'x'", kDomain));
  for (int i = 0; i < 40; ++i) {
    std::string next = "F" + std::to_string(i + 1);
    model += function("F" + std::to_string(i),
                      call(next, "'a'", "c") + call(next, "'c'", "b"));
  }
  model += function("F40", "");
  mlir::MLIRContext context;
  Imported net(encodeModel(model), context);
  EXPECT_FALSE(net.module);
  EXPECT_NE(net.messages.find("expected functions that come to at most"),
            std::string::npos)
      << net.messages;
}

TEST(OnnxFunction, DeepCalls) {
  std::string model = modelText(node("F0", "'x'", kDomain));
  for (int i = 0; i < 1000; ++i)
    model += function("F" + std::to_string(i),
                      call("F" + std::to_string(i + 1), "'a'", "b"));
  model += function("F1000", relu("a", "b"));
  mlir::MLIRContext context;
  Imported net(encodeModel(model), context);
  EXPECT_FALSE(net.module);
  EXPECT_NE(net.messages.find("expected functions that call others at most 64 "
                              "deep"),
            std::string::npos)
      << net.messages;
}
