// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-lower-to-integer: number formats become operations.
#include "mase/Dialect/Mase/Transforms/LowerToInteger.h"
#include "mase/Dialect/Mase/Transforms/Passes.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"
#include "mase/Support/Quoting.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mase {
#define GEN_PASS_DEF_MASELOWERTOINTEGERPASS
#include "mase/Dialect/Mase/Transforms/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;

namespace {

std::optional<FixedPointFormat> fixedPoint(NumberFormatAttrInterface format) {
  return format ? format.getFixedPoint() : std::nullopt;
}

/// Builds the integer level of one layer.
class Lowering {
public:
  explicit Lowering(Operation *op) : op(op), builder(op), loc(op->getLoc()) {}

  LogicalResult lower() {
    return TypeSwitch<Operation *, LogicalResult>(op)
        .Case<LinearOp, MatmulOp>([&](auto layer) { return product(layer); })
        .Case([&](ReluOp relu) { return this->relu(relu); })
        .Case<AddOp, SubOp, MulOp>(
            [&](auto layer) { return elementwise(layer); })
        .Case([&](BatchNormOp norm) { return batchNorm(norm); })
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
              const FixedPointFormat &format) {
    auto type = RankedTensorType::get(
        shape, builder.getIntegerType(unsigned(format.width)));
    SmallVector<APInt> elements;
    for (float value : values)
      elements.push_back(APInt(unsigned(format.width),
                               uint64_t(quantizeToCode(value, format)),
                               /*isSigned=*/false, /*implicitTrunc=*/true));
    return constant(DenseElementsAttr::get(type, elements));
  }

  /// Codes that an op reads which has the format. With a role, others: those
  /// say whose they are.
  Value quantize(Value x, NumberFormatAttrInterface format,
                 std::optional<OperandRole> role = std::nullopt) {
    auto type = cast<RankedTensorType>(x.getType());
    return QuantizeOp::create(
        builder, loc,
        type.clone(
            builder.getIntegerType(unsigned(format.getFixedPoint()->width))),
        x, format, role == OperandRole::DataOut,
        role ? builder.getStringAttr(cast<LayerOpInterface>(op).getLayerName())
             : StringAttr());
  }

  Value dequantize(Value x, int fracWidth, bool isUnsigned) {
    auto type = cast<RankedTensorType>(x.getType());
    return DequantizeOp::create(builder, loc, type.clone(builder.getF32Type()),
                                x, builder.getI64IntegerAttr(fracWidth),
                                isUnsigned ? builder.getUnitAttr()
                                           : UnitAttr());
  }

  /// `x` rounded to `format`, as f32; `x` itself without one.
  FailureOr<Value> fakeQuantize(Value x, NumberFormatAttrInterface format,
                                OperandRole role) {
    if (!format)
      return x;
    std::optional<FixedPointFormat> fixed = format.getFixedPoint();
    if (!fixed)
      return notInteger(format);
    if (std::optional<SmallVector<float>> values = getConstantF32(x)) {
      SmallVector<float> rounded(values->size());
      auto shape = cast<RankedTensorType>(x.getType()).getShape();
      format.quantizeTensor(*values, shape, rounded);
      return constant(rounded, shape);
    }
    return dequantize(quantize(x, format, role), fixed->fracWidth,
                      !fixed->isSigned);
  }

  LogicalResult notInteger(NumberFormatAttrInterface format) {
    return op->emitError("layer ")
           << quoted(cast<LayerOpInterface>(op).getLayerName()) << ": format "
           << format << " has no lowering; expected an integer format";
  }

  LogicalResult notConstant(StringRef what) {
    return op->emitError("layer ")
           << quoted(cast<LayerOpInterface>(op).getLayerName())
           << ": expected a constant " << what << ", found an argument or a "
           << "computed value";
  }

  LogicalResult finish(Value result, PrecisionAttr precision) {
    FailureOr<Value> out = fakeQuantize(result,
                                        precision ? precision.getDataOut()
                                                  : NumberFormatAttrInterface(),
                                        OperandRole::DataOut);
    if (failed(out))
      return failure();
    op->getResult(0).replaceAllUsesWith(*out);
    op->erase();
    return success();
  }

