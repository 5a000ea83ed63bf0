// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-outline-segments: long blocks on buffers as calls of short functions.
#include "Steps.h"

#include "mase/Conversion/Passes.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"

namespace mase {
#define GEN_PASS_DEF_MASEOUTLINESEGMENTSPASS
#include "mase/Conversion/Passes.h.inc"
} // namespace mase

using namespace mlir;

namespace {

/// What every segment makes for itself.
bool isConstant(Operation *op) {
  return op->hasTrait<OpTrait::ConstantLike>() || isa<memref::GetGlobalOp>(op);
}

class Outliner {
public:
  Outliner(func::FuncOp function, SymbolTable &symbols)
      : function(function), symbols(symbols) {}

  /// Cuts the block where `maxOps` ops with regions are together. Returns
  /// whether there are any such ops.
  bool run(int64_t maxOps) {
    Block &block = function.getBody().front();
    SmallVector<SmallVector<Operation *>> segments(1);
    int64_t inSegment = 0, total = 0;
    for (Operation &op : block.without_terminator()) {
      if (isConstant(&op))
        continue;
      bool isWork = op.getNumRegions() != 0;
      if (isWork && inSegment == maxOps) {
        segments.emplace_back();
        inSegment = 0;
      }
      inSegment += isWork;
      total += isWork;
      segments.back().push_back(&op);
    }
    if (total <= maxOps)
      return total > 0;
    for (ArrayRef<Operation *> segment : segments)
      outline(segment);
    return true;
  }

private:
  /// Ops of the segment that others need the results of, with all that they
  /// need themselves: they stay before the call. None where they may not.
  std::optional<DenseSet<Operation *>>
  findStaying(ArrayRef<Operation *> segment) {
    DenseSet<Operation *> inside(segment.begin(), segment.end()), staying;
    SmallVector<Operation *> open;
    auto stay = [&](Operation *op) {
      if (inside.contains(op) && staying.insert(op).second)
        open.push_back(op);
    };
    Block *block = segment.front()->getBlock();
    for (Operation *op : segment)
      for (Operation *user : op->getUsers())
        if (!inside.contains(block->findAncestorOpInBlock(*user)))
          stay(op);
    while (!open.empty()) {
      Operation *op = open.pop_back_val();
      if (!isa<memref::AllocOp>(op) && !isPure(op))
        return std::nullopt;
      for (Value operand : op->getOperands())
        if (Operation *producer = operand.getDefiningOp())
          stay(producer);
    }
    return staying;
  }

  void outline(ArrayRef<Operation *> segment) {
    std::optional<DenseSet<Operation *>> staying = findStaying(segment);
    if (!staying)
      return;
    SmallVector<Operation *> moved;
    llvm::SetVector<Value> used;
    for (Operation *op : segment) {
      if (staying->contains(op))
        continue;
      moved.push_back(op);
      used.insert(op->operand_begin(), op->operand_end());
      getUsedValuesDefinedAbove(op->getRegions(), used);
    }
    if (moved.empty())
      return;

    DenseSet<Operation *> isMoved(moved.begin(), moved.end());
    SmallVector<Operation *> constants;
    SmallVector<Value> arguments;
    for (Value value : used) {
      Operation *producer = value.getDefiningOp();
      if (producer && isConstant(producer))
        constants.push_back(producer);
      else if (!producer || !isMoved.contains(producer))
        arguments.push_back(value);
    }

    OpBuilder builder(moved.back());
    Location loc = function.getLoc();
    auto type =
        builder.getFunctionType(TypeRange(ValueRange(arguments)), TypeRange());
    auto callee = func::FuncOp::create(
        loc, (function.getSymName() + "_segment_" + Twine(number++)).str(),
        type);
    callee.setPrivate();
    symbols.insert(callee, std::next(anchor()->getIterator()));
    last = callee;
    Block *body = callee.addEntryBlock();
    IRMapping mapping;
    mapping.map(arguments, body->getArguments());
    auto inner = OpBuilder::atBlockBegin(body);
    for (Operation *op : constants)
      inner.clone(*op, mapping);
    for (Operation *op : moved)
      inner.clone(*op, mapping);
    func::ReturnOp::create(inner, loc);
    // What stays may stand behind what needs it from here on.
    func::CallOp::create(builder, loc, callee, arguments);
    for (Operation *op : llvm::reverse(moved))
      op->erase();
  }

  Operation *anchor() { return last ? last : function.getOperation(); }

  func::FuncOp function;
  SymbolTable &symbols;
  Operation *last = nullptr;
  int number = 0;
};

struct OutlineSegments
    : mase::impl::MaseOutlineSegmentsPassBase<OutlineSegments> {
  using MaseOutlineSegmentsPassBase::MaseOutlineSegmentsPassBase;

  void runOnOperation() final {
    if (maxOps < 1) {
      getOperation().emitError()
          << "--mase-outline-segments: expected max-ops of at least 1, found "
          << int64_t(maxOps);
      return signalPassFailure();
    }
    bool anyWork = false;
    SymbolTable symbols(getOperation());
    for (auto function : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (!function.isExternal() && llvm::hasSingleElement(function.getBody()))
        anyWork |= Outliner(function, symbols).run(maxOps);
    if (!anyWork && !isStep)
      mase::warnNothingToDo(getOperation(), getArgument(),
                            "functions with loops on buffers");
  }

  bool isStep = false;
};

} // namespace

std::unique_ptr<Pass> mase::createOutlineSegmentsStep() {
  auto pass = std::make_unique<OutlineSegments>();
  pass->isStep = true;
  return pass;
}
