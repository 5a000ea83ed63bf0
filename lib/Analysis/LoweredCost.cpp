// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What layers cost once they are lowered. The totals are those of the layers
// that they came from, as long as nothing has been folded away; only a matmul
// counts as the Linear that it has become, and what is computed in binary32
// counts 32 bits whatever it has been rounded to.
#include "LoweredCost.h"

#include "mase/Dialect/Mase/IR/Samples.h"
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace mase;

int64_t mase::operandBits(NumberFormatAttrInterface format, int64_t index,
                          ArrayRef<int64_t> shape) {
  if (!format)
    return kFloatBits;
  NumberFormat number = format.getNumberFormat();
  if (const UniformTensorFormat *uniform = number->uniform())
    return uniform->slice(uniform->sliceOf(index, {shape.data(), shape.size()}))
        .width;
  return int64_t(std::ceil(number->bitsPerElement()));
}

int64_t mase::effectiveBits(float value, NumberFormatAttrInterface format,
                            int64_t index, ArrayRef<int64_t> shape) {
  std::optional<UniformTensorFormat> uniform;
  if (format)
    uniform = format.getUniform();
  if (!uniform)
    return value != 0 ? operandBits(format, index, shape) : 0;
  UniformFormat slice =
      uniform->slice(uniform->sliceOf(index, {shape.data(), shape.size()}));
  return effectiveBits(quantizeToCode(value, slice) - slice.zeroPoint);
}

WeightBits::WeightBits(NumberFormatAttrInterface format,
                       ArrayRef<int64_t> shape, unsigned inputDim,
                       llvm::function_ref<int64_t(int64_t)> effectiveBits) {
  int64_t features = shape[inputDim], elements = shape[0] * shape[1];
  bits.assign(features, 0);
  effective.assign(features, 0);
  // The width of a weight, if all have the same.
  std::optional<int64_t> width = kFloatBits;
  if (format) {
    std::optional<UniformTensorFormat> uniform = format.getUniform();
    width = uniform && !uniform->width.empty()
                ? std::nullopt
                : std::optional(operandBits(format, 0, shape));
  }
  for (int64_t k = 0; k < elements; ++k) {
    int64_t i = inputDim == 1 ? k % features : k / shape[1];
    bits[i] += width ? *width : operandBits(format, k, shape);
    effective[i] += effectiveBits(k);
  }
  for (int64_t i = 0; i < features; ++i) {
    totalBits += bits[i];
    totalEffective += effective[i];
  }
}

void WeightBits::setOperations(Cost &cost, NumberFormatAttrInterface data,
                               ArrayRef<int64_t> shape) const {
  const auto features = int64_t(bits.size());
  const int64_t elements = ShapedType::getNumElements(shape);
  std::optional<UniformTensorFormat> uniform =
      data ? data.getUniform() : std::nullopt;
  if (!uniform || uniform->width.empty()) {
    int64_t width = operandBits(data, 0, shape) * (elements / features);
    cost.bitops = totalBits * width;
    cost.ebops = totalEffective * width;
    return;
  }
  cost.bitops = cost.ebops = 0;
  for (int64_t k = 0; k < elements; ++k) {
    int64_t width = operandBits(data, k, shape), i = k % features;
    cost.bitops += bits[i] * width;
    cost.ebops += effective[i] * width;
  }
}

namespace {

class Counter {
public:
  Counter(StringRef layer, StringRef type) {
    cost.name = layer;
    cost.type = type;
  }

  /// A tensor of one or two dimensions; no format: binary32.
  int64_t add(ArrayRef<int64_t> shape, NumberFormatAttrInterface format) {
    int64_t elements = ShapedType::getNumElements(shape);
    int64_t bits = format ? format.getPackedBits(shape) : elements * kFloatBits;
    cost.parameters += elements;
    cost.parameterBits += bits;
    cost.packedBytes += llvm::divideCeil(bits, 8);
    return bits;
  }

