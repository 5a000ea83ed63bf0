// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "EffectiveBits.h"

#include "mase/Numerics/Slices.h"

#include <cmath>

namespace mase {

/// Of one number: 32 in binary32.
static int64_t bitsOf(const std::optional<NumberFormat> &format) {
  return format ? int64_t(std::ceil((*format)->bitsPerElement())) : 32;
}

/// Of input `i` of a layer.
static int64_t inputBits(const std::optional<NumberFormat> &format, size_t i) {
  const UniformTensorFormat *uniform = format ? (*format)->uniform() : nullptr;
  return uniform && !uniform->width.empty()
             ? uniform->width[uniform->width.size() == 1 ? 0 : i]
             : bitsOf(format);
}

int64_t effectiveBitOperations(const Step &step,
                               const LayerPrecision &precision) {
  if (step.kind != Step::Kind::Linear)
    return 0;
  auto in = size_t(step.inRow()), out = size_t(step.outRow());
  const auto &format = precision[OperandRole::Weight];
  const UniformTensorFormat *uniform = format ? (*format)->uniform() : nullptr;
  std::vector<int64_t> codes;
  if (uniform)
    codes = stepsOf(step.weight, {step.outRow(), step.inRow()}, *uniform);
  std::vector<int64_t> bits(in, 0);
  for (size_t k = 0; k < in * out; ++k) {
    if (!uniform)
      bits[k % in] += step.weight[k] == 0 ? 0 : bitsOf(format);
    else
      bits[k % in] += effectiveBits(codes[k]);
  }
  int64_t sum = 0;
  for (size_t i = 0; i < in; ++i)
    sum += bits[i] * inputBits(precision[OperandRole::DataIn], i);
  return sum * step.particles;
}

} // namespace mase
