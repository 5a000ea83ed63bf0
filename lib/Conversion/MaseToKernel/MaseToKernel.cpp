// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --convert-mase-to-kernel: a function of the integer level becomes a kernel.
#include "NetworkGraph.h"

#include "mase/Analysis/OutputKind.h"
#include "mase/Conversion/MaseToKernel/KernelChoice.h"
#include "mase/Conversion/Passes.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mase {
#define GEN_PASS_DEF_CONVERTMASETOKERNELPASS
#include "mase/Conversion/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

namespace {

/// Builds the kernel of a planned network.
class KernelBuilder {
public:
  KernelBuilder(const NetworkGraph &graph, const KernelChoice &choice)
      : graph(graph), choice(choice), builder(graph.func) {}

  void build() {
    func::FuncOp func = graph.func;
    KernelOp kernel = KernelOp::create(builder, func.getLoc(), func.getName(),
                                       choice.strategy, choice.samplesPerThread,
                                       choice.threadsPerBlock, choice.unrolled,
                                       builder.getStringAttr(choice.reason));
    if (Attribute kind = func->getAttr(kOutputKindAttrName))
      kernel->setAttr(kOutputKindAttrName, kind);
    Block &body = kernel.getBody().emplaceBlock();
    values[func.getArgument(0)] =
        body.addArgument(floats(func.getArgument(0)), func.getLoc());
    for (const StagePlan &stage : graph.stages) {
      builder.setInsertionPointToEnd(&body);
      buildStage(stage);
    }
    builder.setInsertionPointToEnd(&body);
    Operation *end = func.getBody().front().getTerminator();
    kernel::ReturnOp::create(builder, end->getLoc(),
                             values.lookup(graph.resolve(end->getOperand(0))));
    func.erase();
  }

private:
  const NetworkGraph &graph;
  const KernelChoice &choice;
  OpBuilder builder;
  /// Of the function to those of the kernel's body, and of the stage.
  llvm::DenseMap<Value, Value> values, local;
  /// Of the stage, where its dot product reads codes its own way.
  Value dotInput;

  VectorType vector(int64_t size, Type element) {
    return VectorType::get({size}, element);
  }
  VectorType floats(Value like) {
    return vector(graph.sizeOf(like), builder.getF32Type());
  }
  VectorType integers(Value like) {
    return vector(graph.sizeOf(like), graph.isWide(like)
                                          ? builder.getI64Type()
                                          : builder.getI32Type());
  }
  DenseElementsAttr table(ArrayRef<float> values, ArrayRef<int64_t> shape) {
    return DenseElementsAttr::get(
        RankedTensorType::get(shape, builder.getF32Type()), values);
  }
  DenseElementsAttr table(ArrayRef<float> values) {
    return table(values, int64_t(values.size()));
  }

  VectorType kernelType(Value result) {
    if (graph.packed.contains(result))
      return vector(int64_t(llvm::divideCeil(graph.sizeOf(result), 4)),
                    builder.getI32Type());
    Type element = cast<RankedTensorType>(result.getType()).getElementType();
    return element.isF32() ? floats(result) : integers(result);
  }

  /// How many results are computed together: several, so that an operand
  /// that was loaded serves them all; four where they share a word.
  int64_t tileOf(const StagePlan &stage) {
    Value result = stage.ops.back()->getResult(0);
    int64_t size = graph.sizeOf(result);
    if (graph.packed.contains(result))
      return 4;
    if (isSoftmax(stage.ops.front()))
      return size;
    if (!isa<IntLinearOp, mase::LinearOp, MatmulOp>(stage.ops.front()))
      return 1;
    return size <= 8 ? size : 4;
  }

