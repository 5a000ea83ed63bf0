// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Builds the kernel that a plan of threads with whole samples says.
#include "FeatureOrder.h"
#include "ThreadPlan.h"

#include "mase/Dialect/Mase/IR/Samples.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

namespace {

/// Builds the kernel of a planned network.
class KernelBuilder : public KernelOpBuilder {
public:
  KernelBuilder(const ThreadPlan &plan, OpBuilder &builder)
      : KernelOpBuilder(builder), plan(plan) {}

  KernelOp build() {
    OpBuilder::InsertionGuard guard(builder);
    func::FuncOp func = plan.graph.func;
    KernelOp kernel = KernelOp::create(
        builder, func.getLoc(), func.getName(), plan.layout, *plan.strategy,
        integerAttr(plan.samplesPerThread), integerAttr(plan.threadsPerBlock),
        plan.unrolled, builder.getStringAttr(plan.reason));
    Block &body = kernel.getBody().emplaceBlock();
    values[func.getArgument(0)] =
        body.addArgument(getFloats(func.getArgument(0)), func.getLoc());
    for (auto [stage, names] : llvm::zip_equal(plan.graph.stages, plan.names)) {
      builder.setInsertionPointToEnd(&body);
      buildStage(stage, names);
    }
    builder.setInsertionPointToEnd(&body);
    Operation *end = func.getBody().front().getTerminator();
    kernel::ReturnOp::create(builder, end->getLoc(),
                             values.lookup(skipFlatten(end->getOperand(0))));
    return kernel;
  }

  Value getOperand(Value operand) override {
    return local.lookup(skipFlatten(operand));
  }

  Value readCodes(Operation *op, Value codes) override {
    return readCodes(op, codes, getOperand(codes));
  }

  Value buildDot(IntLinearOp linear) override;
  Value buildReduce(IntReduceOp reduce) override;

  Value buildQuantize(Operation *op) override {
    return TypeSwitch<Operation *, Value>(op)
        .Case<mase::QuantizeOp, RequantizeOp>(
            [&](auto quantize) { return buildQuantizeOf(quantize); });
  }

private:
  const ThreadPlan &plan;
  /// Of the function to those of the kernel's body, and of the stage.
  llvm::DenseMap<Value, Value> values, local;
  /// Of the stage, where the op that mixes features reads codes its own way.
  Value headInput;

  /// The codes that the op which mixes features reads.
  Value headOperand(Operation *op) {
    return plan.rereads.contains(op) ? headInput
                                     : getOperand(op->getOperand(0));
  }

  IntegerAttr integerAttr(std::optional<int64_t> value) {
    return value ? builder.getI64IntegerAttr(*value) : IntegerAttr();
  }
  VectorType vector(int64_t size, Type element) {
    return VectorType::get({size}, element);
  }
  VectorType integers(Value like) {
    return vector(sizeOfSample(like), plan.isWide(like) ? builder.getI64Type()
                                                        : builder.getI32Type());
  }
  PackingAttr packingAttr(Value codes) {
    return plan.packed.contains(codes)
               ? PackingAttr::get(builder.getContext(), Packing::Bytes)
               : PackingAttr();
  }

  DenseI64ArrayAttr codeShiftAttr(Value codes) {
    auto it = plan.codeShifts.find(codes);
    if (it == plan.codeShifts.end())
      return {};
    SmallVector<int64_t> shifts; // of every particle
    while (int64_t(shifts.size()) < sizeOfSample(codes))
      llvm::append_range(shifts, it->second);
    return builder.getDenseI64ArrayAttr(shifts);
  }

  VectorType kernelType(Value result) {
    if (plan.packed.contains(result))
      return vector(int64_t(llvm::divideCeil(sizeOfSample(result), 4)),
                    builder.getI32Type());
    Type element = cast<RankedTensorType>(result.getType()).getElementType();
    return element.isF32() ? getFloats(result) : integers(result);
  }

  /// From 4 to 8, the largest that computes fewest results for nothing.
  static int64_t largestTile(int64_t size) {
    int64_t best = 8;
    for (int64_t tile : {7, 6, 5, 4})
      if (llvm::divideCeil(size, tile) * tile <
          llvm::divideCeil(size, best) * best)
        best = tile;
    return best;
  }

  /// The largest up to 8 that rows are whole tiles of.
  static int64_t tileOfRow(int64_t row, bool packed) {
    int64_t tile = 8;
    while (row % tile != 0)
      tile -= packed ? 4 : 1;
    return tile;
  }

