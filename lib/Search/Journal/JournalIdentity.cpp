// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whose journal is it? Compares the attributes of studies.
#include "JournalReader.h"

#include "mase/Support/Json.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mase;
using namespace mase::journal;
namespace json = llvm::json;

static json::Value parse(llvm::StringRef text) {
  llvm::Expected<json::Value> value = parseJson(text);
  if (value)
    return std::move(*value);
  llvm::consumeError(value.takeError());
  return nullptr;
}

/// A text for people: strings in quotes, lists in brackets.
static std::string show(const json::Value &value) {
  if (std::optional<llvm::StringRef> text = value.getAsString())
    return "'" + text->str() + "'";
  if (const json::Array *array = value.getAsArray())
    return "[" + llvm::join(llvm::map_range(*array, show), ", ") + "]";
  return llvm::formatv("{0}", value).str();
}

namespace {
/// A knob of the attribute "knobs": [name, choices].
struct KnobText {
  std::string name, choices;
};
} // namespace

static std::vector<KnobText> knobsOf(const json::Value &value) {
  std::vector<KnobText> knobs;
  if (const json::Array *array = value.getAsArray())
    for (const json::Value &item : *array)
      if (const json::Array *pair = item.getAsArray();
          pair && pair->size() == 2)
        knobs.push_back({(*pair)[0].getAsString().value_or("").str(),
                         (*pair)[1].getAsString().value_or("").str()});
  return knobs;
}

static std::string knobDifference(const json::Value &there,
                                  const json::Value &here) {
  std::vector<KnobText> theirs = knobsOf(there), ours = knobsOf(here);
  auto has = [](llvm::ArrayRef<KnobText> knobs, llvm::StringRef name) {
    return llvm::any_of(
        knobs, [&](const KnobText &knob) { return knob.name == name; });
  };
  for (const KnobText &knob : theirs)
    if (!has(ours, knob.name))
      return "it has a knob '" + knob.name + "', which is not here";
  for (const KnobText &knob : ours)
    if (!has(theirs, knob.name))
      return "it has no knob '" + knob.name + "', which is here";
  for (auto [i, pair] : llvm::enumerate(llvm::zip(theirs, ours))) {
    auto &[their, our] = pair;
    std::string number = std::to_string(i + 1);
    if (their.name != our.name)
      return "knob " + number + " is '" + their.name + "' there, but '" +
             our.name + "' here";
    if (their.choices != our.choices)
      return "knob '" + our.name + "' has the choices " + their.choices +
             " there, but " + our.choices + " here";
  }
  return "the knobs are " + show(there) + " there, but " + show(here) + " here";
}

static std::string listDifference(llvm::StringRef what,
                                  const json::Value &there,
                                  const json::Value &here) {
  const json::Array *theirs = there.getAsArray(), *ours = here.getAsArray();
  if (theirs && ours)
    for (size_t i = 0; i < std::max(theirs->size(), ours->size()); ++i) {
      std::string name = what.str() + " " + std::to_string(i + 1);
      if (i >= theirs->size())
        return name + " is " + show((*ours)[i]) +
               " here, but there is none there";
      if (i >= ours->size())
        return name + " is " + show((*theirs)[i]) +
               " there, but there is none here";
      if ((*theirs)[i] != (*ours)[i])
        return name + " is " + show((*theirs)[i]) + " there, but " +
               show((*ours)[i]) + " here";
    }
  return what.str() + "s are " + show(there) + " there, but " + show(here) +
         " here";
}

std::string journal::firstDifference(
    llvm::ArrayRef<std::pair<std::string, std::string>> found,
    const Format &format, bool partial) {
  for (const Format::Attribute &attribute : format.identity) {
    auto it = llvm::find_if(
        found, [&](const auto &pair) { return pair.first == attribute.key; });
    json::Value here = parse(attribute.json);
    if (it == found.end() && partial)
      continue;
    if (it == found.end())
      return attribute.key + " is " + show(here) +
             " here, but is not given there";
    json::Value there = parse(it->second);
    if (there == here)
      continue;
    if (attribute.key == "mase_journal")
      return "it was written by another version of mase-opt (format " +
             show(there) + ", expected " + show(here) + ")";
    if (attribute.key == "knobs")
      return knobDifference(there, here);
    llvm::StringRef key = attribute.key;
    if (here.getAsArray() && key.consume_back("s"))
      return listDifference(key, there, here);
    return attribute.key + " is " + show(there) + " there, but " + show(here) +
           " here";
  }
  return {};
}
