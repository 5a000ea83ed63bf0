// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Translates the network level of the IR into the evaluator's steps.
#include "mase/Evaluate/FromIR.h"

#include "mase/Analysis/OutputKind.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mase;

LayerPrecision mase::toLayerPrecision(QuantizableOpInterface op,
                                      PrecisionAttr precision) {
  LayerPrecision result;
  if (!precision)
    return result;
  for (OperandRole role : kAllRoles)
    if (NumberFormatAttrInterface format = precision.getFormat(role))
      result[role] = format.getNumberFormat();
  if (isa<MatmulOp>(*op) && precision.getWeight())
    result[OperandRole::Weight] =
        transposed(precision.getWeight()).getNumberFormat();
  return result;
}

PrecisionAttr mase::toPrecisionAttr(QuantizableOpInterface op,
                                    const LayerPrecision &precision) {
  ByRole<NumberFormatAttrInterface> formats;
  for (OperandRole role : kAllRoles)
    if (precision[role])
      formats[role] = getFormatAttr(op->getContext(), *precision[role]);
  if (NumberFormatAttrInterface &weight = formats[OperandRole::Weight];
      weight && isa<MatmulOp>(*op))
    weight = transposed(weight);
  auto attr = PrecisionAttr::get(op->getContext(), formats[OperandRole::DataIn],
                                 formats[OperandRole::Weight],
                                 formats[OperandRole::Bias],
                                 formats[OperandRole::DataOut]);
  return attr.isEmpty() ? PrecisionAttr() : attr;
}

namespace {

/// Elements of a sample, or none if a size is dynamic.
std::optional<int64_t> sampleSize(Type type) {
  int64_t n = 1;
  for (int64_t size : cast<RankedTensorType>(type).getShape().drop_front()) {
    if (ShapedType::isDynamic(size))
      return std::nullopt;
    n *= size;
  }
  return n;
}

std::vector<int64_t> sampleShape(Type type) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(type).getShape();
  return shape.drop_front().vec();
}

class Translator {
public:
  explicit Translator(func::FuncOp function) : function(function) {}

  FailureOr<NetworkFromIR> run() {
    Operation *terminator = function.front().getTerminator();
    Value output = terminator->getOperand(0);
    std::optional<int64_t> in = sampleSize(function.getArgument(0).getType());
    if (!in)
      return emitError(function.getLoc(),
                       "expected static feature sizes, found ")
             << function.getArgument(0).getType();
    result.network.inFeatures = *in;
    values[function.getArgument(0)] = -1;
    // What the output needs, in order; dead layers are no steps.
    llvm::SetVector<Operation *> needed;
    SmallVector<Value> worklist{output};
    while (!worklist.empty())
      if (Operation *op = worklist.pop_back_val().getDefiningOp())
        if (needed.insert(op))
          llvm::append_range(worklist, op->getOperands());
    for (Operation &op : function.front())
      if (needed.contains(&op) && failed(translate(&op)))
        return failure();
    auto it = values.find(output);
    if (it == values.end() || it->second < 0 ||
        it->second + 1 != int(result.network.steps.size()))
      return function.emitError(
          "expected a network that ends in a layer, found none");
    result.network.outFeatures = result.network.steps.back().outFeatures;
    FailureOr<OutputKind> kind = getOutputKind(function);
    if (failed(kind))
      return failure();
    result.network.outputKind = *kind;
    return std::move(result);
  }

private:
  LogicalResult translate(Operation *op) {
    // Element-wise layers may have one constant operand; nothing else may.
    if (isa<LayerOpInterface>(op)) {
      bool known =
          values.contains(op->getOperand(0)) ||
          (isa<AddOp, SubOp, MulOp>(op) && values.contains(op->getOperand(1)));
      if (!known)
        return op->emitError("layer '")
               << cast<LayerOpInterface>(op).getLayerName()
               << "': expected an input that depends on the network's, found a "
                  "constant";
    }
    return TypeSwitch<Operation *, LogicalResult>(op)
        .Case([&](arith::ConstantOp) { return success(); })
        .Case([&](FlattenOp flatten) {
          values[flatten.getResult()] = values.lookup(flatten.getInput());
          return success();
        })
        .Case([&](LinearOp linear) {
          Step step = begin(op, Step::Kind::Linear, linear.getInput());
          return success(parameter(linear.getWeight(), step.weight, op) &&
                         (!linear.getBias() ||
                          parameter(linear.getBias(), step.bias, op)) &&
                         succeeded(finish(op, std::move(step))));
        })
        .Case([&](MatmulOp matmul) {
          Step step = begin(op, Step::Kind::Linear, matmul.getInput());
          std::vector<float> weight;
          if (!parameter(matmul.getWeight(), weight, op))
            return failure();
          auto shape =
              cast<RankedTensorType>(matmul.getWeight().getType()).getShape();
          step.weight.resize(weight.size());
          for (int64_t i = 0; i < shape[0]; ++i)
            for (int64_t o = 0; o < shape[1]; ++o)
              step.weight[o * shape[0] + i] = weight[i * shape[1] + o];
          return finish(op, std::move(step));
        })
        .Case([&](BatchNormOp norm) { return batchNorm(norm); })
        .Case([&](ReluOp relu) {
          return finish(op, begin(op, Step::Kind::Relu, relu.getInput()));
        })
        .Case([&](SigmoidOp sigmoid) {
          return finish(op, begin(op, Step::Kind::Sigmoid, sigmoid.getInput()));
        })
        .Case([&](SoftmaxOp softmax) {
          return finish(op, begin(op, Step::Kind::Softmax, softmax.getInput()));
        })
        .Case([&](LogSoftmaxOp softmax) {
          return finish(op,
                        begin(op, Step::Kind::LogSoftmax, softmax.getInput()));
        })
        .Case([&](AddOp) { return elementwise(op, Step::Kind::Add); })
        .Case([&](SubOp) { return elementwise(op, Step::Kind::Sub); })
        .Case([&](MulOp) { return elementwise(op, Step::Kind::Mul); })
        .Default([](Operation *op) {
          return op->emitError("'")
                 << op->getName()
                 << "' cannot be evaluated; expected layers of the network "
                    "level";
        });
  }

