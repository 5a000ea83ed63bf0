// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-lower-to-integer: number formats become operations.
#include "mase/Dialect/Mase/Transforms/LowerToInteger.h"
#include "mase/Dialect/Mase/IR/QuantizeChain.h"
#include "mase/Dialect/Mase/IR/Samples.h"
#include "mase/Dialect/Mase/Transforms/Passes.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"
#include "mase/Support/Quoting.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mase {
#define GEN_PASS_DEF_MASELOWERTOINTEGERPASS
#include "mase/Dialect/Mase/Transforms/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;

namespace {

std::optional<UniformTensorFormat> uniformOf(NumberFormatAttrInterface format) {
  return format ? format.getUniform() : std::nullopt;
}

/// Builds the integer level of one layer.
class Lowering {
public:
  explicit Lowering(Operation *op) : op(op), builder(op), loc(op->getLoc()) {}

  LogicalResult lower() {
    return TypeSwitch<Operation *, LogicalResult>(op)
        .Case([&](ProductOpInterface layer) { return product(layer); })
        .Case([&](AffineOpInterface layer) { return affine(layer); })
        .Case<ReduceSumOp, ReduceMeanOp>([&](auto op) { return reduce(op); })
        .Case([&](QuantizableOpInterface layer) { return onRounded(layer); })
        .Default([](Operation *) { return success(); });
  }

private:
  Value constant(DenseElementsAttr values) {
    return arith::ConstantOp::create(builder, loc, values.getType(), values);
  }

  Value constant(ArrayRef<float> values, ArrayRef<int64_t> shape) {
    auto type = RankedTensorType::get(shape, builder.getF32Type());
    return constant(DenseElementsAttr::get(type, values));
  }

  /// The codes of constant `values`, in integers as wide as the format.
  Value codes(ArrayRef<float> values, ArrayRef<int64_t> shape,
              const UniformTensorFormat &format) {
    unsigned width = unsigned(format.storageWidth());
    auto type = RankedTensorType::get(shape, builder.getIntegerType(width));
    SmallVector<APInt> elements;
    for (auto [i, value] : llvm::enumerate(values)) {
      size_t slice = format.sliceOf(int64_t(i), {shape.data(), shape.size()});
      elements.push_back(
          APInt(width, uint64_t(quantizeToCode(value, format.slice(slice))),
                /*isSigned=*/false, /*implicitTrunc=*/true));
    }
    return constant(DenseElementsAttr::get(type, elements));
  }

  /// Codes that an op reads which has the format. With a role, others: those
  /// say whose they are.
  Value quantize(Value x, NumberFormatAttrInterface format,
                 std::optional<OperandRole> role = std::nullopt) {
    auto type = cast<RankedTensorType>(x.getType());
    return QuantizeOp::create(builder, loc,
                              type.clone(builder.getIntegerType(unsigned(
                                  format.getUniform()->storageWidth()))),
                              x, format, role == OperandRole::DataOut,
                              role ? layerName() : StringAttr());
  }

  Value dequantize(Value x, const CodeScale &scale, bool isUnsigned) {
    return DequantizeOp::create(builder, loc, x, scale, isUnsigned);
  }

  /// `x` rounded to `format`, as f32; `x` itself without one.
  Value fakeQuantize(Value x, NumberFormatAttrInterface format,
                     OperandRole role) {
    if (!format)
      return x;
    if (std::optional<SmallVector<float>> values = getConstantF32(x)) {
      SmallVector<float> rounded(values->size());
      auto shape = cast<RankedTensorType>(x.getType()).getShape();
      format.quantizeTensor(*values, shape, rounded);
      return constant(rounded, shape);
    }
    std::optional<UniformTensorFormat> uniform = format.getUniform();
    if (!uniform)
      return RoundOp::create(builder, loc, x.getType(), x, format);
    return dequantize(quantize(x, format, role), codeScaleOf(*uniform),
                      !uniform->common.isSigned);
  }

  StringAttr layerName() {
    return builder.getStringAttr(cast<LayerOpInterface>(op).getLayerName());
  }

  LogicalResult notConstant(StringRef what) {
    return op->emitError("layer ")
           << quoted(layerName().getValue()) << ": expected a constant " << what
           << ", found an argument or a "
           << "computed value";
  }

