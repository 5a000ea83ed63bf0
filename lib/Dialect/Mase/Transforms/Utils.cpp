// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A module's layers by name; precisions from configurations.
#include "mase/Dialect/Mase/Transforms/Utils.h"

#include "mase/Config/QuantizeConfig.h"
#include "mase/Support/Error.h"
#include "mase/Support/NearestNames.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;

/// Emits `message` at its place in a file, where it has one.
static InFlightDiagnostic
emitLocated(MLIRContext *context, const LocatedText &message,
            InFlightDiagnostic (*emit)(Location, const Twine &)) {
  const auto &[location, text] = message;
  if (!location.isValid())
    return emit(UnknownLoc::get(context), message.str());
  return emit(FileLineColLoc::get(context, location.file, location.line,
                                  location.column),
              text);
}

LogicalResult mase::emitConfigError(MLIRContext *context,
                                    const LocatedText &message) {
  return emitLocated(context, message, emitError);
}

void mase::emitConfigWarning(MLIRContext *context, const LocatedText &message) {
  emitLocated(context, message, emitWarning);
}

void mase::emitConfigRemark(MLIRContext *context, const LocatedText &message) {
  emitLocated(context, message, emitRemark);
}

std::string mase::describeLayer(Operation *layer) {
  auto op = cast<LayerOpInterface>(layer);
  return quoted(op.getLayerName()) + " (" + op.getLayerType().str() + ")";
}

StringRef mase::describeLevel(ModuleOp module) {
  ModuleLevel level = getModuleLevel(module);
  return level == ModuleLevel::Network ? "none" : nameOf(level);
}

void mase::warnNothingToDo(ModuleOp module, StringRef pass,
                           const Twine &expected, StringRef found) {
  emitWarning(UnknownLoc::get(module.getContext()))
      << "--" << pass << ": nothing to do: expected " << expected << ", found "
      << (found.empty() ? describeLevel(module) : found);
}

