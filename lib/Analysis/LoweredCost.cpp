// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What layers cost once they are lowered. The totals are those of the layers
// that they came from, as long as nothing has been folded away; only a matmul
// counts as the Linear that it has become, and what is computed in binary32
// counts 32 bits whatever it has been rounded to.
#include "LoweredCost.h"

#include "mase/Dialect/MaseCuda/IR/MaseCuda.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mase;

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

  /// `span` is the sum of the weights' effective bits.
  LayerCost linear(ArrayRef<int64_t> shape, NumberFormatAttrInterface data,
                   NumberFormatAttrInterface format, int64_t span, bool hasBias,
                   NumberFormatAttrInterface biasFormat) {
    int64_t bits = add(shape, format);
    cost.macs = ShapedType::getNumElements(shape);
    cost.thopFlops = cost.macs;
    cost.bitops = cost.macs * operandBits(data) * operandBits(format);
    cost.ebops = span * operandBits(data);
    setFormat(OperandRole::DataIn, data);
    setFormat(OperandRole::Weight, format);
    setFormat(OperandRole::Bias, biasFormat);
    if (format) {
      cost.maseWeights = cost.macs;
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

int64_t sizeOf(Value value) {
  return cast<ShapedType>(value.getType()).getNumElements();
}

/// Elements of a sample: all sizes but the batch's.
int64_t sampleSize(Value value) {
  return ShapedType::getNumElements(
      cast<ShapedType>(value.getType()).getShape().drop_front());
}

ArrayRef<int64_t> shapeOf(Value value) {
  return cast<ShapedType>(value.getType()).getShape();
}

/// Effective bits of a constant tensor's codes; of others, all of them.
int64_t spanOf(Value weight, NumberFormatAttrInterface format) {
  DenseElementsAttr codes;
  if (!matchPattern(weight, m_Constant(&codes)))
    return sizeOf(weight) * operandBits(format);
  std::optional<FixedPointFormat> fixed = getFixedPointOf(format);
  int64_t span = 0;
  for (const APInt &code : codes.getValues<APInt>())
    span +=
        effectiveBits(fixed && !fixed->isSigned ? int64_t(code.getZExtValue())
                                                : code.getSExtValue());
  return span;
}

int64_t spanOf(cuda::DotOp dot) {
  int64_t span = 0;
  for (int64_t o = 0; o < sizeOf(dot.getResult()); ++o)
    for (int64_t i = 0; i < dot.getFanIn(); ++i)
      span += effectiveBits(dot.getWeightCode(o, i));
  return span;
}

/// An element-wise op of a kernel: its constants, as layers count them; none
/// without any.
std::optional<LayerCost> constantOperands(Operation *op) {
  int64_t elements = 0;
  for (Value operand :
       llvm::SetVector<Value>(op->operand_begin(), op->operand_end()))
    if (operand.getDefiningOp<cuda::ConstantOp>())
      elements += sizeOf(operand);
  if (!elements)
    return std::nullopt;
  Counter counter(op->getAttrOfType<StringAttr>("layer").getValue(),
                  op->getName().stripDialect());
  counter.add(elements, {});
  return counter.get();
}

int64_t spanOfFloats(DenseElementsAttr weights) {
  return kFloatBits * llvm::count_if(weights.getValues<APFloat>(),
                                     [](const APFloat &weight) {
                                       return weight.isNonZero();
                                     });
}

} // namespace

std::optional<LayerCost> mase::getLoweredCost(Operation *op) {
  if (auto linear = dyn_cast<IntLinearOp>(op))
    return Counter(linear.getLayer(), "int_linear")
        .linear(shapeOf(linear.getWeight()), linear.getData(),
                linear.getWeightFormat(),
                spanOf(linear.getWeight(), linear.getWeightFormat()),
                bool(linear.getBias()),
                linear.getBiasFormat().value_or(NumberFormatAttrInterface()));
  if (auto affine = dyn_cast<AffineOp>(op))
    return Counter(affine.getLayer(), "affine")
        .affine(sizeOf(affine.getScale()), sampleSize(affine.getInput()));
  if (auto requantize = dyn_cast<RequantizeOp>(op))
    if (requantize.getScale())
      return Counter(firstOf(requantize.getLayers()), "requantize")
          .setFormat(OperandRole::DataOut, requantize.getFormat())
          .affine(sizeOf(requantize.getScale()),
                  sampleSize(requantize.getInput()));

  if (auto dot = dyn_cast<cuda::DotOp>(op)) {
    int64_t shape[] = {sizeOf(dot.getResult()), dot.getFanIn()};
    return Counter(dot.getLayer(), "dot")
        .linear(shape, dot.getData(), dot.getWeightFormat(), spanOf(dot),
                dot.getBiasFormat().has_value(),
                dot.getBiasFormat().value_or(NumberFormatAttrInterface()));
  }
  if (auto linear = dyn_cast<cuda::LinearOp>(op))
    return Counter(linear.getLayer(), "linear")
        .linear(linear.getWeight().getType().getShape(), {}, {},
                spanOfFloats(linear.getWeight()), bool(linear.getBias()), {});
  if (auto affine = dyn_cast<cuda::AffineOp>(op))
    return Counter(affine.getLayer(), "affine")
        .affine(affine.getFeatures().value_or(sizeOf(affine.getInput())),
                sizeOf(affine.getInput()));
  if (auto quantize = dyn_cast<cuda::QuantizeOp>(op))
    if (quantize.getScale())
      return Counter(firstOf(quantize.getLayers()), "quantize")
          .setFormat(OperandRole::DataOut, quantize.getFormat())
          .affine(quantize.getFeatures().value_or(sizeOf(quantize.getInput())),
                  sizeOf(quantize.getInput()));
  if (isa<cuda::AddOp, cuda::SubOp, cuda::MulOp>(op))
    return constantOperands(op);
  return std::nullopt;
}
