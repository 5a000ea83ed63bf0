// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From where an op stands to the condition that it exists on.
#ifndef MASE_LIB_TUNING_CONDITIONS_H
#define MASE_LIB_TUNING_CONDITIONS_H

#include "mase/Search/Space.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace mase::schedule {

/// Knob `knob` takes one of `choices`.
struct Term {
  size_t knob;
  std::vector<uint32_t> choices;
  bool operator==(const Term &) const = default;
};

/// All terms hold; none: always. The terms of the regions around an op, the
/// outermost first.
using Path = std::vector<Term>;

enum class ConditionError : uint8_t { None, NotOneParent, TooMany };

/// Finds the condition that says the same as "one of `paths` holds", where
/// `knobs` are those that come earlier, with theirs; `condition` is none for
/// what always exists. NotOneParent: no condition on one knob says that.
ConditionError findCondition(llvm::ArrayRef<Path> paths,
                             llvm::ArrayRef<Knob> knobs,
                             std::optional<Knob::Condition> &condition);

} // namespace mase::schedule

#endif // MASE_LIB_TUNING_CONDITIONS_H