FailureOr<LayerMap> mase::collectLayers(Operation *root) {
  LayerMap layers;
  WalkResult result = root->walk([&](LayerOpInterface op) {
    auto [it, inserted] = layers.insert({op.getLayerName(), op});
    if (inserted)
      return WalkResult::advance();
    InFlightDiagnostic diag =
        op->emitError("expected layer names to be unique, found ")
        << quoted(op.getLayerName()) << " twice";
    diag.attachNote(it->second->getLoc()) << "the first is here";
    return WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    return failure();
  return layers;
}

std::vector<std::string> mase::quantizableLayerTypes(MLIRContext *context) {
  std::vector<std::string> types;
  for (RegisteredOperationName name : context->getRegisteredOperations())
    if (name.hasInterface<QuantizableOpInterface>())
      types.push_back(
          name.getInterface<LayerOpInterface>()->getLayerType().str());
  llvm::sort(types);
  return types;
}

std::string mase::wrongLayerTypeText(MLIRContext *context,
                                     const LayerMap &network, StringRef type) {
  bool isThere = llvm::any_of(network, [&](const auto &layer) {
    return cast<LayerOpInterface>(layer.second).getLayerType() == type;
  });
  return (isThere ? "layers of type " + quoted(type) + " cannot be quantised"
                  : "unknown layer type " + quoted(type)) +
         nearestNamesText(type, quantizableLayerTypes(context));
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
    return {{}, locatedText(complete)};
  ByRole<NumberFormatAttrInterface> formats;
  for (OperandRole role : roles) {
    if (!config.formats[role])
      continue;
    formats[role] = getFormatAttr(
        op->getContext(), formatInRole(op, role, *config.formats[role]));
  }
  auto precision = PrecisionAttr::get(
      op->getContext(), formats[OperandRole::DataIn],
      formats[OperandRole::Weight], formats[OperandRole::Bias],
      formats[OperandRole::DataOut]);
  std::optional<std::string> reason = op.getIllegalPrecisionReason(precision);
  if (!reason)
    return {precision, std::nullopt};
  return {
      {},
      LocatedText{config.location, "layer " + quoted(name) + ": " + *reason}};
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

void mase::warnOfSaturation(QuantizableOpInterface op, PrecisionAttr precision,
                            double maxSaturated) {
  struct Parameter {
    OperandRole role;
    unsigned operand;
    StringRef one, many;
  };
  for (auto [role, operand, one, many] :
       {Parameter{OperandRole::Weight, 1, "weight", "weights"},
        Parameter{OperandRole::Bias, 2, "bias", "biases"}}) {
    SmallVector<int64_t> shape = op.getParameterShape(role);
    NumberFormatAttrInterface format =
        precision ? precision.getFormat(role) : NumberFormatAttrInterface();
    if (shape.empty() || !format)
      continue;
    auto values = getConstantF32(op->getOperand(operand));
    if (!values || values->empty())
      continue;
    int64_t clamped = format.countSaturated(*values, shape);
    double share = double(clamped) / double(values->size());
    if (!(share > maxSaturated))
      continue;
    auto finite = llvm::make_filter_range(*values, [](float x) {
      return x == x; // not NaN
    });
    auto [least, greatest] = std::minmax_element(finite.begin(), finite.end());
    emitWarning(op->getLoc())
        << clamped << " of " << values->size() << " "
        << (values->size() == 1 ? one : many) << " ("
        << llvm::formatv("{0:F1}", 100 * share).str() << " %) of layer "
        << quoted(cast<LayerOpInterface>(*op).getLayerName())
        << (clamped == 1 ? " saturates in " : " saturate in ") << format
        << ": they go from " << llvm::formatv("{0}", *least).str() << " to "
        << llvm::formatv("{0}", *greatest).str();
  }
}

void JudgedPrecisions::insert(QuantizableOpInterface op) {
  precisions[cast<LayerOpInterface>(*op).getLayerName()] =
      op.getLayerPrecision();
}

bool JudgedPrecisions::contains(QuantizableOpInterface op) const {
  auto it = precisions.find(cast<LayerOpInterface>(*op).getLayerName());
  return it != precisions.end() && it->second == op.getLayerPrecision();
}

void mase::setPrecision(QuantizableOpInterface op, PrecisionAttr precision,
                        double maxSaturated) {
  if (precision && precision.isEmpty())
    precision = {};
  op.setLayerPrecision(precision);
  if (allWeightsVanish(op, precision))
    emitWarning(op->getLoc())
        << "all weights of layer "
        << quoted(cast<LayerOpInterface>(*op).getLayerName())
        << " round to zero in " << precision.getWeight()
        << ": its output is its bias";
  warnOfSaturation(op, precision, maxSaturated);
}

void mase::eraseUnusedConstants(Operation *root) {
  SmallVector<arith::ConstantOp> unused;
  root->walk([&](arith::ConstantOp op) {
    if (op->use_empty())
      unused.push_back(op);
  });
  for (arith::ConstantOp op : unused)
    op->erase();
}

LogicalResult mase::requireClosedFormats(Operation *root) {
  bool closed = true;
  root->walk([&](QuantizableOpInterface op) {
    PrecisionAttr precision = op.getLayerPrecision();
    if (!precision)
      return;
    for (OperandRole role : kAllRoles)
      if (NumberFormatAttrInterface format = precision.getFormat(role))
        if (auto reason = whyOpen(format.getNumberFormat())) {
          op->emitError("layer ")
              << quoted(cast<LayerOpInterface>(*op).getLayerName()) << ": '"
              << stringify(role) << "': " << *reason;
          closed = false;
        }
  });
  return success(closed);
}

LogicalResult mase::applyConfiguration(ModuleOp module,
                                       ConfigurationOp configuration,
                                       double maxSaturated) {
  FailureOr<LayerMap> layers = collectLayers(module);
  if (failed(layers))
    return failure();
  std::vector<std::string> names;
  for (auto &[name, op] : *layers)
    if (isa<QuantizableOpInterface>(op))
      names.push_back(name.str());
  for (NamedAttribute entry : configuration.getLayers()) {
    auto it = layers->find(entry.getName().getValue());
    if (ModuleLevel level = getModuleLevel(module);
        it == layers->end() && level != ModuleLevel::Network)
      return configuration.emitError("expected the network level, where layer ")
             << quoted(entry.getName()) << " could be quantised; found "
             << nameOf(level);
    if (it == layers->end() || !isa<QuantizableOpInterface>(it->second))
      return configuration.emitError("no layer ")
             << quoted(entry.getName()) << " to quantise"
             << nearestNamesText(entry.getName().getValue(), names);
    auto precision = cast<PrecisionAttr>(entry.getValue());
    if (auto reason = cast<QuantizableOpInterface>(it->second)
                          .getIllegalPrecisionReason(precision))
      return configuration.emitError("layer ")
             << quoted(entry.getName()) << ": " << *reason;
  }
  for (auto &[name, op] : *layers)
    if (auto layer = dyn_cast<QuantizableOpInterface>(op))
      setPrecision(layer, configuration.getLayers().getAs<PrecisionAttr>(name),
                   maxSaturated);
  if (std::optional<StringRef> calibration = configuration.getCalibration())
    emitRemark(configuration.getLoc())
        << "configuration " << quoted(configuration.getSymName())
        << " leaves weights as they are: the search rounded them by data ("
        << *calibration << "), as --mase-calibrate does with the same samples; "
        << "the network that it measured is front/"
        << configuration.getSymName() << ".mlir in its output";
  return success();
}
