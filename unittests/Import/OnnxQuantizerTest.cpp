// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Quantisers of QONNX and of ONNX: what no number format can say is refused
// with the node's name, and damaged files crash nothing.
#include "OnnxText.h"

#include "mlir/IR/Verifier.h"

#include <limits>

using namespace mase::testing;

namespace {

const char *const kDomain = "domain: 'qonnx.custom_op.general' ";

/// A Quant of `x` [n, 2] with these parameters as texts of initializers.
std::string quant(const std::string &rest = "",
                  const std::string &scale = initializer("s", "", "0.5"),
                  const std::string &zero = initializer("z", "", "0"),
                  const std::string &width = initializer("b", "", "8")) {
  return modelText(scale + zero + width +
                   node("Quant", "'x', 's', 'z', 'b'", kDomain + rest));
}

std::string integer(const std::string &name, int type, const std::string &dims,
                    const std::string &data) {
  return "initializer { name: '" + name + "' dims: [" + dims +
         "] data_type: " + std::to_string(type) + " int32_data: [" + data +
         "] }\n";
}

/// QuantizeLinear and DequantizeLinear of `x`, with what lies between them.
std::string qdq(const std::string &quantize, const std::string &dequantize,
                const std::string &rest = "",
                const std::string &attributes = "") {
  return modelText(initializer("s", "", "0.5") + integer("z", 3, "", "3") +
                   rest +
                   node("QuantizeLinear", quantize, attributes, "codes") +
                   node("DequantizeLinear", dequantize, attributes));
}

/// A MultiThreshold of `x`.
std::string thresholds(const std::string &dims, const std::string &data,
                       const std::string &rest = "") {
  return modelText(initializer("t", dims, data) +
                   node("MultiThreshold", "'x', 't'", kDomain + rest));
}

/// The same of a constant, which is rounded or nothing.
std::string thresholdsOfConstant(const std::string &dims,
                                 const std::string &data,
                                 const std::string &rest = "") {
  return modelText(initializer("t", dims, data) +
                   initializer("c", "1, 2", "1, 2") +
                   node("MultiThreshold", "'c', 't'", kDomain + rest, "q") +
                   node("Add", "'x', 'q'"));
}

/// A QLinearMatMul of codes of `x` with a matrix `w`.
std::string product(const std::string &inputs) {
  return modelText(initializer("s", "", "0.5") + initializer("t", "", "1") +
                   integer("z", 3, "", "0") +
                   integer("w", 3, "2, 2", "1, 2, 3, 4") +
                   node("QuantizeLinear", "'x', 's', 'z'", "", "codes") +
                   node("QLinearMatMul", inputs));
}

const std::vector<RefusedModel> &cases() {
  static const std::vector<RefusedModel> all = {
      {"SignedIsString", quant(attribute("signed", "s: 'yes' type: STRING")),
       "node '/a/Quant' (Quant): attribute 'signed': expected an integer, "
       "found STRING"},
      {"SignedIsTwo", quant(attribute("signed", "i: 2 type: INT")),
       "expected 'signed' = 0 or 1, found 2"},
      {"NarrowIsFloat", quant(attribute("narrow", "f: 1 type: FLOAT")),
       "attribute 'narrow': expected an integer, found FLOAT"},
      {"RoundingIsInteger", quant(attribute("rounding_mode", "i: 1 type: INT")),
       "attribute 'rounding_mode': expected a string, found INT"},
      {"Rounding", quant(attribute("rounding_mode", "s: 'FLOR' type: STRING")),
       "unknown 'rounding_mode' 'FLOR'; nearest: 'FLOOR'"},
      {"Attribute", quant(attribute("scale", "f: 1 type: FLOAT")),
       "unsupported attribute 'scale'"},
      {"FractionalWidth",
       quant("", initializer("s", "", "1"), initializer("z", "", "0"),
             initializer("b", "", "3.5")),
       "expected a 'bitwidth' that is an integer of 1 to 32, found 3.5"},
      {"HugeWidth",
       quant("", initializer("s", "", "1"), initializer("z", "", "0"),
             initializer("b", "", "1e30")),
       "expected a 'bitwidth' that is an integer of 1 to 32, found 1"},
      {"NegativeWidth",
       quant("", initializer("s", "", "1"), initializer("z", "", "0"),
             initializer("b", "", "-4")),
       "expected a 'bitwidth' that is an integer of 1 to 32, found -4"},
      {"MissingScale",
       modelText(initializer("z", "", "0") + initializer("b", "", "8") +
                 node("Quant", "'x', '', 'z', 'b'", kDomain)),
       "input 1 ('scale') is missing"},
      {"FewInputs",
       modelText(initializer("s", "", "1") +
                 node("Quant", "'x', 's'", kDomain)),
       "expected 4 inputs, found 2"},
      {"ZeroScale", quant("", initializer("s", "", "0")),
       "expected a positive, normal scale, found 0"},
      {"NegativeScale", quant("", initializer("s", "", "-1")),
       "expected a positive, normal scale, found -1"},
      {"ScaleIsNaN", quant("", initializer("s", "", "nan")),
       "initializer 's': expected finite elements, found nan"},
      {"ScaleOfTheBatch", quant("", initializer("s", "2, 1", "1, 2")),
       "expected a 'scale' for the whole tensor, or one element for each slice "
       "of an axis, of [?, 2], found 's' of shape [2, 1]: the leading "
       "dimension "
       "is the batch"},
      {"ScaleOfWrongLength", quant("", initializer("s", "3", "1, 2, 3")),
       "of [?, 2], found 's' of shape [3]"},
      {"ScaleOfWrongRank", quant("", initializer("s", "1, 1, 2", "1, 2")),
       "of [?, 2], found 's' of shape [1, 1, 2]"},
      {"ScaleIsActivation",
       modelText(initializer("z", "", "0") + initializer("b", "", "8") +
                 node("Quant", "'x', 'x', 'z', 'b'", kDomain)),
       "expected a constant for input 1 ('scale'), found the activation 'x'"},
      {"FractionalZeroPoint",
       quant("", initializer("s", "", "1"), initializer("z", "", "0.5")),
       "expected a 'zeropt' that is an integer"},
      {"ZeroPointBeyondCodes",
       quant("", initializer("s", "", "1"), initializer("z", "", "128")),
       "expected a zero point of -128 to 127, found 128"},
      {"OneCode",
       quant(attribute("signed", "i: 0 type: INT") +
                 attribute("narrow", "i: 1 type: INT"),
             initializer("s", "", "1"), initializer("z", "", "0"),
             initializer("b", "", "1")),
       "expected a width of 2 or more with 'narrow', found 1"},
      {"MixedBipolar",
       quant("", initializer("s", "", "1"), initializer("z", "", "0"),
             initializer("b", "2", "1, 4")),
       "expected widths of 2 or more, or 1 for all slices"},
      {"TwoAxes",
       modelText(initializer("w", "2, 2", "1, 2, 3, 4") +
                 initializer("s", "2, 1", "1, 2") +
                 initializer("z", "1, 2", "0, 1") + initializer("b", "", "8") +
                 node("Quant", "'w', 's', 'z', 'b'", kDomain, "q") +
                 node("MatMul", "'x', 'q'")),
       "expected slices along one axis, found the 'zeropt' along axis 1 and "
       "another parameter along axis 0"},
      {"QuantOfIntegers",
       modelText(integer("w", 3, "2", "1, 2") + initializer("s", "", "1") +
                 initializer("z", "", "0") + initializer("b", "", "8") +
                 node("Quant", "'w', 's', 'z', 'b'", kDomain, "q") +
                 node("Add", "'x', 'q'")),
       "expected float32 elements in 'w', found INT8"},
      {"AnotherDomain",
       modelText(node("Quant", "'x'", "domain: 'some.where' ")),
       "unsupported operation 'Quant' of domain 'some.where'"},
      {"UnknownQonnx", modelText(node("FloatQuant", "'x'", kDomain)),
       "unsupported operation 'FloatQuant' of domain "
       "'qonnx.custom_op.general' (node '/a/FloatQuant'); supported: "},
      {"ThresholdsOfChannels", thresholdsOfConstant("2, 3", "1, 2, 3, 1, 2, 4"),
       "expected the same thresholds for all channels, found others in row 1 "
       "of 't' than in row 0"},
      {"ThresholdsApart", thresholdsOfConstant("1, 3", "1, 2, 4"),
       "expected thresholds 'out_scale' apart that round down or to the "
       "nearest (the first at 'out_bias' + 'out_scale', or + half of it), "
       "found 4.000000e+00 at 2 in 't'"},
      {"ThresholdsElsewhere", thresholdsOfConstant("1, 3", "1.25, 2.25, 3.25"),
       "found 1.250000e+00 at 0 in 't'"},
      {"ThresholdsOfNoWidth", thresholdsOfConstant("1, 4", "1, 2, 3, 4"),
       "expected thresholds for the codes of a width (2^width - 1, or one "
       "less), found 4"},
      {"ThresholdScale",
       thresholdsOfConstant("1, 3", "1, 2, 3",
                            attribute("out_scale", "f: 3 type: FLOAT")),
       "expected a power of two as 'out_scale', found 3"},
      {"ThresholdBias",
       thresholdsOfConstant("1, 3", "1, 2, 3",
                            attribute("out_bias", "f: 0.5 type: FLOAT")),
       "expected an 'out_bias' that is a multiple of 'out_scale', found "
       "5.000000e-01"},
      {"ThresholdZeroPoint",
       thresholdsOfConstant("1, 3", "3, 4, 5",
                            attribute("out_bias", "f: 2 type: FLOAT")),
       "expected a zero point of 0 to 3, found -2"},
      {"ThresholdsOfOtherChannels", thresholds("3, 2", "1, 2, 1, 2, 1, 3"),
       "expected thresholds of each of 2 features, or of all alike, found 3 "
       "rows in 't'"},
      {"ProductOfFloats",
       modelText(
           initializer("s", "", "1") + integer("z", 3, "", "0") +
           integer("w", 3, "2, 2", "1, 2, 3, 4") +
           node("QLinearMatMul", "'x', 's', 'z', 'w', 's', 'z', 's', 'z'")),
       "expected codes of an activation for input 0 ('a'), found 'x'"},
      {"ProductOfOtherScale",
       product("'codes', 't', 'z', 'w', 's', 'z', 's', 'z'"),
       "node '/a/QLinearMatMul' (QLinearMatMul): expected the scale and zero "
       "point of node '/a/QuantizeLinear' (QuantizeLinear)"},
      {"ProductWithActivation",
       product("'codes', 's', 'z', 'x', 's', 'z', 's', 'z'"),
       "expected a constant matrix of codes for input 3 ('b'), found 'x'"},
      {"ProductAtTheEnd", product("'codes', 's', 'z', 'w', 's', 'z', 's', 'z'"),
       "graph output 'y': expected float32 values, found the codes that node "
       "'/a/QLinearMatMul'"},
      // QuantizeLinear, DequantizeLinear.
      {"OtherScale",
       qdq("'x', 's', 'z'", "'codes', 't', 'z'", initializer("t", "", "0.25")),
       "node '/a/DequantizeLinear' (DequantizeLinear): expected the scale and "
       "zero point of node '/a/QuantizeLinear' (QuantizeLinear)"},
      {"ZeroPointOfAnotherType",
       qdq("'x', 's', 'z'", "'codes', 's', 'u'", integer("u", 2, "", "3")),
       "expected a constant of type INT8 for input 2 ('zero_point'), found 'u' "
       "of type UINT8"},
      {"Blocks",
       qdq("'x', 's', 'z'", "'codes', 's', 'z'", "",
           attribute("block_size", "i: 32 type: INT")),
       "found blocks of 32"},
      {"Axis",
       qdq("'x', 'v'", "'codes', 'v'", initializer("v", "2", "1, 2"),
           attribute("axis", "i: 2 type: INT")),
       "expected an 'axis' of -2 to 1 for 'v', found 2"},
      {"ScaleMatrix",
       qdq("'x', 'v'", "'codes', 'v'", initializer("v", "1, 2", "1, 2")),
       "found 'v' of shape [1, 2]"},
      {"CodesOfFloats", qdq("'x', 's', 's'", "'codes', 's', 's'"),
       "expected codes of 4, 8, 16 or 32 bits, found FLOAT"},
      {"CodesRead",
       modelText(initializer("s", "", "0.5") +
                 node("QuantizeLinear", "'x', 's'", "", "codes") +
                 node("Relu", "'codes'")),
       "input 0 ('X') is 'codes', the codes that node '/a/QuantizeLinear' "
       "(QuantizeLinear) makes; expected a DequantizeLinear to read them"},
      {"CodesAtTheEnd",
       modelText(initializer("s", "", "0.5") +
                 node("QuantizeLinear", "'x', 's'")),
       "graph output 'y': expected float32 values, found the codes"},
      {"DequantizeFloats",
       modelText(initializer("s", "", "0.5") +
                 node("DequantizeLinear", "'x', 's'")),
       "expected integer codes for input 0 ('x'), found the activation 'x'"},
      {"Dynamic", modelText(node("DynamicQuantizeLinear", "'x'")),
       "unsupported operation 'DynamicQuantizeLinear' (node "
       "'/a/DynamicQuantizeLinear')"},
      {"FewBytes",
       modelText("initializer { name: 'w' dims: 3 data_type: 22 raw_data: "
                 "'\\001' }" +
                 node("Relu", "'x'")),
       "initializer 'w': expected 3 elements of type INT4 ([3]), found 1 "
       "bytes"},
  };
  return all;
}

class OnnxQuantizerErrors : public ::testing::TestWithParam<RefusedModel> {};

/// Quantisers of every kind.
std::string everyQuantizer() {
  return encodeModel(modelText(
      initializer("fc.weight", "2, 2", "1, 2, 3, 4") +
      initializer("s", "", "0.5") + initializer("v", "1, 2", "0.5, 1") +
      initializer("c", "2", "0.5, 1") + initializer("z", "", "1") +
      initializer("b", "", "4") + integer("i", 3, "2, 2", "1, -2, 3, 4") +
      integer("j", 6, "2", "1, 2") + integer("y0", 2, "", "3") +
      node("Quant", "'x', 's', 'z', 'b'",
           kDomain + attribute("narrow", "i: 1 type: INT") +
               attribute("rounding_mode", "s: 'FLOOR' type: STRING"),
           "p") +
      node("Quant", "'fc.weight', 'v', 'z', 'b'", kDomain, "q") +
      node("MatMul", "'p', 'q'", "", "m") +
      node("BipolarQuant", "'m', 's'", kDomain, "r") +
      node("QuantizeLinear", "'r', 's', 'y0'", "", "u") +
      node("DequantizeLinear", "'u', 's', 'y0'", "", "t") +
      node("DequantizeLinear", "'i', 'c'", attribute("axis", "i: 0 type: INT"),
           "w2") +
      node("DequantizeLinear", "'j', 's'", "", "b2") +
      node("Gemm", "'t', 'w2', 'b2'", "", "g") +
      node("QuantizeLinear", "'g', 's', 'y0'", "", "h") +
      node("QLinearMatMul", "'h', 's', 'y0', 'i', 's', '', 's', 'y0'", "",
           "k") +
      node("QGemm", "'k', 's', 'y0', 'i', 's', '', 'j'",
           "domain: 'com.microsoft' " + attribute("transB", "i: 1 type: INT"),
           "l") +
      initializer("th", "1, 3", "1, 2, 3") +
      node("MultiThreshold", "'l', 'th'", kDomain)));
}

void importAndVerify(const std::string &bytes) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  Imported net(bytes, context);
  if (net.module)
    EXPECT_TRUE(mlir::succeeded(mlir::verify(*net.module)));
  else
    EXPECT_GE(net.errors, 1);
}

} // namespace

