// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How numbers or sums become codes on the device.
#include "QuantizePlan.h"

#include "mase/Numerics/Elementary.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>

using namespace mase;
using namespace mase::kernel;

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

/// The exponent of `x`, a positive binary32 that may be subnormal, if it is a
/// power of two.
static std::optional<int> exponentIfPower(float x) {
  int exponent;
  if (std::frexp(x, &exponent) != 0.5f)
    return std::nullopt;
  return exponent - 1;
}

/// Whether all that integers are worth are powers of two, which the constants
/// of a fma can take in.
static bool areWorthPowers(const Quantization &source) {
  return llvm::all_of(source.worth,
                      [](float w) { return exponentIfPower(w).has_value(); });
}

/// One factor for all if all are equal, none if it is 1.
static void simplify(llvm::SmallVector<float> &factors) {
  if (!llvm::all_equal(factors))
    return;
  factors.truncate(1);
  if (factors.front() == 1)
    factors.clear();
}

/// Whether some step is no power of two: then all are divided by.
static bool divides(const Quantization &source) {
  return llvm::any_of(source.formats, [](const UniformFormat &format) {
    return !isPowerOfTwo(format.scale);
  });
}

/// What constants are scaled by: from the format's unit to steps.
static int stepExponent(const Quantization &source, size_t i) {
  return divides(source) ? 0 : -exponentOf(source.formatOf(i).scale);
}

/// Sets the plan's constants, so that they give 2^bits steps; false if one
/// isn't exact.
static bool scaleConstants(const Quantization &source, QuantizePlan &plan) {
  plan.scale.clear();
  plan.shift.clear();
  plan.factor.clear();
  if (source.scale.empty()) {
    size_t n = std::max(source.worth.size(), source.formats.size());
    for (size_t i = 0; i < n; ++i) {
      float worth = source.worthOf(i);
      auto factor = scaledExactly(worth, stepExponent(source, i) - plan.bits);
      // A subnormal factor or worth: products may be, too.
      bool isPower = exponentIfPower(worth).has_value();
      if (!factor || !std::isnormal(*factor) ||
          (!isPower && !std::isnormal(worth)))
        return false;
      plan.factor.push_back(*factor);
    }
    simplify(plan.factor);
    return true;
  }
  const bool powers = areWorthPowers(source);
  if (!powers)
    plan.factor = source.worth;
  for (auto [i, s, t] : llvm::enumerate(source.scale, source.shift)) {
    int exponent = stepExponent(source, i) - plan.bits;
    int worth = powers ? *exponentIfPower(source.worthOf(i)) : 0;
    auto scale = scaledExactly(s, exponent + worth);
    auto shift = scaledExactly(t, exponent);
    if (!scale || !shift)
      return false;
    plan.scale.push_back(*scale);
    plan.shift.push_back(*shift);
  }
  return true;
}

/// Whether the scaled computation is exact with floor, too.
static bool floorIsExact(const Quantization &source) {
  bool integers = !source.sums.empty();
  if (divides(source))
    // Nothing is scaled; but for a power of two the definition does not divide
    // in binary32, where a result may underflow.
    return llvm::none_of(source.formats, [](const UniformFormat &format) {
      return isPowerOfTwo(format.scale);
    });
  if (source.scale.empty())
    // Integers are at least 1, their products with a normal factor are normal;
    // a small f32 must not be scaled down.
    return integers || llvm::all_of(source.formats, [](const auto &format) {
             return format.scale <= 1;
           });
  // Integers times s, plus t: multiples of the lower of their lowest bits.
  // Where that is representable, so is every result that would underflow.
  if (!integers || !areWorthPowers(source))
    return false;
  for (auto [i, s] : llvm::enumerate(source.scale))
    if (lowestBit(s) + *exponentIfPower(source.worthOf(i)) < -149)
      return false;
  return true;
}

/// The value that is rounded, for sum x of element i, in the plan's unit.
static float valueAt(const QuantizePlan &plan, int64_t x, int64_t i) {
  float v = float(x);
  if (!plan.factor.empty())
    v *= plan.factor[plan.factor.size() == 1 ? 0 : i];
  if (!plan.scale.empty())
    v = fmaF32(v, plan.scale[i], plan.shift[i]);
  if (!plan.divisor.empty())
    v /= plan.divisor[plan.divisor.size() == 1 ? 0 : i];
  return v;
}