  /// `input` is the shape of one sample of it, with leading sizes, which have
  /// the same weights; `effective` says the effective bits of weight `k`.
  LayerCost linear(ArrayRef<int64_t> shape, ArrayRef<int64_t> input,
                   NumberFormatAttrInterface data,
                   NumberFormatAttrInterface format,
                   llvm::function_ref<int64_t(int64_t)> effective, bool hasBias,
                   NumberFormatAttrInterface biasFormat) {
    int64_t bits = add(shape, format);
    int64_t weights = ShapedType::getNumElements(shape);
    cost.macs = weights * ShapedType::getNumElements(input) /
                std::max<int64_t>(input.back(), 1);
    cost.thopFlops = cost.macs;
    WeightBits(format, shape, /*inputDim=*/1, effective)
        .setOperations(cost, data, input);
    setFormat(OperandRole::DataIn, data);
    setFormat(OperandRole::Weight, format);
    setFormat(OperandRole::Bias, biasFormat);
    if (format) {
      cost.maseWeights = weights;
      cost.maseWeightBits = bits;
    }
    if (hasBias)
      add(shape.take_front(), biasFormat);
    return cost;
  }

  /// Scale and shift of `features` numbers, applied to `elements` of a sample.
  LayerCost affine(int64_t features, int64_t elements) {
    add({2, features}, {});
    cost.macs = elements;
    cost.thopFlops = thopAffineFlops(elements);
    return cost;
  }

  Counter &setFormat(OperandRole role, NumberFormatAttrInterface format) {
    cost.formats[size_t(role)] = format;
    return *this;
  }

