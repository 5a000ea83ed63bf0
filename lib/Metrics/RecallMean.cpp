// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recalls over their least common denominator.
#include "RecallMean.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

using namespace mase;
using llvm::APInt;

/// The least common multiple of `a` and `n` > 0, in as many bits as it takes.
static APInt leastCommonMultiple(const APInt &a, uint64_t n) {
  uint64_t common = std::gcd(n, a.urem(n));
  APInt wide = a.zext(a.getActiveBits() + 64);
  wide *= n / common;
  return wide.trunc(std::max(1u, wide.getActiveBits()));
}

/// numerator / denominator, which is at most 1, rounded once.
static double quotient(APInt numerator, APInt denominator) {
  // 64 bits or more of quotient, the last of which says whether there are more.
  unsigned shift = denominator.getActiveBits() + 64 - numerator.getActiveBits();
  unsigned bits = numerator.getActiveBits() + shift + 1;
  APInt integral, rest;
  APInt::udivrem(numerator.zextOrTrunc(bits) << shift,
                 denominator.zextOrTrunc(bits), integral, rest);
  if (!rest.isZero())
    integral.setBit(0);
  // (APInt::roundToDouble shifts by negative amounts for some widths.)
  llvm::APFloat result(llvm::APFloat::IEEEdouble());
  result.convertFromAPInt(integral, /*IsSigned=*/false,
                          llvm::APFloat::rmNearestTiesToEven);
  return std::ldexp(result.convertToDouble(), -int(shift));
}

RecallMean::RecallMean(llvm::ArrayRef<int64_t> sizes) : common(64, 1) {
  for (int64_t size : sizes)
    if (size > 0)
      common = leastCommonMultiple(common, uint64_t(size));
  // Room for the sum.
  common = common.zext(common.getActiveBits() + 64);
  for (auto [c, size] : llvm::enumerate(sizes))
    if (size > 0)
      classes.push_back({c, common.udiv(uint64_t(size))});
  isSmall = (common * sizes.size()).getActiveBits() <= 53;
  if (!isSmall)
    return;
  smallCommon = double(common.getZExtValue());
  for (const Class &c : classes)
    smallWeights.push_back(double(c.weight.getZExtValue()));
}

double RecallMean::operator()(const uint32_t *counts, int64_t seen) const {
  if (isSmall) {
    double sum = 0;
    for (size_t i = 0; i < classes.size(); ++i)
      sum += double(counts[classes[i].index]) * smallWeights[i];
    return sum / (smallCommon * double(seen));
  }
  APInt sum(common.getBitWidth(), 0);
  for (const Class &c : classes)
    sum += c.weight * counts[c.index];
  return quotient(std::move(sum), common * uint64_t(seen));
}
