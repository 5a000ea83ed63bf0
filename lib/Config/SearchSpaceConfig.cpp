// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `[search.search_space]` of MASE's TOML.
#include "TomlReaders.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

#include <functional>

using namespace mase;
using namespace mase::toml_tree;

namespace {

/// The value of `key` in a choice.
absl::StatusOr<ConfigValue> readValue(const std::string &key,
                                      const Node &node) {
  absl::StatusOr<ConfigValue> value = toValue(node);
  if (value.ok())
    if (absl::Status status = checkLayerSetting({key, *value, node.location});
        !status.ok())
      return status;
  return value;
}

absl::Status addChoice(ChoiceList &list, const Node &node) {
  std::vector<ConfigValue> values;
  absl::StatusOr<std::vector<const Node *>> parts =
      valuesOfKeys(list.keys, node);
  if (!parts.ok())
    return parts.status();
  for (auto [key, part] : llvm::zip_equal(list.keys, *parts)) {
    absl::StatusOr<ConfigValue> value = readValue(key, *part);
    if (!value.ok())
      return value.status();
    values.push_back(*std::move(value));
  }
  if (llvm::is_contained(list.choices, values))
    return errorAt(
        node.location,
        "choice given twice for " + quoted(list.name()) +
            (list.keys.size() == 1 ? ": " + node.describe() : std::string()));
  list.choices.push_back(std::move(values));
  return ok();
}

absl::Status readChoices(const Member &member, SeedEntry &entry) {
  std::string table = "[search.search_space.seed." + entry.key + ".config]";
  ChoiceList list{splitKeys(member.key), {}, member.value.location};
  bool several = list.keys.size() > 1;
  for (auto [i, key] : llvm::enumerate(list.keys)) {
    if (!llvm::is_contained(layerConfigKeys(), key))
      return errorAt(member.location,
                     "unknown key " + quoted(key) + " in " + table +
                         nearestNamesText(key, layerConfigKeys()));
    if (several && (key == "name" || key == "bypass"))
      return errorAt(member.location, quoted(key) +
                                          " decides whether the other keys "
                                          "mean anything: expected a list of "
                                          "its own, found it in " +
                                          quoted(list.name()));
    if (llvm::is_contained(llvm::ArrayRef(list.keys).take_front(i), key) ||
        llvm::any_of(entry.lists,
                     [&](const ChoiceList &other) { return other.has(key); }))
      return errorAt(member.location,
                     quoted(key) + " is given twice in " + table);
  }
  bool isList = member.value.kind == Node::Kind::Array;
  if (isList && member.value.elements.empty())
    return errorAt(member.value.location, quoted(list.name()) + " of " +
                                              quoted(entry.key) +
                                              " has no choices: the list is "
                                              "empty");
  if (!isList)
    if (absl::Status status = addChoice(list, member.value); !status.ok())
      return status;
  for (const Node &element : member.value.elements)
    if (absl::Status status = addChoice(list, element); !status.ok())
      return status;
  entry.lists.push_back(std::move(list));
  return ok();
}

absl::Status readSeed(const Member &member, SearchSpaceConfig &space) {
  SeedEntry entry{member.key, {}, member.location};
  std::string tableName = "search.search_space.seed." + member.key;
  absl::Status status =
      readTable(member, tableName, {"config"}, [&](const Member &config) {
        if (absl::Status status = requireTable(config); !status.ok())
          return status;
        // A format that isn't there yet has keys of its own: its name first.
        for (bool names : {true, false})
          for (const Member &list : config.value.members)
            if ((list.key == "name") == names) {
              SeedEntry scratch{entry.key, {}, entry.location};
              if (absl::Status status = readChoices(list, scratch);
                  !status.ok())
                return status;
            }
        for (const Member &list : config.value.members)
          if (absl::Status status = readChoices(list, entry); !status.ok())
            return status;
        return ok();
      });
  if (!status.ok())
    return status;
  if (entry.lists.empty())
    return errorAt(member.location, "[" + tableName +
                                        "] has no choices: expected lists in "
                                        "[" +
                                        tableName + ".config]");
  if (entry.key == "default")
    space.defaultSeed = std::move(entry);
  else
    space.seeds.push_back(std::move(entry));
  return ok();
}

absl::Status readPath(const Member &member, const std::string &what,
                      Setting<std::string> &path) {
  if (absl::Status status = read(member, path); !status.ok())
    return status;
  if (path->empty())
    return expected(member.value,
                    "the path of a " + what + " for " + quoted(member.key));
  return ok();
}

absl::Status readBudgets(const Member &member, ShrinkConfig &shrink) {
  if (member.value.kind != Node::Kind::Array || member.value.elements.empty())
    return expected(member.value, "a list of budgets for 'budgets'");
  for (const Node &element : member.value.elements) {
    Setting<int64_t> budget;
    if (absl::Status status = read({"budgets", {}, element}, budget, 0);
        !status.ok())
      return status;
    if (llvm::is_contained(shrink.budgets, *budget))
      return errorAt(element.location,
                     "budget given twice: " + std::to_string(*budget));
    shrink.budgets.push_back(*budget);
  }
  llvm::sort(shrink.budgets, std::greater<>());
  return ok();
}

absl::Status readShrinkKey(const Member &key, ShrinkConfig &shrink) {
  if (key.key == "budgets")
    return readBudgets(key, shrink);
  if (key.key == "starts") {
    Setting<int64_t> starts;
    absl::Status status = read(key, starts, 0);
    shrink.starts = *starts;
    return status;
  }
  if (key.key == "units") {
    Setting<bool> units;
    absl::Status status = read(key, units);
    shrink.units = *units;
    return status;
  }
  const bool isCost = key.key == "cost";
  absl::StatusOr<size_t> word =
      readWord(key, isCost ? std::vector<std::string>{"ebops", "bitops",
                                                      "model_bytes", "macs"}
                           : std::vector<std::string>{"fast", "full"});
  if (!word.ok())
    return word.status();
  if (isCost)
    shrink.cost = key.value.string;
  else
    shrink.isFull = *word == 1;
  return ok();
}

absl::Status readShrink(const Member &member, SearchSpaceConfig &space) {
  ShrinkConfig shrink;
  shrink.location = member.value.location;
  if (member.value.kind == Node::Kind::Bool) {
    if (member.value.boolean)
      space.shrink = shrink;
    return ok();
  }
  if (!member.value.isTable())
    return expected(member.value,
                    "true, false or a table with 'budgets' or other options "
                    "for 'shrink'");
  absl::Status status =
      readTable(member, "search.search_space.setup.shrink",
                {"budgets", "cost", "effort", "starts", "units"},
                [&](const Member &key) { return readShrinkKey(key, shrink); });
  space.shrink = std::move(shrink);
  return status;
}

absl::Status readSetup(const Member &member, SearchSpaceConfig &space) {
  return readTable(
      member, "search.search_space.setup",
      {"by", "tie", "calibration", "calibration_samples", "refine", "shrink"},
      [&](const Member &key) -> absl::Status {
        if (key.key == "tie")
          return read(key, space.tie);
        if (key.key == "calibration")
          return read(key, space.calibration);
        if (key.key == "calibration_samples")
          return read(key, space.calibrationSamples, 1);
        if (key.key == "refine")
          return read(key, space.refine);
        if (key.key == "shrink")
          return readShrink(key, space);
        absl::StatusOr<size_t> word = readWord(key, {"type", "name"});
        if (!word.ok())
          return word.status();
        space.by = {SelectBy(*word), key.value.location};
        return ok();
      });
}

} // namespace

