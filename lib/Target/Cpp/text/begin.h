// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#define MASE_INLINE inline __attribute__((always_inline))
#define MASE_DEVICE [[maybe_unused]] MASE_INLINE
// A product and a sum must not become one operation.
#ifdef __clang__
#define MASE_UNROLL _Pragma("clang loop unroll(full)")
#pragma clang fp contract(off)
#else
#define MASE_UNROLL _Pragma("GCC unroll 8")
#pragma GCC push_options
#pragma GCC optimize("fp-contract=off")
// What <immintrin.h> of g++ leaves undefined on purpose.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
