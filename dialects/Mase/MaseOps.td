// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ops of both levels. Each constraint has a number; its negative test in
// test/Dialect/Mase/errors.mlir carries the same one.
#ifndef MASE_OPS_TD
#define MASE_OPS_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "Mase/MaseAttributes.td"

// See BoundedTensors in Mase.h.
def Mase_BoundedTensors : NativeOpTrait<"BoundedTensors"> {
  let cppNamespace = "::mase";
}

class Mase_Op<string mnemonic, list<Trait> traits = []>
    : Op<Mase_Dialect, mnemonic, !listconcat([Mase_BoundedTensors], traits)>;

defvar Mase_F32Tensor = TensorRankOf<[F32], [1, 2, 3, 4]>;
defvar Mase_F32Matrix = 2DTensorOf<[F32]>;
// [batch, features] or [batch, particles, features].
defvar Mase_F32Rows = TensorRankOf<[F32], [2, 3]>;
defvar Mase_F32Particles = 3DTensorOf<[F32]>;
defvar Mase_F32Vector = 1DTensorOf<[F32]>;
defvar Mase_IntTensor = TensorRankOf<[AnySignlessInteger], [1, 2, 3, 4]>;
defvar Mase_IntMatrix = 2DTensorOf<[AnySignlessInteger]>;
defvar Mase_IntRows = TensorRankOf<[AnySignlessInteger], [2, 3]>;
defvar Mase_IntParticles = 3DTensorOf<[AnySignlessInteger]>;
defvar Mase_IntVector = 1DTensorOf<[AnySignlessInteger]>;

//===----------------------------------------------------------------------===//
// Network level
//===----------------------------------------------------------------------===//

// `torch` is PyTorch's name of the layer's module, `facts` names further methods
// of the interface that the op answers itself in MaseLayers.cpp, and `members`
// answers right here.
class Mase_LayerOp<string mnemonic, string torch, list<Trait> traits = [],
                   list<string> facts = [], string members = "">
    : Mase_Op<mnemonic, !listconcat([
        Pure, DeclareOpInterfaceMethods<Mase_LayerOpInterface, facts>],
        traits)> {
  let extraClassDeclaration = "::llvm::StringRef getTorchModule() { return \"" #
      torch # "\"; }\n" # members;
}

class Mase_QuantizableOp<string mnemonic, string torch, list<Trait> traits = [],
                         list<string> facts = [], list<string> own = [],
                         string members = "">
    : Mase_LayerOp<mnemonic, torch, !listconcat(traits, [
        DeclareOpInterfaceMethods<Mase_QuantizableOpInterface, own>]), facts,
        members> {
  let hasVerifier = 1;
}

// A layer whose results are of a kind of its own (OutputKind).
class Mase_OutputLayerOp<string mnemonic, string torch, string kind,
                         list<Trait> traits = [], list<string> facts = []>
    : Mase_LayerOp<mnemonic, torch,
        !listconcat([SameOperandsAndResultType, Mase_OutputKindOpInterface],
                    traits), facts,
        "static ::mase::OutputKind getOutputKind() { return ::mase::OutputKind::"
        # kind # "; }">;

