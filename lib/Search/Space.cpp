// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Knobs, points and their numbering. A conditional knob is a child of one
// choice or more of its parent; counting walks that forest, so a point is
// numbered once whatever its inactive knobs would say.
#include "mase/Search/Space.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"

#include <algorithm>

using namespace mase;

namespace {

PointIndex saturatingMultiply(PointIndex a, PointIndex b) {
  if (a != 0 && b > Space::kMaxSize / a)
    return Space::kMaxSize;
  return std::min(a * b, Space::kMaxSize);
}

absl::Status invalid(const llvm::Twine &message) {
  return absl::InvalidArgumentError(message.str());
}

} // namespace

std::string mase::toString(PointIndex value) {
  std::string digits;
  do
    digits.push_back(char('0' + int(value % 10)));
  while ((value /= 10) != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

Knob Knob::ofSeveral(std::string name, std::vector<std::vector<Choice>> parts) {
  Knob knob;
  knob.name = std::move(name);
  for (const std::vector<Choice> &values : parts) {
    std::string text;
    for (const Choice &value : values) {
      text += text.empty() ? "" : ", ";
      const std::string *word = std::get_if<std::string>(&value);
      text += word                                            ? *word
              : std::holds_alternative<std::monostate>(value) ? "NA"
                                                              : toJson(value);
    }
    knob.choices.push_back(std::move(text));
  }
  knob.parts = std::move(parts);
  return knob;
}

absl::StatusOr<Space> Space::create(std::vector<Knob> knobs) {
  Space space;
  llvm::StringMap<size_t> names;
  size_t n = knobs.size();
  for (size_t k = 0; k < n; ++k) {
    const Knob &knob = knobs[k];
    if (!names.try_emplace(knob.name, k).second)
      return invalid("two knobs are named " + quoted(knob.name));
    if (knob.choices.empty())
      return invalid("knob " + quoted(knob.name) + " has no choices");
    for (size_t i = 0; i < knob.choices.size(); ++i)
      if (llvm::is_contained(llvm::ArrayRef(knob.choices).take_front(i),
                             knob.choices[i]))
        return invalid("knob " + quoted(knob.name) + " has the choice " +
                       toJson(knob.choices[i]) + " twice");
    if (!knob.parts.empty() &&
        (knob.parts.size() != knob.choices.size() ||
         llvm::any_of(knob.parts, [&](const std::vector<Choice> &values) {
           return values.empty() || values.size() != knob.parts[0].size();
         })))
      return invalid("knob " + quoted(knob.name) +
                     " has no value of each key for each choice");
    if (!knob.condition)
      continue;
    space.conditional = true;
    if (knob.condition->parent >= k)
      return invalid("knob " + quoted(knob.name) +
                     " depends on a knob that does not come before it");
    const Knob &parent = knobs[knob.condition->parent];
    if (knob.condition->choices.empty())
      return invalid("knob " + quoted(knob.name) + " depends on no choice of " +
                     quoted(parent.name));
    for (size_t i = 0; i < knob.condition->choices.size(); ++i) {
      uint32_t c = knob.condition->choices[i];
      if (c >= parent.choices.size() ||
          llvm::is_contained(
              llvm::ArrayRef(knob.condition->choices).take_front(i), c))
        return invalid("knob " + quoted(knob.name) + " depends on choice " +
                       llvm::Twine(c) + " of " + quoted(parent.name) +
                       ", which has " + llvm::Twine(parent.choices.size()) +
                       " choices, or names it twice");
    }
  }
  space.knobList = std::move(knobs);
  space.children.resize(n);
  for (size_t k = 0; k < n; ++k)
    space.children[k].resize(space.knobList[k].choices.size());
  for (size_t k = 0; k < n; ++k)
    if (const auto &condition = space.knobList[k].condition)
      for (uint32_t c : condition->choices)
        space.children[condition->parent][c].push_back(k);

  // Children come after their parents, so sizes are filled from the back.
  space.choiceSizes.resize(n);
  space.knobSizes.resize(n);
  for (size_t k = n; k-- > 0;) {
    PointIndex sum = 0;
    for (const std::vector<size_t> &below : space.children[k]) {
      PointIndex product = 1;
      for (size_t child : below)
        product = saturatingMultiply(product, space.knobSizes[child]);
      space.choiceSizes[k].push_back(product);
      sum = std::min(sum + product, kMaxSize);
    }
    space.knobSizes[k] = sum;
  }
  for (size_t k = 0; k < n; ++k)
    if (!space.knobList[k].condition)
      space.numPoints = saturatingMultiply(space.numPoints, space.knobSizes[k]);
  return space;
}

std::optional<size_t> Space::find(llvm::StringRef name) const {
  for (size_t k = 0; k < knobList.size(); ++k)
    if (knobList[k].name == name)
      return k;
  return std::nullopt;
}

std::string Space::sizeText() const {
  return isIndexable() ? toString(numPoints) : "more than 8.5e37";
}

// The digits of an index are the unconditional knobs in order, the first most
// significant; below a knob come its choices in order, each followed by the
// knobs that exist under it, numbered the same way.
PointIndex Space::rank(size_t k, const Point &point) const {
  PointIndex index = 0;
  for (uint32_t c = 0; c < point[k]; ++c)
    index += choiceSizes[k][c];
  PointIndex below = 0;
  for (size_t child : children[k][point[k]])
    below = below * knobSizes[child] + rank(child, point);
  return index + below;
}

void Space::unrank(size_t k, PointIndex index, Point &point) const {
  uint32_t c = 0;
  for (; index >= choiceSizes[k][c]; ++c)
    index -= choiceSizes[k][c];
  point[k] = c;
  for (size_t child : llvm::reverse(children[k][c])) {
    unrank(child, index % knobSizes[child], point);
    index /= knobSizes[child];
  }
}

PointIndex Space::indexOf(const Point &point) const {
  PointIndex index = 0;
  for (size_t k = 0; k < knobList.size(); ++k)
    if (!knobList[k].condition)
      index = index * knobSizes[k] +
              (conditional ? rank(k, point) : PointIndex(point[k]));
  return index;
}

Point Space::pointAt(PointIndex index) const {
  Point point(knobList.size(), 0);
  // 64-bit divisions are several times faster, and nearly always enough.
  uint64_t low = uint64_t(index);
  if (!conditional && low == index) {
    for (size_t k = knobList.size(); k-- > 0;) {
      uint64_t radix = knobList[k].choices.size();
      point[k] = uint32_t(low % radix);
      low /= radix;
    }
    return point;
  }
  for (size_t k = knobList.size(); k-- > 0;)
    if (!knobList[k].condition) {
      unrank(k, index % knobSizes[k], point);
      index /= knobSizes[k];
    }
  return point;
}

bool Space::isActive(const Point &point, size_t k) const {
  while (const auto &condition = knobList[k].condition) {
    if (!llvm::is_contained(condition->choices, point[condition->parent]))
      return false;
    k = condition->parent;
  }
  return true;
}

void Space::canonicalize(Point &point) const {
  if (!conditional)
    return;
  // An inactive parent reads 0, which may be a choice that its child wants: so
  // the whole chain is looked at.
  for (size_t k = 0; k < knobList.size(); ++k)
    if (!isActive(point, k))
      point[k] = 0;
}

bool Space::isValid(const Point &point) const {
  if (point.size() != knobList.size())
    return false;
  for (size_t k = 0; k < point.size(); ++k)
    if (point[k] >= knobList[k].choices.size() ||
        (point[k] != 0 && !isActive(point, k)))
      return false;
  return true;
}
