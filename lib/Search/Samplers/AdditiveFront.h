// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The whole front of a problem whose losses add up over its parts, by dynamic
// programming.
#ifndef MASE_LIB_SEARCH_SAMPLERS_ADDITIVEFRONT_H
#define MASE_LIB_SEARCH_SAMPLERS_ADDITIVEFRONT_H

#include "mase/Search/Front.h"

namespace mase {

/// One choice per part so that no other combination has smaller sums: the
/// Pareto front of the sums of `parts[part][choice]` (of equal sums one), in
/// the order of the sums. Part after part, the front of the sums so far is
/// joined with the part's choices and pruned by dominance (Nemhauser & Ullmann
/// 1969, doi 10.1287/mnsc.15.9.494); what can only end above `limits`
/// (infinite: none) is left out.
///
/// Exact while no partial front has more than `maxSize` members; beyond, the
/// losses after the first are divided into cells, of which each keeps the
/// member with the smallest first loss (two losses: `maxSize` cells, so a
/// loss is off by its range / `maxSize` a part at most).
std::vector<std::vector<uint32_t>>
additiveFront(llvm::ArrayRef<std::vector<Losses>> parts,
              llvm::ArrayRef<double> limits, size_t maxSize);

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_ADDITIVEFRONT_H
