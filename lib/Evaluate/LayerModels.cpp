// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The layers of the mase dialect as steps of the evaluator.
#include "mase/Dialect/Mase/IR/Samples.h"
#include "mase/Evaluate/FromIR.h"

using namespace mlir;
using namespace mase;

namespace {

/// The model of a layer that `add` translates.
template <typename Op, LogicalResult (*add)(NetworkBuilder &, Op)>
struct Model : EvaluableOpInterface::ExternalModel<Model<Op, add>, Op> {
  LogicalResult addTo(Operation *op, NetworkBuilder &builder) const {
    return add(builder, cast<Op>(op));
  }
};

/// Rows of features a sample.
int64_t particlesOf(Value value) {
  return ShapedType::getNumElements(cast<RankedTensorType>(value.getType())
                                        .getShape()
                                        .drop_front()
                                        .drop_back());
}

/// LinearOp and MatmulOp; the step's weight is [out, in].
template <typename Op>
LogicalResult addProduct(NetworkBuilder &builder, Op op) {
  FailureOr<Step> step = builder.begin(op, Step::Kind::Linear, op.getInput());
  if (failed(step) ||
      failed(builder.setParameter(op, op.getWeight(), step->weight)) ||
      (op.getBias() &&
       failed(builder.setParameter(op, op.getBias(), step->bias))))
    return failure();
  step->particles = particlesOf(op.getInput());
  if (op.isWeightInOut()) {
    SmallVector<float> turned =
        transposed(ArrayRef<float>(step->weight), step->inRow());
    step->weight.assign(turned.begin(), turned.end());
  }
  return builder.finish(op, *std::move(step));
}

LogicalResult addBatchNorm(NetworkBuilder &builder, BatchNormOp op) {
  FailureOr<Step> step = builder.begin(op, Step::Kind::Affine, op.getInput());
  if (failed(step))
    return failure();
  std::optional<AffineParameters> affine = op.getAffineParameters();
  if (!affine)
    return op.emitError("layer '")
           << op.getLayer() << "': expected constant parameters";
  auto expand = [&](ArrayRef<float> values, std::vector<float> &to) {
    SmallVector<float> all =
        expandFeatures(values, op.getInput(), op.getFeatureAxis());
    to.assign(all.begin(), all.end());
  };
  expand(affine->scale, step->scale);
  expand(affine->shift, step->shift);
  return builder.finish(op, *std::move(step));
}

/// What has no parameters.
template <typename Op, Step::Kind kind>
LogicalResult addPlain(NetworkBuilder &builder, Op op) {
  FailureOr<Step> step = builder.begin(op, kind, op.getInput());
  return failed(step) ? failure() : builder.finish(op, *std::move(step));
}

/// Softmax and log-softmax.
template <typename Op, Step::Kind kind>
LogicalResult addSoftmax(NetworkBuilder &builder, Op op) {
  FailureOr<Step> step = builder.begin(op, kind, op.getInput());
  if (failed(step))
    return failure();
  step->particles = particlesOf(op.getInput());
  return builder.finish(op, *std::move(step));
}

/// Sums and means over particles.
template <typename Op, Step::Kind kind>
LogicalResult addReduce(NetworkBuilder &builder, Op op) {
  FailureOr<Step> step = builder.begin(op, kind, op.getInput());
  if (failed(step))
    return failure();
  step->particles = op.getParticles();
  return builder.finish(op, *std::move(step));
}

/// What moves elements of the sample.
template <typename Op> LogicalResult addMoves(NetworkBuilder &builder, Op op) {
  std::vector<int> inputs;
  for (Value operand : op->getOperands()) {
    if (!builder.isActivation(operand))
      return op.emitError("layer '") << op.getLayer()
                                     << "': expected operands that depend on "
                                        "the network's input, found "
                                        "a constant";
    inputs.push_back(builder.indexOf(operand));
  }
  FailureOr<Step> step =
      builder.begin(op, Step::Kind::Moves, op->getOperand(0));
  if (failed(step))
    return failure();
  step->inputs = std::move(inputs);
  for (ElementSource source : op.getElementSources())
    step->sources.emplace_back(source.operand, uint32_t(source.element));
  return builder.finish(op, *std::move(step));
}

LogicalResult addLeakyRelu(NetworkBuilder &builder, LeakyReluOp op) {
  FailureOr<Step> step =
      builder.begin(op, Step::Kind::LeakyRelu, op.getInput());
  if (failed(step))
    return failure();
  step->alpha = op.getAlpha().convertToFloat();
  return builder.finish(op, *std::move(step));
}

LogicalResult addClip(NetworkBuilder &builder, ClipOp op) {
  FailureOr<Step> step = builder.begin(op, Step::Kind::Clip, op.getInput());
  if (failed(step))
    return failure();
  step->lower = op.getLower().convertToFloat();
  step->upper = op.getUpper().convertToFloat();
  return builder.finish(op, *std::move(step));
}

/// AddOp, SubOp, MulOp and DivOp, one of whose operands may be a constant.
template <typename Op, Step::Kind kind>
LogicalResult addElementwise(NetworkBuilder &builder, Op op) {
  bool swapped = !builder.isActivation(op.getLhs());
  Value input = swapped ? op.getRhs() : op.getLhs(),
        other = swapped ? op.getLhs() : op.getRhs();
  FailureOr<Step> step = builder.begin(op, kind, input);
  if (failed(step))
    return failure();
  step->constantIsLhs = swapped;
  if (builder.isActivation(other)) {
    step->rhs = builder.indexOf(other);
    return builder.finish(op, *std::move(step));
  }
  step->rhsIsConstant = true;
  if (failed(builder.setParameter(op, other, step->constant)))
    return failure();
  if (int64_t(step->constant.size()) != step->inFeatures)
    return op.emitError("layer '")
           << step->name << "': expected a constant of one sample, found "
           << other.getType();
  return builder.finish(op, *std::move(step));
}

template <typename Op, LogicalResult (*add)(NetworkBuilder &, Op)>
void attach(MLIRContext &context) {
  Op::template attachInterface<Model<Op, add>>(context);
}

} // namespace

