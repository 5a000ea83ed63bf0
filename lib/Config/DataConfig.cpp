// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tables that say where samples come from.
#include "mase/Config/DataConfig.h"

#include "TomlReaders.h"

#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

using namespace mase;
using namespace mase::toml_tree;

static const std::vector<std::string> &dataKeys() {
  static const std::vector<std::string> keys = {
      "file",   "split",        "fractions", "seed",
      "scaler", "scaler_split", "classes"};
  return keys;
}

static absl::Status readFractions(const Member &member, DataConfig &data) {
  if (absl::Status status = requireTable(member); !status.ok())
    return status;
  double sum = 0;
  for (const Member &part : member.value.members) {
    Setting<double> fraction;
    if (absl::Status status = read(part, fraction, /*allowZero=*/false);
        !status.ok())
      return status;
    sum += *fraction;
    data.fractions.push_back({part.key, *fraction});
  }
  // 0.7 + 0.2 + 0.1 is a little more than 1.
  if (sum > 1 + 1e-9)
    return errorAt(member.value.location,
                   "expected fractions that add up to 1 at most, found " +
                       std::to_string(sum));
  return ok();
}

static absl::Status readClasses(const Member &member, DataConfig &data) {
  if (member.value.kind != Node::Kind::Array || member.value.elements.empty())
    return expected(member.value, "a list of names for 'classes'");
  for (const Node &element : member.value.elements) {
    if (element.kind != Node::Kind::String)
      return expected(element, "a name in 'classes'");
    data.classes.push_back(element.string);
  }
  return ok();
}

static absl::Status readText(const Member &member, Setting<std::string> &to) {
  if (absl::Status status = read(member, to); !status.ok())
    return status;
  return to->empty()
             ? expected(member.value,
                        "a string that is not empty for " + quoted(member.key))
             : ok();
}

/// What single keys cannot say of each other.
static absl::Status check(const DataConfig &data) {
  if (!data.file.isSet())
    return errorAt(data.location, "expected a key 'file' with the path of the "
                                  "dataset, found none");
  if (data.scaler.isSet() && data.scalerSplit.isSet())
    return errorAt(data.scalerSplit.location,
                   "expected 'scaler' (a file) or 'scaler_split' (a part that "
                   "one is fitted on), found both");
  std::vector<std::string> names;
  for (const SplitFraction &part : data.fractions)
    names.push_back(part.name);
  for (const Setting<std::string> *split : {&data.split, &data.scalerSplit})
    if (split->isSet() && !llvm::is_contained(names, **split))
      return errorAt(split->location,
                     names.empty()
                         ? "expected 'fractions' beside it, as {train = 0.8, "
                           "test = 0.2}, found none"
                         : "no fraction is called " + quoted(**split) +
                               nearestNamesText(**split, names));
  return ok();
}

absl::Status toml_tree::read(const Member &member, DataConfig &data) {
  data = DataConfig();
  data.location = member.value.location;
  if (!member.value.isTable()) {
    if (member.value.kind != Node::Kind::String || member.value.string.empty())
      return expected(member.value, "the path of a dataset, or a table with "
                                    "'file', for " +
                                        quoted(member.key));
    data.file = {member.value.string, member.value.location};
    return ok();
  }
  absl::Status status = readTable(member, member.key, dataKeys(),
                                  [&](const Member &key) -> absl::Status {
                                    if (key.key == "file")
                                      return readText(key, data.file);
                                    if (key.key == "split")
                                      return readText(key, data.split);
                                    if (key.key == "fractions")
                                      return readFractions(key, data);
                                    if (key.key == "seed")
                                      return read(key, data.seed, 0);
                                    if (key.key == "scaler")
                                      return readText(key, data.scaler);
                                    if (key.key == "scaler_split")
                                      return readText(key, data.scalerSplit);
                                    return readClasses(key, data);
                                  });
  return status.ok() ? check(data) : status;
}

absl::StatusOr<DataConfig> mase::parseInlineData(llvm::StringRef text,
                                                 llvm::StringRef origin) {
  text = text.trim();
  bool isBare =
      llvm::Regex("^(" + llvm::join(dataKeys(), "|") + ") *=").match(text);
  std::string inner = isBare ? "{" + text.str() + "}" : text.str();
  if (!text.starts_with("{") && !isBare) {
    DataConfig data;
    data.location = {origin.str(), 1, 1};
    data.file = {text.str(), data.location};
    return data;
  }
  absl::StatusOr<Node> table = parseInline(inner, origin);
  if (!table.ok())
    return table.status();
  DataConfig data;
  if (absl::Status status = read(Member{"data", table->location, *table}, data);
      !status.ok())
    return status;
  return data;
}

/// JSON's strings are strings of TOML.
static std::string tomlString(llvm::StringRef text) {
  std::string result;
  appendJsonString(result, text, /*escapeSlash=*/false);
  return result;
}

std::string mase::toInlineText(const DataConfig &data) {
  std::vector<std::string> members;
  auto add = [&](llvm::StringRef key, const std::string &value) {
    members.push_back(key.str() + " = " + value);
  };
  auto addText = [&](llvm::StringRef key, const Setting<std::string> &text) {
    if (text.isSet())
      add(key, tomlString(*text));
  };
  addText("file", data.file);
  addText("split", data.split);
  if (!data.fractions.empty()) {
    std::vector<std::string> parts;
    for (const SplitFraction &part : data.fractions)
      llvm::raw_string_ostream(parts.emplace_back())
          << tomlString(part.name) << " = "
          << llvm::format("%.17g", part.fraction);
    add("fractions", "{" + llvm::join(parts, ", ") + "}");
  }
  if (data.seed.isSet())
    add("seed", std::to_string(*data.seed));
  addText("scaler", data.scaler);
  addText("scaler_split", data.scalerSplit);
  if (!data.classes.empty())
    add("classes",
        "[" + llvm::join(llvm::map_range(data.classes, tomlString), ", ") +
            "]");
  return members.size() == 1 ? *data.file
                             : "{" + llvm::join(members, ", ") + "}";
}
