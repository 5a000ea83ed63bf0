// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions that compiled code calls: code from linalg those of one number,
// code from kernels those of arrays. A program that links such code ahead of
// time links the library MaseRuntimeSymbols.
#ifndef MASE_EXECUTION_RUNTIMESYMBOLS_H
#define MASE_EXECUTION_RUNTIMESYMBOLS_H

// The same bits on every engine: expF32, logF32, sigmoidF32 and tanhF32 of
// Numerics/Elementary.h, where their errors and special values are.
extern "C" {
/// exp(x).
float mase_exp_f32(float x);
/// The natural logarithm.
float mase_log_f32(float x);
/// 1 / (1 + exp(-x)).
float mase_sigmoid_f32(float x);
/// The hyperbolic tangent.
float mase_tanh_f32(float x);
/// `x` rounded by the NumberFormat::Model that `model` points to: for code of
/// this process alone, in which the cpu engine has put the address.
float mase_round_f32(const void *model, float x);
}

#endif // MASE_EXECUTION_RUNTIMESYMBOLS_H