/// The steps before clamping at the ends of each element's sums; they bound
/// those between, since every operation from sum to step is monotone.
static llvm::SmallVector<Interval> reachable(const Quantization &source,
                                             const QuantizePlan &plan) {
  llvm::SmallVector<Interval> steps;
  auto stepOf = [&](int64_t x, int64_t i) {
    double v = std::ldexp(double(valueAt(plan, x, i)), plan.bits);
    v = roundToInteger(v, source.common().rounding);
    return int64_t(std::clamp(v, -0x1p40, 0x1p40));
  };
  for (auto [i, sum] : llvm::enumerate(source.sums)) {
    auto [low, high] = std::minmax({stepOf(sum.low, i), stepOf(sum.high, i)});
    steps.push_back({low, high});
  }
  return steps;
}

/// Whether the steps can be computed in binary32 and clamped by their bounds.
static bool hasSteps(const Quantization &source) {
  const UniformFormat &common = source.common();
  const bool nearest = common.rounding == Rounding::NearestEven;
  if ((!nearest && common.rounding != Rounding::Floor) || common.bipolar)
    return false;
  return llvm::all_of(source.formats, [&](const UniformFormat &format) {
    int fraction = -exponentOf(format.scale);
    // Clamped or rounded first, without a zero point it is the same.
    bool zeroPointFirst =
        format.zeroPointFirst && (format.zeroPoint != 0 || !nearest);
    return !zeroPointFirst && fraction >= FixedPointFormat::kMinFracWidth &&
           fraction <= FixedPointFormat::kMaxFracWidth &&
           format.maxSteps() <= INT32_MAX && format.minSteps() >= INT32_MIN &&
           format.maxCode() <= INT32_MAX;
  });
}

QuantizePlan mase::kernel::planQuantize(const Quantization &source,
                                        bool clampIsFree) {
  const bool nearest = source.common().rounding == Rounding::NearestEven;
  const bool wraps = source.common().overflow == Overflow::Wrap;
  const bool integers = !source.sums.empty();

  QuantizePlan plan;
  auto exact = [&] {
    plan.rounder = Rounder::Exact;
    plan.scale.assign(source.scale.begin(), source.scale.end());
    plan.shift.assign(source.shift.begin(), source.shift.end());
    plan.factor = source.worth;
    simplify(plan.factor);
    plan.divisor.clear();
    plan.bits = 0;
    plan.clamp = false;
    return plan;
  };
  // Sums of 64 bits times 2^64 or more overflow before a scale, not after.
  const bool overflows =
      !source.scale.empty() &&
      llvm::any_of(source.worth, [](float worth) { return worth >= 0x1p64f; });
  // Products with a subnormal worth are rounded before a division sees them.
  const bool division = divides(source);
  const bool underflows =
      division && !llvm::all_of(source.worth, [](float worth) {
        return std::isnormal(worth);
      });
  if (!hasSteps(source) || overflows || underflows || (wraps && !integers) ||
      (!nearest && !floorIsExact(source)))
    return exact();

  int64_t low = INT64_MAX, high = 0;
  for (size_t i = 0; i < source.formats.size(); ++i) {
    low = std::min(low, source.steps(i).low);
    high = std::max(high, source.steps(i).high);
  }
  const int width = signedBitsFor((unsigned __int128)high) - 1;
  constexpr int64_t kLargestShift = int64_t(1) << (kMaxShiftBits - 1);
  if (clampIsFree && nearest && !division && low >= 0 &&
      width <= kMaxShiftBits) {
    plan.rounder = Rounder::Saturate;
    plan.bits = width;
  } else if (nearest && integers && low >= -kLargestShift &&
             high < kLargestShift) {
    plan.rounder = Rounder::Shift; // finite constants and sums: never NaN
  } else {
    plan.rounder = Rounder::Convert;
  }
  if (!scaleConstants(source, plan))
    return exact();
  if (division) {
    for (const UniformFormat &format : source.formats)
      plan.divisor.push_back(format.scale);
    if (llvm::all_equal(plan.divisor))
      plan.divisor.truncate(1);
  }

  plan.clamp = !integers;
  for (auto [i, step] : llvm::enumerate(reachable(source, plan))) {
    Interval bounds = source.steps(i);
    bool above = step.high > bounds.high, below = step.low < bounds.low;
    if (wraps && (above || (below && !source.relu)))
      return exact();
    plan.clamp |= above || (below && plan.rounder != Rounder::Saturate);
  }
  if (plan.rounder == Rounder::Convert)
    plan.clamp = false; // always clamps
  return plan;
}
