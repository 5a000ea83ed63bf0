// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The mase_kernel dialect: one fused kernel, every decision explicit. Each
// constraint has a number; its negative test in
// test/Dialect/MaseKernel/errors.mlir carries the same one.
#ifndef MASE_KERNEL_OPS_TD
#define MASE_KERNEL_OPS_TD

include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "Mase/MaseInterfaces.td"

def MaseKernel_Dialect : Dialect {
  let name = "mase_kernel";
  let cppNamespace = "::mase::kernel";
  let summary = "fused kernels of quantised networks";
  let description = [{
    A network as one kernel over a sample. Values are what a thread holds of a
    sample: `vector<16xf32>` activations, `vector<8xi32>` sums or codes, and
    codes packed four to a word (`vector<4xi32>` for 16 of them), in an order that
    has a name. A kernel is a
    sequence of *stages*, each a function of the generated code: at most one op
    that mixes features, then element-wise ones that run on a tile of its
    results before the next tile is begun, so that few values are alive.

    How sums are formed (`dp4a`, 32 or 64 bits), how codes are rounded and
    which constants that takes has been decided, and proved exact, by
    `--convert-mase-to-kernel`; printing decides nothing.

    Example:

    ```mlir
    mase_kernel.kernel @net layout thread strategy dp4a samples 4 threads 128 unrolled {
    ^bb0(%x: vector<4xf32>):
      %0 = mase_kernel.stage "input" tile 4 (%x) : (vector<4xf32>) -> vector<1xi32> {
      ^bb0(%a: vector<4xf32>):
        %q = mase_kernel.quantize [] %a factor 1.600000e+01 to #mase.fixed<8, 4> by convert packed bytes : vector<4xf32> -> vector<1xi32>
        mase_kernel.yield %q : vector<1xi32>
      }
      %1 = mase_kernel.stage "fc" tile 2 (%0) : (vector<1xi32>) -> vector<2xf32> {
      ^bb0(%a: vector<1xi32>):
        %sum = mase_kernel.dot "fc" dp4a %a as(#mase.fixed<8, 4>), dense<[[4, 3, 2, 1], [-1, -1, -1, -1]]> : tensor<2x4xi32> as(#mase.fixed<8, 4>) : vector<1xi32> -> vector<2xi32>
        %y = mase_kernel.dequantize %sum frac 8 : vector<2xi32> -> vector<2xf32>
        mase_kernel.yield %y : vector<2xf32>
      }
      mase_kernel.return %1 : vector<2xf32>
    }
    ```
  }];
  let dependentDialects = ["::mase::MaseDialect"];
}

//===----------------------------------------------------------------------===//
// Decisions
//===----------------------------------------------------------------------===//

def MaseKernel_Layout : I32EnumAttr<"Layout", "where a sample's values are", [
    I32EnumAttrCase<"Thread", 0, "thread">,
    I32EnumAttrCase<"Lanes", 1, "lanes">]> {
  let cppNamespace = "::mase::kernel";
}

def MaseKernel_Strategy : I32EnumAttr<"Strategy", "kind of kernel", [
    I32EnumAttrCase<"Dp4a", 0, "dp4a">,
    I32EnumAttrCase<"Scalar", 1, "scalar">]> {
  let cppNamespace = "::mase::kernel";
}

def MaseKernel_DotKind : I32EnumAttr<"DotKind", "how products of codes are summed", [
    I32EnumAttrCase<"Dp4a", 0, "dp4a">,
    I32EnumAttrCase<"Mad32", 1, "mad32">,
    I32EnumAttrCase<"Mad64", 2, "mad64">]> {
  let cppNamespace = "::mase::kernel";
}

def MaseKernel_Packing : I32EnumAttr<"Packing", "the order of codes in words", [
    I32EnumAttrCase<"Bytes", 0, "bytes">]> {
  let cppNamespace = "::mase::kernel";
}