  /// How many results are computed together: several, so that an operand
  /// that was loaded serves them all; four where they share a word.
  int64_t tileOf(const StageOps &stage) {
    Value result = stage.back()->getResult(0);
    int64_t size = sizeOfSample(result);
    const bool lanes = plan.layout == Layout::Lanes;
    if (lanes && isHead(stage.front()))
      if (int64_t row = ThreadPlan::rowOf(stage.front()); row != size)
        return tileOfRow(row, plan.packed.contains(result));
    if (plan.packed.contains(result))
      return lanes && size % 8 == 0 && isHead(stage.front()) ? 8 : 4;
    switch (featureUseOf(stage.front())) {
    case FeatureUse::ElementByElement:
      return 1;
    case FeatureUse::EachOnAll:
      return size <= 8 ? size : lanes ? largestTile(size) : 4;
    case FeatureUse::AllOnAll:
      return size;
    }
    llvm_unreachable("all uses are listed");
  }

  void buildStage(const StageOps &stage, const StageNames &names) {
    SmallVector<Value> inputs; // of the function
    // What mixes features takes an argument of its stage, and the first.
    Operation *head = stage.front();
    const bool rereads = isHead(head) && plan.rereads.contains(head);
    for (Operation *op : stage)
      for (Value operand : op->getOperands()) {
        if (rereads && op == head)
          continue;
        Value value = skipFlatten(operand);
        Operation *def = value.getDefiningOp();
        bool isParameter = def && def->hasTrait<OpTrait::ConstantLike>();
        if (!isParameter && !llvm::is_contained(inputs, value) &&
            !(def && llvm::is_contained(stage, def)))
          inputs.push_back(value);
      }
    Value result = stage.back()->getResult(0);
    Location loc = stage.back()->getLoc();
    SmallVector<Value> operands;
    if (rereads) {
      operands.push_back(buildReadStage(head, names.input));
      inputs.insert(inputs.begin(), Value());
    }
    for (Value input : ArrayRef(inputs).drop_front(rereads))
      operands.push_back(values.lookup(input));
    StageOp stageOp = StageOp::create(builder, loc, kernelType(result),
                                      names.stage, tileOf(stage), operands);
    Block &body = stageOp.getBody().emplaceBlock();
    local.clear();
    for (auto [input, operand] : llvm::zip_equal(inputs, operands)) {
      Value argument = body.addArgument(operand.getType(), operand.getLoc());
      if (input)
        local[input] = argument;
      else
        headInput = argument;
    }
    builder.setInsertionPointToEnd(&body);
    for (Operation *op : stage)
      if (!plan.absorbed.contains(op))
        local[op->getResult(0)] =
            cast<KernelOpInterface>(op).buildKernel(*this);
    YieldOp::create(builder, loc, local.lookup(result));
    values[result] = stageOp.getResult();
  }

  /// The codes of `op`'s operand as it reads them.
  Value readCodes(Operation *op, Value codes, Value value) {
    auto it = plan.rereads.find(op);
    if (it == plan.rereads.end())
      return value;
    Type type =
        it->second.isWide() ? builder.getI64Type() : builder.getI32Type();
    return ReadOp::create(builder, op->getLoc(),
                          vector(sizeOfSample(codes), type), value,
                          it->second.width, !it->second.isSigned);
  }

  /// A stage for the input of a head that reads codes its own way.
  Value buildReadStage(Operation *head, const std::string &name) {
    Value codes = skipFlatten(head->getOperand(0)),
          input = values.lookup(codes);
    Type element = plan.rereads.find(head)->second.isWide()
                       ? builder.getI64Type()
                       : builder.getI32Type();
    OpBuilder::InsertionGuard guard(builder);
    StageOp stage = StageOp::create(builder, head->getLoc(),
                                    vector(sizeOfSample(codes), element), name,
                                    /*tile=*/1, input);
    Block &body = stage.getBody().emplaceBlock();
    Value argument = body.addArgument(input.getType(), input.getLoc());
    builder.setInsertionPointToEnd(&body);
    YieldOp::create(builder, head->getLoc(), readCodes(head, codes, argument));
    return stage.getResult();
  }