  void buildStage(const StagePlan &stage) {
    SmallVector<Value> inputs; // of the function
    // What mixes features takes an argument of its stage, and the first.
    auto dot = dyn_cast<IntLinearOp>(stage.ops.front());
    const bool rereads = dot && graph.rereads.contains(dot);
    for (Operation *op : stage.ops)
      for (Value operand : op->getOperands()) {
        if (rereads && op == dot)
          continue;
        Value value = graph.resolve(operand);
        Operation *def = value.getDefiningOp();
        bool isParameter = def && def->hasTrait<OpTrait::ConstantLike>();
        if (!isParameter && !llvm::is_contained(inputs, value) &&
            !(def && llvm::is_contained(stage.ops, def)))
          inputs.push_back(value);
      }
    Value result = stage.ops.back()->getResult(0);
    Location loc = stage.ops.back()->getLoc();
    SmallVector<Value> operands;
    if (rereads) {
      operands.push_back(buildReadStage(dot, stage.inputName));
      inputs.insert(inputs.begin(), Value());
    }
    for (Value input : ArrayRef(inputs).drop_front(rereads))
      operands.push_back(values.lookup(input));
    StageOp stageOp = StageOp::create(builder, loc, kernelType(result),
                                      stage.name, tileOf(stage), operands);
    Block &body = stageOp.getBody().emplaceBlock();
    local.clear();
    for (auto [input, operand] : llvm::zip_equal(inputs, operands)) {
      Value argument = body.addArgument(operand.getType(), operand.getLoc());
      if (input)
        local[input] = argument;
      else
        dotInput = argument;
    }
    builder.setInsertionPointToEnd(&body);
    for (Operation *op : stage.ops)
      if (!graph.absorbed.contains(op))
        local[op->getResult(0)] = buildOp(op);
    YieldOp::create(builder, loc, local.lookup(result));
    values[result] = stageOp.getResult();
  }

  /// The codes of `op`'s operand as it reads them.
  Value readCodes(Operation *op, Value codes, Value value) {
    auto it = graph.rereads.find(op);
    if (it == graph.rereads.end())
      return value;
    Type type =
        it->second.isWide() ? builder.getI64Type() : builder.getI32Type();
    return ReadOp::create(builder, op->getLoc(),
                          vector(graph.sizeOf(codes), type), value,
                          it->second.width, !it->second.isSigned);
  }

  /// A stage for the input of a dot product that reads codes its own way.
  Value buildReadStage(IntLinearOp dot, const std::string &name) {
    Value codes = graph.resolve(dot.getInput()), input = values.lookup(codes);
    Type element = graph.rereads.find(dot)->second.isWide()
                       ? builder.getI64Type()
                       : builder.getI32Type();
    OpBuilder::InsertionGuard guard(builder);
    StageOp stage = StageOp::create(builder, dot.getLoc(),
                                    vector(graph.sizeOf(codes), element), name,
                                    /*tile=*/1, input);
    Block &body = stage.getBody().emplaceBlock();
    Value argument = body.addArgument(input.getType(), input.getLoc());
    builder.setInsertionPointToEnd(&body);
    YieldOp::create(builder, dot.getLoc(), readCodes(dot, codes, argument));
    return stage.getResult();
  }

  /// The stage's value for an operand; a constant is made where it is used.
  Value operand(Value value, Value like = {}) {
    value = graph.resolve(value);
    DenseElementsAttr attr;
    if (!like || !matchPattern(value, m_Constant(&attr)))
      return local.lookup(value);
    return kernel::ConstantOp::create(
        builder, value.getLoc(), floats(like),
        table(llvm::to_vector(attr.getValues<float>())));
  }

