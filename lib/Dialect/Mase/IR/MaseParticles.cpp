// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The layers of branches and particles: those that move values without changing
// them, and sums over particles.
#include "mase/Dialect/Mase/IR/Mase.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mase;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Rows of a sample: particles, 1 of a matrix.
static int64_t rowsOf(Value value) {
  return ShapedType::getNumElements(shapeOf(value).drop_front().drop_back());
}

/// Whether all sizes but the batch are static.
static bool hasStaticSamples(Value value) {
  return !ShapedType::isDynamicShape(shapeOf(value).drop_front());
}

//===----------------------------------------------------------------------===//
// Layers that move values
//===----------------------------------------------------------------------===//

LogicalResult UnflattenOp::verify() {
  ArrayRef<int64_t> in = shapeOf(getInput()), out = shapeOf(getResult());
  if (hasStaticSamples(getResult()) && in[0] == out[0] &&
      in[1] == ShapedType::getNumElements(out.drop_front()))
    return success();
  return emitOpError() << "(C1) expected a result [batch, particles, features] "
                          "with the elements of the input "
                       << getInput().getType() << ", found "
                       << getResult().getType();
}

LogicalResult TransposeOp::verify() {
  ArrayRef<int64_t> in = shapeOf(getInput()), out = shapeOf(getResult());
  if (hasStaticSamples(getInput()) && in[0] == out[0] && in[1] == out[2] &&
      in[2] == out[1])
    return success();
  return emitOpError() << "(C1) expected a result with the dimensions 1 and 2 "
                          "of the input "
                       << getInput().getType() << " exchanged, found "
                       << getResult().getType();
}

SmallVector<ElementSource> TransposeOp::getElementSources() {
  int64_t particles = shapeOf(getInput())[1], features = shapeOf(getInput())[2];
  SmallVector<ElementSource> sources;
  for (int64_t f = 0; f < features; ++f)
    for (int64_t p = 0; p < particles; ++p)
      sources.push_back({0, p * features + f});
  return sources;
}

LogicalResult ConcatOp::verify() {
  int64_t features = 0;
  bool fits = !getInputs().empty() && hasStaticSamples(getResult());
  for (Value input : getInputs()) {
    fits &= hasStaticSamples(input) &&
            shapeOf(input).drop_back() == shapeOf(getResult()).drop_back();
    features += fits ? shapeOf(input).back() : 0;
  }
  if (fits && features == shapeOf(getResult()).back())
    return success();
  InFlightDiagnostic diagnostic = emitOpError();
  diagnostic << "(C1) expected operands that differ in their last size alone, "
                "whose sum is that of the result "
             << getResult().getType() << ", found ";
  if (getInputs().empty())
    return diagnostic << "none";
  llvm::interleaveComma(getInputs().getTypes(), diagnostic);
  return diagnostic;
}

SmallVector<ElementSource> ConcatOp::getElementSources() {
  SmallVector<ElementSource> sources;
  for (int64_t row = 0; row < rowsOf(getResult()); ++row)
    for (auto [k, input] : llvm::enumerate(getInputs())) {
      int64_t features = shapeOf(input).back();
      for (int64_t f = 0; f < features; ++f)
        sources.push_back({unsigned(k), row * features + f});
    }
  return sources;
}

LogicalResult SliceOp::verify() {
  ArrayRef<int64_t> in = shapeOf(getInput()), out = shapeOf(getResult());
  auto start = int64_t(getStart()), end = int64_t(getEnd());
  if (hasStaticSamples(getInput()) && start >= 0 && start < end &&
      end <= in.back() && out.back() == end - start &&
      in.drop_back() == out.drop_back())
    return success();
  return emitOpError() << "(C1) expected features of the input "
                       << getInput().getType()
                       << " and a result of as many, found " << start << " to "
                       << end << " and " << getResult().getType();
}

SmallVector<ElementSource> SliceOp::getElementSources() {
  SmallVector<ElementSource> sources;
  int64_t features = shapeOf(getInput()).back();
  for (int64_t row = 0; row < rowsOf(getResult()); ++row)
    for (auto f = int64_t(getStart()); f < int64_t(getEnd()); ++f)
      sources.push_back({0, row * features + f});
  return sources;
}

//===----------------------------------------------------------------------===//
// Sums over particles
//===----------------------------------------------------------------------===//

template <typename Op> static LogicalResult verifyReduce(Op op) {
  ArrayRef<int64_t> in = shapeOf(op.getInput()), out = shapeOf(op.getResult());
  if (!hasStaticSamples(op.getInput()) || in[0] != out[0] || in[2] != out[1])
    return op.emitOpError()
           << "(C1) expected an input [batch, particles, "
              "features] and a result [batch, features], found "
           << op.getInput().getType() << " and " << op.getResult().getType();
  return mase::detail::verifyPrecision(op, 2);
}

LogicalResult ReduceSumOp::verify() { return verifyReduce(*this); }

LogicalResult ReduceMeanOp::verify() { return verifyReduce(*this); }

SmallVector<OperandRole> ReduceSumOp::getOperandRoles() {
  return {OperandRole::DataIn, OperandRole::DataOut};
}

SmallVector<OperandRole> ReduceMeanOp::getOperandRoles() {
  return {OperandRole::DataIn, OperandRole::DataOut};
}
