// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a thread computes a sample: how sums are formed, which codes travel
// packed, and what goes into the constants of roundings.
#include "ThreadPlan.h"

#include "mase/Dialect/Mase/IR/Samples.h"
#include "mase/Numerics/Slices.h"
#include "mase/Support/Quoting.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

NumberFormatAttrInterface mase::kernel::formatOf(Operation *quantize) {
  return TypeSwitch<Operation *, NumberFormatAttrInterface>(quantize)
      .Case<mase::QuantizeOp, RequantizeOp>(
          [](auto op) { return op.getFormat(); });
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

int64_t ThreadPlan::rowOf(Operation *head) {
  Value result = head->getResult(0);
  auto type = cast<RankedTensorType>(result.getType());
  return type.getRank() > 2 ? type.getShape().back() : sizeOfSample(result);
}

bool ThreadPlan::isWide(Value value) const {
  Operation *def = skipFlatten(value).getDefiningOp();
  if (auto dot = dots.find(def); dot != dots.end())
    return dot->second.kind == DotKind::Mad64;
  if (isa_and_present<IntReduceOp>(def))
    return getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth() > 32 ||
           isWide(def->getOperand(0));
  return isa_and_present<mase::QuantizeOp, RequantizeOp>(def) &&
         llvm::any_of(slicesOf(*formatOf(def).getUniform()),
                      [](const UniformFormat &format) {
                        return format.maxCode() > INT32_MAX;
                      });
}

KernelPlanOrReason ThreadPlan::planDot(IntLinearOp linear) {
  UniformTensorFormat data = *linear.getData().getUniform(),
                      weight = *linear.getWeightFormat().getUniform();
  DotPlan &plan = dots[linear];
  ++integerLayers;
  bool bytes = packed.contains(skipFlatten(linear.getInput()));
  if (strategy == Strategy::Dp4a && !bytes)
    return {
        nullptr, linear,
        llvm::formatv(
            "the kernel 'dp4a' was asked for, which takes codes of at most 8 "
            "bits and sums of at most 32; found data of {0}, weights of {1} "
            "and sums of {2} bits{3}",
            data.maxWidth(), weight.maxWidth(),
            std::max(plan.sums.width, linear.getSums().width),
            plan.fitsBytes ? ""
                           : ", and weights that outgrow a byte where their "
                             "zero points and shifts are in them")};
  bool narrowCodes =
      llvm::all_of(plan.sums.weight, [](int64_t w) { return w == int32_t(w); });
  for (const UniformTensorFormat &format : {data, weight})
    for (const UniformFormat &slice : slicesOf(format))
      narrowCodes &= slice.maxCode() <= INT32_MAX;
  plan.kind = plan.sums.width > 32 || !narrowCodes ? DotKind::Mad64
              : bytes                              ? DotKind::Dp4a
                                                   : DotKind::Mad32;
  dp4aLayers += plan.kind == DotKind::Dp4a;
  return {};
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// Notes in `rereads` where `reader` finds other integers than were written.
void ThreadPlan::noteReading(Operation *reader, Value codes, Reading reading) {
  codes = skipFlatten(codes);
  bool asWritten = llvm::all_of(graph.ranges.of(codes), [&](Interval written) {
    return reading.range().contains(written);
  });
  // Packed bytes are read as the dot product says. A dot product of 32 bits
  // takes no codes of 64.
  bool narrows = isa<IntLinearOp, IntReduceOp>(reader) && isWide(codes) &&
                 !reading.isWide();
  if (!packed.contains(codes) && (!asWritten || narrows))
    rereads[reader] = reading;
}

void ThreadPlan::planQuantization(Operation *op) {
  QuantizeNode node;
  node.source = graph.ranges.getQuantization(op);
  if (!node.source.sums.empty())
    noteReading(op, node.source.input, node.source.reading);
  node.plan =
      planQuantize(node.source, /*clampIsFree=*/layout == Layout::Thread);
  absorbed.insert_range(node.source.absorbed);
  quantizations[op] = std::move(node);
}

KernelPlanOrReason ThreadPlan::planIntegers() {
  func::FuncOp func = graph.func;
  for (auto linear : func.getBody().front().getOps<IntLinearOp>())
    dots[linear] = startDot(linear);
  choosePacking();
  for (auto linear : func.getBody().front().getOps<IntLinearOp>())
    foldShifts(linear);
  for (const StageOps &stage : graph.stages)
    for (Operation *op : stage) {
      if (auto linear = dyn_cast<IntLinearOp>(op))
        if (KernelPlanOrReason none = planDot(linear); none.op)
          return none;
      if (isa<IntLinearOp, IntReduceOp, mase::DequantizeOp>(op))
        noteReading(op, op->getOperand(0), *getReading(op));
      if (isa<mase::QuantizeOp, RequantizeOp>(op))
        planQuantization(op);
    }
  chooseSparse();
  nameStages();
  computeCosts();
  return {};
}

//===----------------------------------------------------------------------===//
// Names and costs
//===----------------------------------------------------------------------===//

void ThreadPlan::nameStages() {
  IdentifierScope scope;
  for (const StageOps &stage : graph.stages) {
    std::string name;
    for (Operation *op : stage)
      if (name.empty())
        name = layerNameOf(op);
    StageNames &own = names.emplace_back();
    own.stage = scope.unique(name.empty() ? "quantize" : name, "layer_");
    if (isHead(stage.front()) && rereads.contains(stage.front()))
      own.input = scope.unique(own.stage + "_input", "layer_");
  }
}

int64_t ThreadPlan::wordsOf(Value value) const {
  value = skipFlatten(value);
  int64_t size = sizeOfSample(value);
  if (packed.contains(value))
    return llvm::divideCeil(size, 4);
  return size * (isWide(value) ? 2 : 1);
}

/// Rows of features of a sample.
static int64_t particlesOf(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getRank() == 3 ? type.getDimSize(1) : 1;
}

void ThreadPlan::computeCosts() {
  // The last stage that reads a value.
  llvm::DenseMap<Value, size_t> lastUse;
  for (auto [i, stage] : llvm::enumerate(graph.stages))
    for (Operation *op : stage)
      for (Value operand : op->getOperands())
        if (!isConstant(operand))
          lastUse[skipFlatten(operand)] = i;
  Value input = func::FuncOp(graph.func).getArgument(0);
  int64_t alive = 0;
  for (auto [i, stage] : llvm::enumerate(graph.stages)) {
    for (Operation *op : stage) {
      int64_t elements = sizeOfSample(op->getResult(0));
      if (auto dot = dots.find(op); dot != dots.end())
        costs.instructions +=
            dot->second.sparse
                ? dot->second.nonZeroWords
                : elements * wordsOf(op->getOperand(0)) /
                      particlesOf(op->getOperand(0)) *
                      (dot->second.kind == DotKind::Mad64 ? 2 : 1);
      else if (quantizations.contains(op))
        costs.instructions += elements * 5;
      else if (!absorbed.contains(op))
        costs.instructions +=
            cast<KernelOpInterface>(op).getKernelInstructions();
    }
    Value result = stage.back()->getResult(0);
    alive += wordsOf(result);
    // The network's input streams through an element-wise first stage.
    bool readsInput = isHead(stage.front()) &&
                      skipFlatten(stage.front()->getOperand(0)) == input;
    costs.liveWords = std::max(costs.liveWords,
                               alive + (readsInput ? sizeOfSample(input) : 0));
    for (auto [value, last] : lastUse)
      if (last == i && value != input &&
          llvm::any_of(graph.stages, [&](const StageOps &s) {
            return s.back()->getResult(0) == value;
          }))
        alive -= wordsOf(value);
  }
}
