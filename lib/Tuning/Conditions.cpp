// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Conditions by truth table: few knobs are concerned, so every way to set them
// is tried, and each condition that might say the same is compared.
#include "Conditions.h"

#include "llvm/ADT/STLExtras.h"

using namespace mase;
using namespace mase::schedule;

/// Rows of a truth table; more is a mistake.
constexpr size_t kMaxRows = 1 << 18;

namespace {

class TruthTable {
public:
  TruthTable(llvm::ArrayRef<Path> paths, llvm::ArrayRef<Knob> knobs)
      : paths(paths), knobs(knobs), point(knobs.size(), 0) {
    std::vector<bool> isConcerned(knobs.size(), false);
    for (const Path &path : paths)
      for (const Term &term : path)
        isConcerned[term.knob] = true;
    // Parents come before their children.
    for (size_t k = knobs.size(); k-- > 0;)
      if (isConcerned[k] && knobs[k].condition)
        isConcerned[knobs[k].condition->parent] = true;
    for (size_t k = 0; k < knobs.size(); ++k)
      if (isConcerned[k]) {
        concerned.push_back(k);
        if (numRows <= kMaxRows)
          numRows *= knobs[k].choices.size();
      }
  }

  std::vector<size_t> concerned;
  size_t numRows = 1;

  /// Whether `holds(row's point, whether a path holds there)` for every row.
  template <typename Predicate> bool forAll(Predicate holds) {
    for (size_t row = 0; row < numRows; ++row) {
      size_t rest = row;
      for (size_t k : concerned) {
        point[k] = uint32_t(rest % knobs[k].choices.size());
        rest /= knobs[k].choices.size();
      }
      if (!holds(point, pathHolds()))
        return false;
    }
    return true;
  }

  /// Whether knob `k` exists where the knobs read `point`.
  bool exists(size_t k) const {
    while (const auto &condition = knobs[k].condition) {
      if (!llvm::is_contained(condition->choices, point[condition->parent]))
        return false;
      k = condition->parent;
    }
    return true;
  }

private:
  bool pathHolds() const {
    return llvm::any_of(paths, [&](const Path &path) {
      return llvm::all_of(path, [&](const Term &term) {
        return llvm::is_contained(term.choices, point[term.knob]);
      });
    });
  }

  llvm::ArrayRef<Path> paths;
  llvm::ArrayRef<Knob> knobs;
  Point point;
};

} // namespace

ConditionError
schedule::findCondition(llvm::ArrayRef<Path> paths, llvm::ArrayRef<Knob> knobs,
                        std::optional<Knob::Condition> &condition) {
  condition = std::nullopt;
  TruthTable table(paths, knobs);
  if (table.numRows > kMaxRows)
    return ConditionError::TooMany;
  if (table.forAll([](const Point &, bool exists) { return exists; }))
    return ConditionError::None;
  for (size_t parent : table.concerned) {
    std::vector<bool> takes(knobs[parent].choices.size(), false);
    table.forAll([&](const Point &point, bool exists) {
      if (exists)
        takes[point[parent]] = true;
      return true;
    });
    if (!table.forAll([&](const Point &point, bool exists) {
          return exists == (takes[point[parent]] && table.exists(parent));
        }))
      continue;
    condition = Knob::Condition{parent, {}};
    for (uint32_t c = 0; c < takes.size(); ++c)
      if (takes[c])
        condition->choices.push_back(c);
    return ConditionError::None;
  }
  return ConditionError::NotOneParent;
}
