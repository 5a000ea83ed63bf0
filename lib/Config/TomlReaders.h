// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Readers of single TOML values into settings.
#ifndef MASE_LIB_CONFIG_TOMLREADERS_H
#define MASE_LIB_CONFIG_TOMLREADERS_H

#include "TomlTree.h"

#include "mase/Config/SearchConfig.h"
#include "mase/Support/NearestNames.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>
#include <limits>

namespace mase::toml_tree {

inline absl::Status ok() { return absl::OkStatus(); }

// Readers of one value each: they set `to` and its location.

inline absl::Status read(const Member &member, Setting<std::string> &to) {
  if (member.value.kind != Node::Kind::String)
    return expected(member.value, "a string for " + quoted(member.key));
  to = {member.value.string, member.value.location};
  return ok();
}

inline absl::Status read(const Member &member, Setting<bool> &to) {
  if (member.value.kind != Node::Kind::Bool)
    return expected(member.value, "true or false for " + quoted(member.key));
  to = {member.value.boolean, member.value.location};
  return ok();
}

inline absl::Status read(const Member &member, Setting<int64_t> &to,
                         int64_t low = std::numeric_limits<int64_t>::min()) {
  if (member.value.kind != Node::Kind::Integer)
    return expected(member.value, "an integer for " + quoted(member.key));
  if (member.value.integer < low)
    return expected(member.value, "at least " + llvm::Twine(low) + " for " +
                                      quoted(member.key));
  to = {member.value.integer, member.value.location};
  return ok();
}

inline absl::StatusOr<double> readNumber(const Member &member) {
  if (member.value.kind == Node::Kind::Integer)
    return double(member.value.integer);
  if (member.value.kind != Node::Kind::Float)
    return expected(member.value, "a number for " + quoted(member.key));
  if (!std::isfinite(member.value.real))
    return expected(member.value, "a finite number for " + quoted(member.key));
  return member.value.real;
}

/// A number above zero, or from zero on.
inline absl::Status read(const Member &member, Setting<double> &to,
                         bool allowZero) {
  absl::StatusOr<double> number = readNumber(member);
  if (!number.ok())
    return number.status();
  if (*number < 0 || (*number == 0 && !allowZero))
    return expected(member.value,
                    "a number " +
                        llvm::Twine(allowZero ? "of at least 0" : "above 0") +
                        " for " + quoted(member.key));
  to = {*number, member.value.location};
  return ok();
}

/// One of a few words; `to` gets its position in the list.
inline absl::StatusOr<size_t> readWord(const Member &member,
                                       const std::vector<std::string> &words) {
  if (member.value.kind != Node::Kind::String)
    return expected(member.value, "a string for " + quoted(member.key));
  auto word = llvm::find(words, member.value.string);
  if (word == words.end())
    return errorAt(member.value.location,
                   "unknown value '" + member.value.string + "' of " +
                       quoted(member.key) +
                       nearestNamesText(member.value.string, words));
  return size_t(word - words.begin());
}

inline absl::StatusOr<bool> readDirection(const Member &member) {
  absl::StatusOr<size_t> word = readWord(member, {"minimize", "maximize"});
  if (!word.ok())
    return word.status();
  return *word == 1;
}

/// Calls `reader` for each member of a table with the keys `valid` alone.
template <typename Reader>
absl::Status readTable(const Member &member, llvm::StringRef tableName,
                       const std::vector<std::string> &valid, Reader reader) {
  if (absl::Status status = requireTable(member); !status.ok())
    return status;
  if (absl::Status status = checkKeys(member.value, tableName, valid);
      !status.ok())
    return status;
  for (const Member &inner : member.value.members)
    if (absl::Status status = reader(inner); !status.ok())
      return status;
  return ok();
}

/// The keys that a quoted key sets together: "a, b" is a and b.
inline std::vector<std::string> splitKeys(llvm::StringRef key) {
  llvm::SmallVector<llvm::StringRef> parts;
  key.split(parts, ',');
  std::vector<std::string> keys;
  for (llvm::StringRef part : parts)
    keys.push_back(part.trim().str());
  return keys;
}

/// The value of each of `keys` in a choice: the choice itself for one key, the
/// elements of a list as long as `keys` for several.
inline absl::StatusOr<std::vector<const Node *>>
valuesOfKeys(const std::vector<std::string> &keys, const Node &choice) {
  if (keys.size() == 1)
    return std::vector<const Node *>{&choice};
  if (choice.kind == Node::Kind::Array &&
      choice.elements.size() == keys.size()) {
    std::vector<const Node *> values;
    for (const Node &element : choice.elements)
      values.push_back(&element);
    return values;
  }
  std::string count = std::to_string(keys.size());
  std::string what = "a list of " + count + " values for '" +
                     llvm::join(keys, ", ") + "', one for each key";
  if (choice.kind != Node::Kind::Array)
    return expected(choice, what);
  return errorAt(choice.location, "expected " + what + ", found " +
                                      std::to_string(choice.elements.size()));
}

/// Where samples come from: a path or a table.
absl::Status read(const Member &member, DataConfig &data);

/// `[search.search_space]`.
absl::Status readSearchSpace(const Member &member, SearchSpaceConfig &space);

/// `[search.strategy]`.
absl::Status readStrategy(const Member &member, StrategyConfig &strategy);

} // namespace mase::toml_tree

#endif // MASE_LIB_CONFIG_TOMLREADERS_H