  template <typename Op> Value buildQuantizeOf(Op op) {
    const auto &[source, rounding] = plan.quantizations.find(op)->second;
    SmallVector<Attribute> layers;
    for (Operation *layer : source.absorbed)
      if (std::string name = layerNameOf(layer); !name.empty())
        layers.push_back(builder.getStringAttr(name));
    if constexpr (std::is_same_v<Op, RequantizeOp>)
      llvm::append_range(layers, op.getLayers());
    Value result = op.getResult();
    return kernel::QuantizeOp::create(
        builder, op.getLoc(), kernelType(result), builder.getArrayAttr(layers),
        readCodes(op, source.input),
        rounding.scale.empty() ? DenseElementsAttr() : getTable(rounding.scale),
        rounding.shift.empty() ? DenseElementsAttr() : getTable(rounding.shift),
        rounding.factor.empty() ? DenseF32ArrayAttr()
                                : builder.getDenseF32ArrayAttr(rounding.factor),
        rounding.divisor.empty()
            ? DenseF32ArrayAttr()
            : builder.getDenseF32ArrayAttr(rounding.divisor),
        source.relu, expandFormat(op.getFormat(), op.getInput()),
        rounding.rounder, rounding.bits, rounding.clamp, packingAttr(result),
        codeShiftAttr(result),
        rounding.scale.empty() ? IntegerAttr()
                               : getFeatures(source.features, source.input),
        op.getIsResult(), op.getLayerAttr());
  }
};

} // namespace

static DenseElementsAttr integerTable(ArrayRef<int64_t> elements,
                                      ArrayRef<int64_t> shape, Type type) {
  SmallVector<APInt> values;
  for (int64_t element : elements)
    values.push_back(APInt(type.getIntOrFloatBitWidth(), uint64_t(element),
                           /*isSigned=*/true, /*implicitTrunc=*/true));
  return DenseElementsAttr::get(RankedTensorType::get(shape, type), values);
}

Value KernelBuilder::buildReduce(IntReduceOp reduce) {
  VectorType type = integers(reduce.getResult());
  NumberFormatAttrInterface data =
      formatOfRow(reduce.getData(), reduce.getInput());
  CodeScale worth = codeScaleOf(*data.getUniform());
  DenseElementsAttr init;
  if (worth.hasZeroPoint()) {
    int64_t particles = sizeOfSample(reduce.getInput()) / type.getNumElements();
    SmallVector<int64_t> less;
    for (int64_t f = 0; f < type.getNumElements(); ++f)
      less.push_back(-particles *
                     worth.zeroPointOf(worth.slices() == 1 ? 0 : size_t(f)));
    init = integerTable(less, type.getNumElements(), type.getElementType());
  }
  return kernel::ReduceOp::create(builder, reduce.getLoc(), type,
                                  reduce.getLayerAttr(), headOperand(reduce),
                                  data, init, FloatAttr());
}

Value KernelBuilder::buildDot(IntLinearOp linear) {
  const DotPlan &dot = plan.dots.find(linear)->second;
  ArrayRef<int64_t> shape =
      cast<RankedTensorType>(linear.getWeight().getType()).getShape();
  int64_t out = shape[0], size = sizeOfSample(linear.getResult());
  const bool wide = dot.kind == DotKind::Mad64;
  Type sumType = wide ? builder.getI64Type() : builder.getI32Type();

  DenseElementsAttr init;
  if (!dot.sums.init.empty())
    init = integerTable(dot.sums.init, out, sumType);
  Type weightType =
      wide && llvm::any_of(dot.sums.weight,
                           [](int64_t code) { return code != int32_t(code); })
          ? builder.getI64Type()
          : builder.getI32Type();
  auto result =
      DotOp::create(builder, linear.getLoc(), vector(size, sumType),
                    linear.getLayer(), dot.kind, headOperand(linear), dot.data,
                    integerTable(dot.sums.weight, shape, weightType),
                    linear.getWeightFormat(), init, linear.getBiasFormatAttr(),
                    dot.sums.productShift.empty()
                        ? DenseI64ArrayAttr()
                        : builder.getDenseI64ArrayAttr(dot.sums.productShift),
                    /*modular=*/dot.sums.width > 64, dot.sparse, size / out);
  auto producer =
      values.lookup(skipFlatten(linear.getInput())).getDefiningOp<StageOp>();
  if (dot.sparse && !dot.order.empty() && producer && hasFreeOrder(producer))
    orderFeatures(producer, result, dot.order);
  return result;
}

KernelOp ThreadPlan::build(OpBuilder &builder) const {
  return KernelBuilder(*this, builder).build();
}