def MaseKernel_Rounder : I32EnumAttr<"Rounder", "how a number becomes a code", [
    I32EnumAttrCase<"Saturate", 0, "saturate">,
    I32EnumAttrCase<"Shift", 1, "shift">,
    I32EnumAttrCase<"Convert", 2, "convert">,
    I32EnumAttrCase<"Exact", 3, "exact">]> {
  let cppNamespace = "::mase::kernel";
}

// I64Attr, but read as signed.
def MaseKernel_Int : TypedSignlessIntegerAttrBase<
    I64, "int64_t", "64-bit signless integer attribute">;

def MaseKernel_Table : Attr<CPred<"::llvm::isa<::mlir::DenseElementsAttr>($_self)">,
                          "dense elements"> {
  let storageType = "::mlir::DenseElementsAttr";
  let returnType = "::mlir::DenseElementsAttr";
  let convertFromStorage = "$_self";
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

defvar MaseKernel_Floats = VectorOfRankAndType<[1], [F32]>;
defvar MaseKernel_Ints = VectorOfRankAndType<[1], [I32, I64]>;
defvar MaseKernel_Any = VectorOfRankAndType<[1], [F32, I32, I64]>;

class MaseKernel_Op<string mnemonic, list<Trait> traits = []>
    : Op<MaseKernel_Dialect, mnemonic, traits>;

// An op in a stage.
class MaseKernel_InStageOp<string mnemonic, list<Trait> traits = []>
    : MaseKernel_Op<mnemonic, !listconcat([Pure, HasParent<"StageOp">], traits)>;

//===----------------------------------------------------------------------===//
// Interfaces
//===----------------------------------------------------------------------===//

def MaseKernel_DeviceFunctionOpInterface : OpInterface<"DeviceFunctionOpInterface"> {
  let cppNamespace = "::mase::kernel";
  let description = [{
    An op that brings the C++ function that it applies to each element.
  }];
  let methods = [
    InterfaceMethod<"The function: one definition for all ops of the same one.",
      "::mase::NumberFormat::DeviceFunction", "getDeviceFunction">,
    InterfaceMethod<"What the function does, in words.",
      "::std::string", "getFunctionComment">
  ];
}

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

def MaseKernel_KernelOp : MaseKernel_Op<"kernel",
    [Symbol, IsolatedFromAbove, HasParent<"::mlir::ModuleOp">,
     SingleBlock]> {
  let summary = "a network as one fused kernel";
  let description = [{
    The layout says where a sample's values are, and with it what the region
    computes. In `thread`, all are one GPU thread's, and the region computes one
    sample of a thread, which runs it on `samples_per_thread` of them at once. With
    `unrolled`, loops over features are unrolled and values live in registers;
    without, they live in the thread's local memory. In `lanes`, a CPU's vectors
    hold as many samples as they have lanes, or, for one sample alone, as many of
    its features. The strategy is how sums of codes are formed where codes fit
    bytes; `reason` says why this kernel was chosen.

    Constraints:
    * (C1) one argument and one returned value, both `vector<…xf32>`.
    * (C2) in the layout `thread`, `samples_per_thread` is in [1, 8] and
      `threads_per_block` a multiple of 32 in [32, 1024]; in `lanes` there is
      neither, nor `unrolled`.
    * (C3) the body holds stages and ends in `mase_kernel.return`.
    * (C4) no two stages have the same name.
    * (C5) in `lanes` no `quantize` is by `saturate`, whose clamp is free on a GPU
      alone.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       MaseKernel_Layout:$layout,
                       MaseKernel_Strategy:$strategy,
                       OptionalAttr<MaseKernel_Int>:$samples_per_thread,
                       OptionalAttr<MaseKernel_Int>:$threads_per_block,
                       UnitAttr:$unrolled, OptionalAttr<StrAttr>:$reason);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `layout` $layout `strategy` $strategy (`samples` $samples_per_thread^)?
    (`threads` $threads_per_block^)? (`unrolled` $unrolled^)? (`because` $reason^)?
    attr-dict-with-keyword $body
  }];
  let hasRegionVerifier = 1;
}

