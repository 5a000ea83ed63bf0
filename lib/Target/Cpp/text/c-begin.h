// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <math.h>
#include <stdbool.h>
#include <string.h>

#if defined(__FAST_MATH__) ||                                                  \
    (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "this code gives other bits under -ffast-math"
#endif
// (On s390x it is a matter of flags, which follow.)
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0 &&                \
    !defined(__s390x__)
#error "expected arithmetic in the precision of its types"
#endif

#ifdef __GNUC__
#define MASE_INLINE static inline __attribute__((always_inline))
#else
#define MASE_INLINE static inline
#endif
// A product and a sum must not become one operation.
#ifdef __clang__
#pragma clang fp contract(off)
#if defined(__SSE2__)
#define MASE_KEEP(x) __asm__("" : "+x"(x))
#elif defined(__aarch64__)
#define MASE_KEEP(x) __asm__("" : "+w"(x))
#else
#define MASE_KEEP(x) __asm__("" : "+m"(x))
#endif
#else
#define MASE_KEEP(x)
#ifdef __GNUC__
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off", "excess-precision=fast")
#pragma GCC optimize("no-trapping-math", "no-math-errno") // these speed it up
#else
#pragma STDC FP_CONTRACT OFF
#endif
#endif
