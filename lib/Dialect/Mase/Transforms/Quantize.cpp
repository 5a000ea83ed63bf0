// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-quantize: precisions from a configuration.
#include "mase/Config/QuantizeConfig.h"
#include "mase/Dialect/Mase/Transforms/Passes.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"
#include "mase/Support/Error.h"
#include "mase/Support/NearestNames.h"
#include "mase/Support/Quoting.h"

#include "absl/strings/str_cat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace mase {
#define GEN_PASS_DEF_MASEQUANTIZEPASS
#include "mase/Dialect/Mase/Transforms/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;

namespace {

struct QuantizePass : mase::impl::MaseQuantizePassBase<QuantizePass> {
  using MaseQuantizePassBase::MaseQuantizePassBase;

  void runOnOperation() override {
    if (!(maxSaturated >= 0)) {
      (void)fail(
          llvm::formatv("--mase-quantize: expected max-saturated of at least "
                        "0, found {0}",
                        double(maxSaturated))
              .str());
      return signalPassFailure();
    }
    warnOfNonFiniteConstants(getOperation());
    bool hadPrecision = anyPrecision();
    if (failed(configuration.empty() ? quantize() : applyNamed()))
      return signalPassFailure();
    if (!hadPrecision && !anyPrecision())
      warn();
    auto &judged = getAnalysis<JudgedPrecisions>();
    getOperation().walk([&](QuantizableOpInterface op) {
      if (op.getLayerPrecision())
        judged.insert(op);
    });
    markAnalysesPreserved<JudgedPrecisions>();
  }

private:
  bool anyPrecision() {
    return getOperation()
        .walk([](QuantizableOpInterface op) {
          return op.getLayerPrecision() ? WalkResult::interrupt()
                                        : WalkResult::advance();
        })
        .wasInterrupted();
  }

  /// Below it, what is left of the layers is float on purpose.
  bool isNetworkLevel() {
    return getModuleLevel(getOperation()) == ModuleLevel::Network;
  }

  /// No layer has a precision, before or after.
  void warn() {
    bool canQuantise = getOperation()
                           .walk([](QuantizableOpInterface) {
                             return WalkResult::interrupt();
                           })
                           .wasInterrupted();
    if (canQuantise && isNetworkLevel())
      emitWarning(UnknownLoc::get(&getContext()))
          << "--" << getArgument()
          << ": no layer gets a number format: the configuration leaves them "
             "all alone";
    else
      warnNothingToDo(
          getOperation(), getArgument(),
          "layers that can be quantised (" +
              llvm::join(quantizableLayerTypes(&getContext()), ", ") + ")");
  }

  LogicalResult fail(const absl::Status &status) {
    return emitConfigError(&getContext(), locatedText(status));
  }
  LogicalResult fail(const Twine &message) {
    return emitError(UnknownLoc::get(&getContext())) << message;
  }

  LogicalResult applyNamed() {
    if (!config.empty() || !by.empty() || !layers.empty())
      return fail("--mase-quantize: 'configuration' takes no other option "
                  "beside it");
    ModuleOp module = getOperation();
    std::vector<std::string> names;
    for (auto op : module.getOps<ConfigurationOp>()) {
      if (op.getSymName() == configuration)
        return applyConfiguration(module, op, maxSaturated);
      names.push_back(op.getSymName().str());
    }
    return fail("--mase-quantize: no configuration " + quoted(configuration) +
                " in the module" +
                (names.empty() ? std::string("; it has none")
                               : nearestNamesText(configuration, names)));
  }

