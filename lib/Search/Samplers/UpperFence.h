// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Losses that are too large to learn from.
#ifndef MASE_LIB_SEARCH_SAMPLERS_UPPERFENCE_H
#define MASE_LIB_SEARCH_SAMPLERS_UPPERFENCE_H

#include <algorithm>
#include <vector>

namespace mase {

/// Beyond this a loss is only "far too much": ten times the interquartile
/// range above the upper quartile. A few such would leave nothing to tell the
/// others apart by.
inline double upperFence(std::vector<double> values) {
  if (values.empty())
    return 0;
  auto quartile = [&](size_t q) {
    auto at = values.begin() + ptrdiff_t(q * (values.size() - 1) / 4);
    std::nth_element(values.begin(), at, values.end());
    return *at;
  };
  double low = quartile(1), high = quartile(3);
  return high > low ? high + 10 * (high - low) : 1e300;
}

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_UPPERFENCE_H
