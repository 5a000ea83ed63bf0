// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A module's layers by name; precisions from configurations.
#include "mase/Dialect/Mase/Transforms/Utils.h"

#include "mase/Config/NearestNames.h"
#include "mase/Config/QuantizeConfig.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Regex.h"

using namespace mlir;
using namespace mase;

/// The place that `message` begins with, if it does, and the rest.
static std::pair<Location, std::string> splitLocation(MLIRContext *context,
                                                      const Twine &message) {
  std::string text = message.str();
  Location loc = UnknownLoc::get(context);
  SmallVector<StringRef> parts;
  unsigned line = 0, column = 0;
  if (llvm::Regex("^([^:]+):([0-9]+):([0-9]+): (.*)$").match(text, &parts) &&
      !parts[2].getAsInteger(10, line) && !parts[3].getAsInteger(10, column))
    return {FileLineColLoc::get(context, parts[1], line, column),
            parts[4].str()};
  return {loc, text};
}

LogicalResult mase::emitConfigError(MLIRContext *context,
                                    const Twine &message) {
  auto [loc, text] = splitLocation(context, message);
  return emitError(loc) << text;
}

void mase::emitConfigWarning(MLIRContext *context, const Twine &message) {
  auto [loc, text] = splitLocation(context, message);
  emitWarning(loc) << text;
}

FailureOr<LayerMap> mase::collectLayers(Operation *root) {
  LayerMap layers;
  WalkResult result = root->walk([&](LayerOpInterface op) {
    auto [it, inserted] = layers.insert({op.getLayerName(), op});
    if (inserted)
      return WalkResult::advance();
    InFlightDiagnostic diag = op->emitError("expected layer names to be unique,"
                                            " found '")
                              << op.getLayerName() << "' twice";
    diag.attachNote(it->second->getLoc()) << "the first is here";
    return WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return failure();
  return layers;
}

ArrayRef<std::string> mase::quantizableLayerTypes() {
  static const std::string types[] = {"linear", "matmul", "relu",
                                      "add",    "sub",    "mul"};
  return types;
}

PrecisionOrReason mase::makePrecision(QuantizableOpInterface op,
                                      const LayerConfig &config) {
  if (!config.quantizes())
    return {};
  SmallVector<OperandRole> roles = op.getOperandRoles();
  auto has = [&](OperandRole role) { return llvm::is_contained(roles, role); };
  StringRef name = cast<LayerOpInterface>(*op).getLayerName();
  absl::Status complete =
      requireFormats(config, name, has(OperandRole::Weight));
  if (!complete.ok())
    return {{}, std::string(complete.message())};
  auto format = [&](OperandRole role,
                    const std::optional<FixedPointFormat> &fixed)
      -> NumberFormatAttrInterface {
    if (!fixed || !has(role))
      return {};
    auto attr = FixedAttr::get(op->getContext(), *fixed);
    if (role == OperandRole::DataIn && isa<ReluOp>(op))
      return attr.getUnsignedVariant();
    return attr;
  };
  auto precision = PrecisionAttr::get(
      op->getContext(), format(OperandRole::DataIn, config.dataIn),
      format(OperandRole::Weight, config.weight),
      format(OperandRole::Bias, config.bias),
      format(OperandRole::DataOut, config.dataOut));
  std::optional<std::string> reason = op.getIllegalPrecisionReason(precision);
  if (!reason)
    return {precision, std::nullopt};
  return {{}, formatError(config.location, "layer '" + name + "': " + *reason)};
}

bool mase::allWeightsVanish(QuantizableOpInterface op,
                            PrecisionAttr precision) {
  SmallVector<int64_t> shape = op.getParameterShape(OperandRole::Weight);
  if (shape.empty() || !precision || !precision.getWeight())
    return false;
  auto weights = getConstantF32(op->getOperand(1));
  if (!weights || weights->empty())
    return false;
  SmallVector<float> rounded(weights->size());
  precision.getWeight().quantizeTensor(*weights, shape, rounded);
  return llvm::all_of(rounded, [](float w) { return w == 0.0f; });
}

void mase::setPrecision(QuantizableOpInterface op, PrecisionAttr precision) {
  if (precision && precision.isEmpty())
    precision = {};
  op.setLayerPrecision(precision);
  if (allWeightsVanish(op, precision))
    op->emitWarning("all weights of layer '")
        << cast<LayerOpInterface>(*op).getLayerName() << "' round to zero in "
        << precision.getWeight() << ": its output is its bias";
}

LogicalResult mase::applyConfiguration(ModuleOp module,
                                       ConfigurationOp configuration) {
  FailureOr<LayerMap> layers = collectLayers(module);
  if (failed(layers))
    return failure();
  std::vector<std::string> names;
  for (auto &[name, op] : *layers)
    if (isa<QuantizableOpInterface>(op))
      names.push_back(name.str());
  for (NamedAttribute entry : configuration.getLayers()) {
    auto it = layers->find(entry.getName().getValue());
    if (it == layers->end() || !isa<QuantizableOpInterface>(it->second))
      return configuration.emitError("no layer '")
             << entry.getName().getValue() << "' to quantise"
             << nearestNamesText(entry.getName().getValue(), names);
    auto precision = cast<PrecisionAttr>(entry.getValue());
    if (auto reason = cast<QuantizableOpInterface>(it->second)
                          .getIllegalPrecisionReason(precision))
      return configuration.emitError("layer '")
             << entry.getName().getValue() << "': " << *reason;
  }
  for (auto &[name, op] : *layers)
    if (auto layer = dyn_cast<QuantizableOpInterface>(op))
      setPrecision(layer, configuration.getLayers().getAs<PrecisionAttr>(name));
  return success();
}
