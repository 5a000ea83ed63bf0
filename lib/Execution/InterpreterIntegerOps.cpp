// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter's integer level.
#include "Interpreter.h"
#include "mase/Numerics/Elementary.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

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
  FixedPointFormat format = *op.getFormat().getFixedPoint();
  program.add(y, [=] {
    llvm::transform(x->floats, y->integers.begin(),
                    [&](float v) { return quantizeToCode(v, format); });
  });
  return success();
}

/// The value of an integer of `width` bits with `fracWidth` fraction bits.
float valueOf(int64_t stored, unsigned width, bool isSigned, int fracWidth) {
  return dequantize(readCode(stored, width, isSigned), fracWidth);
}

LogicalResult compileDequantize(Program &program, DequantizeOp op) {
  Buffer *x = program.get(op.getInput()),
         *y = program.create(op.getResult(), op.getInput());
  unsigned width = bitsOf(op.getInput());
  bool isSigned = !op.getIsUnsigned();
  int frac = int(op.getFracWidth());
  program.add(y, [=] {
    llvm::transform(x->integers, y->floats.begin(), [&](int64_t code) {
      return valueOf(code, width, isSigned, frac);
    });
  });
  return success();
}

std::vector<int64_t> readCodes(Buffer *buffer, const FixedPointFormat &format) {
  std::vector<int64_t> codes(buffer->integers.size());
  llvm::transform(buffer->integers, codes.begin(), [&](int64_t stored) {
    return readCode(stored, format.width, format.isSigned);
  });
  return codes;
}

LogicalResult compileIntLinear(Program &program, IntLinearOp op) {
  Buffer *x = program.get(op.getInput()),
         *weight = program.getParameter(op, op.getWeight(), "weight"),
         *bias = op.getBias() ? program.getParameter(op, op.getBias(), "bias")
                              : nullptr;
  if (!weight || (op.getBias() && !bias))
    return failure();
  Buffer *y = program.create(op.getResult(), op.getInput());
  FixedPointFormat data = *op.getData().getFixedPoint();
  Accumulator acc = op.getAccumulator();
  int64_t in = x->shape[1], out = y->shape[1];
  auto w = readCodes(weight, *op.getWeightFormat().getFixedPoint());
  auto b = bias ? readCodes(bias, *op.getBiasFormat()->getFixedPoint())
                : std::vector<int64_t>(out);
  program.add(y, [=] {
    auto codes = readCodes(x, data);
    for (int64_t n = 0; n < x->shape[0]; ++n)
      for (int64_t o = 0; o < out; ++o) {
        int64_t sum = 0;
        for (int64_t i = 0; i < in; ++i)
          sum += codes[n * in + i] * w[o * in + i];
        y->integers[n * out + o] =
            (sum << acc.productShift) + (b[o] << acc.biasShift);
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
                shift->floats);
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
  FixedPointFormat format = *op.getFormat().getFixedPoint();
  unsigned width = bitsOf(op.getInput());
  int frac = int(op.getFracWidth());
  bool hasRelu = op.getRelu();
  program.add(y, [=] {
    size_t features = size_t(y->shape[1]);
    for (size_t i = 0; i < y->integers.size(); ++i) {
      float v = valueOf(x->integers[i], width, /*isSigned=*/true, frac);
      if (scale)
        v = fmaF32(v, scale->floats[i % features], shift->floats[i % features]);
      if (hasRelu)
        v = relu(v);
      y->integers[i] = quantizeToCode(v, format);
    }
  });
  return success();
}

} // namespace

std::optional<LogicalResult>
mase::interpreter::compileIntegerOp(Program &program, Operation *op) {
  using Result = std::optional<LogicalResult>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](QuantizeOp op) { return compileQuantize(program, op); })
      .Case([&](DequantizeOp op) { return compileDequantize(program, op); })
      .Case([&](IntLinearOp op) { return compileIntLinear(program, op); })
      .Case([&](AffineOp op) { return compileAffineOp(program, op); })
      .Case([&](RequantizeOp op) { return compileRequantize(program, op); })
      .Default([](Operation *) { return Result(); });
}
