// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

// The code below is compiled for the instruction set that the compiler's flags
// allow, which is part of its namespace: files that are compiled with other
// flags have functions of their own. With MASE_DISPATCH it is compiled for all
// sets of an x86-64, and the processor decides.
#if !defined(MASE_DISPATCH) || !defined(__x86_64__)
#define MASE_LANES_SPACE(set) inline namespace set
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) &&  \
    defined(__AVX512VL__) && defined(__AVX512VNNI__)
#define MASE_LANES 3
#define MASE_LANES_SET avx512vnni
#elif defined(__AVX512F__) && defined(__AVX512BW__) &&                         \
    defined(__AVX512DQ__) && defined(__AVX512VL__)
#define MASE_LANES 2
#define MASE_LANES_SET avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define MASE_LANES 1
#define MASE_LANES_SET avx2
#else
#define MASE_LANES 0
#define MASE_LANES_SET generic
#endif
#else
#define MASE_LANES_SPACE(set) namespace set
#define MASE_LANES 0
#define MASE_LANES_SET for_any
#include __FILE_NAME__
#define MASE_LANES_SPACE(set) namespace set
#define MASE_LANES 1
#define MASE_LANES_SET for_avx2
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))),              \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#include __FILE_NAME__
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#define MASE_LANES_SPACE(set) namespace set
#define MASE_LANES 3
#define MASE_LANES_SET for_avx512vnni
#ifdef __clang__
#pragma clang attribute push(                                                  \
    __attribute__((                                                            \
        target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))),    \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")
#endif
#include __FILE_NAME__
#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
