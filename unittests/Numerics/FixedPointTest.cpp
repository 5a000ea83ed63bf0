// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fixed-point rounding against its definition in a wider type, and against
// pairs that MASE's quantisers computed.
#include "mase/Numerics/FixedPoint.h"
#include "mase/Numerics/Elementary.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

namespace mase {
namespace {

/// clamp(round(x 2^f), lo, hi), x 2^f exact in 64 mantissa bits.
long double codeOf(float x, const FixedPointFormat &f) {
  if (x != x)
    return 0;
  long double v = std::ldexp((long double)(x), f.fracWidth);
  v = f.rounding == Rounding::Floor ? std::floor(v) : std::nearbyint(v);
  long double lo = f.isSigned ? -std::ldexp(1.0L, f.width - 1) : 0;
  long double hi = std::ldexp(1.0L, f.isSigned ? f.width - 1 : f.width) - 1;
  return std::fmin(std::fmax(v, lo), hi);
}

TEST(FixedPoint, EqualsItsDefinition) {
  std::mt19937_64 engine(1);
  auto integer = [&](int lo, int hi) {
    return std::uniform_int_distribution<int>(lo, hi)(engine);
  };
  for (int n = 0; n < 400000; ++n) {
    FixedPointFormat f;
    f.width = integer(1, FixedPointFormat::kMaxWidth);
    f.fracWidth = integer(0, 3) ? integer(-2, f.width + 2)
                                : integer(FixedPointFormat::kMinFracWidth,
                                          FixedPointFormat::kMaxFracWidth);
    f.isSigned = integer(0, 1);
    f.rounding = integer(0, 1) ? Rounding::Floor : Rounding::NearestEven;
    float x = floatOf(uint32_t(engine())); // any bits: NaN, huge, denormal, …
    if (n % 3 == 0)                        // ties
      x = std::ldexp(float(integer(-300, 300)), -f.fracWidth - 1);
    else if (n % 3 == 1)
      x = std::ldexp(float(integer(-(1 << 24), 1 << 24)),
                     integer(-30, 10) - f.fracWidth);
    long double code = codeOf(x, f);
    ASSERT_EQ(quantizeToCode(x, f), int64_t(code))
        << x << " width " << f.width << " fraction " << f.fracWidth;
    ASSERT_EQ(bitsOf(quantize(x, f)),
              bitsOf(float(std::ldexp(code, -f.fracWidth)) + 0.0f));
    if (hasF32Codes(f)) {
      float fast = quantizeToCodeF32(x, exp2i(f.fracWidth), float(f.minCode()),
                                     float(f.maxCode()), f.rounding);
      ASSERT_EQ(bitsOf(fast), bitsOf(float(code) + 0.0f))
          << x << " width " << f.width << " fraction " << f.fracWidth;
    }
  }
}

TEST(FixedPoint, PowersOfTwo) {
  for (int e = -149; e <= 127; ++e)
    ASSERT_EQ(exp2i(e), std::ldexp(1.0f, e));
  static_assert(exp2i(-3) == 0.125f);
}

TEST(FixedPoint, MasesOwnPairs) {
  const char *shared = std::getenv("MASE_SHARED");
  std::string path =
      std::string(shared ? shared : MASE_SOURCE_DIR "/../shared") +
      "/golden/quantizers.json";
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    GTEST_SKIP() << "no '" << path << "'";
  auto parsed = llvm::json::parse((*buffer)->getBuffer());
  ASSERT_TRUE(bool(parsed));
  int compared = 0;
  for (const llvm::json::Value &value :
       *parsed->getAsObject()->getArray("cases")) {
    const llvm::json::Object &c = *value.getAsObject();
    llvm::StringRef name = *c.getString("quantizer");
    if (name != "integer" && name != "integer_floor")
      continue;
    const llvm::json::Object &params = *c.getObject("params");
    FixedPointFormat f;
    f.width = int(*params.getInteger("width"));
    f.fracWidth = int(params.getInteger("frac_width").value_or(f.width / 2));
    f.isSigned = params.getBoolean("is_signed").value_or(true);
    f.rounding = name == "integer" ? Rounding::NearestEven : Rounding::Floor;
    const llvm::json::Array &x = *c.getArray("x"), &y = *c.getArray("y");
    ASSERT_EQ(x.size(), y.size());
    for (size_t i = 0; i < x.size(); ++i, ++compared)
      EXPECT_EQ(quantize(float(*x[i].getAsNumber()), f),
                float(*y[i].getAsNumber()))
          << name.str() << " " << f.width << "." << f.fracWidth << " of "
          << *x[i].getAsNumber();
  }
  EXPECT_GT(compared, 1000);
}

} // namespace
} // namespace mase