  LogicalResult finish(Value result, PrecisionAttr precision) {
    Value out = fakeQuantize(result,
                             precision ? precision.getDataOut()
                                       : NumberFormatAttrInterface(),
                             OperandRole::DataOut);
    op->getResult(0).replaceAllUsesWith(out);
    op->erase();
    return success();
  }

  /// Weights are turned to [out, in], where a `mase.linear` has them.
  LogicalResult product(ProductOpInterface layer) {
    auto quantizable = cast<QuantizableOpInterface>(op);
    PrecisionAttr precision = quantizable.getLayerPrecision();
    if (!precision && !layer.isWeightInOut())
      return success();
    auto weight = getLinearWeight(layer);
    if (!weight)
      return notConstant("weight");
    auto shape = cast<RankedTensorType>(layer.getWeight().getType()).getShape();
    int64_t out = shape[0], in = shape[1];
    if (layer.isWeightInOut())
      std::swap(out, in);
    Value bias = layer.getBias();
    std::optional<SmallVector<float>> biasValues;
    if (bias)
      biasValues = getConstantF32(bias);
    if (bias && !biasValues)
      return notConstant("bias");

    NumberFormatAttrInterface data, weightFormat, biasFormat;
    if (precision) {
      data = precision.getDataIn();
      weightFormat = precision.getWeight();
      biasFormat = precision.getBias();
    }
    if (weightFormat && layer.isWeightInOut())
      weightFormat = transposed(weightFormat);
    if (std::optional<LinearSums> sums = getLinearSums(quantizable, precision))
      return integerProduct(*sums, layer, *weight, {out, in}, data,
                            weightFormat, bias, biasFormat);
    // Some operand has no integers: binary32 on rounded values.
    Value input = fakeQuantize(layer.getInput(), data, OperandRole::DataIn);
    Value rounded = fakeQuantize(constant(*weight, {out, in}), weightFormat,
                                 OperandRole::Weight);
    Value roundedBias =
        bias ? fakeQuantize(bias, biasFormat, OperandRole::Bias) : Value();
    Value result =
        LinearOp::create(builder, loc, op->getResult(0).getType(), layerName(),
                         input, rounded, roundedBias, PrecisionAttr());
    return finish(result, precision);
  }

  LogicalResult integerProduct(const LinearSums &sums, ProductOpInterface layer,
                               ArrayRef<float> weight, ArrayRef<int64_t> shape,
                               NumberFormatAttrInterface data,
                               NumberFormatAttrInterface weightFormat,
                               Value bias,
                               NumberFormatAttrInterface biasFormat) {
    int64_t out = shape[0];
    PrecisionAttr precision =
        cast<QuantizableOpInterface>(op).getLayerPrecision();
    auto resultType = RankedTensorType::get(
        cast<RankedTensorType>(op->getResult(0).getType()).getShape(),
        builder.getIntegerType(sums.width <= 32 ? 32 : 64));
    bool inSum = bias && sums.biasInSum;
    Value integers = IntLinearOp::create(
        builder, loc, resultType, layerName(), quantize(layer.getInput(), data),
        codes(weight, shape, *weightFormat.getUniform()),
        inSum ? codes(*getConstantF32(bias), {out}, *biasFormat.getUniform())
              : Value(),
        data, weightFormat, inSum ? biasFormat : NumberFormatAttrInterface());
    CodeScale scale;
    int64_t last = resultType.getRank() - 1;
    if (!bias || inSum) {
      scale.scale = sums.scale;
      if (scale.scale.size() > 1)
        scale.axis = int(last);
      return finish(dequantize(integers, scale, false), precision);
    }
    // The bias is not on the sums' grid: y = fma(f32(sum), scale, bias).
    SmallVector<float> scales;
    for (int64_t o = 0; o < out; ++o)
      scales.push_back(sums.scaleOf(size_t(o)));
    Value real = dequantize(integers, scale, false);
    Value result = AffineOp::create(
        builder, loc, real.getType(), layerName(), real,
        constant(scales, {out}),
        fakeQuantize(bias, biasFormat, OperandRole::Bias), last);
    return finish(result, precision);
  }

