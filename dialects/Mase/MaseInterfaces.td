// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a number format and a layer must be able to say of themselves. Passes
// use these and never a concrete format, so a new one touches no pass.
#ifndef MASE_INTERFACES_TD
#define MASE_INTERFACES_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/Interfaces.td"

def Mase_NumberFormatAttrInterface : AttrInterface<"NumberFormatAttrInterface"> {
  let cppNamespace = "::mase";
  let description = [{
    A number format: a set of representable values and the rounding to them. The
    attribute holds a `mase::NumberFormat`, which answers everything; what it
    costs to ask is the format's to say.
  }];
  let methods = [
    InterfaceMethod<"The format as a value.",
      "::mase::NumberFormat", "getNumberFormat">,
    InterfaceMethod<[{
        The fixed-point format that this is, if it is an integer times one
        constant power of two.
      }],
      "::std::optional<::mase::FixedPointFormat>", "getFixedPoint", (ins), "",
      "return $_attr.getNumberFormat().fixedPoint();">
  ];
  let extraSharedClassDeclaration = [{
    /// The name MASE's configuration files use for the format.
    ::std::string getFormatName() const {
      return ::std::string($_attr.getNumberFormat()->name());
    }
    /// The integer codes that this is: then layers compute in integers. None:
    /// they compute in binary32 on rounded values.
    ::std::optional<::mase::UniformTensorFormat> getUniform() const {
      ::mase::NumberFormat format = $_attr.getNumberFormat();
      if (const ::mase::UniformTensorFormat *uniform = format->uniform())
        return *uniform;
      return ::std::nullopt;
    }
    /// Bits that a tensor of this shape takes when packed, everything shared
    /// (block exponents, scales) included.
    int64_t getPackedBits(::llvm::ArrayRef<int64_t> shape) const {
      return $_attr.getNumberFormat()->packedBits({shape.data(), shape.size()});
    }
    /// Rounds every element of a row-major tensor to a value of the format.
    /// `in` and `out` have the product of `shape` elements and may be the same.
    void quantizeTensor(::llvm::ArrayRef<float> in,
                        ::llvm::ArrayRef<int64_t> shape,
                        ::llvm::MutableArrayRef<float> out) const {
      $_attr.getNumberFormat()->quantize({in.data(), in.size()},
                                         {shape.data(), shape.size()},
                                         {out.data(), out.size()});
    }
    /// How many elements of a tensor the format clamps: those whose rounded
    /// value would lie beyond its largest or smallest one. Infinities count,
    /// NaN does not.
    int64_t countSaturated(::llvm::ArrayRef<float> values,
                           ::llvm::ArrayRef<int64_t> shape) const {
      return $_attr.getNumberFormat()->countSaturated(
          {values.data(), values.size()}, {shape.data(), shape.size()});
    }
  }];
}

def Mase_LayerOpInterface : OpInterface<"LayerOpInterface"> {
  let cppNamespace = "::mase";
  let description = [{
    A layer of the network: named, with a known cost. Shapes are per sample: the
    leading dimension of the activations is the batch.
  }];
  let methods = [
    InterfaceMethod<"The layer's name.", "::llvm::StringRef", "getLayerName",
      (ins), "", "return $_op.getLayer();">,
    StaticInterfaceMethod<"MASE's name for the type of the layer (`linear`, …).",
      "::llvm::StringRef", "getLayerType", (ins), "",
      "return ConcreteOp::getOperationName().split('.').second;">,
    InterfaceMethod<[{
        MASE's name of the operation in its tables of nodes, where that is not
        the layer's type.
      }],
      "::llvm::StringRef", "getMaseOperation", (ins), "",
      "return $_op.getLayerType();">,
    InterfaceMethod<[{
        What PyTorch calls the layer's module (`Linear`); empty where it has a
        function for it.
      }],
      "::llvm::StringRef", "getTorchModule", (ins), "", "return {};">,
    InterfaceMethod<"What the op's definition calls an operand, for messages.",
      "::llvm::StringRef", "getOperandName", (ins "unsigned":$index), "",
      "return \"input\";">,
    InterfaceMethod<"Multiply-accumulate operations a sample.",
      "int64_t", "getMacs", (ins), "", "return 0;">,
    InterfaceMethod<[{
        Operations a sample as thop 0.1 counts them, which has a rule for modules
        and none for functions.
      }],
      "int64_t", "getThopFlops", (ins), "", "return 0;">,
    InterfaceMethod<[{
        Trained parameters that no number format of this layer covers, all of
        32 bits (BatchNorm's scale and shift, not its running statistics;
        constant operands of add, sub and mul).
      }],
      "int64_t", "getUnquantizedParameterCount", (ins), "", "return 0;">
  ];
}