  Step begin(Operation *op, Step::Kind kind, Value input) {
    Step step;
    step.kind = kind;
    auto layer = cast<LayerOpInterface>(op);
    step.name = layer.getLayerName();
    step.type = layer.getLayerType();
    step.quantizable = isa<QuantizableOpInterface>(op);
    step.input = values.lookup(input);
    step.inFeatures = sampleSize(input.getType()).value_or(0);
    step.inShape = sampleShape(input.getType());
    return step;
  }

  bool parameter(Value value, std::vector<float> &to, Operation *op) {
    auto constant = getConstantF32(value);
    if (!constant) {
      op->emitError("layer '") << cast<LayerOpInterface>(op).getLayerName()
                               << "': expected constant parameters, found an "
                                  "argument or a computed value";
      return false;
    }
    to.assign(constant->begin(), constant->end());
    return true;
  }

  LogicalResult batchNorm(BatchNormOp norm) {
    Step step = begin(norm, Step::Kind::Affine, norm.getInput());
    std::optional<AffineParameters> affine = getAffineParameters(norm);
    if (!affine)
      return norm.emitError("layer '")
             << norm.getLayer() << "': expected constant parameters";
    // One scale a feature; dimensions beyond it share it.
    int64_t inner = step.inFeatures / int64_t(affine->scale.size());
    for (size_t c = 0; c < affine->scale.size(); ++c) {
      step.scale.insert(step.scale.end(), size_t(inner), affine->scale[c]);
      step.shift.insert(step.shift.end(), size_t(inner), affine->shift[c]);
    }
    return finish(norm, std::move(step));
  }

  LogicalResult elementwise(Operation *op, Step::Kind kind) {
    Value lhs = op->getOperand(0), rhs = op->getOperand(1);
    bool swapped = !values.contains(lhs);
    Step step = begin(op, kind, swapped ? rhs : lhs);
    Value other = swapped ? lhs : rhs;
    step.constantIsLhs = swapped;
    if (values.contains(other)) {
      step.rhs = values.lookup(other);
    } else {
      step.rhsIsConstant = true;
      if (!parameter(other, step.constant, op))
        return failure();
      if (int64_t(step.constant.size()) != step.inFeatures)
        return op->emitError("layer '")
               << step.name << "': expected a constant of one sample, found "
               << other.getType();
    }
    return finish(op, std::move(step));
  }

  LogicalResult finish(Operation *op, Step step) {
    std::optional<int64_t> out = sampleSize(op->getResult(0).getType());
    if (!out)
      return op->emitError("expected static feature sizes, found ")
             << op->getResult(0).getType();
    step.outFeatures = *out;
    step.outShape = sampleShape(op->getResult(0).getType());
    LayerPrecision precision;
    if (auto quantizable = dyn_cast<QuantizableOpInterface>(op))
      precision =
          toLayerPrecision(quantizable, quantizable.getLayerPrecision());
    values[op->getResult(0)] = int(result.network.steps.size());
    result.network.steps.push_back(std::move(step));
    result.layers.push_back(op);
    result.precisions.push_back(std::move(precision));
    return success();
  }

  func::FuncOp function;
  NetworkFromIR result;
  llvm::DenseMap<Value, int> values;
};

} // namespace

FailureOr<NetworkFromIR> mase::networkFromIR(func::FuncOp function) {
  if (!function.getBody().hasOneBlock())
    return emitError(function.getLoc(),
                     "expected a network without control flow");
  return Translator(function).run();
}