  /// The configuration from `by` and `layers`.
  absl::StatusOr<QuantizeConfig> parseOptions() {
    const std::string origin = "--mase-quantize";
    QuantizeConfig result;
    result.location = {origin, 0, 0};
    if (by == "type")
      result.by = SelectBy::Type;
    else if (by == "name")
      result.by = SelectBy::Name;
    else if (by == "regex_name")
      result.by = SelectBy::RegexName;
    else
      return absl::InvalidArgumentError(
          origin + ": expected by=type, name or regex_name, found " +
          quoted(by));
    for (const std::string &text : layers) {
      // The key may itself hold colons (a regular expression); the table's
      // brace ends it.
      size_t split = text.find(":{");
      if (split == std::string::npos || split == 0)
        return absl::InvalidArgumentError(absl::StrCat(
            origin, ": expected layers=KEY:{name=\"integer\", …}, found '",
            text, "'"));
      std::string key = text.substr(0, split);
      auto parsed = parseInlineLayerConfig(text.substr(split + 1), origin);
      if (!parsed.ok())
        return parsed.status();
      if (key == "default") {
        result.defaultConfig = *parsed;
        continue;
      }
      QuantizeEntry entry;
      entry.key = key;
      entry.config = *parsed;
      entry.location = parsed->location;
      if (result.by == SelectBy::RegexName) {
        auto regex = NameRegex::create(key);
        if (!regex.ok())
          return regex.status();
        entry.regex = *regex;
      }
      result.entries.push_back(std::move(entry));
    }
    return result;
  }

  LogicalResult quantize() {
    if (config.empty() == (by.empty() && layers.empty()))
      return fail("--mase-quantize: expected config=FILE, by= with layers=, or "
                  "configuration=NAME");
    auto parsed = config.empty() ? parseOptions() : loadQuantizeConfig(config);
    if (!parsed.ok())
      return fail(parsed.status());
    FailureOr<LayerMap> layerMap = collectLayers(getOperation());
    if (failed(layerMap) || failed(checkEntries(*parsed, *layerMap)))
      return failure();
    SmallVector<std::pair<QuantizableOpInterface, PrecisionAttr>> changes;
    for (auto &[name, op] : *layerMap) {
      auto layer = dyn_cast<QuantizableOpInterface>(op);
      if (!layer)
        continue;
      StringRef type = cast<LayerOpInterface>(op).getLayerType();
      auto [precision, reason] =
          makePrecision(layer, parsed->lookup(name, type));
      if (reason)
        return op->emitError() << reason->str();
      changes.emplace_back(layer, precision);
    }
    for (auto [layer, precision] : changes)
      setPrecision(layer, precision, maxSaturated);
    return success();
  }

  /// Every entry selects something that can be quantised.
  LogicalResult checkEntries(const QuantizeConfig &parsed,
                             const LayerMap &layerMap) {
    std::vector<std::string> names;
    for (auto &[name, op] : layerMap)
      if (isa<QuantizableOpInterface>(op))
        names.push_back(name.str());
    std::vector<std::string> types = quantizableLayerTypes(&getContext());
    for (const QuantizeEntry &entry : parsed.entries) {
      if (parsed.by == SelectBy::Type) {
        if (!llvm::is_contained(types, entry.key))
          return fail(
              errorAt(entry.location,
                      wrongLayerTypeText(&getContext(), layerMap, entry.key)));
        if (isNetworkLevel() && entry.config.quantizes() &&
            llvm::none_of(layerMap, [&](const auto &layer) {
              return cast<LayerOpInterface>(layer.second).getLayerType() ==
                     entry.key;
            }))
          emitConfigRemark(
              &getContext(),
              {entry.location,
               "no layer of type " + quoted(entry.key) + " in the network"});
      } else if (parsed.by == SelectBy::Name) {
        auto it = layerMap.find(entry.key);
        if (it == layerMap.end() && !isNetworkLevel())
          return fail(errorAt(entry.location,
                              "expected the network level, where layer " +
                                  quoted(entry.key) +
                                  " could be quantised; found " +
                                  nameOf(getModuleLevel(getOperation()))));
        if (it == layerMap.end())
          return fail(
              errorAt(entry.location, "no layer " + quoted(entry.key) +
                                          " in the network" +
                                          nearestNamesText(entry.key, names)));
        if (!isa<QuantizableOpInterface>(it->second) &&
            entry.config.quantizes())
          return fail(
              errorAt(entry.location,
                      "layer " + quoted(entry.key) + " is a " +
                          cast<LayerOpInterface>(it->second).getLayerType() +
                          ", which cannot be quantised" +
                          nearestNamesText(entry.key, names)));
      } else if (llvm::none_of(names, [&](const std::string &name) {
                   return entry.regex->fullMatch(name);
                 })) {
        return fail(errorAt(entry.location,
                            "regular expression " + quoted(entry.key) +
                                " matches no layer that can be quantised" +
                                nearestNamesText(entry.key, names)));
      }
    }
    return success();
  }
};

} // namespace
