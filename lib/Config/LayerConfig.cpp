// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The settings of one layer: which keys there are, which values may stand for
// them, and the formats that they mean together.
#include "mase/Config/QuantizeConfig.h"
#include "mase/Support/NearestNames.h"
#include "mase/Support/Quoting.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "llvm/ADT/STLExtras.h"

using namespace mase;

namespace {

/// Formats of semantics.md section 2 that are not there yet.
const std::vector<std::string> &laterFormatNames() {
  static const std::vector<std::string> names = {
      "scale_integer", "minifloat_denorm", "minifloat_ieee", "log",
      "block_fp",      "block_minifloat",  "block_log",      "mxint",
      "mxfp",          "binary",           "ternary"};
  return names;
}

std::string describe(const ConfigValue &value) {
  return absl::StrReplaceAll(toText(value), {{"\"", "'"}});
}

llvm::StringRef nameOf(OperandRole role) {
  absl::string_view name = toString(role);
  return {name.data(), name.size()};
}

/// The role that `key` is about, which it loses the name of.
std::optional<OperandRole> takeRole(llvm::StringRef &key) {
  for (OperandRole role : kAllRoles) {
    llvm::StringRef rest = key;
    if (rest.consume_front(nameOf(role)) && rest.consume_front("_")) {
      key = rest;
      return role;
    }
  }
  return std::nullopt;
}

std::string prefixOf(std::optional<OperandRole> role) {
  return role ? (nameOf(*role) + "_").str() : std::string();
}

/// Formats of a layer while its settings are put together.
struct PartialFormat {
  std::vector<FormatSetting> settings;
  std::vector<SourceLocation> locations;
};

/// Where the slices of a list lie unless an axis is given: a parameter's output
/// channels, an activation's features.
/// Bits of a bias on the grid of the sums, which 12 to 16 hold in the networks
/// measured so far (docs/accuracy.md).
constexpr int kCalibratedBiasWidth = 16;

int64_t defaultAxis(OperandRole role) {
  return role == OperandRole::Weight || role == OperandRole::Bias ? 0 : 1;
}

bool isList(const ConfigValue &value) {
  return std::holds_alternative<std::vector<int64_t>>(value) ||
         std::holds_alternative<std::vector<double>>(value);
}

absl::StatusOr<NumberFormat> build(const std::string &name, OperandRole role,
                                   PartialFormat part,
                                   const SourceLocation &location) {
  auto has = [&](llvm::StringRef key) {
    return llvm::any_of(part.settings, [&](const FormatSetting &setting) {
      return setting.key == key;
    });
  };
  // Of kinds that know slices: to others a list is a value like any.
  const FormatKind *kind = findFormatKind(name);
  if (kind && llvm::is_contained(kind->keys(), "axis") && !has("axis") &&
      llvm::any_of(part.settings, [](const FormatSetting &setting) {
        return isList(setting.value);
      })) {
    part.settings.push_back({"axis", defaultAxis(role)});
    part.locations.push_back(location);
  }
  std::string prefix = prefixOf(role);
  // MASE fills a missing bias from the weight, but half a bias is a slip.
  if (has("frac_width") && !has("width"))
    for (auto [setting, at] : llvm::zip_equal(part.settings, part.locations))
      if (setting.key == "frac_width")
        return errorAt(at,
                       absl::StrCat("'", prefix, "frac_width' is given but '",
                                    prefix, "width' is not"));
  auto made = makeNumberFormat(name, part.settings, prefix);
  if (NumberFormat *format = std::get_if<NumberFormat>(&made))
    return std::move(*format);
  const FormatError &error = std::get<FormatError>(made);
  bool atSetting = error.setting && *error.setting < part.locations.size();
  return errorAt(atSetting ? part.locations[*error.setting] : location,
                 atSetting ? error.message
                           : "'" + nameOf(role) + "': " + error.message);
}

} // namespace

llvm::ArrayRef<std::string> mase::layerConfigKeys() {
  // Kinds are registered before anything is parsed.
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> all = {"name"};
    for (OperandRole role : kAllRoles)
      for (const std::string &key : formatKeys())
        all.push_back(prefixOf(role) + key);
    all.push_back("bypass");
    llvm::append_range(all, sharedFormatKeys());
    return all;
  }();
  return keys;
}

