// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Weights of few bits are mostly zero, and a word of four that all are needs no
// product: what stands in which word decides how many there are.
#ifndef MASE_NUMERICS_WORDORDER_H
#define MASE_NUMERICS_WORDORDER_H

#include "absl/types/span.h"

#include <cstdint>
#include <vector>

namespace mase {

/// Weights, or codes, in a word.
constexpr int64_t kCodesOfWord = 4;

/// With more features, looking for an order would take long.
constexpr size_t kMostOrderedFeatures = 256;

/// Words of four weights, of [out][in], that are not all zero.
int64_t countNonZeroWords(absl::Span<const int64_t> weights, size_t in);

/// The same with the features in an order: `order[k]` becomes feature k.
int64_t countNonZeroWords(absl::Span<const int64_t> weights, size_t in,
                          absl::Span<const int64_t> order);

/// No order has fewer of them.
int64_t leastNonZeroWords(absl::Span<const int64_t> weights, size_t in);

/// The order of the features of `weights`, [out][in], in which few words of
/// four are not all zero: features that the same outputs read stand together,
/// and of a word 0 and 2, and 1 and 3, which some processors multiply together.
/// From greedy groups exchanges as long as one helps; the same for the same
/// weights.
std::vector<int64_t> orderOfFeatures(absl::Span<const int64_t> weights,
                                     size_t in);

} // namespace mase

#endif // MASE_NUMERICS_WORDORDER_H