  /// A sum over particles: of codes where those are integers of one scale.
  template <typename Op> LogicalResult reduce(Op layer) {
    PrecisionAttr precision = layer.getPrecisionAttr();
    std::optional<ReduceSums> sums = getReduceSums(layer, precision);
    if (!sums)
      return onRounded(layer);
    auto type = layer.getResult().getType().clone(
        builder.getIntegerType(sums->width <= 32 ? 32 : 64));
    NumberFormatAttrInterface data = precision.getDataIn();
    Value integers =
        IntReduceOp::create(builder, loc, type, layerName(),
                            quantize(layer.getInput(), data), data);
    CodeScale scale;
    scale.scale = sums->scale;
    if (scale.scale.size() > 1)
      scale.axis = 1;
    return finish(dequantize(integers, scale, false), precision);
  }

  /// What computes in binary32 whatever the precision: on rounded operands.
  LogicalResult onRounded(QuantizableOpInterface layer) {
    PrecisionAttr precision = layer.getLayerPrecision();
    if (!precision)
      return success();
    for (OperandRole role : {OperandRole::Weight, OperandRole::Bias})
      if (precision.getFormat(role))
        return op->emitError("no lowering of a '")
               << stringify(role) << "' of '" << op->getName()
               << "' to the integer level";
    IRMapping rounded;
    for (Value operand : layer->getOperands())
      if (!rounded.contains(operand))
        rounded.map(operand, fakeQuantize(operand, precision.getDataIn(),
                                          OperandRole::DataIn));
    NumberFormatAttrInterface data = precision.getDataIn();
    if (data && layer.isIdentityOn(data.getNumberFormat()))
      return finish(rounded.lookup(layer->getOperand(0)), precision);
    auto result = cast<QuantizableOpInterface>(builder.clone(*layer, rounded));
    result.setLayerPrecision({});
    return finish(result->getResult(0), precision);
  }

  LogicalResult affine(AffineOpInterface layer) {
    if (auto quantizable = dyn_cast<QuantizableOpInterface>(op);
        quantizable && quantizable.getLayerPrecision())
      return onRounded(quantizable);
    std::optional<AffineParameters> affine = layer.getAffineParameters();
    if (!affine)
      return notConstant("parameter");
    int64_t features = int64_t(affine->scale.size());
    Value result = AffineOp::create(
        builder, loc, op->getResult(0).getType(), layerName(),
        op->getOperand(0), constant(affine->scale, {features}),
        constant(affine->shift, {features}), layer.getFeatureAxis());
    return finish(result, PrecisionAttr());
  }

