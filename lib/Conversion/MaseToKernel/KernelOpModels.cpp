// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How the ops of the mase dialect become part of a kernel.
#include "mase/Conversion/KernelOpInterface.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

namespace {

// An external model's methods stand in front of the interface's own.
// NOLINTBEGIN(bugprone-derived-method-shadowing-base-method)

/// What models share: `Model` has the methods that differ from the interface's
/// own.
template <typename Model, typename Op>
struct KernelModel // NOLINT(bugprone-crtp-constructor-accessibility)
    : KernelOpInterface::ExternalModel<Model, Op> {
  static Op of(Operation *op) { return cast<Op>(op); }
};

/// The axis of a format's slices, where it has several.
std::optional<int> axisOf(NumberFormatAttrInterface format) {
  std::optional<UniformTensorFormat> uniform = format.getUniform();
  return uniform && uniform->slices() > 0 ? uniform->axis : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

struct IntLinearModel : KernelModel<IntLinearModel, IntLinearOp> {
  FeatureUse getFeatureUse(Operation *) const { return FeatureUse::EachOnAll; }
  LogicalResult checkKernel(Operation *op) const {
    IntLinearOp linear = of(op);
    return success(
        succeeded(requireAxisOfSample(op, axisOf(linear.getData()),
                                      linear.getInput())) &&
        succeeded(requireParameter(op, linear.getWeight(), "weight")) &&
        succeeded(requireParameter(op, linear.getBias(), "bias")) &&
        succeeded(requireActivation(op, linear.getInput())));
  }
  Value buildKernel(Operation *op, KernelOpBuilder &b) const {
    return b.buildDot(of(op));
  }
};

struct IntReduceModel : KernelModel<IntReduceModel, IntReduceOp> {
  FeatureUse getFeatureUse(Operation *) const { return FeatureUse::EachOnAll; }
  int64_t getKernelInstructions(Operation *op) const {
    return sizeOfSample(op->getOperand(0));
  }
  LogicalResult checkKernel(Operation *op) const {
    return requireActivation(op, of(op).getInput());
  }
  Value buildKernel(Operation *op, KernelOpBuilder &b) const {
    return b.buildReduce(of(op));
  }
};

struct QuantizeModel : KernelModel<QuantizeModel, mase::QuantizeOp> {
  LogicalResult checkKernel(Operation *op) const {
    mase::QuantizeOp quantize = of(op);
    if (failed(requireAxisOfSample(op, axisOf(quantize.getFormat()),
                                   quantize.getInput())))
      return failure();
    return requireActivation(op, quantize.getInput());
  }
  Value buildKernel(Operation *op, KernelOpBuilder &b) const {
    return b.buildQuantize(op);
  }
};

struct RequantizeModel : KernelModel<RequantizeModel, RequantizeOp> {
  LogicalResult checkKernel(Operation *op) const {
    RequantizeOp requantize = of(op);
    return success(
        succeeded(requireAxisOfSample(op, axisOf(requantize.getFormat()),
                                      requantize.getInput())) &&
        succeeded(requireParameter(op, requantize.getScale(), "scale")) &&
        succeeded(requireParameter(op, requantize.getShift(), "shift")) &&
        succeeded(requireActivation(op, requantize.getInput())));
  }
  Value buildKernel(Operation *op, KernelOpBuilder &b) const {
    return b.buildQuantize(op);
  }
};

struct DequantizeModel : KernelModel<DequantizeModel, mase::DequantizeOp> {
  LogicalResult checkKernel(Operation *op) const {
    mase::DequantizeOp dequantize = of(op);
    if (failed(requireAxisOfSample(op, dequantize.getCodeScale().axis,
                                   dequantize.getInput())))
      return failure();
    return requireActivation(op, dequantize.getInput());
  }
  Value buildKernel(Operation *op, KernelOpBuilder &b) const {
    mase::DequantizeOp dequantize = of(op);
    CodeScale worth =
        expandScale(dequantize.getCodeScale(), dequantize.getInput());
    return kernel::DequantizeOp::create(
        b.builder, op->getLoc(), b.getFloats(dequantize.getResult()),
        b.readCodes(op, dequantize.getInput()),
        b.builder.getDenseF32ArrayAttr(worth.scale),
        worth.hasZeroPoint() ? b.builder.getDenseI64ArrayAttr(worth.zeroPoint)
                             : DenseI64ArrayAttr());
  }
};

struct RoundModel : KernelModel<RoundModel, mase::RoundOp> {
  LogicalResult checkKernel(Operation *op) const {
    mase::RoundOp round = of(op);
    if (!round.getFormat().getNumberFormat()->deviceFunction())
      return noKernel(op) << "expected a number format with integer codes or "
                             "a C++ function that rounds, found "
                          << round.getFormat();
    return requireActivation(op, round.getInput());
  }
  Value buildKernel(Operation *op, KernelOpBuilder &b) const {
    mase::RoundOp round = of(op);
    return kernel::RoundOp::create(b.builder, op->getLoc(),
                                   b.getOperand(round.getInput()),
                                   round.getFormat());
  }
};

//===----------------------------------------------------------------------===//
// Layers in binary32
//===----------------------------------------------------------------------===//

int64_t lastSizeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape().back();
}

/// Linear and matmul.
template <typename Op> struct ProductModel : KernelModel<ProductModel<Op>, Op> {
  FeatureUse getFeatureUse(Operation *) const { return FeatureUse::EachOnAll; }
  int64_t getKernelInstructions(Operation *op) const {
    return sizeOfSample(op->getResult(0)) * lastSizeOf(op->getOperand(0));
  }
  LogicalResult checkKernel(Operation *op) const {
    auto product = cast<ProductOpInterface>(op);
    StringRef weight = product.isWeightInOut() ? "right operand" : "weight";
    return success(
        succeeded(requireParameter(op, product.getWeight(), weight)) &&
        succeeded(requireParameter(op, product.getBias(), "bias")) &&
        succeeded(requireActivation(op, product.getInput())));
  }
  Value buildKernel(Operation *op, KernelOpBuilder &b) const {
    auto product = cast<ProductOpInterface>(op);
    Value result = op->getResult(0);
    DenseElementsAttr bias;
    if (product.getBias())
      bias = b.getTable(*getConstantF32(product.getBias()));
    return kernel::LinearOp::create(
        b.builder, op->getLoc(), b.getFloats(result), b.getLayer(op),
        b.getOperand(product.getInput()),
        b.getTable(*getLinearWeight(product),
                   {lastSizeOf(result), lastSizeOf(product.getInput())}),
        bias, sizeOfSample(result) / lastSizeOf(result));
  }
};

/// Affine and batch_norm.
template <typename Op> struct AffineModel : KernelModel<AffineModel<Op>, Op> {
  LogicalResult checkKernel(Operation *op) const {
    if constexpr (std::is_same_v<Op, mase::AffineOp>) {
      mase::AffineOp affine = AffineModel::of(op);
      if (failed(requireParameter(op, affine.getScale(), "scale")) ||
          failed(requireParameter(op, affine.getShift(), "shift")))
        return failure();
    } else {
      for (Value parameter : op->getOperands().drop_front())
        if (failed(requireParameter(op, parameter, "parameter")))
          return failure();
    }
    return requireActivation(op, op->getOperand(0));
  }
  Value buildKernel(Operation *op, KernelOpBuilder &b) const {
    auto affine = cast<AffineOpInterface>(op);
    AffineParameters p = *affine.getAffineParameters();
    Value result = op->getResult(0);
    int64_t axis = affine.getFeatureAxis();
    return kernel::AffineOp::create(
        b.builder, op->getLoc(), b.getLayer(op),
        b.getOperand(op->getOperand(0)),
        b.getTable(expandFeatures(p.scale, result, axis)),
        b.getTable(expandFeatures(p.shift, result, axis)),
        b.getFeatures(int64_t(p.scale.size()), result));
  }
};

/// Sums and means over particles.
template <typename Op> struct ReduceModel : KernelModel<ReduceModel<Op>, Op> {
  FeatureUse getFeatureUse(Operation *) const { return FeatureUse::EachOnAll; }
  int64_t getKernelInstructions(Operation *op) const {
    return sizeOfSample(op->getOperand(0));
  }
  LogicalResult checkKernel(Operation *op) const {
    return requireActivation(op, op->getOperand(0));
  }
  Value buildKernel(Operation *op, KernelOpBuilder &b) const {
    Op reduce = ReduceModel::of(op);
    FloatAttr factor;
    if (Op::isMean())
      factor = b.builder.getF32FloatAttr(meanFactor(reduce.getParticles()));
    return kernel::ReduceOp::create(
        b.builder, op->getLoc(), b.getFloats(op->getResult(0)), b.getLayer(op),
        b.getOperand(op->getOperand(0)), NumberFormatAttrInterface(),
        DenseElementsAttr(), factor);
  }
};

/// What moves elements of a sample.
template <typename Op> struct MovesModel : KernelModel<MovesModel<Op>, Op> {
  FeatureUse getFeatureUse(Operation *) const { return FeatureUse::AllOnAll; }
  int64_t getKernelInstructions(Operation *) const { return 0; }
  LogicalResult checkKernel(Operation *op) const {
    for (Value operand : op->getOperands())
      if (failed(requireActivation(op, operand)))
        return failure();
    return success();
  }
  Value buildKernel(Operation *op, KernelOpBuilder &b) const {
    SmallVector<Value> inputs;
    SmallVector<int64_t> operands, elements;
    for (Value operand : op->getOperands())
      inputs.push_back(b.getOperand(operand));
    for (ElementSource source : MovesModel::of(op).getElementSources()) {
      operands.push_back(source.operand);
      elements.push_back(source.element);
    }
    return kernel::GatherOp::create(b.builder, op->getLoc(),
                                    b.getFloats(op->getResult(0)),
                                    b.getLayer(op), inputs, operands, elements);
  }
};

/// Softmax and log-softmax.
template <typename Op, typename Target>
struct SoftmaxModel : KernelModel<SoftmaxModel<Op, Target>, Op> {
  FeatureUse getFeatureUse(Operation *) const { return FeatureUse::AllOnAll; }
  int64_t getKernelInstructions(Operation *op) const {
    constexpr int64_t kInstructions = 32; // an exponential's
    return kInstructions * sizeOfSample(op->getResult(0));
  }
  LogicalResult checkKernel(Operation *op) const {
    if (sizeOfSample(op->getOperand(0)) != lastSizeOf(op->getOperand(0)))
      return noKernel(op) << "expected one row of features a sample, found the "
                             "particles of "
                          << op->getOperand(0).getType();
    return requireActivation(op, op->getOperand(0));
  }
  Value buildKernel(Operation *op, KernelOpBuilder &b) const {
    return Target::create(b.builder, op->getLoc(), b.getLayer(op),
                          b.getOperand(op->getOperand(0)));
  }
};

/// A layer with one operand and no attributes that is one op of a kernel.
template <typename Op, typename Target, int64_t instructions = 2>
struct PlainModel : KernelModel<PlainModel<Op, Target, instructions>, Op> {
  int64_t getKernelInstructions(Operation *op) const {
    return instructions * sizeOfSample(op->getResult(0));
  }
  Value buildKernel(Operation *op, KernelOpBuilder &b) const {
    return Target::create(b.builder, op->getLoc(), b.getLayer(op),
                          b.getOperand(op->getOperand(0)));
  }
};

struct LeakyReluModel : KernelModel<LeakyReluModel, mase::LeakyReluOp> {
  Value buildKernel(Operation *op, KernelOpBuilder &b) const {
    return kernel::LeakyReluOp::create(b.builder, op->getLoc(), b.getLayer(op),
                                       b.getOperand(op->getOperand(0)),
                                       of(op).getAlphaAttr());
  }
};

struct ClipModel : KernelModel<ClipModel, mase::ClipOp> {
  Value buildKernel(Operation *op, KernelOpBuilder &b) const {
    return kernel::ClipOp::create(b.builder, op->getLoc(), b.getLayer(op),
                                  b.getOperand(op->getOperand(0)),
                                  of(op).getLowerAttr(), of(op).getUpperAttr());
  }
};

/// Add, sub, mul and div, one of whose operands may be a constant.
template <typename Op, typename Target>
struct BinaryModel : KernelModel<BinaryModel<Op, Target>, Op> {
  LogicalResult checkKernel(Operation *op) const {
    if (llvm::all_of(op->getOperands(), kernel::isConstant))
      return noKernel(op) << "expected an operand that depends on the "
                             "network's input, found two constants";
    for (Value operand : op->getOperands()) {
      auto type = cast<RankedTensorType>(operand.getType());
      if (!kernel::isConstant(operand)) {
        if (failed(requireActivation(op, operand)))
          return failure();
        if (type != op->getResult(0).getType())
          return noKernel(op)
                 << "a computed operand is broadcast over the batch";
      } else if (type.getShape()[0] != 1) {
        return noKernel(op)
               << "expected a constant with a batch size of 1, found " << type;
      }
    }
    return success();
  }
  Value buildKernel(Operation *op, KernelOpBuilder &b) const {
    Value result = op->getResult(0);
    Value lhs = b.getOperandOrConstant(op->getOperand(0), result),
          rhs = b.getOperandOrConstant(op->getOperand(1), result);
    return Target::create(b.builder, op->getLoc(), b.getLayer(op), lhs, rhs);
  }
};

// NOLINTEND(bugprone-derived-method-shadowing-base-method)

} // namespace