def MaseKernel_StageOp : MaseKernel_Op<"stage",
    [IsolatedFromAbove, SingleBlock, HasParent<"KernelOp">,
     Mase_OutputKindOpInterface]> {
  let summary = "one function of the kernel's code";
  let description = [{
    Its ops are computed for `tile` results at a time.

    Constraints:
    * (C1) block arguments have the operands' types; the yielded value has the
      result's.
    * (C2) at most one op mixes features (`dot`, `linear`, `reduce`, `gather`,
      `softmax`, `log_softmax`), it comes first, and its operands are arguments; a
      `gather`, `softmax` or `log_softmax` is alone.
    * (C3) the other ops have as many elements as the result, and packed codes
      are only yielded.
    * (C4) `tile` is at least 1, and a multiple of 4 where the result is packed.
    * (C5) the name is a C++ identifier that is not reserved, with a lower-case
      letter in it.
    * (C6) the operand that a `dot` reads is packed as its kind says.
  }];
  let arguments = (ins StrAttr:$name, MaseKernel_Int:$tile, Variadic<MaseKernel_Any>:$inputs);
  let results = (outs MaseKernel_Any:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $name `tile` $tile `(` $inputs `)` attr-dict-with-keyword
    `:` functional-type($inputs, $result) $body
  }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// That of the op whose result the stage yields.
    ::mase::OutputKind getOutputKind();
  }];
}