  Operation *op;
  OpBuilder builder;
  Location loc;
};

/// quantize(relu?(affine?(dequantize(sums)))) as one op.
void fuseRequantize(QuantizeOp quantize) {
  int64_t last =
      cast<RankedTensorType>(quantize.getInput().getType()).getRank() - 1;
  // Rows of features, those of particles too.
  if (last != 1 && last != 2)
    return;
  QuantizeChain chain = QuantizeChain::match(
      quantize, [](Value value) { return value.getDefiningOp(); });
  DequantizeOp dequantize = chain.dequantize;
  if (!dequantize || dequantize.getIsUnsigned())
    return;
  // A list is one element for each feature, the last axis.
  int64_t axis = dequantize.getCodeScale().axis.value_or(0);
  if (dequantize.getScale().size() > 1 &&
      (axis < 0 ? axis + last + 1 : axis) != last)
    return;
  if (chain.affine && chain.affine.getFeatureAxis() != last)
    return;

  OpBuilder builder(quantize);
  auto affine = dyn_cast_if_present<AffineOp>(chain.affine.getOperation());
  if (chain.affine && !affine)
    return; // somebody else's op, which is no layer
  SmallVector<Attribute> layers;
  if (affine)
    layers.push_back(affine.getLayerAttr());
  if (chain.relu)
    layers.push_back(chain.relu.getLayerAttr());
  auto fused = RequantizeOp::create(
      builder, quantize.getLoc(), quantize.getResult().getType(), chain.input,
      dequantize.getScaleAttr(), affine ? affine.getScale() : Value(),
      affine ? affine.getShift() : Value(),
      chain.relu ? builder.getUnitAttr() : UnitAttr(), quantize.getFormat(),
      builder.getArrayAttr(layers), quantize.getIsResultAttr(),
      quantize.getLayerAttr());
  quantize.getResult().replaceAllUsesWith(fused.getResult());
  quantize->erase();
  for (Operation *op : llvm::reverse(chain.getOps()))
    if (op->use_empty())
      op->erase();
}

/// What codes depend on: not on whose format it is.
DictionaryAttr attributesOfCodes(Operation *op) {
  NamedAttrList attributes(op->getAttrDictionary());
  attributes.erase("layer");
  attributes.erase("is_result");
  return attributes.getDictionary(op->getContext());
}

/// Ops that round one value alike for several layers become one, which has the
/// first name: CSE takes ops of different names for different ops.
void mergeRounding(Operation *root) {
  SmallVector<Operation *> roundings;
  root->walk([&](Operation *op) {
    if (isa<QuantizeOp, RequantizeOp>(op))
      roundings.push_back(op);
  });
  llvm::SmallPtrSet<Operation *, 8> merged;
  for (Operation *op : roundings)
    for (Operation *other : op->getOperand(0).getUsers()) {
      if (other == op || other->getName() != op->getName() ||
          merged.contains(other) || other->getBlock() != op->getBlock() ||
          !other->isBeforeInBlock(op) ||
          other->getOperands() != op->getOperands() ||
          other->getResultTypes() != op->getResultTypes() ||
          attributesOfCodes(other) != attributesOfCodes(op))
        continue;
      if (!other->hasAttr("layer"))
        for (StringRef name : {"layer", "is_result"})
          if (Attribute attribute = op->getAttr(name))
            other->setAttr(name, attribute);
      op->replaceAllUsesWith(other);
      merged.insert(op);
      break;
    }
  for (Operation *op : merged)
    op->erase();
}

struct LowerToIntegerPass
    : mase::impl::MaseLowerToIntegerPassBase<LowerToIntegerPass> {
  using MaseLowerToIntegerPassBase::MaseLowerToIntegerPassBase;

  void runOnOperation() override {
    bool anyPrecision = false;
    SmallVector<std::pair<Location, std::string>> remarks;
    getOperation()->walk([&](QuantizableOpInterface op) {
      if (!op.getLayerPrecision())
        return;
      anyPrecision = true;
      if (std::optional<std::string> reason = floatReason(op))
        remarks.emplace_back(op->getLoc(),
                             "layer " + describeLayer(op) +
                                 " is summed in binary32: " + *reason);
    });
    StringRef level = describeLevel(getOperation());
    if (failed(lowerToInteger(getOperation(), fuseRequantize)))
      return signalPassFailure();
    if (isStep)
      return mergeRounding(getOperation());
    for (const auto &[loc, text] : remarks)
      emitRemark(loc) << "--" << getArgument() << ": " << text;
    if (!anyPrecision)
      warnNothingToDo(getOperation(), getArgument(),
                      "layers with a precision, which --mase-quantize sets",
                      level);
  }

  bool isStep = false;

private:
  /// What keeps a product with a precision from being an exact sum.
  static std::optional<std::string> floatReason(QuantizableOpInterface op) {
    PrecisionAttr precision = op.getLayerPrecision();
    if (!isa<ProductOpInterface>(*op) || getLinearSums(op, precision))
      return std::nullopt;
    for (OperandRole role : {OperandRole::DataIn, OperandRole::Weight})
      if (!uniformOf(precision.getFormat(role)))
        return "its '" + stringify(role).str() + "' has no integer format";
    return "the scales of its input features are not one scale times powers of "
           "two";
  }
};

} // namespace

std::unique_ptr<Pass> mase::createLowerToIntegerStep(bool fuseRequantize) {
  MaseLowerToIntegerPassOptions options;
  options.fuseRequantize = fuseRequantize;
  auto pass = std::make_unique<LowerToIntegerPass>(options);
  pass->isStep = true;
  return pass;
}

LogicalResult mase::lowerToInteger(Operation *root, bool fuseRequantize) {
  if (failed(requireClosedFormats(root)))
    return failure();
  SmallVector<Operation *> layers;
  root->walk([&](LayerOpInterface op) { layers.push_back(op); });
  for (Operation *layer : layers)
    if (failed(Lowering(layer).lower()))
      return failure();
  if (fuseRequantize) {
    SmallVector<QuantizeOp> quantizes;
    root->walk([&](QuantizeOp op) { quantizes.push_back(op); });
    for (QuantizeOp op : quantizes)
      ::fuseRequantize(op);
  }
  // The f32 parameters that codes have replaced.
  eraseUnusedConstants(root);
  return success();
}