  Value buildOp(Operation *op) {
    Location loc = op->getLoc();
    StringAttr layer = builder.getStringAttr(layerNameOf(op));
    return TypeSwitch<Operation *, Value>(op)
        .Case([&](IntLinearOp linear) { return buildDot(linear); })
        .Case<mase::LinearOp, MatmulOp>(
            [&](auto linear) { return buildLinear(linear); })
        .Case<mase::QuantizeOp, RequantizeOp>(
            [&](auto quantize) { return buildQuantize(quantize); })
        .Case([&](mase::DequantizeOp dequantize) -> Value {
          CodeScale worth =
              expandScale(dequantize.getCodeScale(), dequantize.getInput());
          return kernel::DequantizeOp::create(
              builder, loc, floats(dequantize.getResult()),
              readCodes(op, dequantize.getInput(),
                        operand(dequantize.getInput())),
              builder.getDenseF32ArrayAttr(worth.scale),
              worth.hasZeroPoint()
                  ? builder.getDenseI64ArrayAttr(worth.zeroPoint)
                  : DenseI64ArrayAttr());
        })
        .Case([&](mase::RoundOp round) -> Value {
          return kernel::RoundOp::create(
              builder, loc, operand(round.getInput()), round.getFormat());
        })
        .Case<mase::AffineOp, BatchNormOp>([&](Operation *affine) -> Value {
          AffineParameters p = *affineParameters(affine);
          Value result = affine->getResult(0);
          return kernel::AffineOp::create(
              builder, loc, layer, operand(affine->getOperand(0)),
              table(expandFeatures(p.scale, result)),
              table(expandFeatures(p.shift, result)),
              features(p.scale.size(), result));
        })
        .Case([&](mase::ReluOp relu) -> Value {
          return kernel::ReluOp::create(builder, loc, layer,
                                        operand(relu.getInput()));
        })
        .Case([&](mase::LeakyReluOp relu) -> Value {
          return kernel::LeakyReluOp::create(builder, loc, layer,
                                             operand(relu.getInput()),
                                             relu.getAlphaAttr());
        })
        .Case([&](mase::SigmoidOp sigmoid) -> Value {
          return kernel::SigmoidOp::create(builder, loc, layer,
                                           operand(sigmoid.getInput()));
        })
        .Case([&](mase::SoftmaxOp softmax) -> Value {
          return kernel::SoftmaxOp::create(builder, loc, layer,
                                           operand(softmax.getInput()));
        })
        .Case([&](mase::LogSoftmaxOp softmax) -> Value {
          return kernel::LogSoftmaxOp::create(builder, loc, layer,
                                              operand(softmax.getInput()));
        })
        .Case([&](mase::AddOp add) { return buildBinary<kernel::AddOp>(add); })
        .Case([&](mase::SubOp sub) { return buildBinary<kernel::SubOp>(sub); })
        .Case([&](mase::MulOp mul) { return buildBinary<kernel::MulOp>(mul); })
        .Default([](Operation *) { return Value(); });
  }

  template <typename Target, typename Op> Value buildBinary(Op op) {
    Value lhs = operand(op.getLhs(), op.getResult());
    Value rhs = operand(op.getRhs(), op.getResult());
    return Target::create(builder, op.getLoc(), op.getLayerAttr(), lhs, rhs);
  }

  template <typename Op> Value buildLinear(Op linear) {
    SmallVector<float> weight = *getConstantF32(linear.getWeight());
    int64_t in = graph.sizeOf(linear.getInput()),
            out = graph.sizeOf(linear.getResult());
    DenseElementsAttr bias;
    if constexpr (std::is_same_v<Op, MatmulOp>) {
      SmallVector<float> transposed(weight.size());
      for (int64_t i = 0; i < in; ++i)
        for (int64_t o = 0; o < out; ++o)
          transposed[o * in + i] = weight[i * out + o];
      weight = std::move(transposed);
    } else if (linear.getBias()) {
      bias = table(*getConstantF32(linear.getBias()));
    }
    return kernel::LinearOp::create(
        builder, linear.getLoc(), floats(linear.getResult()),
        linear.getLayerAttr(), operand(linear.getInput()),
        table(weight, {out, in}), bias);
  }

  Value buildDot(IntLinearOp linear) {
    const DotPlan &plan = graph.dots.find(linear)->second;
    int64_t in = graph.sizeOf(linear.getInput()),
            out = graph.sizeOf(linear.getResult());
    SmallVector<int64_t> w = plan.weight;
    const bool wide = plan.kind == DotKind::Mad64;
    Type sumType = wide ? builder.getI64Type() : builder.getI32Type();
    auto integerTable = [&](ArrayRef<int64_t> elements, ArrayRef<int64_t> shape,
                            Type type) {
      SmallVector<APInt> values;
      for (int64_t element : elements)
        values.push_back(APInt(type.getIntOrFloatBitWidth(), uint64_t(element),
                               /*isSigned=*/true, /*implicitTrunc=*/true));
      return DenseElementsAttr::get(RankedTensorType::get(shape, type), values);
    };

    SmallVector<int64_t> shape = {out, in};
    if (plan.kind == DotKind::Dp4a) {
      shape[1] = int64_t(llvm::divideCeil(in, 4));
      SmallVector<int64_t> words(shape[0] * shape[1], 0);
      for (int64_t o = 0; o < out; ++o)
        for (int64_t i = 0; i < in; ++i)
          words[o * shape[1] + i / 4] |= (w[o * in + i] & 255) << 8 * (i % 4);
      w = std::move(words);
    }
    DenseElementsAttr init;
    if (!plan.init.empty())
      init = integerTable(plan.init, out, sumType);
    Type weightType =
        wide && llvm::any_of(w,
                             [](int64_t code) { return code != int32_t(code); })
            ? builder.getI64Type()
            : builder.getI32Type();
    return DotOp::create(
        builder, linear.getLoc(), vector(out, sumType), linear.getLayer(),
        plan.kind,
        graph.rereads.contains(linear) ? dotInput : operand(linear.getInput()),
        expandFormat(linear.getData(), linear.getInput()),
        integerTable(w, shape, weightType), linear.getWeightFormat(), init,
        linear.getBiasFormatAttr(), in,
        plan.productShift.empty()
            ? DenseI64ArrayAttr()
            : builder.getDenseI64ArrayAttr(plan.productShift),
        /*modular=*/plan.width > 64);
  }

