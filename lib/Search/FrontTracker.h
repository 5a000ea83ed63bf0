// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A Pareto front that is kept up to date as trials come in.
#ifndef MASE_LIB_SEARCH_FRONTTRACKER_H
#define MASE_LIB_SEARCH_FRONTTRACKER_H

#include "mase/Search/Front.h"

#include "llvm/ADT/STLExtras.h"

namespace mase {

class FrontTracker {
public:
  /// Adds trial `index`, later than all before it; whether it is on the front
  /// now. Of equal losses the first stays.
  bool add(size_t index, const Losses &losses) {
    for (const Losses &member : memberLosses)
      if (member == losses || dominates(member, losses))
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < members.size(); ++i)
      if (!dominates(losses, memberLosses[i])) {
        if (kept != i) {
          members[kept] = members[i];
          memberLosses[kept] = std::move(memberLosses[i]);
        }
        ++kept;
      }
    members.resize(kept);
    memberLosses.resize(kept);
    members.push_back(index);
    memberLosses.push_back(losses);
    return true;
  }

  size_t size() const { return members.size(); }
  /// In no particular order.
  llvm::ArrayRef<Losses> losses() const { return memberLosses; }
  /// Ascending.
  std::vector<size_t> indices() const {
    std::vector<size_t> sorted = members;
    llvm::sort(sorted);
    return sorted;
  }

private:
  std::vector<size_t> members;
  std::vector<Losses> memberLosses;
};

} // namespace mase

#endif // MASE_LIB_SEARCH_FRONTTRACKER_H
