// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "EffectiveBits.h"

#include "mase/Calibrate/TrialCalibrator.h"
#include "mase/Numerics/Slices.h"

#include <cmath>

namespace mase {

/// Of one number: 32 in binary32.
static int64_t bitsOf(const std::optional<NumberFormat> &format) {
  return format ? int64_t(std::ceil((*format)->bitsPerElement())) : 32;
}

int64_t inputBits(const std::optional<NumberFormat> &format, size_t i) {
  const UniformTensorFormat *uniform = format ? (*format)->uniform() : nullptr;
  return uniform && !uniform->width.empty()
             ? uniform->width[uniform->width.size() == 1 ? 0 : i]
             : bitsOf(format);
}

/// Of weights that `bitsOfWeight` says the bits of, times those of their
/// inputs.
template <typename Bits>
static int64_t operations(const Step &step, const LayerPrecision &precision,
                          const Bits &bitsOfWeight) {
  auto in = size_t(step.inRow()), out = size_t(step.outRow());
  std::vector<int64_t> bits(in, 0);
  for (size_t k = 0; k < in * out; ++k)
    bits[k % in] += bitsOfWeight(k);
  int64_t sum = 0;
  for (size_t i = 0; i < in; ++i)
    sum += bits[i] * inputBits(precision[OperandRole::DataIn], i);
  return sum * step.particles;
}

int64_t effectiveBitOperations(const Step &step,
                               const LayerPrecision &precision) {
  if (step.kind != Step::Kind::Linear)
    return 0;
  const auto &format = precision[OperandRole::Weight];
  const UniformTensorFormat *uniform = format ? (*format)->uniform() : nullptr;
  std::vector<int64_t> codes;
  if (uniform)
    codes = stepsOf(step.weight, {step.outRow(), step.inRow()}, *uniform);
  const int64_t whole = bitsOf(format);
  return operations(step, precision, [&](size_t k) {
    return uniform ? effectiveBits(codes[k]) : step.weight[k] == 0 ? 0 : whole;
  });
}

int64_t bitOperations(const Step &step, const LayerPrecision &precision) {
  if (step.kind != Step::Kind::Linear)
    return 0;
  const auto &format = precision[OperandRole::Weight];
  const UniformTensorFormat *uniform = format ? (*format)->uniform() : nullptr;
  const int64_t whole = bitsOf(format);
  return operations(step, precision, [&](size_t k) -> int64_t {
    return uniform && !uniform->width.empty()
               ? uniform->width[uniform->sliceOf(int64_t(k),
                                                 {step.outRow(), step.inRow()})]
               : whole;
  });
}

/// A BatchNorm's two parameters a feature, in binary32.
static constexpr int64_t kAffineBytes = 8;

int64_t costOf(const Step &step, const LayerPrecision &precision,
               ShrinkOptions::Cost cost) {
  const bool isAffine = step.kind == Step::Kind::Affine;
  if (step.kind != Step::Kind::Linear && !isAffine)
    return 0;
  switch (cost) {
  case ShrinkOptions::Cost::EffectiveBitOperations:
    return effectiveBitOperations(step, precision);
  case ShrinkOptions::Cost::BitOperations:
    return bitOperations(step, precision);
  case ShrinkOptions::Cost::Macs:
    return isAffine ? step.outFeatures
                    : step.particles * step.inRow() * step.outRow();
  case ShrinkOptions::Cost::PackedBytes:
    break;
  }
  if (isAffine)
    return kAffineBytes * step.outFeatures;
  ParameterBits bits = parameterBitsOf(step, precision);
  return (bits.weight + 7) / 8 + (bits.bias + 7) / 8;
}

int64_t costOf(const Network &network,
               absl::Span<const LayerPrecision> precisions,
               ShrinkOptions::Cost cost) {
  int64_t sum = 0;
  for (size_t k = 0; k < network.steps.size(); ++k)
    sum += costOf(network.steps[k], precisions[k], cost);
  return sum;
}

} // namespace mase
