// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --convert-mase-kernel-to-vector: kernels for CPUs become functions on
// vectors.
#include "RowMoves.h"
#include "StageLowering.h"

#include "mase/Conversion/Passes.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mase {
#define GEN_PASS_DEF_CONVERTMASEKERNELTOVECTORPASS
#include "mase/Conversion/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

namespace {

/// Arrays lie on the stack, of which threads have a few MiB.
constexpr int64_t kMostStack = int64_t(2) << 20;

/// The arrays of one function: those whose values are no longer read lend
/// their memory to the next.
class ArrayPlan {
public:
  ArrayPlan(KernelOp kernel, LanesAre lanesAre, LaneBuilder &b)
      : lanesAre(lanesAre), b(b) {
    Block &body = kernel.getBody().front();
    // The last stage that reads a value; the number of stages: the output.
    for (auto [i, op] : llvm::enumerate(body))
      for (Value operand : op.getOperands())
        lastUse[operand] = i;
    place(body.getArgument(0), 0);
    for (auto [i, op] : llvm::enumerate(body.without_terminator()))
      place(op.getResult(0), i);
    for (Slot &slot : slots)
      slot.pointer = b.allocate(b.builder.getI8Type(), slot.bytes);
  }

  /// On the stack.
  int64_t bytes() const {
    int64_t sum = 0;
    for (const Slot &slot : slots)
      sum += slot.bytes;
    return sum;
  }

  LaneArray of(Value value) {
    Type element = cast<VectorType>(value.getType()).getElementType();
    return {slots[slotOf.lookup(value)].pointer, element,
            packingOf(value).has_value()};
  }

private:
  struct Slot {
    int64_t bytes = 0;
    size_t free = 0; ///< from this stage on
    Value pointer;
  };

  /// Bytes that stages write and read of an array.
  int64_t bytesOf(Value value) {
    const int64_t bits = cast<VectorType>(value.getType())
                             .getElementType()
                             .getIntOrFloatBitWidth(),
                  size = logicalSizeOf(value);
    auto vectorsOf = [&](int64_t elements) {
      return lanesAre == LanesAre::Samples
                 ? elements
                 : int64_t(llvm::divideCeil(elements, b.lanes));
    };
    // Whole tiles are written and read.
    int64_t beyond = 0;
    auto add = [&](Operation *op) {
      auto stage = dyn_cast_or_null<StageOp>(op);
      if (!stage)
        return;
      StageTiles tiles(stage, lanesAre, b.lanes);
      beyond = std::max(beyond, tiles.vectors() - vectorsOf(tiles.size));
    };
    add(value.getDefiningOp());
    for (Operation *user : value.getUsers())
      add(user);
    const int64_t vectors = vectorsOf(size) + beyond;
    if (!packingOf(value))
      return vectors * b.lanes * bits / 8;
    return lanesAre == LanesAre::Samples
               ? int64_t(llvm::divideCeil(vectors, 4)) * b.lanes * 4
               : vectors * b.lanes;
  }

  void place(Value value, size_t stage) {
    const int64_t bytes = bytesOf(value);
    auto it = lastUse.find(value);
    const size_t last = it == lastUse.end() ? stage : it->second;
    for (auto [i, slot] : llvm::enumerate(slots))
      if (slot.free <= stage) {
        slot.bytes = std::max(slot.bytes, bytes);
        slot.free = last + 1;
        slotOf[value] = i;
        return;
      }
    slotOf[value] = slots.size();
    slots.push_back({bytes, last + 1, {}});
  }

  LanesAre lanesAre;
  LaneBuilder &b;
  llvm::DenseMap<Value, size_t> lastUse, slotOf;
  SmallVector<Slot> slots;
};

/// One kernel to functions of its module.
class KernelLowering {
public:
  KernelLowering(KernelOp kernel, InstructionSet set)
      : kernel(kernel), module(kernel->getParentOfType<ModuleOp>()),
        builder(kernel), b(builder, kernel.getLoc(), set),
        tables(module, kernel, b.lanes),
        input(kernel.getBody().front().getArgument(0)),
        output(kernel.getBody().front().getTerminator()->getOperand(0)) {}

