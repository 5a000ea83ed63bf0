// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Why operations are not imported that people have in their networks.
#include "OnnxRefused.h"

#include "OnnxImporter.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace mase::onnx_import {

static constexpr StringLiteral kConvolution =
    "there is no layer for convolutions: a network is of Linear layers, and "
    "one "
    "that is convolutional over the whole input can be trained as such";
static constexpr StringLiteral kPooling =
    "there is no layer for pooling over positions; a mean or a sum over all of "
    "them can be exported as ReduceMean or ReduceSum";
static constexpr StringLiteral kGraphs =
    "it has graphs of its own, and which of them runs, or how often, is "
    "decided "
    "by data; export the network with conditions and lengths that are "
    "constant, "
    "as tracing does";
static constexpr StringLiteral kDynamic =
    "its scale is a function of the data, and formats here are fixed; quantise "
    "statically, with ONNX Runtime's quantize_static";
static constexpr StringLiteral kRecurrent =
    "there is no layer with a state from step to step";
static constexpr StringLiteral kFloatQuant =
    "it rounds to a floating-point format whose subnormals, infinities and "
    "largest value are the node's own, which no number format here has to the "
    "bit; import the network without it and set minifloat_ieee or mxfp with "
    "--mase-quantize";
static constexpr StringLiteral kInteger =
    "it computes on codes without their scale; export with QuantizeLinear and "
    "DequantizeLinear around the layers (QuantFormat.QDQ)";

struct Refused {
  StringRef name;
  StringLiteral why;
};
static constexpr Refused kStandard[] = {
    {"AveragePool", kPooling},
    {"Conv", kConvolution},
    {"ConvInteger", kConvolution},
    {"ConvTranspose", kConvolution},
    {"DeformConv", kConvolution},
    {"DynamicQuantizeLinear", kDynamic},
    {"GRU", kRecurrent},
    {"GlobalLpPool", kPooling},
    {"GlobalMaxPool", kPooling},
    {"If", kGraphs},
    {"LSTM", kRecurrent},
    {"Loop", kGraphs},
    {"LpPool", kPooling},
    {"MatMulInteger", kInteger},
    {"MaxPool", kPooling},
    {"MaxRoiPool", kPooling},
    {"QLinearConv", kConvolution},
    {"RNN", kRecurrent},
    {"Scan", kGraphs},
    {"SequenceMap", kGraphs},
};

StringRef whyRefused(StringRef domain, StringRef operation) {
  if (isDefaultDomain(domain)) {
    const auto *it = find_if(
        kStandard, [&](const Refused &r) { return r.name == operation; });
    return it == std::end(kStandard) ? StringRef() : StringRef(it->why);
  }
  if (!qonnxOperations(domain).empty())
    return operation == "FloatQuant" ? StringRef(kFloatQuant)
           : operation.contains("Pool")
               ? StringRef(kPooling)
               : StringRef("it is none of QONNX's quantisers, and no layer");
  if (domain == kMicrosoftDomain)
    return operation.starts_with("Dynamic")
               ? StringRef(kDynamic)
               : StringRef("ONNX Runtime's own operation, which its optimiser "
                           "writes; save "
                           "the network without optimising it, or at the level "
                           "'basic'");
  if (domain == "ai.onnx.ml")
    return "it is no layer of a network, but a step of scikit-learn's around "
           "one; export the network alone";
  return "its domain is none that is known here, and the model has no function "
         "of that name, which would be taken in its place; export it as "
         "standard operations or as a function";
}

} // namespace mase::onnx_import
