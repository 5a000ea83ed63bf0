// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The settings of one layer: which keys there are, which values may stand for
// them, and the formats that they mean together.
#include "mase/Config/NearestNames.h"
#include "mase/Config/QuantizeConfig.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mase;

namespace {

/// Formats that can be had, under the names they are written with.
const std::vector<std::string> &formatNames() {
  static const std::vector<std::string> names = {"NA", "integer", "fixed",
                                                 "integer_floor"};
  return names;
}

/// Formats of semantics.md section 2 that are not there yet.
const std::vector<std::string> &laterFormatNames() {
  static const std::vector<std::string> names = {
      "scale_integer", "minifloat_denorm", "minifloat_ieee", "log",
      "block_fp",      "block_minifloat",  "block_log",      "mxint",
      "mxfp",          "binary",           "ternary"};
  return names;
}

std::string describe(const ConfigValue &value) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (std::holds_alternative<std::monostate>(value))
    os << "'NA'";
  else if (const bool *b = std::get_if<bool>(&value))
    os << (*b ? "true" : "false");
  else if (const int64_t *i = std::get_if<int64_t>(&value))
    os << *i;
  else if (const double *d = std::get_if<double>(&value))
    os << llvm::format("%g", *d);
  else
    os << "'" << std::get<std::string>(value) << "'";
  return text;
}

/// The width of "data_in" and its like while settings are put together.
struct PartialFormat {
  std::optional<int> width, fracWidth;
  SourceLocation fracLocation;

  std::optional<FixedPointFormat> build(Rounding rounding) const {
    if (!width)
      return std::nullopt;
    return FixedPointFormat{*width, fracWidth.value_or(*width / 2), true,
                            rounding};
  }
};

constexpr const char *kParts[] = {"data_in", "weight", "bias", "data_out"};

} // namespace

llvm::ArrayRef<std::string> mase::layerConfigKeys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> all = {"name"};
    for (const char *part : kParts) {
      all.push_back(std::string(part) + "_width");
      all.push_back(std::string(part) + "_frac_width");
    }
    all.push_back("bypass");
    all.push_back("floor");
    return all;
  }();
  return keys;
}

absl::Status mase::checkLayerSetting(const LayerSetting &setting) {
  llvm::StringRef key = setting.key;
  const ConfigValue &value = setting.value;
  if (!llvm::is_contained(layerConfigKeys(), setting.key))
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
    if (llvm::is_contained(laterFormatNames(), *name))
      return errorAt(setting.location, "number format " + quoted(*name) +
                                           " is not supported yet");
    if (!llvm::is_contained(formatNames(), *name))
      return errorAt(setting.location,
                     "unknown number format " + quoted(*name) +
                         nearestNamesText(*name, formatNames()));
    return absl::OkStatus();
  }
  if (key == "bypass" || key == "floor") {
    if (std::holds_alternative<bool>(value))
      return absl::OkStatus();
    return errorAt(setting.location, "expected true or false for " +
                                         quoted(key) + ", found " +
                                         describe(value));
  }
  bool isFrac = key.ends_with("_frac_width");
  if (isFrac && std::holds_alternative<std::monostate>(value))
    return absl::OkStatus();
  int64_t low = isFrac ? FixedPointFormat::kMinFracWidth : 1;
  int64_t high =
      isFrac ? FixedPointFormat::kMaxFracWidth : FixedPointFormat::kMaxWidth;
  const int64_t *number = std::get_if<int64_t>(&value);
  if (!number)
    return errorAt(setting.location, "expected an integer" +
                                         llvm::Twine(isFrac ? " or 'NA'" : "") +
                                         " for " + quoted(key) + ", found " +
                                         describe(value));
  if (*number < low || *number > high)
    return errorAt(setting.location, "impossible width: " + quoted(key) +
                                         " is " + llvm::Twine(*number) +
                                         ", expected " + llvm::Twine(low) +
                                         " to " + llvm::Twine(high));
  return absl::OkStatus();
}

absl::StatusOr<LayerConfig>
mase::makeLayerConfig(llvm::ArrayRef<LayerSetting> settings,
                      const SourceLocation &location) {
  LayerConfig config;
  config.location = location;
  bool named = false, floor = false;
  PartialFormat parts[std::size(kParts)];
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
    } else if (key == "floor") {
      floor = std::get<bool>(setting.value);
    } else {
      bool isFrac = key.consume_back("_frac_width");
      if (!isFrac)
        key.consume_back("_width");
      PartialFormat &part = parts[llvm::find(kParts, key) - kParts];
      if (isFrac)
        part.fracLocation = setting.location;
      if (const int64_t *number = std::get_if<int64_t>(&setting.value))
        (isFrac ? part.fracWidth : part.width) = int(*number);
    }
  }
  if (!named && !settings.empty())
    config.name = "integer";
  if (config.name == "fixed")
    config.name = "integer";
  if (config.name.empty())
    return config;
  if (config.name == "integer_floor")
    floor = true;
  else if (floor)
    config.name = "integer_floor";
  for (size_t i = 0; i < std::size(kParts); ++i)
    if (parts[i].fracWidth && !parts[i].width) {
      // MASE fills a missing bias from the weight, but half a bias is a slip.
      std::string part = kParts[i];
      return errorAt(parts[i].fracLocation, llvm::Twine("'") + part +
                                                "_frac_width' is given but '" +
                                                part + "_width' is not");
    }
  Rounding rounding = floor ? Rounding::Floor : Rounding::NearestEven;
  config.dataIn = parts[0].build(rounding);
  config.weight = parts[1].build(rounding);
  config.bias = parts[2].build(rounding);
  config.dataOut = parts[3].build(rounding);
  if (!config.bias && config.weight) {
    config.bias = config.weight;
    config.biasIsWeight = true;
  }
  return config;
}

absl::Status mase::requireFormats(const LayerConfig &config,
                                  llvm::StringRef layer, bool needsWeight) {
  if (!config.quantizes())
    return absl::OkStatus();
  const char *missing = nullptr;
  if (!config.dataIn)
    missing = "data_in_width";
  else if (needsWeight && !config.weight)
    missing = "weight_width";
  if (!missing)
    return absl::OkStatus();
  return errorAt(config.location, "layer " + quoted(layer) + ": key '" +
                                      missing + "' is missing from its config");
}
