// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// "did you mean …?": the valid names nearest to one that is unknown. Header
// only, so that every room's errors can read alike.
#ifndef MASE_SUPPORT_NEARESTNAMES_H
#define MASE_SUPPORT_NEARESTNAMES_H

#include "mase/Support/Quoting.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace mase {

/// At most `limit` of `valid`, nearest to `name` first (edit distance without
/// regard to case; equal distances keep the order given). Each name once.
inline std::vector<std::string> nearestNames(llvm::StringRef name,
                                             llvm::ArrayRef<std::string> valid,
                                             size_t limit = 3) {
  // A distance takes the product of the lengths, and a file can have thousands
  // of long names: then their beginnings decide.
  size_t longest = valid.size() <= 100 ? 200 : 40;
  std::vector<std::pair<unsigned, size_t>> order;
  llvm::StringSet<> seen;
  for (size_t i = 0; i < valid.size(); ++i)
    if (seen.insert(valid[i]).second)
      order.emplace_back(name.take_front(longest).edit_distance_insensitive(
                             llvm::StringRef(valid[i]).take_front(longest),
                             /*AllowReplacements=*/true),
                         i);
  std::sort(order.begin(), order.end());
  std::vector<std::string> names;
  for (size_t i = 0; i < order.size() && i < limit; ++i)
    names.push_back(valid[order[i].second]);
  return names;
}

/// The end of an error about an unknown name: "; nearest: 'a', 'b'", or
/// "; valid: 'a', 'b', 'c'" where there are few of them, or "" for none.
inline std::string nearestNamesText(llvm::StringRef name,
                                    llvm::ArrayRef<std::string> valid) {
  constexpr size_t kFew = 4;
  bool few = valid.size() <= kFew;
  std::string text;
  for (const std::string &n : nearestNames(name, valid, few ? kFew : 3))
    text += (text.empty() ? (few ? "; valid: " : "; nearest: ") : ", ") +
            mase::quoted(n);
  return text;
}

} // namespace mase

#endif // MASE_SUPPORT_NEARESTNAMES_H