absl::Status toml_tree::readSearchSpace(const Member &member,
                                        SearchSpaceConfig &space) {
  return readTable(
      member, "search.search_space", {"name", "setup", "seed", "schedule"},
      [&](const Member &part) -> absl::Status {
        if (part.key == "name") {
          absl::StatusOr<size_t> word =
              readWord(part, {"graph/quantize/mixed_precision_ptq"});
          if (!word.ok())
            return word.status();
          return read(part, space.name);
        }
        if (part.key == "schedule")
          return readPath(part, "schedule", space.schedule);
        if (part.key == "setup")
          return readSetup(part, space);
        if (absl::Status status = requireTable(part); !status.ok())
          return status;
        for (const Member &seed : part.value.members)
          if (absl::Status status = readSeed(seed, space); !status.ok())
            return status;
        return ok();
      });
}

std::string ChoiceList::name() const { return llvm::join(keys, ", "); }

bool ChoiceList::has(llvm::StringRef key) const {
  return llvm::is_contained(keys, key);
}

const SeedEntry *SearchSpaceConfig::lookup(llvm::StringRef layer,
                                           llvm::StringRef type) const {
  llvm::StringRef wanted = *by == SelectBy::Name ? layer : type;
  for (const SeedEntry &seed : seeds)
    if (wanted == seed.key)
      return &seed;
  return defaultSeed ? &*defaultSeed : nullptr;
}

std::string mase::besideConfig(llvm::StringRef config, llvm::StringRef path) {
  if (path.empty() || llvm::sys::path::is_absolute(path) || config == "-")
    return path.str();
  llvm::SmallString<128> result(llvm::sys::path::parent_path(config));
  llvm::sys::path::append(result, path);
  return result.str().str();
}

std::string SearchConfig::schedulePath() const {
  return besideConfig(file, *space.schedule);
}

DataConfig SearchConfig::seenFromHere(DataConfig data) const {
  for (Setting<std::string> *path : {&data.file, &data.scaler})
    if (path->isSet())
      path->value = besideConfig(file, **path);
  return data;
}
