// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions that code compiled from linalg calls.
#include "mase/Execution/RuntimeSymbols.h"

#include "mase/Numerics/Elementary.h"
#include "mase/Numerics/NumberFormat.h"

float mase_exp_f32(float x) { return mase::expF32(x); }
float mase_log_f32(float x) { return mase::logF32(x); }
float mase_sigmoid_f32(float x) { return mase::sigmoidF32(x); }
float mase_tanh_f32(float x) { return mase::tanhF32(x); }

float mase_round_f32(const void *model, float x) {
  auto *format = static_cast<const mase::NumberFormat::Model *>(model);
  float y;
  format->quantize({&x, 1}, {1}, {&y, 1});
  return y;
}