  LogicalResult lower() {
    FailureOr<func::FuncOp> block = lowerNetwork("block", LanesAre::Samples);
    if (failed(block))
      return failure();
    func::FuncOp one;
    if (hasFeaturesInLanes(kernel)) {
      FailureOr<func::FuncOp> made = lowerNetwork("one", LanesAre::Features);
      if (failed(made))
        return failure();
      one = *made;
    }
    buildEntry(*block, one);
    kernel.erase();
    return success();
  }

private:
  KernelOp kernel;
  ModuleOp module;
  OpBuilder builder;
  LaneBuilder b;
  LaneTables tables;
  Value input, output;

  Type pointer() { return LLVM::LLVMPointerType::get(builder.getContext()); }

  func::FuncOp createFunction(const Twine &name, ArrayRef<Type> arguments) {
    b.loc = kernel.getLoc();
    builder.setInsertionPoint(kernel);
    auto function = func::FuncOp::create(
        builder, b.loc, name.str(), builder.getFunctionType(arguments, {}));
    builder.setInsertionPointToStart(function.addEntryBlock());
    return function;
  }

  bool hasCodeShifts() {
    return kernel
        .walk([](kernel::QuantizeOp quantize) {
          return codeShiftsOf(quantize).empty() ? WalkResult::advance()
                                                : WalkResult::interrupt();
        })
        .wasInterrupted();
  }

  /// `(x, y)`: the samples in rows one after the other, and their results.
  FailureOr<func::FuncOp> lowerNetwork(StringRef suffix, LanesAre lanesAre) {
    func::FuncOp function = createFunction(kernel.getSymName() + "_" + suffix,
                                           {pointer(), pointer()});
    function.setPrivate();
    function->setAttr(
        "llvm.linkage",
        LLVM::LinkageAttr::get(builder.getContext(), LLVM::Linkage::Internal));
    // In the loop over single samples LLVM would read all tables before the
    // first: with those of code shifts more than there are registers.
    if (lanesAre == LanesAre::Features && hasCodeShifts())
      function->setAttr("passthrough", builder.getStrArrayAttr({"noinline"}));
    Value x = function.getArgument(0), y = function.getArgument(1);
    ArrayPlan arrays(kernel, lanesAre, b);
    // Of samples, as they are put beside zeros, too.
    const int64_t bytes = std::max(
        arrays.bytes(), 4 * b.lanes * (sizeOf(input) + sizeOf(output)));
    if (bytes > kMostStack)
      return kernel.emitError()
             << "expected activations of at most " << (kMostStack >> 10)
             << " KiB for the samples in a vector's lanes, which are on the "
                "stack; found "
             << (bytes >> 10) << " KiB for " << b.lanes << " samples";
    auto copy = [&](Value to, Value from, int64_t numbers) {
      LLVM::MemcpyOp::create(builder, b.loc, to, from, b.index(4 * numbers),
                             /*isVolatile=*/false);
    };
    const bool isSamples = lanesAre == LanesAre::Samples;
    if (isSamples)
      loadRows(b, x, sizeOf(input), arrays.of(input).pointer);
    else
      copy(arrays.of(input).pointer, x, sizeOf(input));
    StageLowering lowering(b, tables, lanesAre);
    for (auto stage : kernel.getBody().front().getOps<StageOp>()) {
      SmallVector<LaneArray> inputs;
      for (Value operand : stage.getInputs())
        inputs.push_back(arrays.of(operand));
      if (failed(lowering.lower(stage, inputs, arrays.of(stage.getResult()))))
        return failure();
    }
    b.loc = kernel.getLoc();
    if (isSamples)
      storeRows(b, arrays.of(output).pointer, sizeOf(output), y);
    else
      copy(y, arrays.of(output).pointer, sizeOf(output));
    func::ReturnOp::create(builder, b.loc);
    return function;
  }

