// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How numbers or sums become codes on the device.
#include "QuantizePlan.h"

#include "mase/Numerics/Elementary.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mase;
using namespace mase::cuda;

/// x * 2^exponent if that is finite and exact.
static std::optional<float> scaledExactly(float x, int exponent) {
  float scaled = std::ldexp(x, exponent);
  if (!std::isfinite(x) || !std::isfinite(scaled) ||
      std::ldexp(double(scaled), -exponent) != double(x))
    return std::nullopt;
  return scaled;
}

/// The exponent of the lowest bit of x; large for 0.
static int lowestBit(float x) {
  if (x == 0)
    return 1024;
  int exponent;
  double mantissa = std::frexp(double(x), &exponent); // 24 bits
  auto integer = uint32_t(std::fabs(mantissa) * 0x1p24);
  return exponent - 24 + llvm::countr_zero(integer);
}

/// Sets the plan's constants, times 2^exponent; false if one isn't exact.
static bool scaleConstants(const QuantizeSource &source, int exponent,
                           QuantizePlan &plan) {
  plan.scale.clear();
  plan.shift.clear();
  plan.factor.reset();
  if (source.scale.empty()) {
    int e = exponent - source.fracWidth;
    if (e < -126 || e > 127)
      return false;
    if (e != 0)
      plan.factor = exp2i(e);
    return true;
  }
  for (auto [s, t] : llvm::zip_equal(source.scale, source.shift)) {
    auto scale = scaledExactly(s, exponent - source.fracWidth);
    auto shift = scaledExactly(t, exponent);
    if (!scale || !shift)
      return false;
    plan.scale.push_back(*scale);
    plan.shift.push_back(*shift);
  }
  return true;
}

/// Whether the scaled computation is exact with floor, too.
static bool floorIsExact(const QuantizeSource &source) {
  bool integers = !source.sums.empty();
  if (source.scale.empty())
    // Integers are at least 1, their products with a normal power of two are
    // normal; a small f32 must not be scaled down.
    return integers || source.format.fracWidth >= 0;
  // Integers times s, plus t: multiples of the lower of their lowest bits.
  // Where that is representable, so is every result that would underflow.
  return integers && llvm::all_of(source.scale, [&](float s) {
           return lowestBit(s) - source.fracWidth >= -149;
         });
}

/// The value that is rounded, for sum x of element i, in the plan's unit.
static float valueAt(const QuantizePlan &plan, int64_t x, int64_t i) {
  if (!plan.scale.empty())
    return fmaF32(float(x), plan.scale[i], plan.shift[i]);
  return plan.factor ? float(x) * *plan.factor : float(x);
}

/// The codes before clamping at the ends of each element's sums; they bound
/// those between, since every step from sum to code is monotone.
static llvm::SmallVector<Interval>
reachable(const QuantizeSource &source, const QuantizePlan &plan, int bits) {
  llvm::SmallVector<Interval> codes;
  auto codeOf = [&](int64_t x, int64_t i) {
    double v = std::ldexp(double(valueAt(plan, x, i)), bits);
    v = source.format.rounding == Rounding::NearestEven ? __builtin_rint(v)
                                                        : __builtin_floor(v);
    return int64_t(std::clamp(v, -0x1p40, 0x1p40));
  };
  for (auto [i, sum] : llvm::enumerate(source.sums)) {
    auto [low, high] = std::minmax({codeOf(sum.low, i), codeOf(sum.high, i)});
    codes.push_back({low, high});
  }
  return codes;
}

QuantizePlan mase::cuda::planQuantize(const QuantizeSource &source) {
  const FixedPointFormat &format = source.format;
  const bool nearest = format.rounding == Rounding::NearestEven;
  const int64_t low = source.relu ? 0 : format.minCode(),
                high = format.maxCode();
  const bool integers = !source.sums.empty();

  QuantizePlan plan;
  // What an `exact` plan can say of the codes, and one of f32.
  llvm::SmallVector<Interval> all(source.size, Interval{low, high});

  auto exact = [&] {
    plan.rounder = Rounder::Exact;
    plan.scale.assign(source.scale.begin(), source.scale.end());
    plan.shift.assign(source.shift.begin(), source.shift.end());
    plan.factor.reset();
    if (source.fracWidth != 0)
      plan.factor = std::ldexp(1.0f, -source.fracWidth);
    plan.bits = 0;
    plan.clamp = false;
    plan.codes = all;
    return plan;
  };
  // Sums of 64 bits times more than 2^63 overflow before a scale, not after.
  const bool overflows = source.fracWidth < -63 && !source.scale.empty();
  if (high > INT32_MAX || overflows || (!nearest && !floorIsExact(source)))
    return exact();

  const int width = signedBitsFor((unsigned __int128)(high)) - 1;
  if (nearest && low >= 0 && width <= kMaxShiftBits) {
    plan.rounder = Rounder::Saturate;
    plan.bits = width;
  } else if (nearest && integers && format.width <= kMaxShiftBits) {
    plan.rounder = Rounder::Shift; // finite constants and sums: never NaN
  } else {
    plan.rounder = Rounder::Convert;
  }
  if (!scaleConstants(source, format.fracWidth - plan.bits, plan))
    return exact();

  plan.clamp = true;
  plan.codes = all;
  if (integers) {
    plan.codes = reachable(source, plan, plan.bits);
    plan.clamp = llvm::any_of(plan.codes, [&](Interval code) {
      return code.high > high ||
             (code.low < low && plan.rounder != Rounder::Saturate);
    });
    for (Interval &code : plan.codes)
      code = {std::clamp(code.low, low, high),
              std::clamp(code.high, low, high)};
  }
  if (plan.rounder == Rounder::Convert)
    plan.clamp = false; // always clamps
  return plan;
}