  /// Linear and matmul. A matmul's weight is turned to [out, in].
  template <typename Op> LogicalResult product(Op layer) {
    PrecisionAttr precision = layer.getPrecisionAttr();
    constexpr bool isLinear = std::is_same_v<Op, LinearOp>;
    if (!precision && isLinear)
      return success();
    auto weight = getConstantF32(layer.getWeight());
    if (!weight)
      return notConstant("weight");
    auto shape = cast<RankedTensorType>(layer.getWeight().getType()).getShape();
    int64_t out = shape[0], in = shape[1];
    if constexpr (!isLinear) {
      std::swap(out, in);
      SmallVector<float> transposed(weight->size());
      for (int64_t i = 0; i < in; ++i)
        for (int64_t o = 0; o < out; ++o)
          transposed[o * in + i] = (*weight)[i * out + o];
      weight = std::move(transposed);
    }
    Value bias;
    std::optional<SmallVector<float>> biasValues;
    if constexpr (isLinear)
      bias = layer.getBias();
    if (bias && !(biasValues = getConstantF32(bias)))
      return notConstant("bias");

    NumberFormatAttrInterface data, weightFormat, biasFormat;
    if (precision) {
      data = precision.getDataIn();
      weightFormat = precision.getWeight();
      biasFormat = precision.getBias();
    }
    std::optional<FixedPointFormat> x = fixedPoint(data),
                                    w = fixedPoint(weightFormat),
                                    b = fixedPoint(biasFormat);
    if (x && w && (!bias || b)) {
      Accumulator acc = accumulatorFor(in, *x, *w, bias ? &*b : nullptr);
      auto resultType = RankedTensorType::get(
          cast<RankedTensorType>(layer.getResult().getType()).getShape(),
          builder.getIntegerType(acc.width <= 32 ? 32 : 64));
      Value sums = IntLinearOp::create(
          builder, loc, resultType, layer.getLayerAttr(),
          quantize(layer.getInput(), data), codes(*weight, {out, in}, *w),
          bias ? codes(*biasValues, {out}, *b) : Value(), data, weightFormat,
          bias ? biasFormat : NumberFormatAttrInterface());
      return finish(dequantize(sums, acc.fracWidth, false), precision);
    }
    // Some operand is not of an integer format: binary32 on rounded values.
    FailureOr<Value> input =
        fakeQuantize(layer.getInput(), data, OperandRole::DataIn);
    FailureOr<Value> rounded = fakeQuantize(constant(*weight, {out, in}),
                                            weightFormat, OperandRole::Weight);
    FailureOr<Value> roundedBias =
        bias ? fakeQuantize(bias, biasFormat, OperandRole::Bias)
             : FailureOr<Value>(Value());
    if (failed(input) || failed(rounded) || failed(roundedBias))
      return failure();
    Value result = LinearOp::create(builder, loc, layer.getResult().getType(),
                                    layer.getLayerAttr(), *input, *rounded,
                                    *roundedBias, PrecisionAttr());
    return finish(result, precision);
  }

  LogicalResult relu(ReluOp layer) {
    PrecisionAttr precision = layer.getPrecisionAttr();
    if (!precision)
      return success();
    FailureOr<Value> input = fakeQuantize(
        layer.getInput(), precision.getDataIn(), OperandRole::DataIn);
    if (failed(input))
      return failure();
    // Values of an unsigned format are >= +0 already.
    Value result = *input;
    if (!precision.getDataIn())
      result = ReluOp::create(builder, loc, layer.getResult().getType(),
                              layer.getLayerAttr(), *input, PrecisionAttr());
    return finish(result, precision);
  }

