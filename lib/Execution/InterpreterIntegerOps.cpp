// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter's integer level.
#include "InterpreterModels.h"
#include "InterpreterProducts.h"

#include "mase/Numerics/Elementary.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mase;
using namespace mase::interpreter;

namespace {

unsigned bitsOf(Value value) {
  return getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
}

LogicalResult compileQuantize(Program &program, QuantizeOp op) {
  Buffer *x = program.get(op.getInput()),
         *y = program.create(op.getResult(), op.getInput());
  program.add(y, [=, toCode = ToCode(*op.getFormat().getUniform())] {
    toCode.codesOf(x, y->integers);
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

/// Reads code - zero point of the elements of buffers of one format.
class StepReader {
public:
  explicit StepReader(const UniformTensorFormat &format)
      : StepReader(codeScaleOf(format), unsigned(format.storageWidth()),
                   format.common.isSigned) {}
  StepReader(CodeScale scale, unsigned width, bool isSigned)
      : scale(std::move(scale)), width(width), isSigned(isSigned),
        hasZeroPoint(this->scale.hasZeroPoint()) {}

  std::vector<int64_t> read(const Buffer *buffer) const {
    std::vector<int64_t> steps;
    read(buffer, steps);
    return steps;
  }
  void read(const Buffer *buffer, std::vector<int64_t> &steps) const {
    steps.resize(buffer->integers.size());
    kernels().readCodes(steps.size(), buffer->integers.data(), width, isSigned,
                        steps.data());
    if (hasZeroPoint)
      for (size_t i = 0; i < steps.size(); ++i)
        steps[i] -= scale.zeroPointOf(sliceOf(scale, buffer, i));
  }

private:
  CodeScale scale;
  unsigned width;
  bool isSigned, hasZeroPoint;
};

LogicalResult compileDequantize(Program &program, DequantizeOp op) {
  Buffer *x = program.get(op.getInput()),
         *y = program.create(op.getResult(), op.getInput());
  CodeScale scale = op.getCodeScale();
  program.add(y, [=,
                  reader = StepReader(scale, bitsOf(op.getInput()),
                                      !op.getIsUnsigned()),
                  steps = std::vector<int64_t>()]() mutable {
    reader.read(x, steps);
    if (scale.scale.size() == 1)
      return kernels().dequantize(steps.size(), steps.data(), scale.scale[0],
                                  y->floats.data());
    for (size_t i = 0; i < steps.size(); ++i)
      y->floats[i] = float(steps[i]) * scale.scaleOf(sliceOf(scale, y, i));
  });
  return success();
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
  const auto out = size_t(y->shape.back());
  IntegerProducts products(
      StepReader(*op.getWeightFormat().getUniform()).read(weight),
      bias ? StepReader(*op.getBiasFormat()->getUniform()).read(bias)
           : std::vector<int64_t>(),
      op.getSums(), data, out);
  program.add(y, [=, reader = StepReader(data),
                  steps = std::vector<int64_t>()]() mutable {
    reader.read(x, steps);
    products.run(steps, y->integers);
  });
  return success();
}

LogicalResult compileIntReduce(Program &program, IntReduceOp op) {
  Buffer *x = program.get(op.getInput()),
         *y = program.create(op.getResult(), op.getInput());
  program.add(y, [=, data = *op.getData().getUniform()] {
    std::vector<int64_t> steps = StepReader(data).read(x);
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
  const auto features = size_t(y->shape.back());
  const bool hasRelu = op.getRelu();
  const unsigned width = bitsOf(op.getInput());
  CodeScale sums = op.getCodeScale();
  ToCode toCode(*op.getFormat().getUniform());
  if (std::optional<FixedCodes> fixed = toCode.fixed()) {
    std::vector<int64_t> zeroPoints;
    std::vector<float> sumScales;
    for (size_t c = 0; c < features; ++c) {
      zeroPoints.push_back(sums.zeroPointOf(c));
      sumScales.push_back(sums.scaleOf(c));
    }
    program.add(y, [=, run = kernels().requantize] {
      run({y->integers.size() / features, features, width, zeroPoints.data(),
           sumScales.data(), scale ? scale->floats.data() : nullptr,
           scale ? shift->floats.data() : nullptr, hasRelu, *fixed},
          x->integers.data(), y->integers.data());
    });
    return success();
  }
  program.add(y, [=] {
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