absl::Status mase::checkLayerSetting(const LayerSetting &setting) {
  llvm::StringRef key = setting.key;
  const ConfigValue &value = setting.value;
  static const absl::flat_hash_set<std::string> keys(layerConfigKeys().begin(),
                                                     layerConfigKeys().end());
  if (!keys.contains(setting.key))
    return errorAt(setting.location,
                   "unknown key " + quoted(key) + " in a layer's config" +
                       nearestNamesText(key, layerConfigKeys()));
  if (key == "name") {
    if (std::holds_alternative<std::monostate>(value))
      return absl::OkStatus();
    const std::string *name = std::get_if<std::string>(&value);
    if (!name)
      return errorAt(setting.location,
                     "expected the name of a number format, found " +
                         describe(value));
    if (findFormatKind(*name))
      return absl::OkStatus();
    if (llvm::is_contained(laterFormatNames(), *name))
      return errorAt(setting.location, "number format " + quoted(*name) +
                                           " is not supported yet");
    std::vector<std::string> known = formatKindNames();
    known.insert(known.begin(), "NA");
    if (!llvm::is_contained(known, *name))
      return errorAt(setting.location, "unknown number format " +
                                           quoted(*name) +
                                           nearestNamesText(*name, known));
    return absl::OkStatus();
  }
  if (key == "bypass") {
    if (std::holds_alternative<bool>(value))
      return absl::OkStatus();
    return errorAt(setting.location, "expected true or false for " +
                                         quoted(key) + ", found " +
                                         describe(value));
  }
  std::optional<OperandRole> role = takeRole(key);
  if (std::optional<std::string> reason =
          checkFormatSetting({key.str(), value}, prefixOf(role)))
    return errorAt(setting.location, *reason);
  return absl::OkStatus();
}

absl::StatusOr<LayerConfig>
mase::makeLayerConfig(llvm::ArrayRef<LayerSetting> settings,
                      const SourceLocation &location) {
  LayerConfig config;
  config.location = location;
  bool named = false;
  ByRole<PartialFormat> parts;
  PartialFormat shared;
  for (const LayerSetting &setting : settings) {
    if (absl::Status status = checkLayerSetting(setting); !status.ok())
      return status;
    llvm::StringRef key = setting.key;
    if (key == "name") {
      named = true;
      const std::string *name = std::get_if<std::string>(&setting.value);
      config.name = !name || *name == "NA" ? "" : *name;
    } else if (key == "bypass") {
      config.bypass = std::get<bool>(setting.value);
    } else {
      std::optional<OperandRole> role = takeRole(key);
      PartialFormat &part = role ? parts[*role] : shared;
      part.settings.push_back({key.str(), setting.value});
      part.locations.push_back(setting.location);
    }
  }
  if (!named && !settings.empty())
    config.name = "integer";
  if (config.name.empty())
    return config;
  for (OperandRole role : kAllRoles) {
    PartialFormat &part = parts[role];
    if (part.settings.empty())
      continue;
    // What a layer says for all of its formats comes first: a format's own word
    // is the last one.
    part.settings.insert(part.settings.begin(), shared.settings.begin(),
                         shared.settings.end());
    part.locations.insert(part.locations.begin(), shared.locations.begin(),
                          shared.locations.end());
    absl::StatusOr<NumberFormat> format =
        build(config.name, role, std::move(part), location);
    if (!format.ok())
      return format.status();
    config.name = std::string((*format)->name());
    config.formats[role] = *std::move(format);
  }
  std::optional<NumberFormat> &bias = config.formats[OperandRole::Bias];
  const std::optional<NumberFormat> &weight =
      config.formats[OperandRole::Weight];
  // Calibrated biases are sums: MASE's rule would cut them to the few bits of
  // a weight.
  if (!bias && weight && (*weight)->open()) {
    OpenFormat open;
    open.known.width = kCalibratedBiasWidth;
    open.isSigned = true;
    bias = NumberFormat(open);
  } else if (!bias && weight) {
    bias = weight;
    config.biasIsWeight = true;
  }
  return config;
}

absl::Status mase::requireFormats(const LayerConfig &config,
                                  llvm::StringRef layer, bool needsWeight) {
  if (!config.quantizes())
    return absl::OkStatus();
  const char *missing = nullptr;
  if (!config.formats[OperandRole::DataIn])
    missing = "data_in_width";
  else if (needsWeight && !config.formats[OperandRole::Weight])
    missing = "weight_width";
  if (!missing)
    return absl::OkStatus();
  return errorAt(config.location, "layer " + quoted(layer) + ": key '" +
                                      missing + "' is missing from its config");
}