  template <typename Op> LogicalResult elementwise(Op layer) {
    PrecisionAttr precision = layer.getPrecisionAttr();
    if (!precision)
      return success();
    FailureOr<Value> lhs = fakeQuantize(layer.getLhs(), precision.getDataIn(),
                                        OperandRole::DataIn);
    FailureOr<Value> rhs =
        layer.getRhs() == layer.getLhs()
            ? lhs
            : fakeQuantize(layer.getRhs(), precision.getDataIn(),
                           OperandRole::DataIn);
    if (failed(lhs) || failed(rhs))
      return failure();
    Value result =
        Op::create(builder, loc, layer.getResult().getType(),
                   layer.getLayerAttr(), *lhs, *rhs, PrecisionAttr());
    return finish(result, precision);
  }

  LogicalResult batchNorm(BatchNormOp layer) {
    std::optional<AffineParameters> affine = getAffineParameters(layer);
    if (!affine)
      return notConstant("parameter");
    int64_t features = int64_t(affine->scale.size());
    Value result = AffineOp::create(builder, loc, layer.getResult().getType(),
                                    layer.getLayerAttr(), layer.getInput(),
                                    constant(affine->scale, {features}),
                                    constant(affine->shift, {features}));
    return finish(result, PrecisionAttr());
  }

  Operation *op;
  OpBuilder builder;
  Location loc;
};

/// quantize(relu?(affine?(dequantize(sums)))) as one op.
void fuseRequantize(QuantizeOp quantize) {
  if (cast<RankedTensorType>(quantize.getInput().getType()).getRank() != 2)
    return;
  Value value = quantize.getInput();
  SmallVector<Operation *> chain;
  SmallVector<Attribute> layers;
  auto relu = value.getDefiningOp<ReluOp>();
  if (relu && !relu.getPrecisionAttr()) {
    value = relu.getInput();
    layers.push_back(relu.getLayerAttr());
    chain.push_back(relu);
  } else {
    relu = {};
  }
  auto affine = value.getDefiningOp<AffineOp>();
  if (affine) {
    value = affine.getInput();
    layers.insert(layers.begin(), affine.getLayerAttr());
    chain.push_back(affine);
  }
  auto dequantize = value.getDefiningOp<DequantizeOp>();
  if (!dequantize || dequantize.getIsUnsigned())
    return;
  chain.push_back(dequantize);

  OpBuilder builder(quantize);
  auto fused = RequantizeOp::create(
      builder, quantize.getLoc(), quantize.getResult().getType(),
      dequantize.getInput(), dequantize.getFracWidthAttr(),
      affine ? affine.getScale() : Value(),
      affine ? affine.getShift() : Value(),
      relu ? builder.getUnitAttr() : UnitAttr(), quantize.getFormat(),
      builder.getArrayAttr(layers), quantize.getIsResultAttr(),
      quantize.getLayerAttr());
  quantize.getResult().replaceAllUsesWith(fused.getResult());
  quantize->erase();
  for (Operation *op : chain)
    if (op->use_empty())
      op->erase();
}

/// The f32 parameters that codes have replaced.
void eraseUnusedConstants(Operation *root) {
  SmallVector<arith::ConstantOp> unused;
  root->walk([&](arith::ConstantOp op) {
    if (op->use_empty())
      unused.push_back(op);
  });
  for (arith::ConstantOp op : unused)
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
      if (std::optional<OperandRole> role = floatOperand(op))
        remarks.emplace_back(op->getLoc(), "layer " + describeLayer(op) +
                                               " is summed in binary32: its '" +
                                               stringify(*role).str() +
                                               "' has no integer format");
    });
    StringRef level = describeLevel(getOperation());
    if (failed(lowerToInteger(getOperation(), fuseRequantize)))
      return signalPassFailure();
    if (isStep)
      return;
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
  static std::optional<OperandRole> floatOperand(QuantizableOpInterface op) {
    if (isa<LinearOp, MatmulOp>(*op))
      for (OperandRole role : op.getOperandRoles())
        if (role != OperandRole::DataOut &&
            !fixedPoint(op.getLayerPrecision().getFormat(role)))
          return role;
    return std::nullopt;
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
  eraseUnusedConstants(root);
  return success();
}
