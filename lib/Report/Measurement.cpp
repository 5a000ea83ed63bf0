// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Networks run on data, with the values in between kept.
#include "Measurement.h"

#include "mase/Dialect/Mase/Transforms/Utils.h"
#include "mase/Execution/DataTarget.h"
#include "mase/Execution/EntryFunction.h"
#include "mase/Execution/Observe.h"
#include "mase/Support/Error.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

#include <cmath>

using namespace mlir;
using namespace mase;

std::optional<OperandQuality> Operand::quality() const {
  if (!format)
    return std::nullopt;
  NumberFormat number = format.getNumberFormat();
  std::optional<OperandQuality> result;
  if (values.empty()) {
    result = estimateQuality(statistics, number, kind == Kind::Rectifier);
  } else {
    // What a ReLU cuts off is no error of the format.
    std::vector<float> kept = values;
    if (kind == Kind::Rectifier)
      for (float &x : kept)
        x = x < 0 ? 0.0f : x;
    result = measureQuality(kept, shape, number);
  }
  if (!result)
    return std::nullopt;
  result->minimum = statistics.minimum;
  result->maximum = statistics.maximum;
  return result;
}

//===----------------------------------------------------------------------===//
// Operands of a function
//===----------------------------------------------------------------------===//

namespace {

/// Marks the ops that splitDataOut makes.
constexpr llvm::StringLiteral kOwn = "mase.report";

bool isActivation(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getElementType().isF32() && type.getRank() >= 2 &&
         !matchPattern(value, m_Constant());
}

Operand::Kind kindOf(Operation *op) {
  if (isa<ProductOpInterface, IntLinearOp>(op))
    return Operand::Kind::Product;
  if (auto layer = dyn_cast<QuantizableOpInterface>(op);
      layer && layer.takesUnsignedInput())
    return Operand::Kind::Rectifier;
  return op->hasTrait<ElementByElement>() ? Operand::Kind::ElementByElement
                                          : Operand::Kind::Other;
}

class Collector {
public:
  std::vector<Operand> run(func::FuncOp function) {
    function.walk([&](LayerOpInterface layer) {
      layers.try_emplace(layer.getLayerName(), layer);
    });
    function.walk([&](Operation *op) {
      if (auto layer = dyn_cast<LayerOpInterface>(op))
        addLayer(layer);
      else if (auto linear = dyn_cast<IntLinearOp>(op))
        addIntLinear(linear);
      else if (auto affine = dyn_cast<AffineOp>(op))
        addAffine(affine);
      else if (auto quantize = dyn_cast<QuantizeOp>(op))
        addQuantize(quantize);
    });
    return std::move(operands);
  }

private:
  Operand *add(Operation *op, StringRef layer, StringRef type, OperandRole role,
               NumberFormatAttrInterface format, ValueRange values) {
    Operand operand{op->getLoc(), layer.str(), type.str(), role, format,
                    {},           {},          {},         {},   {}};
    operand.kind = kindOf(op);
    for (Value value : values)
      if (isActivation(value) && !llvm::is_contained(operand.tensors, value))
        operand.tensors.push_back(value);
    if (operand.tensors.empty())
      return nullptr;
    operands.push_back(std::move(operand));
    return &operands.back();
  }

  void addLayer(LayerOpInterface layer) {
    auto quantizable = dyn_cast<QuantizableOpInterface>(*layer);
    PrecisionAttr precision =
        quantizable ? quantizable.getLayerPrecision() : PrecisionAttr();
    auto formatOf = [&](OperandRole role) {
      return precision ? precision.getFormat(role)
                       : NumberFormatAttrInterface();
    };
    // What only moves values has nothing of its own to say of them.
    if (!isa<MovesElementsOpInterface>(*layer))
      add(layer, layer.getLayerName(), layer.getLayerType(),
          OperandRole::DataIn, formatOf(OperandRole::DataIn),
          layer->getOperands());
    Operand *out = add(layer, layer.getLayerName(), layer.getLayerType(),
                       OperandRole::DataOut, formatOf(OperandRole::DataOut),
                       layer->getResults());
    if (out && isa<ProductOpInterface>(*layer))
      out->sums = sumsOf(quantizable, precision);
  }

  /// The sums that the layer's result is; none where a bias is added to it.
  static std::optional<LinearSums> sumsOf(QuantizableOpInterface op,
                                          PrecisionAttr precision) {
    std::optional<LinearSums> sums = getLinearSums(op, precision);
    bool hasBias = bool(cast<ProductOpInterface>(*op).getBias());
    return hasBias && sums && !sums->biasInSum ? std::nullopt : sums;
  }