  /// `(x, y, n)`: n samples. The last of more samples than lanes are computed
  /// with some that have been before; fewer are put beside zeros or, a few,
  /// computed one by one.
  void buildEntry(func::FuncOp block, func::FuncOp one) {
    func::FuncOp function =
        createFunction(kernel.getSymName() + "_infer",
                       {pointer(), pointer(), builder.getI64Type()});
    function.setSymName(kernel.getSymName());
    Value x = function.getArgument(0), y = function.getArgument(1),
          n = function.getArgument(2);
    const int64_t in = sizeOf(input), out = sizeOf(output);
    Type f32 = builder.getF32Type();
    auto call = [&](func::FuncOp callee, Value from, Value to) {
      func::CallOp::create(builder, b.loc, callee, ValueRange{from, to});
    };
    auto atSample = [&](func::FuncOp callee, Value sample) {
      call(callee, b.at(x, f32, b.times(sample, in)),
           b.at(y, f32, b.times(sample, out)));
    };
    auto isBelow = [&](Value count, int64_t bound) -> Value {
      return arith::CmpIOp::create(builder, b.loc, arith::CmpIPredicate::slt,
                                   count, b.index(bound));
    };
    auto either = [&](Value condition, auto then, auto otherwise) {
      auto branch = scf::IfOp::create(builder, b.loc, condition,
                                      /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(branch.thenBlock());
      then();
      builder.setInsertionPointToStart(branch.elseBlock());
      otherwise();
    };
    auto many = [&] {
      Value last = b.plus(n, -b.lanes);
      b.forEach(n, b.lanes, [&](Value i) {
        atSample(block, arith::MinSIOp::create(builder, b.loc, i, last));
      });
    };
    auto part = [&] {
      Value rows = b.allocate(f32, b.lanes * in),
            results = b.allocate(f32, b.lanes * out);
      LLVM::MemsetOp::create(
          builder, b.loc, rows,
          LLVM::ConstantOp::create(builder, b.loc, builder.getI8Type(), 0),
          b.index(4 * b.lanes * in), /*isVolatile=*/false);
      LLVM::MemcpyOp::create(builder, b.loc, rows, x, b.times(n, 4 * in),
                             /*isVolatile=*/false);
      call(block, rows, results);
      LLVM::MemcpyOp::create(builder, b.loc, y, results, b.times(n, 4 * out),
                             /*isVolatile=*/false);
    };
    auto few = [&] {
      // One alone costs about a quarter of a block.
      constexpr int64_t kFew = 4;
      if (!one)
        return either(isBelow(n, 1), [] {}, part);
      either(
          isBelow(n, kFew),
          [&] { b.forEach(n, 1, [&](Value i) { atSample(one, i); }); }, part);
    };
    either(isBelow(n, b.lanes), few, many);
    func::ReturnOp::create(builder, b.loc);
  }
};

struct ConvertMaseKernelToVector
    : mase::impl::ConvertMaseKernelToVectorPassBase<ConvertMaseKernelToVector> {
  using ConvertMaseKernelToVectorPassBase::ConvertMaseKernelToVectorPassBase;

  void runOnOperation() override {
    std::optional<InstructionSet> set = parseInstructionSet(isa);
    if (!set) {
      emitError(getOperation().getLoc())
          << "expected isa 'generic', 'avx2', 'avx512' or 'avx512vnni', found '"
          << isa << "'";
      return signalPassFailure();
    }
    auto kernels = llvm::to_vector(getOperation().getOps<KernelOp>());
    if (kernels.empty())
      warnNothingToDo(getOperation(), getArgument(), "kernels");
    for (KernelOp kernel : kernels)
      if (failed(check(kernel)) || failed(KernelLowering(kernel, *set).lower()))
        return signalPassFailure();
  }

  static LogicalResult check(KernelOp kernel) {
    if (kernel.getLayout() != Layout::Lanes)
      return kernel.emitError()
             << "expected a kernel of the layout 'lanes', which "
                "--convert-mase-to-kernel=kernel=lanes makes, found '"
             << stringifyLayout(kernel.getLayout()) << "'";
    return success();
  }

  static std::optional<InstructionSet> parseInstructionSet(StringRef name) {
    for (InstructionSet set :
         {InstructionSet::Generic, InstructionSet::AVX2, InstructionSet::AVX512,
          InstructionSet::AVX512VNNI})
      if (name == nameOf(set))
        return set;
    return std::nullopt;
  }
};

} // namespace