TEST_P(OnnxQuantizerErrors, AreReported) { expectRefused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(All, OnnxQuantizerErrors, ::testing::ValuesIn(cases()),
                         [](const auto &info) {
                           return std::string(info.param.name);
                         });

// No layer sums 64 bits and more in integers: the input is rounded by a layer
// of its own.
TEST(OnnxQuantizer, SumTooWide) {
  mlir::MLIRContext context;
  Imported net(
      encodeModel(modelText(
          initializer("w", "2, 2", "1, 2, 3, 4") + initializer("s", "", "1") +
          initializer("z", "", "0") + initializer("b", "", "32") +
          node("Quant", "'w', 's', 'z', 'b'", kDomain, "q") +
          node("Quant", "'x', 's', 'z', 'b'", kDomain, "p") +
          node("Gemm", "'p', 'q'"))),
      context);
  ASSERT_TRUE(net.module) << net.messages;
  EXPECT_NE(net.print().find("alpha 1.000000e+00 precision <data_in = "
                             "#mase.fixed<32, 0>>"),
            std::string::npos)
      << net.print();
}

// Thresholds at multiples of the step round down, between them to the nearest.
TEST(OnnxQuantizer, MultiThreshold) {
  struct Example {
    const char *dims, *values, *attributes, *format;
  };
  const Example examples[] = {
      {"1, 3", "1, 2, 3", "", "#mase.fixed<2, 0, unsigned, floor>"},
      {"2, 3", "-0.75, -0.25, 0.25, -0.75, -0.25, 0.25",
       "attribute { name: 'out_scale' f: 0.5 type: FLOAT }"
       "attribute { name: 'out_bias' f: -1 type: FLOAT }",
       "#mase.format<integer, width = 2, frac_width = 1, rounding = "
       "\"nearest_up\">"},
      {"1, 2", "0, 1", "attribute { name: 'out_bias' f: -1 type: FLOAT }",
       "#mase.format<integer_floor, width = 2, frac_width = 0, narrow = true>"},
      {"1, 7", "-2, -1, 0, 1, 2, 3, 4",
       "attribute { name: 'out_bias' f: -3 type: FLOAT }",
       "#mase.format<integer_floor, width = 3, frac_width = 0, zero_point = 3, "
       "signed = false>"},
  };
  for (const Example &example : examples) {
    mlir::MLIRContext context;
    Imported net(encodeModel(thresholds(example.dims, example.values,
                                        example.attributes)),
                 context);
    EXPECT_NE(net.print().find("<data_in = " + std::string(example.format)),
              std::string::npos)
        << net.messages << net.print() << example.format;
  }
}

// A constant that is no layer's weight or bias is rounded at import.
TEST(OnnxQuantizer, FoldedConstant) {
  mlir::MLIRContext context;
  Imported net(
      encodeModel(modelText(
          initializer("w", "2", "1.3, -1.7") + initializer("s", "", "0.5") +
          initializer("z", "", "0") + initializer("b", "", "8") +
          node("Quant", "'w', 's', 'z', 'b'", kDomain, "q") +
          node("Mul", "'x', 'q'"))),
      context, {.remarks = true});
  ASSERT_TRUE(net.module) << net.messages;
  EXPECT_NE(net.print().find("dense<[[1.500000e+00, -1.500000e+00]]>"),
            std::string::npos)
      << net.print();
  EXPECT_EQ(net.messages,
            "node '/a/Quant' (Quant): folded: a constant is rounded, and no "
            "layer has the format\n");
}

TEST(OnnxQuantizerFuzz, TheNetworkItselfImports) {
  mlir::MLIRContext context;
  Imported net(everyQuantizer(), context);
  EXPECT_TRUE(net.module) << net.messages;
}

TEST(OnnxQuantizerFuzz, EveryBitFlipped) {
  const std::string bytes = everyQuantizer();
  for (size_t i = 0; i < bytes.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[i] = char(damaged[i] ^ (1 << bit));
      importAndVerify(damaged);
    }
}

TEST(OnnxQuantizerFuzz, NumbersReplaced) {
  // Each float32 parameter becomes what a careless writer might put there.
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(everyQuantizer()));
  for (int k = 0; k < model.graph().initializer_size(); ++k)
    for (float value : {0.0f, -1.0f, 1e-45f, 3e38f, -3e38f, 1e-38f, 0.3f,
                        2147483648.0f, std::numeric_limits<float>::quiet_NaN(),
                        std::numeric_limits<float>::infinity()}) {
      onnx::ModelProto changed = model;
      onnx::TensorProto &tensor =
          *changed.mutable_graph()->mutable_initializer(k);
      for (float &element : *tensor.mutable_float_data())
        element = value;
      for (int &element : *tensor.mutable_int32_data())
        element = value < 0 ? INT32_MIN : INT32_MAX;
      importAndVerify(changed.SerializeAsString());
    }
}

// As the converter for QKeras writes it.
TEST(OnnxQuantizer, ZeroPointAndWidthAsIntegers) {
  mlir::MLIRContext context;
  Imported net(
      encodeModel(modelText(
          initializer("s", "", "0.5") +
          "initializer { name: 'z' data_type: 7 int64_data: 0 }" +
          "initializer { name: 'b' dims: 1 data_type: 7 int64_data: 6 }" +
          node("Quant", "'x', 's', 'z', 'b'", kDomain))),
      context);
  EXPECT_EQ(net.messages, "");
  EXPECT_NE(net.print().find("#mase.fixed<6, 1>"), std::string::npos)
      << net.print();
}

TEST(OnnxQuantizer, BinaryQuantIsAnotherNameOfBipolarQuant) {
  for (const char *name : {"BipolarQuant", "BinaryQuant"}) {
    mlir::MLIRContext context;
    Imported net(encodeModel(modelText(initializer("s", "", "0.5") +
                                       node(name, "'x', 's'", kDomain))),
                 context);
    EXPECT_EQ(net.messages, "");
    EXPECT_NE(net.print().find("bipolar"), std::string::npos) << net.print();
  }
}
