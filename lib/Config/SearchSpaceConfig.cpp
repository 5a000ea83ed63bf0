// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `[search.search_space]` of MASE's TOML.
#include "TomlReaders.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

using namespace mase;
using namespace mase::toml_tree;

namespace {

absl::Status addChoice(ChoiceList &list, const Node &node) {
  absl::StatusOr<ConfigValue> value = toValue(node);
  if (!value.ok())
    return value.status();
  if (absl::Status status =
          checkLayerSetting({list.key, *value, node.location});
      !status.ok())
    return status;
  if (llvm::is_contained(list.choices, *value))
    return errorAt(node.location, "choice given twice for '" + list.key +
                                      "': " + node.describe());
  list.choices.push_back(*std::move(value));
  return ok();
}

absl::Status readChoices(const Member &member, SeedEntry &entry) {
  if (!llvm::is_contained(layerConfigKeys(), member.key))
    return errorAt(member.location,
                   "unknown key '" + member.key +
                       "' in [search.search_space.seed." + entry.key +
                       ".config]" +
                       nearestNamesText(member.key, layerConfigKeys()));
  ChoiceList list{member.key, {}, member.value.location};
  if (member.value.kind != Node::Kind::Array) {
    if (absl::Status status = addChoice(list, member.value); !status.ok())
      return status;
  } else {
    if (member.value.elements.empty())
      return errorAt(member.value.location,
                     "'" + member.key + "' of '" + entry.key +
                         "' has no choices: the list is empty");
    for (const Node &element : member.value.elements)
      if (absl::Status status = addChoice(list, element); !status.ok())
        return status;
  }
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
        if (part.key == "schedule") {
          if (absl::Status status = read(part, space.schedule); !status.ok())
            return status;
          if (space.schedule->empty())
            return expected(part.value,
                            "the path of a schedule for 'schedule'");
          return ok();
        }
        if (part.key == "setup")
          return readTable(
              part, "search.search_space.setup", {"by"}, [&](const Member &by) {
                absl::StatusOr<size_t> word = readWord(by, {"type", "name"});
                if (!word.ok())
                  return word.status();
                space.by = {SelectBy(*word), by.value.location};
                return ok();
              });
        if (absl::Status status = requireTable(part); !status.ok())
          return status;
        for (const Member &seed : part.value.members)
          if (absl::Status status = readSeed(seed, space); !status.ok())
            return status;
        return ok();
      });
}

const SeedEntry *SearchSpaceConfig::lookup(llvm::StringRef layer,
                                           llvm::StringRef type) const {
  llvm::StringRef wanted = *by == SelectBy::Name ? layer : type;
  for (const SeedEntry &seed : seeds)
    if (wanted == seed.key)
      return &seed;
  return defaultSeed ? &*defaultSeed : nullptr;
}

std::string SearchConfig::schedulePath() const {
  llvm::StringRef path = *space.schedule;
  if (path.empty() || llvm::sys::path::is_absolute(path) || file == "-")
    return path.str();
  llvm::SmallString<128> result(llvm::sys::path::parent_path(file));
  llvm::sys::path::append(result, path);
  return result.str().str();
}