def Mase_LinearOp : Mase_QuantizableOp<"linear", "Linear",
    [Mase_ProductOpInterface], ["getMacs", "getThopFlops", "getOperandName"],
    ["getParameterShape"], "static bool isWeightInOut() { return false; }"> {
  let summary = "fully connected layer";
  let description = [{
    `y[n, o] = sum_i q_x(x[n, i]) * q_w(w[o, i]) + q_b(b[o])`.

    With integer formats for input, weight and bias the sum is exact and rounded
    once to binary32. Otherwise it is a chain of binary32 fma in input order
    that starts at the bias (at +0 without one).

    Of rank 3, [batch, particles, features], it is the same layer of each
    particle: all share the weights.

    Constraints:
    * (C1) the weight is [out, in] with static sizes; `in` is the input's last
      size and `out` the result's.
    * (C2) the bias, if there is one, is [out].
    * (C3) input and result agree in all sizes but the last.
    * (C4) the precision names no role that the layer lacks.
    * (C5) with integer formats the sum needs no more than 64 bits.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Rows:$input,
                       Mase_F32Matrix:$weight, Optional<Mase_F32Vector>:$bias,
                       OptionalAttr<Mase_PrecisionAttr>:$precision);
  let results = (outs Mase_F32Rows:$result);
  let assemblyFormat = [{
    $layer $input `,` $weight (`,` $bias^)? (`precision` $precision^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Mase_MatmulOp : Mase_QuantizableOp<"matmul", "",
    [Mase_ProductOpInterface], ["getMacs", "getOperandName"],
    ["getParameterShape"], [{
      ::mlir::Value getBias() { return {}; }
      static bool isWeightInOut() { return true; }
    }]> {
  let summary = "matrix product with a constant right operand";
  let description = [{
    `y[n, o] = sum_i q_x(x[n, i]) * q_w(w[i, o])`: the left operand takes the
    format of `data_in`, the right one that of `weight`. Sums as in
    `mase.linear`.

    Constraints:
    * (C1) the right operand is [in, out] with static sizes; `in` is the left
      operand's last size and `out` the result's.
    * (C2) left operand and result agree in all sizes but the last.
    * (C3) the precision names no role that the layer lacks.
    * (C4) with integer formats the sum needs no more than 64 bits.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Rows:$input,
                       Mase_F32Matrix:$weight,
                       OptionalAttr<Mase_PrecisionAttr>:$precision);
  let results = (outs Mase_F32Rows:$result);
  let assemblyFormat = [{
    $layer $input `,` $weight (`precision` $precision^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Mase_ReluOp : Mase_QuantizableOp<"relu", "ReLU",
    [SameOperandsAndResultType, Mase_ElementByElement], [],
    ["takesUnsignedInput", "isIdentityOn"]> {
  let summary = "rectified linear unit";
  let description = [{
    `y = x > 0 ? x : +0`, so -0 and NaN become +0. With a precision the input is
    rounded to its `data_in` format, which is unsigned, as MASE's is.

    Constraints:
    * (C1) input and result have the same type.
    * (C2) the precision names no role that the layer lacks.
    * (C3) an integer `data_in` format is unsigned.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Tensor:$input,
                       OptionalAttr<Mase_PrecisionAttr>:$precision);
  let results = (outs Mase_F32Tensor:$result);
  let assemblyFormat = [{
    $layer $input (`precision` $precision^)? attr-dict `:` type($input)
  }];
}

def Mase_LeakyReluOp : Mase_QuantizableOp<"leaky_relu", "LeakyReLU",
    [SameOperandsAndResultType, Mase_ElementByElement]> {
  let summary = "rectified linear unit with a slope below 0";
  let description = [{
    `y = x > 0 ? x : alpha * x`, one binary32 rounding; NaN gives NaN. With a
    precision the input is rounded to its `data_in` format, which has a sign
    unless one leaves it out.

    Constraints:
    * (C1) input and result have the same type.
    * (C2) the precision names no role that the layer lacks.
    * (C3) `alpha` is finite.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Tensor:$input, F32Attr:$alpha,
                       OptionalAttr<Mase_PrecisionAttr>:$precision);
  let results = (outs Mase_F32Tensor:$result);
  let assemblyFormat = [{
    $layer $input `alpha` $alpha (`precision` $precision^)? attr-dict
    `:` type($input)
  }];
}

def Mase_ClipOp : Mase_QuantizableOp<"clip", "Hardtanh",
    [SameOperandsAndResultType, Mase_ElementByElement], [],
    ["takesUnsignedInput", "isIdentityOn"]> {
  let summary = "bounds the values";
  let description = [{
    `y = x < lower ? lower : x > upper ? upper : x`; NaN gives NaN. A bound that
    is infinite is none: ONNX's Clip, and ReLU6 from 0 to 6. With a precision the
    input is rounded to its `data_in` format, which is unsigned where `lower` is
    0, as a ReLU's; the bounds are not rounded.

    Constraints:
    * (C1) input and result have the same type.
    * (C2) the precision names no role that the layer lacks.
    * (C3) an integer `data_in` format is unsigned where `lower` is 0.
    * (C4) `lower` is not above `upper`, and neither is NaN.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Tensor:$input, F32Attr:$lower,
                       F32Attr:$upper, OptionalAttr<Mase_PrecisionAttr>:$precision);
  let results = (outs Mase_F32Tensor:$result);
  let assemblyFormat = [{
    $layer $input `from` $lower `to` $upper (`precision` $precision^)? attr-dict
    `:` type($input)
  }];
}

def Mase_TanhOp : Mase_LayerOp<"tanh", "Tanh",
    [SameOperandsAndResultType, Mase_ElementByElement]> {
  let summary = "hyperbolic tangent, element by element";
  let description = [{
    `y = tanh(x)` in binary32: at most 1.07 ulp from it, and the same bits on
    every engine (`mase::tanhF32` of the Numerics room). +-1 at +-infinity; NaN
    gives NaN.

    Constraints:
    * (C1) input and result have the same type.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Tensor:$input);
  let results = (outs Mase_F32Tensor:$result);
  let assemblyFormat = "$layer $input attr-dict `:` type($input)";
}

def Mase_SigmoidOp : Mase_OutputLayerOp<"sigmoid", "Sigmoid", "Probabilities",
                                        [Mase_ElementByElement]> {
  let summary = "logistic function, element by element";
  let description = [{
    `y = 1 / (1 + exp(-x))` in binary32: at most 1 ulp from it, and the same bits
    on every engine (`mase::sigmoidF32` of the Numerics room). 1/2 at +-0, 1 at
    +infinity, +0 at -infinity; NaN gives NaN.

    A network that ends in one gives probabilities: a single value that of class
    1. Several need not add up to 1; the loss is of the label's alone.

    Constraints:
    * (C1) input and result have the same type.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Tensor:$input);
  let results = (outs Mase_F32Tensor:$result);
  let assemblyFormat = "$layer $input attr-dict `:` type($input)";
}

class Mase_ElementwiseOp<string mnemonic, string operator>
    : Mase_QuantizableOp<mnemonic, "", [Mase_ElementByElement],
                         ["getUnquantizedParameterCount", "getOperandName"]> {
  let summary = "element-wise " # operator;
  let description = [{
    `y = q_x(a) }] # operator # [{ q_x(b)`, one binary32 rounding; both operands
    take the `data_in` format. The right or the left operand may be a tensor
    without batch: it then has size 1 there and stands for every sample. A
    constant operand is a parameter of the layer; its values are rounded like
    the others, and kept in binary32.

    Constraints:
    * (C1) operands and result have the same rank, and the same sizes but for an
      operand whose leading size is 1.
    * (C2) the precision names no role that the layer lacks.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Tensor:$lhs, Mase_F32Tensor:$rhs,
                       OptionalAttr<Mase_PrecisionAttr>:$precision);
  let results = (outs Mase_F32Tensor:$result);
  let assemblyFormat = [{
    $layer $lhs `,` $rhs (`precision` $precision^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Mase_AddOp : Mase_ElementwiseOp<"add", "+">;
def Mase_SubOp : Mase_ElementwiseOp<"sub", "-">;
def Mase_MulOp : Mase_ElementwiseOp<"mul", "*">;
def Mase_DivOp : Mase_ElementwiseOp<"div", "/">;

def Mase_BatchNormOp : Mase_LayerOp<"batch_norm", "BatchNorm1d",
    [Mase_ElementByElement, DeclareOpInterfaceMethods<Mase_AffineOpInterface,
                                                      ["getFeatureAxis"]>],
    ["getMacs", "getThopFlops", "getMaseOperation", "getOperandName",
     "getUnquantizedParameterCount"]> {
  let summary = "batch normalisation at inference";
  let description = [{
    `y = fma(x, s, t)` for each feature, with `s = gamma / sqrt(var + epsilon)`
    and `t = beta - mean * s` computed in binary64 and rounded to binary32.
    Features are dimension `axis`, which is 1 (PyTorch's and ONNX's) unless it
    says otherwise: behind a Linear of particles they are the last one, 2.

    Constraints:
    * (C1) input and result have the same type, of rank 2 or more.
    * (C2) the parameters are vectors with one element a feature.
    * (C3) `epsilon` is not negative.
    * (C4) `axis` is a dimension of the input, but not the batch.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Tensor:$input,
                       Mase_F32Vector:$gamma, Mase_F32Vector:$beta,
                       Mase_F32Vector:$mean, Mase_F32Vector:$variance,
                       F64Attr:$epsilon,
                       DefaultValuedAttr<I64Attr, "1">:$axis);
  let results = (outs Mase_F32Tensor:$result);
  let assemblyFormat = [{
    $layer $input `,` $gamma `,` $beta `,` $mean `,` $variance
    `epsilon` $epsilon (`axis` $axis^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Mase_FlattenOp : Mase_LayerOp<"flatten", "Flatten", [Mase_ReshapesInput]> {
  let summary = "flattens a sample to a vector";
  let description = [{
    Row-major: dimensions 1 and up become one.

    Constraints:
    * (C1) the result is [batch, product of the input's other sizes], which are
      static.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Tensor:$input);
  let results = (outs Mase_F32Matrix:$result);
  let assemblyFormat = [{
    $layer $input attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Mase_UnflattenOp : Mase_LayerOp<"unflatten", "Unflatten", [Mase_ReshapesInput]> {
  let summary = "makes particles of a vector";
  let description = [{
    Row-major: the features of a sample become [particles, features].

    Constraints:
    * (C1) the result is [batch, particles, features] with static sizes but for
      the batch, whose product is the input's number of features.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Matrix:$input);
  let results = (outs Mase_F32Particles:$result);
  let assemblyFormat = [{
    $layer $input attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Mase_TransposeOp : Mase_LayerOp<"transpose", "", [
    DeclareOpInterfaceMethods<Mase_MovesElementsOpInterface>]> {
  let summary = "exchanges particles and features";
  let description = [{
    `y[n, f, p] = x[n, p, f]`. No value changes.

    Constraints:
    * (C1) the result is the input with its dimensions 1 and 2 exchanged, which
      are static.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Particles:$input);
  let results = (outs Mase_F32Particles:$result);
  let assemblyFormat = [{
    $layer $input attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Mase_ConcatOp : Mase_LayerOp<"concat", "", [
    DeclareOpInterfaceMethods<Mase_MovesElementsOpInterface>]> {
  let summary = "features of several values side by side";
  let description = [{
    Branches join: along the last dimension, in the order of the operands. No
    value changes.

    Constraints:
    * (C1) there is an operand; operands and result agree in all sizes but the
      last, which is static and, of the result, the operands' sum.
  }];
  let arguments = (ins StrAttr:$layer, Variadic<Mase_F32Rows>:$inputs);
  let results = (outs Mase_F32Rows:$result);
  let assemblyFormat = [{
    $layer $inputs attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Mase_SliceOp : Mase_LayerOp<"slice", "", [
    DeclareOpInterfaceMethods<Mase_MovesElementsOpInterface>]> {
  let summary = "some of the features";
  let description = [{
    Features `start` up to, without it, `end`, of the last dimension: a part of
    ONNX's Split, or its Slice. No value changes.

    Constraints:
    * (C1) `start` is at least 0 and below `end`, which is at most the input's
      last size; the result has `end - start` features and the input's other
      sizes, static but for the batch.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Rows:$input, I64Attr:$start,
                       I64Attr:$end);
  let results = (outs Mase_F32Rows:$result);
  let assemblyFormat = [{
    $layer $input `from` $start `to` $end attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

class Mase_ReduceOp<string mnemonic, string isMean>
    : Mase_QuantizableOp<mnemonic, "", [], [], [], [{
        /// Whether the sum is divided by the number of particles.
        static bool isMean() { return }] # isMean # [{; }
        int64_t getParticles() {
          return ::llvm::cast<::mlir::ShapedType>(getInput().getType())
              .getDimSize(1);
        }
      }]> {
  let arguments = (ins StrAttr:$layer, Mase_F32Particles:$input,
                       OptionalAttr<Mase_PrecisionAttr>:$precision);
  let results = (outs Mase_F32Matrix:$result);
  let assemblyFormat = [{
    $layer $input (`precision` $precision^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Mase_ReduceSumOp : Mase_ReduceOp<"reduce_sum", "false"> {
  let summary = "sum over the particles";
  let description = [{
    `y[n, f] = sum_p q_x(x[n, p, f])`.

    With an integer format as `data_in`, whose scale is the same for all
    particles of a feature, the sum of the codes less their zero points is exact,
    rounded once to binary32 and multiplied with the scale. Otherwise it starts
    at +0 and adds the particles in their order, one binary32 rounding each.

    Constraints:
    * (C1) the result is the input without its dimension 1, and sizes but the
      batch are static.
    * (C2) the precision names no role that the layer lacks.
    * (C3) formats of slices fit the operand and the result.
  }];
}

def Mase_ReduceMeanOp : Mase_ReduceOp<"reduce_mean", "true"> {
  let summary = "mean over the particles";
  let description = [{
    `mase.reduce_sum`, whose result is multiplied with 1 / particles, a binary32:
    one more rounding. Where codes are summed, it is the scale that is divided by
    the number of particles, and rounded, in place of that.

    Constraints:
    * (C1) the result is the input without its dimension 1, and sizes but the
      batch are static.
    * (C2) the precision names no role that the layer lacks.
    * (C3) formats of slices fit the operand and the result.
  }];
}

def Mase_SoftmaxOp : Mase_OutputLayerOp<"softmax", "Softmax", "Probabilities", [],
                                        ["getThopFlops"]> {
  let summary = "softmax over the features";
  let description = [{
    Over the last dimension: the maximum is subtracted, exponentials are summed
    in index order, then divided. exp is mase-opt's own, the same on every
    engine.

    Constraints:
    * (C1) input and result have the same type.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Rows:$input);
  let results = (outs Mase_F32Rows:$result);
  let assemblyFormat = "$layer $input attr-dict `:` type($input)";
}

def Mase_LogSoftmaxOp : Mase_OutputLayerOp<"log_softmax", "LogSoftmax",
                                           "LogProbabilities"> {
  let summary = "logarithm of the softmax over the features";
  let description = [{
    `y[i] = (x[i] - max) - log(sum_j exp(x[j] - max))` over the last dimension,
    exponentials summed in index order, each operation rounded once: finite where
    the softmax has rounded to 0. exp and log are mase-opt's own, the same on
    every engine.

    Constraints:
    * (C1) input and result have the same type.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Rows:$input);
  let results = (outs Mase_F32Rows:$result);
  let assemblyFormat = "$layer $input attr-dict `:` type($input)";
}

def Mase_ConfigurationOp : Mase_Op<"configuration",
    [Symbol, IsolatedFromAbove, HasParent<"::mlir::ModuleOp">]> {
  let summary = "a named assignment of precisions to layers";
  let description = [{
    One point of a search's Pareto front. `--mase-quantize=configuration=NAME`
    applies it. Layers that it does not name compute in binary32. `metrics`
    records what the search measured. Where the search calibrated, formats are
    open, and `calibration` says on which samples and how: weights depend on it,
    so a configuration is no network, and `front/trial_N.mlir` in the search's
    output is the one that was measured.

    Constraints:
    * (C1) every entry of `layers` is a `#mase.precision`.
    * (C2) every entry of `metrics` is a number.

    Example:

    ```mlir
    mase.configuration @trial_17 layers {
      seq_blocks_2 = #mase.precision<data_in = #mase.fixed<4, 2>,
                                     weight = #mase.fixed<8, 4>>
    } metrics {accuracy = 7.400000e-01 : f64}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DictionaryAttr:$layers,
                       DefaultValuedAttr<DictionaryAttr, "{}">:$metrics,
                       OptionalAttr<StrAttr>:$calibration);
  let assemblyFormat = [{
    $sym_name `layers` $layers (`metrics` $metrics^)?
    (`calibration` $calibration^)? attr-dict
  }];
  let hasVerifier = 1;
}

def Mase_ProfileOp : Mase_Op<"profile",
    [Symbol, IsolatedFromAbove, HasParent<"::mlir::ModuleOp">]> {
  let summary = "statistics of a network's tensors on data";
  let description = [{
    What `--mase-profile` saw: for each layer the values that come in
    (`data_in`) and those that go out (`data_out`), before they are rounded to
    a format. `--mase-report` reads it, and judges other precisions by it
    without the data.

    A tensor's members: `count` of finite values, `not_finite`, `zeros`,
    `minimum`, `maximum`, `mean`, `variance` (of the population), `skewness`,
    `kurtosis` (3 for a normal distribution), `quantiles` (.001, .01, .05, .25,
    .5, .75, .95, .99, .999), `histogram` (256 bins of equal width from minimum
    to maximum), and by feature (the last dimension) `feature_minimum` and
    `feature_maximum`.

    Constraints:
    * (C1) an entry of `tensors` is a dictionary, and so is each of its
      members, which are called `data_in` or `data_out`.
    * (C2) a tensor has the members above and no other, of their types and
      lengths.
    * (C3) `minimum` is not above `maximum`, and `histogram` adds up to `count`.
    * (C4) `samples` is at least 0.

    Example:

    ```mlir
    mase.profile @profile samples 2 tensors {
      fc = {data_out = {count = 2 : i64, …}}
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$samples,
                       DictionaryAttr:$tensors);
  let assemblyFormat = [{
    $sym_name `samples` $samples `tensors` $tensors attr-dict
  }];
  let hasVerifier = 1;
}

def Mase_CalibrationOp : Mase_Op<"calibration",
    [Symbol, IsolatedFromAbove, HasParent<"::mlir::ModuleOp">]> {
  let summary = "how the network's parameters were rounded, and from what";
  let description = [{
    Rounded to the nearest, a parameter is a function of its value and format.
    Calibrated parameters depend on data, too: this op says on which samples
    (their number and the SHA-256 of their features), with which options, and
    keeps the parameters that layers had in float. The network's constants are
    the rounded ones. Passes that compare with the float network read it;
    lowering leaves it out.

    Constraints:
    * (C1) an entry of `parameters` is a dictionary whose members are called
      `weight` or `bias`, each dense f32 elements.
    * (C2) `samples` is at least 1.

    Example:

    ```mlir
    mase.calibration @calibration samples 2000 data "0f3a…" options "range=mse rounding=gptq" parameters {
      fc = {bias = dense<0.0> : tensor<1xf32>, weight = dense<[[0.3, 0.7]]> : tensor<1x2xf32>}
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$samples,
                       StrAttr:$data, StrAttr:$options,
                       DictionaryAttr:$parameters);
  let assemblyFormat = [{
    $sym_name `samples` $samples `data` $data `options` $options
    `parameters` $parameters attr-dict
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Integer level
//===----------------------------------------------------------------------===//

def Mase_QuantizeOp : Mase_Op<"quantize", [Pure, Mase_ElementByElement]> {
  let summary = "rounds f32 to the codes of an integer format";
  let description = [{
    `code = clamp(round(x / scale) + zero_point, lo, hi)`, or as the format
    says: with a power of two as scale the division is a multiplication by
    `2^frac_width`. NaN gives the zero point. Codes are stored in integers of the
    format's width; those of an unsigned format are read as unsigned.

    `of "act"` says whose format it is where no op that reads the codes does:
    that of the layer's input, or, with `result`, of its result. Reports use it;
    no number depends on it. Pipelines make one op of those that round a value
    alike, which keeps the first name.

    Constraints:
    * (C1) the format is an integer format.
    * (C2) input and result have the same shape.
    * (C3) the result's integers are as wide as the format.
    * (C4) a format of slices has one for each of its axis.
  }];
  let arguments = (ins Mase_F32Tensor:$input,
                       Mase_NumberFormatAttrInterface:$format,
                       UnitAttr:$is_result, OptionalAttr<StrAttr>:$layer);
  let results = (outs Mase_IntTensor:$result);
  let assemblyFormat = [{
    $input `to` `(` $format `)` (`result` $is_result^)? (`of` $layer^)? attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Mase_RoundOp : Mase_Op<"round", [Pure, SameOperandsAndResultType]> {
  let summary = "rounds f32 to the values of a number format";
  let description = [{
    For formats whose values are no integers times a scale: `mase.quantize` is
    for those.

    Constraints:
    * (C1) input and result have the same type.
    * (C2) the format is no integer format.
  }];
  let arguments = (ins Mase_F32Tensor:$input, Mase_NumberFormatAttrInterface:$format);
  let results = (outs Mase_F32Tensor:$result);
  let assemblyFormat = "$input `to` `(` $format `)` attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def Mase_DequantizeOp : Mase_Op<"dequantize", [Pure, Mase_ElementByElement]> {
  let summary = "the f32 value of codes or of sums";
  let description = [{
    `y = f32(x - zero_point) * scale`: the integer is rounded once to binary32,
    and so is the product (for a power of two it is exact, or gives infinity).
    `frac` stands for a scale of `2^-frac`. Lists have an element for each slice
    of `axis`. With `unsigned` the integers are read as unsigned, whatever they
    were written as: storage has no sign.

    Constraints:
    * (C1) input and result have the same shape.
    * (C2) integers have at most 64 bits, `unsigned` ones at most 63, those with
      a zero point at most 32.
    * (C3) a fraction width is in [-127, 149]: 2^-frac is a binary32; a scale is
      a positive number.
    * (C4) scales and zero points are one, or one for each slice of the axis.

    Example:

    ```mlir
    %y = mase.dequantize %x frac 4 : tensor<?x8xi8> -> tensor<?x8xf32>
    %z = mase.dequantize %s frac [7, 6] axis 1 : tensor<?x2xi32> -> tensor<?x2xf32>
    %w = mase.dequantize %c scale 5.0e-02 zero_point 3 unsigned : tensor<?x8xi8> -> tensor<?x8xf32>
    ```
  }];
  let arguments = (ins Mase_IntTensor:$input, DenseF32ArrayAttr:$scale,
                       OptionalAttr<DenseI64ArrayAttr>:$zero_point,
                       OptionalAttr<I64Attr>:$axis,
                       UnitAttr:$is_unsigned);
  let results = (outs Mase_F32Tensor:$result);
  let assemblyFormat = [{
    $input custom<CodeScale>($scale, $zero_point, $axis)
    (`unsigned` $is_unsigned^)? attr-dict `:` type($input) `->` type($result)
  }];
  let builders = [
    // The result has the input's shape.
    OpBuilder<(ins "::mlir::Value":$input, "const ::mase::CodeScale &":$scale,
                   "bool":$isUnsigned)>
  ];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mase::CodeScale getCodeScale();
  }];
}

def Mase_IntLinearOp : Mase_Op<"int_linear", [Pure]> {
  let summary = "exact sum of products of codes";
  let description = [{
    `acc[n, o] = (sum_i (x[n, i] - z_x) * (w[o, i] - z_w) << input_shift[i])
                 << product_shift[o]  +  (b[o] - z_b) << bias_shift[o]`, the
    shifts being those that bring products and bias to the sum's grid (that of
    the finest; all 0 but for powers of two), the zero points the formats'.

    Constraints:
    * (C1) `data` and `weight_format`, and `bias_format` where there is a bias
      and only there, are integer formats, and operands store their codes in
      integers as wide as they are.
    * (C2) weight is [out, in], bias [out], input [batch, in], result
      [batch, out], or input and result with particles between the two.
    * (C3) the result's integers hold every sum that codes of these formats
      can have.
    * (C4) formats of slices fit their operands, and particles are of one
      format; scales for each input feature are one scale times powers of two;
      the bias is on the grid of the sums.
  }];
  let arguments = (ins StrAttr:$layer, Mase_IntRows:$input,
                       Mase_IntMatrix:$weight, Optional<Mase_IntVector>:$bias,
                       Mase_NumberFormatAttrInterface:$data,
                       Mase_NumberFormatAttrInterface:$weight_format,
                       OptionalAttr<Mase_NumberFormatAttrInterface>:$bias_format);
  let results = (outs Mase_IntRows:$result);
  let assemblyFormat = [{
    $layer $input `as` `(` $data `)` `,`
    $weight `as` `(` $weight_format `)`
    (`,` $bias^ `as` `(` $bias_format `)`)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Shifts, scales and width of the sums.
    ::mase::LinearSums getSums();
  }];
}

def Mase_IntReduceOp : Mase_Op<"int_reduce", [Pure]> {
  let summary = "exact sum of codes over the particles";
  let description = [{
    `acc[n, f] = sum_p (x[n, p, f] - z[f])`, the zero points the format's.

    Constraints:
    * (C1) `data` is an integer format, and the operand stores its codes in
      integers as wide as it is; its slices, if it has any, are of the features.
    * (C2) the result is the input without its dimension 1, and sizes but the
      batch are static.
    * (C3) the result's integers hold every sum that codes of this format can
      have.
  }];
  let arguments = (ins StrAttr:$layer, Mase_IntParticles:$input,
                       Mase_NumberFormatAttrInterface:$data);
  let results = (outs Mase_IntMatrix:$result);
  let assemblyFormat = [{
    $layer $input `as` `(` $data `)` attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Mase_AffineOp : Mase_Op<"affine", [Pure, Mase_ElementByElement,
    DeclareOpInterfaceMethods<Mase_AffineOpInterface, ["getFeatureAxis"]>]> {
  let summary = "y = fma(x, scale, shift) for each feature";
  let description = [{
    A `mase.batch_norm` whose scale and shift have been computed, its features
    the same dimension. `layer` names the layer that it came from.

    Constraints:
    * (C1) input and result have the same type, of rank 2 or more.
    * (C2) scale and shift are vectors with one element a feature.
    * (C3) `axis` is a dimension of the input, but not the batch.
  }];
  let arguments = (ins StrAttr:$layer, Mase_F32Tensor:$input,
                       Mase_F32Vector:$scale, Mase_F32Vector:$shift,
                       DefaultValuedAttr<I64Attr, "1">:$axis);
  let results = (outs Mase_F32Tensor:$result);
  let assemblyFormat = [{
    $layer $input `,` $scale `,` $shift (`axis` $axis^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Mase_RequantizeOp : Mase_Op<"requantize",
    [Pure, AttrSizedOperandSegments, Mase_ElementByElement]> {
  let summary = "from a layer's sums to the next layer's codes";
  let description = [{
    `quantize(relu(fma(dequantize(x), scale, shift)))`, without the ReLU unless
    it says `relu` and without the fma where it has no scale: the same bits as
    that chain, in one op that a back end may compute in integers. `layers` names
    the layers that it stands for, `of` and `result` are as in `mase.quantize`.
    Features are the last dimension.

    Constraints:
    * (C1) the format is an integer format, and the result's integers are as
      wide.
    * (C2) input and result have the same shape.
    * (C3) scale and shift come together, with one element a feature.
    * (C4) the input's integers have at most 64 bits, and their fraction width is
      in [-127, 149] or their scale positive, as dequantize's; one, or one for
      each feature.
    * (C5) a format of slices has one for each feature.
  }];
  let arguments = (ins Mase_IntRows:$input, DenseF32ArrayAttr:$sum_scale,
                       Optional<Mase_F32Vector>:$scale,
                       Optional<Mase_F32Vector>:$shift, UnitAttr:$relu,
                       Mase_NumberFormatAttrInterface:$format,
                       StrArrayAttr:$layers, UnitAttr:$is_result,
                       OptionalAttr<StrAttr>:$layer);
  let results = (outs Mase_IntRows:$result);
  let assemblyFormat = [{
    $layers $input custom<SumScale>($sum_scale)
    (`affine` $scale^ `,` $shift)? (`relu` $relu^)? `to` `(` $format `)`
    (`result` $is_result^)? (`of` $layer^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// What the sums are worth, for each feature.
    ::mase::CodeScale getCodeScale();
  }];
}

#endif // MASE_OPS_TD
