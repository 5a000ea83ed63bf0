// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter's integer level.
#include "InterpreterModels.h"

#include "mase/Numerics/Elementary.h"
#include "mase/Numerics/Slices.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mase;
using namespace mase::interpreter;

namespace {

unsigned bitsOf(Value value) {
  return getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
}

/// The slice of element `index` of a tensor of which `first` is the batch.
template <typename Sliced>
size_t sliceOf(const Sliced &sliced, const Buffer *buffer, size_t index) {
  return sliced.sliceOf(int64_t(index),
                        {buffer->shape.data(), buffer->shape.size()});
}

/// A buffer's elements to the codes of a uniform format.
class ToCode {
public:
  explicit ToCode(UniformTensorFormat uniform)
      : format(std::move(uniform)), slices(slicesOf(format)),
        fixed(format.fixedPoint()) {}

  int64_t operator()(float x, const Buffer *buffer, size_t index) const {
    // What most formats are, without the cases of the others.
    if (fixed)
      return quantizeToCode(x, *fixed);
    return quantizeToCode(x, slices[sliceOf(format, buffer, index)]);
  }

private:
  UniformTensorFormat format;
  std::vector<UniformFormat> slices;
  std::optional<FixedPointFormat> fixed;
};

LogicalResult compileQuantize(Program &program, QuantizeOp op) {
  Buffer *x = program.get(op.getInput()),
         *y = program.create(op.getResult(), op.getInput());
  program.add(y, [=, toCode = ToCode(*op.getFormat().getUniform())] {
    for (size_t i = 0; i < y->integers.size(); ++i)
      y->integers[i] = toCode(x->floats[i], y, i);
  });
  return success();
}

LogicalResult compileRound(Program &program, RoundOp op) {
  Buffer *x = program.get(op.getInput()),
         *y = program.create(op.getResult(), op.getInput());
  program.add(y, [=, format = op.getFormat().getNumberFormat()] {
    format->quantize(x->floats, {y->shape.data(), y->shape.size()},
                     absl::MakeSpan(y->floats));
  });
  return success();
}

LogicalResult compileDequantize(Program &program, DequantizeOp op) {
  Buffer *x = program.get(op.getInput()),
         *y = program.create(op.getResult(), op.getInput());
  unsigned width = bitsOf(op.getInput());
  bool isSigned = !op.getIsUnsigned();
  program.add(y, [=, scale = op.getCodeScale()] {
    for (size_t i = 0; i < y->floats.size(); ++i)
      y->floats[i] = scale.valueOf(readCode(x->integers[i], width, isSigned),
                                   sliceOf(scale, y, i));
  });
  return success();
}

/// code - zero point of every element.
std::vector<int64_t> readSteps(Buffer *buffer,
                               const UniformTensorFormat &format) {
  CodeScale scale = codeScaleOf(format);
  std::vector<int64_t> steps(buffer->integers.size());
  for (size_t i = 0; i < steps.size(); ++i)
    steps[i] = readCode(buffer->integers[i], unsigned(format.storageWidth()),
                        format.common.isSigned) -
               scale.zeroPointOf(sliceOf(scale, buffer, i));
  return steps;
}

LogicalResult compileIntLinear(Program &program, IntLinearOp op) {
  Buffer *x = program.get(op.getInput()),
         *weight = program.getParameter(op, op.getWeight(), "weight"),
         *bias = op.getBias() ? program.getParameter(op, op.getBias(), "bias")
                              : nullptr;
  if (!weight || (op.getBias() && !bias))
    return failure();
  Buffer *y = program.create(op.getResult(), op.getInput());
  UniformTensorFormat data = *op.getData().getUniform();
  int64_t in = x->shape.back(), out = y->shape.back(), rows = x->size() / in;
  auto w = readSteps(weight, *op.getWeightFormat().getUniform());
  auto b = bias ? readSteps(bias, *op.getBiasFormat()->getUniform())
                : std::vector<int64_t>(out);
  program.add(y, [=, sums = op.getSums()] {
    auto steps = readSteps(x, data);
    for (int64_t n = 0; n < rows; ++n)
      for (int64_t o = 0; o < out; ++o) {
        int64_t sum = 0;
        for (int64_t i = 0; i < in; ++i)
          sum += (steps[n * in + i] * w[o * in + i])
                 << sums.inputShiftOf(size_t(i));
        y->integers[n * out + o] = (sum << sums.productShiftOf(size_t(o))) +
                                   (b[o] << sums.biasShiftOf(size_t(o)));
      }
  });
  return success();
}

LogicalResult compileIntReduce(Program &program, IntReduceOp op) {
  Buffer *x = program.get(op.getInput()),
         *y = program.create(op.getResult(), op.getInput());
  program.add(y, [=, data = *op.getData().getUniform()] {
    std::vector<int64_t> steps = readSteps(x, data);
    auto particles = size_t(x->shape[1]), features = size_t(x->shape[2]);
    for (size_t i = 0; i < y->integers.size(); ++i) {
      y->integers[i] = 0;
      for (size_t p = 0; p < particles; ++p)
        y->integers[i] +=
            steps[(i / features * particles + p) * features + i % features];
    }
  });
  return success();
}

LogicalResult compileAffineOp(Program &program, AffineOp op) {
  Buffer *scale = program.getParameter(op, op.getScale(), "scale"),
         *shift = program.getParameter(op, op.getShift(), "shift");
  if (!scale || !shift)
    return failure();
  compileAffine(program, op.getResult(), op.getInput(), scale->floats,
                shift->floats, op.getFeatureAxis());
  return success();
}

LogicalResult compileRequantize(Program &program, RequantizeOp op) {
  Buffer *scale = nullptr, *shift = nullptr;
  if (op.getScale()) {
    scale = program.getParameter(op, op.getScale(), "scale");
    shift = program.getParameter(op, op.getShift(), "shift");
    if (!scale || !shift)
      return failure();
  }
  Buffer *x = program.get(op.getInput()),
         *y = program.create(op.getResult(), op.getInput());
  unsigned width = bitsOf(op.getInput());
  bool hasRelu = op.getRelu();
  program.add(y, [=, sums = op.getCodeScale(),
                  toCode = ToCode(*op.getFormat().getUniform())] {
    size_t features = size_t(y->shape.back());
    for (size_t i = 0; i < y->integers.size(); ++i) {
      size_t c = i % features;
      float v = sums.valueOf(readCode(x->integers[i], width, true), c);
      if (scale)
        v = fmaF32(v, scale->floats[c], shift->floats[c]);
      if (hasRelu)
        v = relu(v);
      y->integers[i] = toCode(v, y, i);
    }
  });
  return success();
}

} // namespace

void mase::interpreter::attachIntegerOpModels(MLIRContext &context) {
  attach<QuantizeOp, compileQuantize>(context);
  attach<RoundOp, compileRound>(context);
  attach<DequantizeOp, compileDequantize>(context);
  attach<IntLinearOp, compileIntLinear>(context);
  attach<IntReduceOp, compileIntReduce>(context);
  attach<AffineOp, compileAffineOp>(context);
  attach<RequantizeOp, compileRequantize>(context);
}