  template <typename Op> Value buildQuantize(Op op) {
    const QuantizeNode &node = graph.quantizations.find(op)->second;
    SmallVector<Attribute> layers;
    for (Operation *layer : node.layers)
      if (std::string name = layerNameOf(layer); !name.empty())
        layers.push_back(builder.getStringAttr(name));
    if constexpr (std::is_same_v<Op, RequantizeOp>)
      llvm::append_range(layers, op.getLayers());
    const QuantizePlan &plan = node.plan;
    Value result = op.getResult();
    return kernel::QuantizeOp::create(
        builder, op.getLoc(), kernelType(result), builder.getArrayAttr(layers),
        readCodes(op, node.input, operand(node.input)),
        plan.scale.empty() ? DenseElementsAttr() : table(plan.scale),
        plan.shift.empty() ? DenseElementsAttr() : table(plan.shift),
        plan.factor.empty() ? DenseF32ArrayAttr()
                            : builder.getDenseF32ArrayAttr(plan.factor),
        plan.divisor.empty() ? DenseF32ArrayAttr()
                             : builder.getDenseF32ArrayAttr(plan.divisor),
        node.relu, expandFormat(op.getFormat(), op.getInput()), plan.rounder,
        plan.bits, plan.clamp, graph.packed.contains(result),
        plan.scale.empty() ? IntegerAttr()
                           : features(node.features, node.input),
        op.getIsResult(), op.getLayerAttr());
  }

  /// How many features there are, where that isn't how many elements.
  IntegerAttr features(int64_t count, Value like) {
    return count == graph.sizeOf(like) ? IntegerAttr()
                                       : builder.getI64IntegerAttr(count);
  }
};

struct ConvertMaseToKernel
    : mase::impl::ConvertMaseToKernelPassBase<ConvertMaseToKernel> {
  using ConvertMaseToKernelPassBase::ConvertMaseToKernelPassBase;

  void runOnOperation() override {
    KernelRequest request;
    if (failed(readOptions(request)))
      return signalPassFailure();
    SmallVector<func::FuncOp> functions;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (!func.isDeclaration())
        functions.push_back(func);
    if (functions.empty())
      warnNothingToDo(getOperation(), getArgument(),
                      "functions that are networks");
    for (func::FuncOp func : functions) {
      FailureOr<NetworkGraph> graph =
          NetworkGraph::build(func, request.strategy);
      if (failed(graph))
        return signalPassFailure();
      KernelBuilder(*graph, chooseKernel(graph->costs, request)).build();
    }
  }

  LogicalResult readOptions(KernelRequest &request) {
    if (kernel != "auto") {
      request.strategy = symbolizeStrategy(kernel);
      if (!request.strategy)
        return emitError(getOperation().getLoc())
               << "expected kernel 'auto', 'dp4a' or 'scalar', found '"
               << kernel << "'";
    }
    if (samplesPerThread < 0 || samplesPerThread > 8)
      return emitError(getOperation().getLoc())
             << "expected samples-per-thread from 1 to 8, or 0 to have it "
                "chosen, found "
             << int64_t(samplesPerThread);
    if (threadsPerBlock < 32 || threadsPerBlock > 1024 ||
        threadsPerBlock % 32 != 0)
      return emitError(getOperation().getLoc())
             << "expected threads-per-block to be a multiple of 32 from 32 to "
                "1024, found "
             << int64_t(threadsPerBlock);
    request.samplesPerThread = samplesPerThread;
    request.threadsPerBlock = threadsPerBlock;
    return success();
  }
};

} // namespace