void mase::registerKernelOpInterfaceExternalModels(DialectRegistry &registry) {
  // A function of many steps takes a few tens of instructions.
  constexpr int64_t kFunction = 32;
  registry.addExtension(+[](MLIRContext *context, MaseDialect *) {
    IntLinearOp::attachInterface<IntLinearModel>(*context);
    IntReduceOp::attachInterface<IntReduceModel>(*context);
    mase::QuantizeOp::attachInterface<QuantizeModel>(*context);
    RequantizeOp::attachInterface<RequantizeModel>(*context);
    mase::DequantizeOp::attachInterface<DequantizeModel>(*context);
    mase::RoundOp::attachInterface<RoundModel>(*context);
    mase::LinearOp::attachInterface<ProductModel<mase::LinearOp>>(*context);
    MatmulOp::attachInterface<ProductModel<MatmulOp>>(*context);
    mase::AffineOp::attachInterface<AffineModel<mase::AffineOp>>(*context);
    BatchNormOp::attachInterface<AffineModel<BatchNormOp>>(*context);
    mase::ReluOp::attachInterface<PlainModel<mase::ReluOp, kernel::ReluOp>>(
        *context);
    mase::LeakyReluOp::attachInterface<LeakyReluModel>(*context);
    mase::ClipOp::attachInterface<ClipModel>(*context);
    mase::TanhOp::attachInterface<
        PlainModel<mase::TanhOp, kernel::TanhOp, kFunction>>(*context);
    mase::SigmoidOp::attachInterface<
        PlainModel<mase::SigmoidOp, kernel::SigmoidOp, kFunction>>(*context);
    mase::SoftmaxOp::attachInterface<
        SoftmaxModel<mase::SoftmaxOp, kernel::SoftmaxOp>>(*context);
    mase::LogSoftmaxOp::attachInterface<
        SoftmaxModel<mase::LogSoftmaxOp, kernel::LogSoftmaxOp>>(*context);
    ReduceSumOp::attachInterface<ReduceModel<ReduceSumOp>>(*context);
    ReduceMeanOp::attachInterface<ReduceModel<ReduceMeanOp>>(*context);
    ConcatOp::attachInterface<MovesModel<ConcatOp>>(*context);
    SliceOp::attachInterface<MovesModel<SliceOp>>(*context);
    TransposeOp::attachInterface<MovesModel<TransposeOp>>(*context);
    mase::AddOp::attachInterface<BinaryModel<mase::AddOp, kernel::AddOp>>(
        *context);
    mase::SubOp::attachInterface<BinaryModel<mase::SubOp, kernel::SubOp>>(
        *context);
    mase::MulOp::attachInterface<BinaryModel<mase::MulOp, kernel::MulOp>>(
        *context);
    mase::DivOp::attachInterface<BinaryModel<mase::DivOp, kernel::DivOp>>(
        *context);
  });
}