def MaseKernel_YieldOp : MaseKernel_Op<"yield",
    [Pure, Terminator, HasParent<"StageOp">]> {
  let summary = "the result of a stage";
  let arguments = (ins MaseKernel_Any:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

def MaseKernel_ReturnOp : MaseKernel_Op<"return",
    [Pure, Terminator, HasParent<"KernelOp">]> {
  let summary = "the result of the kernel";
  let arguments = (ins MaseKernel_Floats:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

//===----------------------------------------------------------------------===//
// Ops that mix features
//===----------------------------------------------------------------------===//

def MaseKernel_DotOp : MaseKernel_InStageOp<"dot"> {
  let summary = "exact sums of products of codes";
  let description = [{
    `sum[o] = (sum_i x[i] * w[o, i]) << product_shift[o] + init[o]`. `mad32` and
    `mad64` name the width of the sums. `dp4a` has sums of 32 bits, too, and reads
    codes that are packed as `bytes`, which are signed where the data format is;
    its weights are put in the same order where they are stored for the machine,
    bytes that are signed where the weight format has negative values.

    With `particles` the operand is so many rows of features, one after the other,
    and the result the sums of each: all have the same weights.

    `x` are codes as they are stored. Zero points and shifts of single features
    and outputs are in the constants: `w[o, i]` is a weight's code less its zero
    point, times the power of two by which feature `i`'s step is a multiple of
    the finest, and `init[o]` the bias, brought to the sum's grid, less what the
    zero points of the codes add up to. `product_shift` is one number, or one an
    output, where it has not been multiplied into the weights, too. With
    `modular` the sums of 64 bits are exact, but what leads to them may not be:
    all is modulo 2^64.

    With `sparse` the code has no products for words whose four weights are all
    zero, and none for single weights where it has no words: it is straight-line
    code, but for lanes that are features of one sample.

    Constraints:
    * (C1) weights are [out, in] i32 or, for `mad64`, i64; `out` is the result's
      size, `in` the input's or, for `dp4a`, as many as the input's words hold;
      of one of `particles`, which is at least 1 and, of several, has as many
      features as whole words.
    * (C2) `init`, if there is one, is [out] of the result's element type; with
      a bias format there is one, and without it only where the data format has
      a zero point.
    * (C3) sums are i64 for `mad64`, i32 otherwise; codes and weights are i32
      but for `mad64`.
    * (C4) the formats are integer formats, of at most 8 bits for `dp4a`, whose
      weights fit a byte; a format of slices has as many as its operand.
    * (C5) `product_shift` is one number or [out], in [0, 62], for sums of 32
      bits in [0, 30], and no sum of codes of the data format needs more bits
      than sums have, unless it is `modular`; that is for `mad64` and has no
      `product_shift`.
    * (C6) `sparse` is for `dp4a` of one particle.
  }];
  let arguments = (ins StrAttr:$layer, MaseKernel_DotKind:$kind,
                       MaseKernel_Ints:$input,
                       Mase_NumberFormatAttrInterface:$data,
                       MaseKernel_Table:$weight,
                       Mase_NumberFormatAttrInterface:$weight_format,
                       OptionalAttr<MaseKernel_Table>:$init,
                       OptionalAttr<Mase_NumberFormatAttrInterface>:$bias_format,
                       OptionalAttr<DenseI64ArrayAttr>:$product_shift,
                       UnitAttr:$modular, UnitAttr:$sparse,
                       DefaultValuedAttr<MaseKernel_Int, "1">:$particles);
  let results = (outs MaseKernel_Ints:$result);
  let assemblyFormat = [{
    $layer $kind (`sparse` $sparse^)? $input `as` `(` $data `)` `,` $weight `as` `(` $weight_format `)`
    (`init` $init^ (`as` `(` $bias_format^ `)`)?)?
    (`shift` custom<Integers>($product_shift)^)? (`modular` $modular^)?
    (`particles` $particles^)? attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t getFanIn() { return getWeight().getType().getShape()[1]; }
    /// Sums of one particle.
    int64_t getFanOut() { return getWeight().getType().getShape()[0]; }
    /// The factor of output `o` and input `i`.
    int64_t getWeightCode(int64_t o, int64_t i);
    /// The order in which it reads codes; none: one an element.
    std::optional<Packing> getPacking();
    /// Whether bytes of codes and of weights are read as signed.
    bool hasSignedData();
    bool hasSignedWeights();
    /// The left shift of output `o`'s products.
    int64_t getShift(int64_t o);
    bool hasShift();

  private:
    ::llvm::LogicalResult verifySums();

  public:
  }];
}

def MaseKernel_LinearOp : MaseKernel_InStageOp<"linear"> {
  let summary = "fully connected layer in binary32";
  let description = [{
    A chain of fma in input order that starts at the bias, at +0 without one.
    `particles` are as in `mase_kernel.dot`.

    Constraints:
    * (C1) the weight is f32 [out, in], `in` the input's size and `out` the
      result's, of one of `particles`.
    * (C2) the bias, if there is one, is f32 [out].
  }];
  let arguments = (ins StrAttr:$layer, MaseKernel_Floats:$input,
                       MaseKernel_Table:$weight,
                       OptionalAttr<MaseKernel_Table>:$bias,
                       DefaultValuedAttr<MaseKernel_Int, "1">:$particles);
  let results = (outs MaseKernel_Floats:$result);
  let assemblyFormat = [{
    $layer $input `,` $weight (`,` $bias^)? (`particles` $particles^)? attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def MaseKernel_ReduceOp : MaseKernel_InStageOp<"reduce"> {
  let summary = "sums over particles";
  let description = [{
    `y[f] = init[f] + sum_p x[p * n + f]` for a result of n elements: in the
    order of the particles, from +0 where there is no `init`. Of f32 each addition
    is rounded, and the result is multiplied with `factor`, if there is one. Codes
    of the format `data` are not packed, and `init` is what their zero points add
    up to.

    Constraints:
    * (C1) the operand has several times as many elements as the result, both of
      f32, or both integers, the result's at least as wide.
    * (C2) of integers there is a `data` format, an integer format of one slice or
      one a feature, and no `factor`; of f32 neither that nor `init`.
    * (C3) `init`, if there is one, is as long as the result and of its type.
    * (C4) no sum of codes of the format needs more bits than the result has.
  }];
  let arguments = (ins StrAttr:$layer, MaseKernel_Any:$input,
                       OptionalAttr<Mase_NumberFormatAttrInterface>:$data,
                       OptionalAttr<MaseKernel_Table>:$init,
                       OptionalAttr<F32Attr>:$factor);
  let results = (outs MaseKernel_Any:$result);
  let assemblyFormat = [{
    $layer $input (`as` `(` $data^ `)`)? (`init` $init^)? (`factor` $factor^)?
    attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t getParticles();
  }];
}

def MaseKernel_GatherOp : MaseKernel_InStageOp<"gather"> {
  let summary = "elements of values, in another order";
  let description = [{
    Element `k` of the result is element `elements[k]` of operand `operands[k]`:
    features of several values side by side, some of one, or particles and
    features exchanged.

    Constraints:
    * (C1) there is one of `operands` and of `elements` for each element of the
      result, and they are elements of operands.
  }];
  let arguments = (ins StrAttr:$layer, Variadic<MaseKernel_Floats>:$inputs,
                       DenseI64ArrayAttr:$operands, DenseI64ArrayAttr:$elements);
  let results = (outs MaseKernel_Floats:$result);
  let assemblyFormat = [{
    $layer `(` $inputs `)` `operands` custom<Integers>($operands)
    `elements` custom<Integers>($elements) attr-dict
    `:` functional-type($inputs, $result)
  }];
  let hasVerifier = 1;
}

def MaseKernel_SoftmaxOp : MaseKernel_InStageOp<"softmax",
    [SameOperandsAndResultType, Mase_OutputKindOpInterface]> {
  let summary = "softmax over the features";
  let description = [{
    `mase::softmaxF32` of the Numerics room.
  }];
  let arguments = (ins StrAttr:$layer, MaseKernel_Floats:$input);
  let results = (outs MaseKernel_Floats:$result);
  let assemblyFormat = "$layer $input attr-dict `:` type($input)";
  let extraClassDeclaration = [{
    static ::mase::OutputKind getOutputKind() {
      return ::mase::OutputKind::Probabilities;
    }
  }];
}

def MaseKernel_LogSoftmaxOp : MaseKernel_InStageOp<"log_softmax",
    [SameOperandsAndResultType, Mase_OutputKindOpInterface]> {
  let summary = "logarithm of the softmax over the features";
  let description = [{
    `mase::logSoftmaxF32` of the Numerics room.
  }];
  let arguments = (ins StrAttr:$layer, MaseKernel_Floats:$input);
  let results = (outs MaseKernel_Floats:$result);
  let assemblyFormat = "$layer $input attr-dict `:` type($input)";
  let extraClassDeclaration = [{
    static ::mase::OutputKind getOutputKind() {
      return ::mase::OutputKind::LogProbabilities;
    }
  }];
}

//===----------------------------------------------------------------------===//
// Element-wise ops
//===----------------------------------------------------------------------===//

def MaseKernel_ConstantOp : MaseKernel_InStageOp<"constant"> {
  let summary = "a constant operand";
  let description = [{
    Constraints:
    * (C1) the value is f32 [n] for a result of n elements.
  }];
  let arguments = (ins MaseKernel_Table:$value);
  let results = (outs MaseKernel_Floats:$result);
  let assemblyFormat = "$value attr-dict `:` type($result)";
  let hasVerifier = 1;
}

class MaseKernel_BinaryOp<string mnemonic, string symbol>
    : MaseKernel_InStageOp<mnemonic, [SameOperandsAndResultType]> {
  let summary = "y = a " # symbol # " b, one rounding";
  let arguments = (ins StrAttr:$layer, MaseKernel_Floats:$lhs, MaseKernel_Floats:$rhs);
  let results = (outs MaseKernel_Floats:$result);
  let assemblyFormat = "$layer $lhs `,` $rhs attr-dict `:` type($result)";
}
def MaseKernel_AddOp : MaseKernel_BinaryOp<"add", "+">;
def MaseKernel_SubOp : MaseKernel_BinaryOp<"sub", "-">;
def MaseKernel_MulOp : MaseKernel_BinaryOp<"mul", "*">;
def MaseKernel_DivOp : MaseKernel_BinaryOp<"div", "/">;

def MaseKernel_AffineOp : MaseKernel_InStageOp<"affine", [SameOperandsAndResultType]> {
  let summary = "y = fma(x, scale, shift)";
  let description = [{
    The tables have an element for each of the result's. Where they repeat what
    the layer has once for each feature, `features` is how many those are: that
    is what the layer's parameters are counted by.

    Constraints:
    * (C1) scale and shift are f32 [n] for a result of n elements.
    * (C2) `features` divides n.
  }];
  let arguments = (ins StrAttr:$layer, MaseKernel_Floats:$input,
                       MaseKernel_Table:$scale, MaseKernel_Table:$shift,
                       OptionalAttr<MaseKernel_Int>:$features);
  let results = (outs MaseKernel_Floats:$result);
  let assemblyFormat = [{
    $layer $input `,` $scale `,` $shift (`features` $features^)? attr-dict
    `:` type($input)
  }];
  let hasVerifier = 1;
}

def MaseKernel_ReluOp : MaseKernel_InStageOp<"relu", [SameOperandsAndResultType]> {
  let summary = "y = x > 0 ? x : +0";
  let arguments = (ins StrAttr:$layer, MaseKernel_Floats:$input);
  let results = (outs MaseKernel_Floats:$result);
  let assemblyFormat = "$layer $input attr-dict `:` type($input)";
}

def MaseKernel_LeakyReluOp : MaseKernel_InStageOp<"leaky_relu", [SameOperandsAndResultType]> {
  let summary = "y = x > 0 ? x : alpha * x";
  let description = [{
    A `mase.leaky_relu`, one binary32 rounding.
  }];
  let arguments = (ins StrAttr:$layer, MaseKernel_Floats:$input, F32Attr:$alpha);
  let results = (outs MaseKernel_Floats:$result);
  let assemblyFormat = "$layer $input `alpha` $alpha attr-dict `:` type($input)";
}

def MaseKernel_ClipOp : MaseKernel_InStageOp<"clip", [SameOperandsAndResultType]> {
  let summary = "y = x < lower ? lower : x > upper ? upper : x";
  let arguments = (ins StrAttr:$layer, MaseKernel_Floats:$input, F32Attr:$lower,
                       F32Attr:$upper);
  let results = (outs MaseKernel_Floats:$result);
  let assemblyFormat = [{
    $layer $input `from` $lower `to` $upper attr-dict `:` type($input)
  }];
}

def MaseKernel_TanhOp : MaseKernel_InStageOp<"tanh", [SameOperandsAndResultType]> {
  let summary = "y = tanh(x)";
  let description = [{
    `mase::tanhF32` of the Numerics room.
  }];
  let arguments = (ins StrAttr:$layer, MaseKernel_Floats:$input);
  let results = (outs MaseKernel_Floats:$result);
  let assemblyFormat = "$layer $input attr-dict `:` type($input)";
}

def MaseKernel_SigmoidOp : MaseKernel_InStageOp<"sigmoid",
    [SameOperandsAndResultType, Mase_OutputKindOpInterface]> {
  let summary = "y = 1 / (1 + exp(-x))";
  let description = [{
    `mase::sigmoidF32` of the Numerics room.
  }];
  let arguments = (ins StrAttr:$layer, MaseKernel_Floats:$input);
  let results = (outs MaseKernel_Floats:$result);
  let assemblyFormat = "$layer $input attr-dict `:` type($input)";
  let extraClassDeclaration = [{
    static ::mase::OutputKind getOutputKind() {
      return ::mase::OutputKind::Probabilities;
    }
  }];
}

def MaseKernel_ApplyOp : MaseKernel_InStageOp<"apply", [SameOperandsAndResultType,
    DeclareOpInterfaceMethods<MaseKernel_DeviceFunctionOpInterface>]> {
  let summary = "a C++ function of each element";
  let description = [{
    What layers of other dialects become that have no op here. `source` is the
    definition `MASE_DEVICE float f(float x) {…}` of the function that `function`
    names, with what it needs. It stands in a namespace of its own after
    `mase/Runtime/Cuda.h`, and is compiled for host and device.

    Constraints:
    * (C1) `function` is a C++ identifier that is not reserved, and stands in
      `source`.
  }];
  let arguments = (ins StrAttr:$layer, MaseKernel_Floats:$input,
                       StrAttr:$function, StrAttr:$source);
  let results = (outs MaseKernel_Floats:$result);
  let assemblyFormat = [{
    $layer $input `function` $function `of` $source attr-dict `:` type($input)
  }];
  let hasVerifier = 1;
}

def MaseKernel_ReadOp : MaseKernel_InStageOp<"read"> {
  let summary = "codes read with another sign than they were written with";
  let description = [{
    The integer that the lowest `width` bits of each element are, in two's
    complement or, with `unsigned`, as they stand.

    Constraints:
    * (C1) input and result have the same number of elements.
    * (C2) `width` is at least 1, and the result's elements hold every integer of
      that many bits.
  }];
  let arguments = (ins MaseKernel_Ints:$input, MaseKernel_Int:$width,
                       UnitAttr:$is_unsigned);
  let results = (outs MaseKernel_Ints:$result);
  let assemblyFormat = [{
    $input `bits` $width (`unsigned` $is_unsigned^)? attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def MaseKernel_DequantizeOp : MaseKernel_InStageOp<"dequantize"> {
  let summary = "the f32 value of codes or sums";
  let description = [{
    `y = f32(x - zero_point) * scale`; the integer is rounded once, and so is the
    product. `frac` stands for a scale of `2^-frac`, as in `mase.dequantize`.
    Lists have an element for each of the result's.

    Constraints:
    * (C1) input and result have the same number of elements.
    * (C2) scales are positive, those written as `frac` 2^-149 to 2^127; scales
      and zero points are one number or as many as there are elements.
  }];
  let arguments = (ins MaseKernel_Ints:$input, DenseF32ArrayAttr:$scale,
                       OptionalAttr<DenseI64ArrayAttr>:$zero_point);
  let results = (outs MaseKernel_Floats:$result);
  let assemblyFormat = [{
    $input custom<Scale>($scale)
    (`zero_point` custom<Integers>($zero_point)^)? attr-dict
    `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
}

def MaseKernel_RoundOp : MaseKernel_InStageOp<"round", [SameOperandsAndResultType,
    DeclareOpInterfaceMethods<MaseKernel_DeviceFunctionOpInterface>]> {
  let summary = "to values of a format that is no integer format";
  let description = [{
    What the format's own C++ function says (`NumberFormat::Model`).

    Constraints:
    * (C1) the format has such a function.
  }];
  let arguments = (ins MaseKernel_Floats:$input,
                       Mase_NumberFormatAttrInterface:$format);
  let results = (outs MaseKernel_Floats:$result);
  let assemblyFormat = "$input `to` `(` $format `)` attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def MaseKernel_QuantizeOp : MaseKernel_InStageOp<"quantize"> {
  let summary = "from numbers or sums to codes";
  let description = [{
    The code of `v` in `format`, where `v` is `fma(f32(x) * factor, scale,
    shift) / divisor`, one rounding each, without what there is none of. `factor`
    and `divisor` are one number, or one an element. `layers` names the layers that the constants came
    from, `of` the layer whose input, or with `result` whose result, has the
    format, where no other op has its name. A *step* of the format is its scale;
    a code is a number of steps plus the zero point. How:

    * `saturate`: `v` is a fraction of 2^`bits` steps. It is clamped to [0, 1],
      which is free of charge, then (with `clamp`, where it is reachable) to the
      largest code, and rounded by adding 1.5 * 2^(23 - bits). For values that
      are not negative; NaN becomes 0.
    * `shift`: `v` is in steps of the format. It is clamped (with `clamp`) and
      rounded by adding 1.5 * 2^23. `v` must not be NaN.
    * `convert`: `v` is in steps of the format, clamped at `relu` to 0, and
      converted by a saturating instruction, to nearest even or down. Any `v`.
    * `exact`: `v` is in its own unit; then ReLU with `relu`, then the format's
      definition in binary64. For what no other way does exactly.

    Constants of the first three are the network's times a power of two, which
    changes no rounding where `--convert-mase-to-kernel` uses it.

    With `shifted` the code of element `i` is multiplied by 2^`code_shift[i]`
    before it is packed: features whose steps are multiples of the finest have
    their codes on its grid then, and one dot product of bytes reads them all.

    Constraints:
    * (C1) the format is an integer format, of one slice or one an element.
    * (C2) the result has as many elements as the input, or, `packed`, a quarter
      of that, rounded up, as i32 of codes of at most 8 bits; i32 elements hold
      every code. `bytes`: code `i` is byte `i` mod 4 of word `i / 4`, the lowest
      first; the last word's unused bytes are zero.
    * (C3) scale and shift come together, are f32, and as long as the input.
    * (C4) `saturate` and `shift` round to nearest even, with at most 21 bits,
      and `saturate` gives `bits`, whose power of two is above every number of
      steps; all but `exact` round to nearest even or down and have scales that
      are powers of two, or a divisor, with a zero point that is added last, and
      codes of f32 saturate.
    * (C5) `features`, which is for what it is in `mase_kernel.affine`, divides
      the input's size.
    * (C6) there is one factor and divisor, or one an element; a divisor, which is
      the scale of the format, is for `shift` and `convert`.
    * (C7) a code shift has one number in [0, 7] an element, and is for packed
      codes without zero points that fit a byte when they are shifted.
  }];
  let arguments = (ins StrArrayAttr:$layers, MaseKernel_Any:$input,
                       OptionalAttr<MaseKernel_Table>:$scale,
                       OptionalAttr<MaseKernel_Table>:$shift,
                       OptionalAttr<DenseF32ArrayAttr>:$factor,
                       OptionalAttr<DenseF32ArrayAttr>:$divisor,
                       UnitAttr:$relu,
                       Mase_NumberFormatAttrInterface:$format,
                       MaseKernel_Rounder:$rounder,
                       DefaultValuedAttr<MaseKernel_Int, "0">:$bits,
                       UnitAttr:$clamp, OptionalAttr<MaseKernel_Packing>:$packing,
                       OptionalAttr<DenseI64ArrayAttr>:$code_shift,
                       OptionalAttr<MaseKernel_Int>:$features,
                       UnitAttr:$is_result, OptionalAttr<StrAttr>:$layer);
  let results = (outs MaseKernel_Ints:$result);
  let assemblyFormat = [{
    $layers $input (`factor` custom<Floats>($factor)^)?
    (`affine` $scale^ `,` $shift (`features` $features^)?)? (`divisor` custom<Floats>($divisor)^)?
    (`relu` $relu^)? `to` $format `by` $rounder (`bits` $bits^)?
    (`clamp` $clamp^)? (`packed` $packing^)? (`shifted` custom<Integers>($code_shift)^)?
    (`result` $is_result^)? (`of` $layer^)?
    attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
  private:
    ::llvm::LogicalResult
    verifyRounder(::llvm::ArrayRef<::mase::UniformFormat> slices);
    ::llvm::LogicalResult
    verifyCodeShift(::llvm::ArrayRef<::mase::UniformFormat> slices, int64_t size);

  public:
  }];
}

#endif // MASE_KERNEL_OPS_TD