  const LayerCost &get() const { return cost; }

private:
  LayerCost cost;
};

StringRef firstOf(ArrayAttr layers) {
  return layers.empty() ? StringRef() : cast<StringAttr>(layers[0]).getValue();
}

/// The shape of one sample, as a batch of one.
SmallVector<int64_t> sampleShapeOf(Value value) {
  SmallVector<int64_t> shape(cast<ShapedType>(value.getType()).getShape());
  shape[0] = 1;
  return shape;
}

int64_t sizeOf(Value value) {
  return cast<ShapedType>(value.getType()).getNumElements();
}

ArrayRef<int64_t> shapeOf(Value value) {
  return cast<ShapedType>(value.getType()).getShape();
}

/// The effective bits of each of a constant tensor's codes; of others, all.
std::vector<int64_t> effectiveBitsOf(Value weight,
                                     NumberFormatAttrInterface format) {
  std::vector<int64_t> result;
  DenseElementsAttr codes;
  ArrayRef<int64_t> shape = shapeOf(weight);
  if (!matchPattern(weight, m_Constant(&codes))) {
    for (int64_t k = 0; k < sizeOf(weight); ++k)
      result.push_back(operandBits(format, k, shape));
    return result;
  }
  UniformTensorFormat uniform = *format.getUniform();
  CodeScale scale = codeScaleOf(uniform);
  for (auto [k, code] : llvm::enumerate(codes.getValues<APInt>())) {
    int64_t read = uniform.common.isSigned ? code.getSExtValue()
                                           : int64_t(code.getZExtValue());
    result.push_back(
        effectiveBits(read - scale.zeroPointOf(scale.sliceOf(
                                 int64_t(k), {shape.data(), shape.size()}))));
  }
  return result;
}

/// Where the codes are no other layer's, they count as the result of the one
/// that is fused into their op.
template <typename Op> NumberFormatAttrInterface formatOfCodes(Op op) {
  return op.getLayer() ? NumberFormatAttrInterface() : op.getFormat();
}

//===----------------------------------------------------------------------===//
// One function for each op that has parameters
//===----------------------------------------------------------------------===//

using MaybeCost = std::optional<LayerCost>;

MaybeCost costOf(IntLinearOp op) {
  std::vector<int64_t> effective =
      effectiveBitsOf(op.getWeight(), op.getWeightFormat());
  return Counter(op.getLayer(), "int_linear")
      .linear(
          shapeOf(op.getWeight()), sampleShapeOf(op.getInput()), op.getData(),
          op.getWeightFormat(), [&](int64_t k) { return effective[k]; },
          bool(op.getBias()),
          op.getBiasFormat().value_or(NumberFormatAttrInterface()));
}

/// No parameters, but a format.
MaybeCost costOf(IntReduceOp op) {
  return Counter(op.getLayer(), "int_reduce")
      .setFormat(OperandRole::DataIn, op.getData())
      .get();
}

MaybeCost costOf(AffineOp op) {
  return Counter(op.getLayer(), "affine")
      .affine(sizeOf(op.getScale()),
              sampleSize(op.getInput().getType()).value_or(0));
}

MaybeCost costOf(RequantizeOp op) {
  if (!op.getScale())
    return std::nullopt;
  return Counter(firstOf(op.getLayers()), "requantize")
      .setFormat(OperandRole::DataOut, formatOfCodes(op))
      .affine(sizeOf(op.getScale()),
              sampleSize(op.getInput().getType()).value_or(0));
}

MaybeCost costOf(QuantizeOp) { return std::nullopt; }

MaybeCost costOf(kernel::DotOp op) {
  int64_t shape[] = {op.getFanOut(), op.getFanIn()};
  return Counter(op.getLayer(), "dot")
      .linear(
          shape, {op.getParticles(), op.getFanIn()}, op.getData(),
          op.getWeightFormat(),
          [&](int64_t k) {
            return effectiveBits(
                op.getWeightCode(k / op.getFanIn(), k % op.getFanIn()));
          },
          op.getBiasFormat().has_value(),
          op.getBiasFormat().value_or(NumberFormatAttrInterface()));
}

MaybeCost costOf(kernel::LinearOp op) {
  auto weights = op.getWeight().getValues<float>();
  ArrayRef<int64_t> shape = op.getWeight().getType().getShape();
  return Counter(op.getLayer(), "linear")
      .linear(shape, {op.getParticles(), shape[1]}, {}, {},
              [&](int64_t k) { return weights[k] != 0 ? kFloatBits : 0; },
              bool(op.getBias()), {});
}

MaybeCost costOf(kernel::ReduceOp op) {
  if (!op.getData())
    return std::nullopt;
  return Counter(op.getLayer(), "reduce")
      .setFormat(OperandRole::DataIn, *op.getData())
      .get();
}

MaybeCost costOf(kernel::AffineOp op) {
  return Counter(op.getLayer(), "affine")
      .affine(op.getFeatures().value_or(sizeOf(op.getInput())),
              sizeOf(op.getInput()));
}

MaybeCost costOf(kernel::QuantizeOp op) {
  if (!op.getScale())
    return std::nullopt;
  return Counter(firstOf(op.getLayers()), "quantize")
      .setFormat(OperandRole::DataOut, formatOfCodes(op))
      .affine(op.getFeatures().value_or(sizeOf(op.getInput())),
              sizeOf(op.getInput()));
}

/// An element-wise op of a kernel: its constants, as layers count them.
template <typename BinaryOp> MaybeCost costOf(BinaryOp op) {
  int64_t elements = 0;
  for (Value operand :
       llvm::SetVector<Value>(op->operand_begin(), op->operand_end()))
    if (operand.getDefiningOp<kernel::ConstantOp>())
      elements += sizeOf(operand);
  if (!elements)
    return std::nullopt;
  Counter counter(op.getLayer(), op->getName().stripDialect());
  counter.add(elements, {});
  return counter.get();
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

template <typename Op>
struct Model : CostOpInterface::ExternalModel<Model<Op>, Op> {
  MaybeCost getCost(Operation *op) const { return costOf(cast<Op>(op)); }

  std::optional<OwnFormat> getOwnFormat(Operation *base) const {
    if constexpr (requires(Op op) { op.getIsResult(); }) {
      auto op = cast<Op>(base);
      if (op.getLayer())
        return OwnFormat{*op.getLayer(),
                         op.getIsResult() ? OperandRole::DataOut
                                          : OperandRole::DataIn,
                         op.getFormat()};
    }
    return std::nullopt;
  }
};

template <typename... Ops> void attach(MLIRContext &context) {
  (Ops::template attachInterface<Model<Ops>>(context), ...);
}

} // namespace

void mase::registerCostOpInterfaceExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, MaseDialect *) {
    attach<IntLinearOp, IntReduceOp, AffineOp, QuantizeOp, RequantizeOp>(
        *context);
  });
  registry.addExtension(+[](MLIRContext *context, kernel::MaseKernelDialect *) {
    attach<kernel::DotOp, kernel::LinearOp, kernel::ReduceOp, kernel::AffineOp,
           kernel::QuantizeOp, kernel::AddOp, kernel::SubOp, kernel::MulOp,
           kernel::DivOp>(*context);
  });
}