void mase::registerEvaluableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, MaseDialect *) {
    using Kind = Step::Kind;
    attach<LinearOp, addProduct<LinearOp>>(*context);
    attach<MatmulOp, addProduct<MatmulOp>>(*context);
    attach<BatchNormOp, addBatchNorm>(*context);
    attach<ReluOp, addPlain<ReluOp, Kind::Relu>>(*context);
    attach<LeakyReluOp, addLeakyRelu>(*context);
    attach<ClipOp, addClip>(*context);
    attach<TanhOp, addPlain<TanhOp, Kind::Tanh>>(*context);
    attach<SigmoidOp, addPlain<SigmoidOp, Kind::Sigmoid>>(*context);
    attach<SoftmaxOp, addSoftmax<SoftmaxOp, Kind::Softmax>>(*context);
    attach<LogSoftmaxOp, addSoftmax<LogSoftmaxOp, Kind::LogSoftmax>>(*context);
    attach<ReduceSumOp, addReduce<ReduceSumOp, Kind::ReduceSum>>(*context);
    attach<ReduceMeanOp, addReduce<ReduceMeanOp, Kind::ReduceMean>>(*context);
    attach<ConcatOp, addMoves<ConcatOp>>(*context);
    attach<SliceOp, addMoves<SliceOp>>(*context);
    attach<TransposeOp, addMoves<TransposeOp>>(*context);
    attach<AddOp, addElementwise<AddOp, Kind::Add>>(*context);
    attach<SubOp, addElementwise<SubOp, Kind::Sub>>(*context);
    attach<MulOp, addElementwise<MulOp, Kind::Mul>>(*context);
    attach<DivOp, addElementwise<DivOp, Kind::Div>>(*context);
  });
}