  void addAffine(AffineOp affine) {
    add(affine, affine.getLayer(), "affine", OperandRole::DataIn, {},
        affine.getInput());
    add(affine, affine.getLayer(), "affine", OperandRole::DataOut, {},
        affine.getResult());
  }

  void addIntLinear(IntLinearOp linear) {
    if (auto quantize = linear.getInput().getDefiningOp<QuantizeOp>())
      add(linear, linear.getLayer(), "int_linear", OperandRole::DataIn,
          linear.getData(), quantize.getInput());
    for (Operation *user : linear->getUsers())
      if (auto dequantize = dyn_cast<DequantizeOp>(user)) {
        if (Operand *out =
                add(linear, linear.getLayer(), "int_linear",
                    OperandRole::DataOut, {}, dequantize.getResult()))
          out->sums = linear.getSums();
        break;
      }
  }

  /// One whose format no reader of the codes has: of a ReLU or an element-wise
  /// layer, or of a result.
  void addQuantize(QuantizeOp quantize) {
    if (quantize->hasAttr(kOwn))
      return;
    if (quantize.getLayer())
      return addNamed(quantize, *quantize.getLayer());
    for (Operation *user : quantize->getUsers())
      if (!isa<IntLinearOp>(user))
        return (void)add(quantize, nameOfReader(user), "quantize",
                         OperandRole::DataIn, quantize.getFormat(),
                         quantize.getInput());
  }

  void addNamed(QuantizeOp quantize, StringRef layer) {
    // What is in no op of its name any more is a ReLU, which is its format.
    LayerOpInterface op = layers.lookup(layer);
    if (quantize.getIsResult()) {
      auto result = llvm::find_if(operands, [&](const Operand &operand) {
        return operand.layer == layer && operand.role == OperandRole::DataOut;
      });
      if (result != operands.end())
        result->format = quantize.getFormat();
      return;
    }
    auto other = llvm::find_if(operands, [&](const Operand &operand) {
      return operand.layer == layer && operand.role == OperandRole::DataIn;
    });
    if (other != operands.end()) { // the second of an element-wise layer
      if (isActivation(quantize.getInput()) &&
          !llvm::is_contained(other->tensors, quantize.getInput()))
        other->tensors.push_back(quantize.getInput());
      return;
    }
    auto addOperand = [&](OperandRole role, NumberFormatAttrInterface format,
                          Value value) {
      StringRef type = op ? op.getLayerType() : ReluOp::getLayerType();
      if (Operand *operand = add(quantize, layer, type, role, format, value))
        operand->kind = op ? kindOf(op) : Operand::Kind::Rectifier;
    };
    addOperand(OperandRole::DataIn, quantize.getFormat(), quantize.getInput());
    for (Operation *user : quantize->getUsers())
      if (!op && isa<DequantizeOp>(user))
        return addOperand(OperandRole::DataOut, {}, user->getResult(0));
  }

  static StringRef nameOfReader(Operation *user) {
    if (isa<DequantizeOp>(user) && user->hasOneUse())
      if (auto layer = dyn_cast<LayerOpInterface>(*user->user_begin()))
        return layer.getLayerName();
    return "";
  }

