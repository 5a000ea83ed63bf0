// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `[passes.quantize]` of MASE's TOML, and settings written inline.
#include "LocatedFormat.h"
#include "TomlTree.h"

#include "mase/Support/NearestNames.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Regex.h"

using namespace mase;
using namespace mase::toml_tree;

namespace {

/// Under the name of a format that isn't there the other keys are that
/// format's, so the name is checked before them.
absl::Status checkName(const Node &table) {
  const Node *name = table.find("name");
  if (!name)
    return absl::OkStatus();
  absl::StatusOr<ConfigValue> value = toValue(*name);
  if (!value.ok())
    return value.status();
  return checkLayerSetting({"name", *value, name->location});
}

/// Whether a list is one value for each slice, and not a mistaken search space.
bool mayBeList(llvm::StringRef key) {
  return key.ends_with("_width") || key.ends_with("_scale") ||
         key.ends_with("_zero_point");
}

absl::StatusOr<LayerConfig> readLayer(const Node &table,
                                      const SourceLocation &location) {
  if (absl::Status status = checkName(table); !status.ok())
    return status;
  std::vector<LayerSetting> settings;
  for (const Member &member : table.members) {
    if (member.value.kind == Node::Kind::Array && !mayBeList(member.key))
      return errorAt(member.value.location,
                     "expected one value for " + quoted(member.key) +
                         ", found a list (lists belong into "
                         "[search.search_space])");
    absl::StatusOr<ConfigValue> value = toValue(member.value);
    if (!value.ok())
      return value.status();
    settings.push_back({member.key, *value, member.value.location});
    // An unknown key is best shown where the key stands.
    if (!llvm::is_contained(layerConfigKeys(), member.key))
      settings.back().location = member.location;
  }
  return makeLayerConfig(settings, location);
}

/// `[passes.quantize.<key>]`, which holds `config` alone.
absl::StatusOr<LayerConfig> readEntry(const Member &member) {
  if (absl::Status status = requireTable(member); !status.ok())
    return status;
  static const std::vector<std::string> keys = {"config"};
  std::string tableName = "passes.quantize." + member.key;
  if (absl::Status status = checkKeys(member.value, tableName, keys);
      !status.ok())
    return status;
  if (member.value.members.empty())
    return errorAt(member.location, "[" + tableName + "] has no 'config'");
  const Member &config = member.value.members.front();
  if (absl::Status status = requireTable(config); !status.ok())
    return status;
  return readLayer(config.value, member.location);
}

} // namespace

const QuantizeEntry *QuantizeConfig::match(llvm::StringRef name,
                                           llvm::StringRef type) const {
  for (const QuantizeEntry &entry : entries) {
    bool matches = by == SelectBy::RegexName
                       ? entry.regex && entry.regex->fullMatch(name)
                       : (by == SelectBy::Name ? name : type) == entry.key;
    if (matches)
      return &entry;
  }
  return nullptr;
}

const LayerConfig &QuantizeConfig::lookup(llvm::StringRef name,
                                          llvm::StringRef type) const {
  const QuantizeEntry *entry = match(name, type);
  return entry ? entry->config : defaultConfig;
}

absl::StatusOr<QuantizeConfig> mase::parseQuantizeConfig(llvm::StringRef text,
                                                         llvm::StringRef file) {
  absl::StatusOr<Node> root = parse(text, file);
  if (!root.ok())
    return root.status();
  const Node *passes = root->find("passes");
  if (passes && !passes->isTable())
    return expected(*passes, "a table for 'passes'");
  const Node *quantize = passes ? passes->find("quantize") : nullptr;
  if (!quantize) {
    std::string near;
    for (const Member &member : passes ? passes->members : root->members) {
      std::string found = (passes ? "passes." : "") + member.key;
      llvm::StringRef wanted = passes ? "passes.quantize" : "passes";
      if (wanted.edit_distance_insensitive(found) <= 2)
        near = " (but '" + found + "')";
    }
    return errorAt({file.str(), 0, 0},
                   "expected a table [passes.quantize], found none" + near);
  }
  if (!quantize->isTable())
    return expected(*quantize, "a table for 'passes.quantize'");

  QuantizeConfig config;
  config.location = quantize->location;
  bool hasBy = false;
  for (const Member &member : quantize->members) {
    if (member.key == "by") {
      hasBy = true;
      static const std::vector<std::string> ways = {"type", "name",
                                                    "regex_name"};
      if (member.value.kind != Node::Kind::String)
        return expected(member.value,
                        "'type', 'name' or 'regex_name' for 'by'");
      auto way = llvm::find(ways, member.value.string);
      if (way == ways.end())
        return errorAt(member.value.location,
                       "unknown value '" + member.value.string + "' of 'by'" +
                           nearestNamesText(member.value.string, ways));
      config.by = SelectBy(way - ways.begin());
      continue;
    }
    if (!member.value.isTable())
      return errorAt(member.location,
                     "unknown key " + quoted(member.key) +
                         " in [passes.quantize]: expected 'by', or a table "
                         "for a layer, found " +
                         member.value.describe());
    absl::StatusOr<LayerConfig> layer = readEntry(member);
    if (!layer.ok())
      return layer.status();
    if (member.key == "default") {
      config.defaultConfig = *std::move(layer);
      continue;
    }
    config.entries.push_back(
        {member.key, *std::move(layer), member.location, std::nullopt});
  }
  if (!hasBy)
    return errorAt(quantize->location,
                   "[passes.quantize] has no 'by' (valid: 'type', 'name', "
                   "'regex_name')");
  if (config.by == SelectBy::RegexName)
    for (QuantizeEntry &entry : config.entries) {
      absl::StatusOr<NameRegex> regex = NameRegex::create(entry.key);
      if (!regex.ok())
        return errorAt(entry.location, std::string(regex.status().message()));
      entry.regex = *std::move(regex);
    }
  return config;
}

absl::StatusOr<QuantizeConfig> mase::loadQuantizeConfig(llvm::StringRef path) {
  absl::StatusOr<std::string> text = readFile(path);
  if (!text.ok())
    return text.status();
  return parseQuantizeConfig(*text, path);
}

absl::StatusOr<LayerConfig>
mase::parseInlineLayerConfig(llvm::StringRef text, llvm::StringRef origin) {
  absl::StatusOr<Node> table = parseInline(text, origin);
  if (!table.ok())
    return table.status();
  return readLayer(*table, table->location);
}

absl::StatusOr<NumberFormat> mase::parseInlineFormat(llvm::StringRef text,
                                                     llvm::StringRef origin) {
  absl::StatusOr<Node> table = parseInline(text, origin);
  if (!table.ok())
    return table.status();
  if (absl::Status status = checkName(*table); !status.ok())
    return status;
  std::vector<std::string> keys = formatKeys();
  keys.insert(keys.begin(), "name");
  if (absl::Status status = checkKeys(*table, "a number format", keys);
      !status.ok())
    return status;
  std::string name = "integer";
  std::vector<LayerSetting> settings;
  for (const Member &member : table->members) {
    absl::StatusOr<ConfigValue> value = toValue(member.value);
    if (!value.ok())
      return value.status();
    if (member.key == "name") {
      const std::string *given = std::get_if<std::string>(&*value);
      if (!given)
        return errorAt(table->location, "expected a number format, found none");
      name = *given;
      continue;
    }
    if (auto reason = checkFormatSetting({member.key, *value}, ""))
      return errorAt(member.value.location, *reason);
    settings.push_back({member.key, *std::move(value), member.value.location});
  }
  return makeLocatedFormat(name, std::move(settings), std::nullopt,
                           table->location);
}
