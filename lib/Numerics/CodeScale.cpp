// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Numerics/CodeScale.h"

#include <algorithm>
#include <cmath>

namespace mase {

bool CodeScale::hasZeroPoint() const {
  return std::any_of(zeroPoint.begin(), zeroPoint.end(),
                     [](int64_t z) { return z != 0; });
}

std::optional<std::vector<int64_t>> CodeScale::fractions() const {
  std::vector<int64_t> result;
  for (float s : scale) {
    // Sums may have subnormal scales, so not by the bits.
    int exponent = 0;
    if (std::frexp(s, &exponent) != 0.5f)
      return std::nullopt;
    result.push_back(1 - exponent);
  }
  return result;
}

std::optional<int> CodeScale::fracWidth() const {
  std::optional<std::vector<int64_t>> all = fractions();
  if (!all || hasZeroPoint() ||
      !std::all_of(all->begin(), all->end(),
                   [&](int64_t f) { return f == all->front(); }))
    return std::nullopt;
  return int(all->front());
}

CodeScale codeScaleOf(const UniformTensorFormat &format) {
  CodeScale result;
  result.scale = format.scale;
  if (result.scale.empty())
    result.scale = {format.common.scale};
  result.zeroPoint = format.zeroPoint;
  if (result.zeroPoint.empty())
    result.zeroPoint = {format.common.zeroPoint};
  if (result.slices() > 1)
    result.axis = format.axis;
  return result;
}

} // namespace mase
