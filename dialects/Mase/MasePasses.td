// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Passes on the mase dialect. Conversions out of it: MaseConversionPasses.td.
#ifndef MASE_PASSES_TD
#define MASE_PASSES_TD

include "mlir/Pass/PassBase.td"

def MaseQuantizePass : Pass<"mase-quantize", "::mlir::ModuleOp"> {
  let summary = "set the precision of layers";
  let description = [{
    Takes MASE's quantise configuration, from a TOML file (`config=`), from
    options (`by=` and `layers=`), or a `mase.configuration` of the module
    (`configuration=`). Layers are selected by type, by name or by a regular
    expression that matches the whole name (the first that matches wins); the
    others get the default. Regular expressions are Python's but for lookahead,
    lookbehind and back-references, because matching takes linear time (RE2);
    `\d`, `\w` and `\s` mean ASCII's, and `$` the very end. What a lookahead
    would leave out gets an entry of its own in front. An unknown layer, type or
    key is an error that lists the nearest names.

    A layer whose weights all round to zero gets a warning, and one of whose
    weights or biases a larger share than `max-saturated` is clamped.

    Example, W4A8 for every Linear:

    ```
    mase-opt net.mlir --mase-quantize="by=type layers=linear:{name='integer',data_in_width=8,weight_width=4,bias_width=8}"
    ```
  }];
  let options = [
    Option<"config", "config", "std::string", /*default=*/"\"\"",
           "TOML file with a [passes.quantize] table">,
    Option<"by", "by", "std::string", /*default=*/"\"\"",
           "how the entries of layers= select: type, name or regex_name">,
    ListOption<"layers", "layers", "std::string",
           "entries KEY:{name=\"integer\", data_in_width=…}; KEY is a layer type, a name or a regular expression, or default">,
    Option<"configuration", "configuration", "std::string", /*default=*/"\"\"",
           "symbol of a mase.configuration to apply">,
    Option<"maxSaturated", "max-saturated", "double", /*default=*/"0.05",
           "warn of layers of whose weights or biases a larger share is clamped">
  ];
  let dependentDialects = ["::mase::MaseDialect"];
}

def MaseFoldBatchNormPass : Pass<"mase-fold-batch-norm", "::mlir::ModuleOp"> {
  let summary = "fold BatchNorms into the Linear before them";
  let description = [{
    `batch_norm(linear(x, W, b))` becomes `linear(x, s W, s b + t)`, computed in
    binary64 and rounded once to binary32. The weights that a later quantisation
    sees change, so this is never done unasked. The Linear keeps its name.

    A Linear that already has a precision is left alone unless `force` is given:
    its weights would be rounded to other codes than those a search measured.

    BatchNorms that stay are named, each with the reason: in a remark, or, if
    none could be folded, in a warning.
  }];
  let options = [
    Option<"force", "force", "bool", /*default=*/"false",
           "fold into layers that already have a precision, too">
  ];
  let statistics = [Statistic<"numFolded", "folded", "BatchNorms folded">];
  let dependentDialects = ["::mase::MaseDialect", "::mlir::arith::ArithDialect"];
}

def MaseLowerToIntegerPass : Pass<"mase-lower-to-integer", "::mlir::ModuleOp"> {
  let summary = "make number formats explicit";
  let description = [{
    Layers with integer formats become `mase.quantize`, `mase.int_linear`,
    `mase.requantize` and `mase.dequantize`; BatchNorms become `mase.affine`.
    Constant weights are rounded here. Layers without a precision, and Linear
    layers with an operand that has no integer format, stay in f32; a remark
    names the latter, and a network in which no layer has a precision gets a
    warning.

    `fuse-requantize=false` leaves the chain dequantize, affine, relu, quantize
    between two integer layers as it is.
  }];
  let options = [
    Option<"fuseRequantize", "fuse-requantize", "bool", /*default=*/"true",
           "fuse the chain from sums to codes into mase.requantize">
  ];
  let dependentDialects = ["::mase::MaseDialect", "::mlir::arith::ArithDialect"];
}

#endif // MASE_PASSES_TD
