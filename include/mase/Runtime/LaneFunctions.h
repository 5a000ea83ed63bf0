// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions that code compiled from kernels for CPUs calls
// (--convert-mase-kernel-to-vector): what is neither arithmetic of vectors nor
// an instruction. Object files of --mase-to-object have them inside; a program
// that links code made otherwise links the library MaseLaneFunctions.
#ifndef MASE_RUNTIME_LANEFUNCTIONS_H
#define MASE_RUNTIME_LANEFUNCTIONS_H

#include <cstdint>

// The same bits on every engine: tanhF32, sigmoidF32, softmaxF32 and
// logSoftmaxF32 of Numerics/Elementary.h, where their errors and special values
// are, and quantizeToCode.
extern "C" {
/// The hyperbolic tangent and 1 / (1 + exp(-x)) of n numbers, in their place.
void mase_tanh_lanes(float *x, int64_t n);
void mase_sigmoid_lanes(float *x, int64_t n);
/// softmaxF32 and logSoftmaxF32 of Numerics, of n numbers.
void mase_softmax_f32(const float *x, float *y, int64_t n);
void mase_log_softmax_f32(const float *x, float *y, int64_t n);
/// The codes of n numbers by the definition of their formats (quantizeToCode of
/// Numerics/Uniform.h): number i has the format that element i * step of
/// `scale`, `zeroPoint` and `format`, a formatWord, stand for.
void mase_quantize_lanes(const float *x, int64_t *codes, int64_t n,
                         const float *scale, const int64_t *zeroPoint,
                         const int32_t *format, int64_t step);
/// n numbers clamped and rounded to integers, ties to even or, with `floor`,
/// down; NaN gives 0.
void mase_clamp_round_lanes(const float *x, int32_t *codes, int64_t n,
                            const int32_t *low, const int32_t *high,
                            int64_t floor);
}

#endif // MASE_RUNTIME_LANEFUNCTIONS_H
