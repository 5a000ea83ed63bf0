// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// exp, log, sigmoid, tanh, softmax and log-softmax in binary32: one
// implementation for every engine, host and device, scalar and vectorised. Each
// operation is written out (explicit fma, no libm, no table), so that the same
// bits come out wherever it runs. Header only, C++17.
//
// exp, log and sigmoid err by at most 1 ulp over all of binary32, denormals
// included (checked exhaustively: below 0.92, 0.89 and 0.92 ulp), tanh by 1.07.
// They have no branches: a loop over any of them vectorises. Compile with
// -ffp-contract=off (nvcc: nothing here is contractible).
// Lines `//@ …` begin what generated C++ may copy (see mase/Runtime/Lanes.h).
#ifndef MASE_NUMERICS_ELEMENTARY_H
#define MASE_NUMERICS_ELEMENTARY_H

#include "mase/Numerics/ShiftRounding.h"

namespace mase {

//@ canonicalNaN
/// The NaN that results here are: quiet, positive, no payload.
MASE_HOST_DEVICE MASE_ALWAYS_INLINE float canonicalNaN() {
  return floatOf(0x7FC00000u);
}

//@ mulF32
/// a * b, rounded by itself whatever is added to it.
MASE_HOST_DEVICE MASE_ALWAYS_INLINE float mulF32(float a, float b) {
#if defined(__CUDA_ARCH__)
  return __fmul_rn(a, b); // nvcc makes no fma of this one
#else
  return a * b;
#endif
}

//@ fmaF32
/// a * b + c with a single rounding.
MASE_HOST_DEVICE MASE_ALWAYS_INLINE float fmaF32(float a, float b, float c) {
#if defined(__CUDA_ARCH__)
  return __fmaf_rn(a, b, c);
#elif (defined(__x86_64__) && !defined(__FMA__)) ||                            \
    (defined(__arm__) && !defined(__ARM_FEATURE_FMA))
  // Without the instruction: the product is exact in binary64; the sum is
  // rounded there to odd (the last bit set where it is inexact), after which
  // the rounding to binary32 is the only one that shows (Boldo and Melquiond,
  // "Emulation of FMA and correctly rounded sums", 2008). This vectorises,
  // unlike a call of libm.
  double p = double(a) * double(b), s = p + double(c);
  double t = s - p, error = (p - (s - t)) + (double(c) - t); // Knuth's two-sum
  int64_t bits;
  memcpy(&bits, &s, sizeof bits);
  int64_t away = (error > 0) == (s > 0) ? 1 : -1;
  int64_t inexact = (error > 0) | (error < 0); // false for NaN
  bits += away * (inexact & ~bits & 1);
  memcpy(&s, &bits, sizeof s);
  return float(s);
#else
  return __builtin_fmaf(a, b, c);
#endif
}

//@ detail kRoundingShift kLog2E kLn2 kLn2Rest kLn2Short kLn2ShortRest
//@ ReducedExp reducedExp scaledBy assembledLog
namespace detail {
/// To integers: roundingShift(0).
constexpr float kRoundingShift = 0x1.8p23f;
constexpr float kLog2E = 0x1.715476p+0f;
/// ln 2 = kLn2 + kLn2Rest, for multiples that are subtracted with fma.
constexpr float kLn2 = 0x1.62e430p-1f;
constexpr float kLn2Rest = -0x1.05c610p-29f;
/// ln 2 = kLn2Short + kLn2ShortRest: the first, of 14 bits, has exact
/// multiples up to 2^10.
constexpr float kLn2Short = 0x1.62e4p-1f;
constexpr float kLn2ShortRest = 0x1.7f7d1cp-20f;

/// exp(x) = (p + rest) * 2^n with n an integer, p in (0.7, 1.42) and `rest`
/// what p lacks for having been rounded; `shifted` is n + kRoundingShift.
struct ReducedExp {
  float p, rest, shifted;
};
/// |x| <= 2^21.
MASE_HOST_DEVICE MASE_ALWAYS_INLINE ReducedExp reducedExp(float x) {
  float shifted = fmaF32(x, kLog2E, kRoundingShift);
  float n = shifted - kRoundingShift;
  float r = fmaF32(n, -kLn2, x);
  r = fmaF32(n, -kLn2Rest, r);
  // 1 + r + r^2 q(r), q the minimax polynomial of (exp(r) - 1 - r) / r^2 on
  // |r| <= ln(2)/2 (Lawson's algorithm; 2^-28.2).
  float q = fmaF32(0x1.6db4e4p-10f, r, 0x1.123be0p-7f);
  q = fmaF32(q, r, 0x1.55545ep-5f);
  q = fmaF32(q, r, 0x1.55548ep-3f);
  q = fmaF32(q, r, 0.5f);
  q = fmaF32(q, r, 1.0f);
  float p = fmaF32(q, r, 1.0f);
  ReducedExp result = {p, fmaF32(q, r, 1.0f - p), shifted};
  return result;
}

/// x * 2^n for n in [-252, 254] as `reducedExp` shifts it, in two halves of
/// which only the second rounds.
MASE_HOST_DEVICE MASE_ALWAYS_INLINE float scaledBy(float x, float shifted) {
  uint32_t n = bitsOf(shifted) - bitsOf(kRoundingShift);
  uint32_t half = uint32_t(int32_t(n) >> 1);
  x = mulF32(x, floatOf((half + 127u) << 23));
  return mulF32(x, floatOf((n - half + 127u) << 23));
}

/// log(m * 2^k) for m in [2/3, 4/3), k integral, |k| <= 2^10.
MASE_HOST_DEVICE MASE_ALWAYS_INLINE float assembledLog(float m, float k) {
  float f = m - 1.0f; // exact
  // log(1 + f) = f - f^2/2 + f^3 P(f), P minimax on |f| <= 1/3 (2^-27.7).
  float p = fmaF32(-0x1.08051ep-3f, f, 0x1.1e66e2p-3f);
  p = fmaF32(p, f, -0x1.f3116ap-4f);
  p = fmaF32(p, f, 0x1.1ed70ep-3f);
  p = fmaF32(p, f, -0x1.559dcap-3f);
  p = fmaF32(p, f, 0x1.99d028p-3f);
  p = fmaF32(p, f, -0x1.fffef0p-3f);
  p = fmaF32(p, f, 0x1.555506p-2f);
  p = fmaF32(p, f, -0.5f);
  // k ln2 + f as an unevaluated sum (Dekker's; k ln2 is exact and 0 or the
  // larger), so that one rounding of the size of the result remains.
  float high = fmaF32(k, kLn2Short, f);
  float low = f - fmaF32(k, -kLn2Short, high);
  low = fmaF32(k, kLn2ShortRest, low);
  return high + fmaF32(f * f, p, low);
}
} // namespace detail

//@ expF32
/// exp(x). exp(+infinity) = +infinity, exp(-infinity) = +0, overflow gives
/// +infinity, underflow goes through the denormals to +0. NaN gives the
/// canonical NaN.
MASE_HOST_DEVICE MASE_ALWAYS_INLINE float expF32(float x) {
  // Beyond these bounds the result is 0 or infinity all the same; NaN passes.
  float c = x < -104.0f ? -104.0f : x;
  c = c > 89.0f ? 89.0f : c;
  detail::ReducedExp e = detail::reducedExp(c);
  float y = detail::scaledBy(e.p, e.shifted); // by 2^-150 to 2^128
  return x == x ? y : canonicalNaN();
}

//@ expTermF32
/// exp(x) for -87 <= x <= 0, where its error beside 1 counts: it is below
/// 2^-23, and below 2^-21.3 beside exp(x).
MASE_HOST_DEVICE MASE_ALWAYS_INLINE float expTermF32(float x) {
  float shifted = fmaF32(x, detail::kLog2E, detail::kRoundingShift);
  float n = shifted - detail::kRoundingShift;
  float r = fmaF32(n, -detail::kLn2, x);
  // 1 + r q(r), q minimax for the relative error of the whole on
  // |r| <= ln(2)/2 (Lawson's algorithm; 2^-23.4).
  float q = fmaF32(0x1.0fa7d8p-7f, r, 0x1.573ad0p-5f);
  q = fmaF32(q, r, 0x1.555a6ep-3f);
  q = fmaF32(q, r, 0x1.fffdc4p-2f);
  q = fmaF32(q, r, 0x1.fffff6p-1f);
  float p = fmaF32(q, r, 1.0f);
  // Times 2^n, n >= -126: exact.
  return floatOf(bitsOf(p) + (bitsOf(shifted) << 23));
}

//@ logF32
/// Natural logarithm. log(+-0) = -infinity, log(+infinity) = +infinity; less
/// than zero and NaN give the canonical NaN.
MASE_HOST_DEVICE MASE_ALWAYS_INLINE float logF32(float x) {
  bool denormal = x < 0x1p-126f;
  float a = denormal ? x * 0x1p23f : x;
  // a = m * 2^e with m in [2/3, 4/3).
  uint32_t offset = bitsOf(a) - 0x3F2AAAABu;
  float e = float(int32_t(offset) >> 23);
  float m = floatOf((offset & 0x007FFFFFu) + 0x3F2AAAABu);
  float y = detail::assembledLog(m, denormal ? e - 23.0f : e);
  y = x < floatOf(0x7F800000u) ? y : x; // infinity, NaN
  y = x > 0.0f ? y : x == 0.0f ? floatOf(0xFF800000u) : canonicalNaN();
  return y;
}

//@ logF32Normal
/// log(x) for normal x > 0, a cheaper way to the same bits.
MASE_HOST_DEVICE MASE_ALWAYS_INLINE float logF32Normal(float x) {
  uint32_t offset = bitsOf(x) - 0x3F2AAAABu;
  float e = float(int32_t(offset) >> 23);
  return detail::assembledLog(floatOf((offset & 0x007FFFFFu) + 0x3F2AAAABu), e);
}

//@ sigmoidF32
/// 1 / (1 + exp(-x)). sigmoid(+-0) = 1/2, sigmoid(+infinity) = 1,
/// sigmoid(-infinity) = +0, and small results go through the denormals to +0.
/// NaN gives the canonical NaN.
///
/// With e = exp(-|x|), which is at most 1 and so never overflows: 1 / (1 + e)
/// for x >= 0, e / (1 + e) below. e and 1 + e are sums of two binary32, and the
/// quotient is mended by what it leaves of the dividend, so that one rounding
/// of the size of the result remains beside the error of exp's polynomial. Like
/// exp it may fall by an ulp from one x to the next (where |x| < 1/4).
MASE_HOST_DEVICE MASE_ALWAYS_INLINE float sigmoidF32(float x) {
  float a = x < 0.0f ? x : -x;
  a = a < -104.0f ? -104.0f : a; // exp is 0 all the same; NaN passes
  detail::ReducedExp reduced = detail::reducedExp(a);
  float e = detail::scaledBy(reduced.p, reduced.shifted);
  // So small an e is the result; what it lacks would be a denormal, rounded.
  float rest =
      e < 0x1p-100f ? 0.0f : detail::scaledBy(reduced.rest, reduced.shifted);
  float sum = 1.0f + e;
  float sumRest = (e - (sum - 1.0f)) + rest; // Dekker's: e <= 1
  float top = x < 0.0f ? e : 1.0f, topRest = x < 0.0f ? rest : 0.0f;
  float inverse = 1.0f / sum;
  float y = top * inverse;
  float left = fmaF32(-y, sum, top) + topRest;
  left = fmaF32(-y, sumRest, left);
  y = fmaF32(left, inverse, y);
  return x == x ? y : canonicalNaN();
}

//@ tanhF32
/// Hyperbolic tangent. tanh(+-0) = +-0, tanh(+-infinity) = +-1. NaN gives the
/// canonical NaN.
///
/// Up to 0.7 an odd polynomial, above it 1 - 2 / (exp(2 |x|) + 1).
MASE_HOST_DEVICE MASE_ALWAYS_INLINE float tanhF32(float x) {
  float a = x < 0.0f ? -x : x;
  // x + x^3 P(x^2), P minimax in the relative error of the result (2^-30.4).
  float z = a * a;
  float p = fmaF32(0x1.f0f01cp-10f, z, -0x1.025202p-7f);
  p = fmaF32(p, z, 0x1.616b96p-6f);
  p = fmaF32(p, z, -0x1.b9b870p-5f);
  p = fmaF32(p, z, 0x1.110f3cp-3f);
  p = fmaF32(p, z, -0x1.555550p-2f);
  float small = fmaF32(mulF32(z, a), p, a);
  float c = a > 10.0f ? 10.0f : a; // 1 all the same
  detail::ReducedExp reduced = detail::reducedExp(c + c);
  float e = detail::scaledBy(reduced.p, reduced.shifted);
  float large = 1.0f - 2.0f / (e + 1.0f);
  float y = a > 0.7f ? large : small;
  y = floatOf(bitsOf(y) | (bitsOf(x) & 0x80000000u));
  return x == x ? y : canonicalNaN();
}

//@ softmaxF32
/// out[i] = exp(in[i] - max) / sum_j exp(in[j] - max), the sum in order of
/// index. `in` and `out` may be the same. Where an input is NaN or +infinity,
/// or all are -infinity, every output is the canonical NaN. n >= 0.
MASE_HOST_DEVICE inline void softmaxF32(const float *in, float *out, int n) {
  if (n <= 0)
    return;
  float largest = in[0];
  for (int i = 1; i < n; ++i)
    largest = in[i] > largest ? in[i] : largest;
  float sum = 0.0f;
  for (int i = 0; i < n; ++i) {
    out[i] = expF32(in[i] - largest);
    sum = sum + out[i];
  }
  for (int i = 0; i < n; ++i) {
    float y = out[i] / sum;
    out[i] = y == y ? y : canonicalNaN();
  }
}

//@ logSoftmaxF32
/// out[i] = (in[i] - max) - log(sum_j exp(in[j] - max)), the sum in order of
/// index, each operation rounded once. `in` and `out` may be the same. Where an
/// input is NaN or +infinity, or all are -infinity, every output is the
/// canonical NaN; -infinity beside others stays so. n >= 0.
///
/// The sum is in [1, n], each addition rounded, so that the logarithm errs by
/// about n units of 2^-24 at most: near 0, where a class is nearly certain,
/// that is the error of the result, which may be many ulps of it.
MASE_HOST_DEVICE inline void logSoftmaxF32(const float *in, float *out, int n) {
  if (n <= 0)
    return;
  float largest = in[0];
  for (int i = 1; i < n; ++i)
    largest = in[i] > largest ? in[i] : largest;
  float sum = 0.0f;
  for (int i = 0; i < n; ++i) {
    out[i] = in[i] - largest;
    sum = sum + expF32(out[i]);
  }
  float log = logF32(sum);
  for (int i = 0; i < n; ++i) {
    float y = out[i] - log;
    out[i] = y == y ? y : canonicalNaN();
  }
}

//@
static_assert(detail::kRoundingShift == roundingShift(0));

} // namespace mase

#endif // MASE_NUMERICS_ELEMENTARY_H
