// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recalls over their least common denominator.
#include "RecallMean.h"

#include "llvm/ADT/APFloat.h"

#include <algorithm>
#include <numeric>

using namespace mase;
using llvm::APInt;

/// The least common multiple of `a` and `n` > 0, in as many bits as it takes.
static APInt leastCommonMultiple(const APInt &a, uint64_t n) {
  uint64_t common = std::gcd(n, a.urem(n));
  APInt wide = a.zext(a.getActiveBits() + 64);
  wide *= n / common;
  return wide.trunc(std::max(1u, wide.getActiveBits()));
}

/// The nearest binary64. (APInt::roundToDouble shifts by negative amounts.)
static double toDouble(const APInt &x) {
  if (x.getActiveBits() <= 64)
    return double(x.getZExtValue());
  llvm::APFloat result(llvm::APFloat::IEEEdouble());
  result.convertFromAPInt(x, /*IsSigned=*/false,
                          llvm::APFloat::rmNearestTiesToEven);
  return result.convertToDouble();
}

RecallMean::RecallMean(llvm::ArrayRef<int64_t> sizes) {
  APInt common(64, 1);
  int64_t used = 0;
  for (int64_t size : sizes)
    if (size > 0) {
      common = leastCommonMultiple(common, uint64_t(size));
      ++used;
    }
  APInt multiple(64, 1);
  for (int64_t seen = used; seen <= int64_t(sizes.size()); ++seen)
    multiple = leastCommonMultiple(multiple, uint64_t(seen));
  bits = common.getActiveBits() + multiple.getActiveBits();
  common = common.zext(bits);
  seenMultiple = multiple.zext(bits);
  for (int64_t size : sizes)
    weights.push_back(size > 0 ? common.udiv(uint64_t(size)) : APInt(bits, 0));
  constexpr unsigned kMostBits = 1000; // binary64 ends at 2^1024
  APInt whole = common * seenMultiple;
  if (whole.getActiveBits() > kMostBits)
    shift = whole.getActiveBits() - kMostBits;
  denominator = toDouble(whole.lshr(shift));
}

double RecallMean::operator()(const uint32_t *counts, int64_t seen) const {
  APInt sum(bits, 0);
  for (size_t c = 0; c < weights.size(); ++c)
    sum += weights[c] * counts[c];
  sum *= seenMultiple.udiv(uint64_t(seen));
  if (shift)
    sum.lshrInPlace(shift);
  return toDouble(sum) / denominator;
}