def Mase_QuantizableOpInterface : OpInterface<"QuantizableOpInterface"> {
  let cppNamespace = "::mase";
  let description = [{
    A layer that computes in a number format when it has a precision.
  }];
  let methods = [
    InterfaceMethod<"The precision, null for binary32.",
      "::mase::PrecisionAttr", "getLayerPrecision", (ins), "",
      "return $_op.getPrecisionAttr();">,
    InterfaceMethod<"Sets the precision; null for binary32.",
      "void", "setLayerPrecision", (ins "::mase::PrecisionAttr":$precision), "", [{
        if (precision)
          $_op.setPrecisionAttr(precision);
        else
          $_op.removePrecisionAttr();
      }]>,
    InterfaceMethod<"The operands and results that take a format of their own.",
      "::llvm::SmallVector<::mase::OperandRole>", "getOperandRoles">,
    InterfaceMethod<[{
        The shape of the parameter in this role, empty for activations and
        where there is none.
      }],
      "::llvm::SmallVector<int64_t>", "getParameterShape",
      (ins "::mase::OperandRole":$role), "",
      "return {};">,
    InterfaceMethod<[{
        Whether the layer makes 0 of all that is below it, so that its `data_in`
        is unsigned.
      }],
      "bool", "takesUnsignedInput", (ins), "", "return false;">,
    InterfaceMethod<[{
        Whether the layer gives back what it takes where that has this format:
        then there is nothing to compute but the rounding.
      }],
      "bool", "isIdentityOn", (ins "const ::mase::NumberFormat &":$data_in), "",
      "return false;">,
    InterfaceMethod<[{
        Why this precision is not legal here, or none if it is. An illegal
        precision is a value with a reason, not an error: the search asks too.
      }],
      "::std::optional<::std::string>", "getIllegalPrecisionReason",
      (ins "::mase::PrecisionAttr":$precision), "",
      "return ::mase::detail::illegalPrecisionReason($_op, precision);">
  ];
}

def Mase_ProductOpInterface : OpInterface<"ProductOpInterface"> {
  let cppNamespace = "::mase";
  let description = [{
    A layer that multiplies its input with a matrix of weights, and may add a
    bias: sums of products, which are exact where all formats are integers
    (`getLinearSums`).
  }];
  let methods = [
    InterfaceMethod<"The activations, [batch, in] or [batch, particles, in].",
      "::mlir::Value", "getInput">,
    InterfaceMethod<"The matrix.", "::mlir::Value", "getWeight">,
    InterfaceMethod<"The bias, [out]; null where there is none.",
      "::mlir::Value", "getBias">,
    StaticInterfaceMethod<"Whether the matrix is [in, out]; else [out, in].",
      "bool", "isWeightInOut">
  ];
}

def Mase_AffineOpInterface : OpInterface<"AffineOpInterface"> {
  let cppNamespace = "::mase";
  let description = [{
    An op that is `y = fma(x, s, t)` for each feature of its first operand.
  }];
  let methods = [
    InterfaceMethod<"`s` and `t`; none if a parameter isn't constant.",
      "::std::optional<::mase::AffineParameters>", "getAffineParameters">,
    InterfaceMethod<"The dimension that the features are.",
      "int64_t", "getFeatureAxis", (ins), "", "return 1;">
  ];
}

def Mase_MovesElementsOpInterface : OpInterface<"MovesElementsOpInterface"> {
  let cppNamespace = "::mase";
  let description = [{
    A layer whose results are elements of its operands, of the same sample: it
    says which, and engines need to know no more.
  }];
  let methods = [
    InterfaceMethod<[{
        For each element of a sample of the result the operand and the element of
        that one's sample, both in row-major order. Sizes but the batch are
        static.
      }],
      "::llvm::SmallVector<::mase::ElementSource>", "getElementSources">
  ];
}

def Mase_OutputKindOpInterface : OpInterface<"OutputKindOpInterface"> {
  let cppNamespace = "::mase";
  let description = [{
    An op whose results are something else than logits, for a network that ends
    in it (`mase::getOutputKind` of the Analysis room asks).
  }];
  let methods = [
    InterfaceMethod<"What the op's results are.",
      "::mase::OutputKind", "getOutputKind">
  ];
}

// See ElementByElement and ReshapesInput in Mase.h.
def Mase_ElementByElement : NativeOpTrait<"ElementByElement"> {
  let cppNamespace = "::mase";
}
def Mase_ReshapesInput : NativeOpTrait<"ReshapesInput"> {
  let cppNamespace = "::mase";
}

#endif // MASE_INTERFACES_TD
