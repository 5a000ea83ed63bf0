// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The layers of branches and particles as nodes.
#include "LayerModels.h"

using namespace llvm;
using namespace mlir;
using namespace mase;

namespace {

using Writer = OnnxLayerWriter;

LogicalResult writeUnflatten(UnflattenOp op, Writer &writer) {
  FailureOr<std::string> x = writer.input(op.getInput());
  if (failed(x))
    return failure();
  ArrayRef<int64_t> shape = op.getType().getShape();
  // 0 is the batch, as it is.
  return writer.finish(writer.node(
      "Reshape", {*x, writer.integers("shape", {0, shape[1], shape[2]})}));
}

LogicalResult writeTranspose(TransposeOp, Writer &writer) {
  static constexpr int64_t kOrder[] = {0, 2, 1};
  return writer.writePlain("Transpose", {{"perm", ArrayRef<int64_t>(kOrder)}});
}

LogicalResult writeConcat(ConcatOp op, Writer &writer) {
  SmallVector<std::string> inputs;
  for (Value operand : op.getInputs()) {
    FailureOr<std::string> x = writer.input(operand);
    if (failed(x))
      return failure();
    inputs.push_back(*x);
  }
  return writer.finish(writer.node("Concat", inputs, {{"axis", -1}}));
}

LogicalResult writeSlice(SliceOp op, Writer &writer) {
  FailureOr<std::string> x = writer.input(op.getInput());
  if (failed(x))
    return failure();
  std::string starts = writer.integers("starts", int64_t(op.getStart())),
              ends = writer.integers("ends", int64_t(op.getEnd())),
              axes = writer.integers("axes", int64_t(-1));
  return writer.finish(writer.node("Slice", {*x, starts, ends, axes}));
}

template <typename Op> LogicalResult writeReduce(Op op, Writer &writer) {
  FailureOr<std::string> x = writer.input(op.getInput());
  if (failed(x))
    return failure();
  if (Op::isMean()) // whose axes are an operand from here on
    writer.needOpset(18);
  return writer.finish(writer.node(Op::isMean() ? "ReduceMean" : "ReduceSum",
                                   {*x, writer.integers("axes", int64_t(1))},
                                   {{"keepdims", 0}}));
}

} // namespace

void mase::onnx_export::attachParticleModels(MLIRContext &context) {
  attach<UnflattenOp, writeUnflatten>(context);
  attach<TransposeOp, writeTranspose>(context);
  attach<ConcatOp, writeConcat>(context);
  attach<SliceOp, writeSlice>(context);
  attach<ReduceSumOp, writeReduce<ReduceSumOp>>(context);
  attach<ReduceMeanOp, writeReduce<ReduceMeanOp>>(context);
}