  /// Those that there are, by name.
  llvm::StringMap<LayerOpInterface> layers;
  std::vector<Operand> operands;
};

//===----------------------------------------------------------------------===//
// Every value in sight
//===----------------------------------------------------------------------===//

/// Rounds the result of a layer in ops of their own, so that it can be seen
/// before.
void splitDataOut(QuantizableOpInterface op) {
  PrecisionAttr precision = op.getLayerPrecision();
  NumberFormatAttrInterface out =
      precision ? precision.getDataOut() : NumberFormatAttrInterface();
  std::optional<UniformTensorFormat> uniform =
      out ? out.getUniform() : std::nullopt;
  if (!uniform)
    return;
  op.setLayerPrecision(PrecisionAttr::get(
      op->getContext(), precision.getDataIn(), precision.getWeight(),
      precision.getBias(), NumberFormatAttrInterface()));
  OpBuilder b(op->getContext());
  b.setInsertionPointAfter(op);
  Value result = op->getResult(0);
  auto type = cast<RankedTensorType>(result.getType());
  auto codes = QuantizeOp::create(
      b, op->getLoc(),
      type.clone(b.getIntegerType(unsigned(uniform->storageWidth()))), result,
      out, UnitAttr(), StringAttr());
  codes->setAttr(kOwn, b.getUnitAttr());
  auto rounded = DequantizeOp::create(
      b, op->getLoc(), codes, codeScaleOf(*uniform), !uniform->common.isSigned);
  result.replaceAllUsesExcept(rounded, codes);
}

/// A mase.requantize as the chain that it stands for.
void splitRequantize(RequantizeOp op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  Value value = DequantizeOp::create(b, loc, op.getInput(), op.getCodeScale(),
                                     /*isUnsigned=*/false);
  ArrayRef<Attribute> layers = op.getLayers().getValue();
  auto name = [&](size_t i) {
    return i < layers.size() ? cast<StringAttr>(layers[i])
                             : b.getStringAttr("");
  };
  if (op.getScale())
    value = AffineOp::create(b, loc, value.getType(), name(0), value,
                             op.getScale(), op.getShift());
  if (op.getRelu())
    value = ReluOp::create(b, loc, value.getType(), name(op.getScale() ? 1 : 0),
                           value, PrecisionAttr());
  auto codes = QuantizeOp::create(b, loc, op.getResult().getType(), value,
                                  op.getFormat(), op.getIsResultAttr(),
                                  op.getLayerAttr());
  op.getResult().replaceAllUsesWith(codes);
  op.erase();
}

/// A copy of the module in which every operand is the value of some op.
struct Prepared {
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;
  std::vector<Operand> operands;
};

Prepared prepare(ModuleOp module, func::FuncOp original) {
  Prepared result;
  result.module = module.clone();
  result.function =
      result.module->lookupSymbol<func::FuncOp>(original.getName());
  result.function.walk([](QuantizableOpInterface op) { splitDataOut(op); });
  SmallVector<RequantizeOp> requantizes;
  result.function.walk([&](RequantizeOp op) { requantizes.push_back(op); });
  llvm::for_each(requantizes, splitRequantize);
  result.operands = Collector().run(result.function);
  // The formats of results are those of the network that was given.
  for (const Operand &own : Collector().run(original))
    for (Operand &operand : result.operands)
      if (own.role == OperandRole::DataOut && operand.role == own.role &&
          operand.layer == own.layer && own.format)
        operand.format = own.format;
  return result;
}

} // namespace

FailureOr<Measurement>
mase::measure(ModuleOp module, const DataOptions &options, StringRef pass) {
  if (ModuleLevel level = getModuleLevel(module);
      level != ModuleLevel::Empty && level != ModuleLevel::Network &&
      level != ModuleLevel::Integer)
    return emitError(UnknownLoc::get(module.getContext()))
           << "--" << pass
           << ": expected the network or the integer level to run on '"
           << options.data << "', found " << nameOf(level);
  FailureOr<EntryFunction> entry = findEntryFunction(module);
  if (failed(entry))
    return failure();
  FailureOr<DataTarget> target = getDataTarget(entry->function);
  if (failed(target))
    return failure();
  DataOptions reading = options;
  reading.takesLabels = false;
  absl::StatusOr<Dataset> data = readSamples(reading, *target);
  if (!data.ok())
    return emitError(UnknownLoc::get(module.getContext()))
           << "--" << pass << ": " << messageOf(data.status());
  Prepared prepared = prepare(module, entry->function);
  Measurement result;
  result.samples = data->samples;
  result.notFinite =
      llvm::count_if(data->x, [](float x) { return !std::isfinite(x); });
  result.operands = std::move(prepared.operands);
  llvm::SetVector<Value> values;
  for (const Operand &operand : result.operands)
    values.insert(operand.tensors.begin(), operand.tensors.end());
  std::vector<std::vector<float>> seen(values.size());
  if (failed(observe(prepared.function, data->x, data->samples,
                     values.getArrayRef(),
                     [&](size_t i, ArrayRef<float> sample) {
                       llvm::append_range(seen[i], sample);
                     })))
    return failure();
  for (Operand &operand : result.operands) {
    for (Value value : operand.tensors)
      llvm::append_range(operand.values,
                         seen[llvm::find(values, value) - values.begin()]);
    auto shape =
        cast<RankedTensorType>(operand.tensors.front().getType()).getShape();
    operand.shape.assign(shape.begin(), shape.end());
    operand.shape[0] = int64_t(operand.values.size()) /
                       ShapedType::getNumElements(shape.drop_front());
    operand.statistics = computeStatistics(operand.values, shape.back());
    operand.tensors.clear(); // they go with the copy
  }
  return result;
}

FailureOr<Measurement> mase::readProfile(ModuleOp module, ProfileOp profile) {
  FailureOr<EntryFunction> entry = findEntryFunction(module);
  if (failed(entry))
    return failure();
  Measurement result;
  result.samples = profile.getSamples();
  result.isEstimate = true;
  for (Operand &operand : prepare(module, entry->function).operands)
    if (auto statistics = lookUp(profile, operand.layer, operand.role)) {
      operand.statistics = *std::move(statistics);
      operand.tensors.clear();
      result.operands.push_back(std::move(operand));
    }
  return result;
}
