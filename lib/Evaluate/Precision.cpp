// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bounds decide where a sum is exact: the largest data code times the sum of
// the magnitudes of the weight codes that are really there.
#include "Precision.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>

namespace mase {

std::string describe(const FixedPointFormat &format) {
  return absl::StrCat(format.isSigned ? "" : "u", format.width, ".",
                      format.fracWidth,
                      format.rounding == Rounding::Floor ? " floor" : "");
}

Rounder rounderFor(const FixedPointFormat &format) {
  float step = exp2i(-format.fracWidth);
  // 1.5 * 2^23 steps: a sum there has an ulp of one step.
  return {float(format.minCode()) * step, float(format.maxCode()) * step,
          12582912.0f * step, step, format.rounding == Rounding::Floor};
}

RowOp roundingTo(const FixedPointFormat &format) {
  RowOp op;
  op.format = format;
  op.kind = RowOp::Kind::RoundWide;
  if (format.width <= Rounder::kMaxWidth) {
    op.kind = RowOp::Kind::Round;
    op.rounder = rounderFor(format);
  }
  return op;
}

WeightSet::WeightSet(const Step &step, std::optional<FixedPointFormat> f)
    : format(f), values(step.weight) {
  if (!format)
    return;
  size_t in = size_t(step.inFeatures), out = size_t(step.outFeatures);
  size_t groups = (in + 3) / 4;
  double unit = double(exp2i(-format->fracWidth));
  codes.resize(values.size());
  values64.resize(values.size());
  for (size_t k = 0; k < values.size(); ++k) {
    codes[k] = quantizeToCode(step.weight[k], *format);
    values[k] = dequantize(codes[k], format->fracWidth);
    values64[k] = double(codes[k]) * unit;
  }
  fitsBytes = std::all_of(codes.begin(), codes.end(),
                          [](int64_t c) { return c >= -128 && c <= 127; });
  zeros.assign(out, 0);
  if (fitsBytes) {
    bytes.assign(out * groups, 0);
    start.assign(out, 0);
  }
  for (size_t o = 0; o < out; ++o) {
    double row = 0;
    for (size_t i = 0; i < in; ++i) {
      int64_t code = codes[o * in + i];
      row += std::fabs(double(code));
      if (!fitsBytes)
        continue;
      bytes[o * groups + i / 4] |= uint32_t(uint8_t(code)) << (8 * (i % 4));
      // Wraps only where planLinear chooses another mode.
      start[o] = int32_t(uint32_t(start[o]) - 128u * uint32_t(code));
    }
    largestRow = std::max(largestRow, row);
  }
}

BiasSet::BiasSet(const Step &step, std::optional<FixedPointFormat> f)
    : format(f), values(step.bias) {
  if (!format)
    return;
  double unit = double(exp2i(-format->fracWidth));
  for (float &value : values) {
    codes.push_back(quantizeToCode(value, *format));
    value = dequantize(codes.back(), format->fracWidth);
    values64.push_back(double(codes.back()) * unit);
    largest = std::max(largest, std::fabs(double(codes.back())));
  }
}

LinearPlan planLinear(const Step &step, const WeightSet &weight,
                      const BiasSet *bias,
                      std::optional<FixedPointFormat> dataIn, bool hasBytes) {
  LinearPlan plan;
  plan.weight = &weight;
  plan.bias = bias;
  plan.dataIn = dataIn;
  if (!dataIn || !weight.format || (bias && !bias->format))
    return plan;
  Accumulator accumulator =
      accumulatorFor(step.inFeatures, *dataIn, *weight.format,
                     bias ? &*bias->format : nullptr);
  // In units of the products' last bit. With a sum that binary32 holds, adding
  // a bias that it holds too is the one rounding that the layer may do.
  double products = double(dataIn->maxMagnitude()) * weight.largestRow;
  if (products < 0x1p24 && dataIn->width <= Rounder::kMaxWidth &&
      weight.format->width <= 24 && (!bias || bias->format->width <= 24)) {
    plan.mode = SumMode::Exact32;
    plan.scale = exp2i(-(dataIn->fracWidth + weight.format->fracWidth));
    if (hasBytes && dataIn->width <= 8 && weight.fitsBytes &&
        weight.largestRow < 0x1p22)
      plan.mode = SumMode::Bytes;
    return plan;
  }
  double total = std::ldexp(products, accumulator.productShift) +
                 std::ldexp(bias ? bias->largest : 0, accumulator.biasShift);
  if (total < 0x1p53) {
    plan.mode = SumMode::Exact64;
    return plan;
  }
  plan.mode = SumMode::Integer;
  plan.productShift = accumulator.productShift;
  plan.scale = exp2i(-accumulator.fracWidth);
  if (bias)
    for (int64_t code : bias->codes)
      plan.shifted.push_back(int64_t(uint64_t(code) << accumulator.biasShift));
  return plan;
}

namespace {
absl::Status checkFormat(const Step &step, const char *what,
                         const std::optional<FixedPointFormat> &format) {
  using F = FixedPointFormat;
  if (!format)
    return absl::OkStatus();
  if (format->width < 1 || format->width > F::kMaxWidth)
    return absl::InvalidArgumentError(absl::StrCat(
        "layer '", step.name, "': the width of ", what,
        " must be between 1 and ", F::kMaxWidth, ", found ", format->width));
  if (format->fracWidth < F::kMinFracWidth ||
      format->fracWidth > F::kMaxFracWidth)
    return absl::InvalidArgumentError(
        absl::StrCat("layer '", step.name, "': the fraction width of ", what,
                     " must be between ", F::kMinFracWidth, " and ",
                     F::kMaxFracWidth, ", found ", format->fracWidth));
  return absl::OkStatus();
}
} // namespace

absl::Status checkPrecision(const Step &step, const LayerPrecision &p) {
  for (auto [what, format] :
       {std::pair("data_in", &p.dataIn), std::pair("weight", &p.weight),
        std::pair("bias", &p.bias), std::pair("data_out", &p.dataOut)})
    if (absl::Status status = checkFormat(step, what, *format); !status.ok())
      return status;
  bool hasBias = !step.bias.empty();
  if (step.kind != Step::Kind::Linear || !p.dataIn || !p.weight ||
      (hasBias && !p.bias))
    return absl::OkStatus();
  Accumulator accumulator = accumulatorFor(
      step.inFeatures, *p.dataIn, *p.weight, hasBias ? &*p.bias : nullptr);
  if (accumulator.width <= Accumulator::kMaxWidth)
    return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "layer '", step.name, "': data_in ", describe(*p.dataIn),
      " times weight ", describe(*p.weight),
      hasBias ? absl::StrCat(" plus bias ", describe(*p.bias)) : "", " over ",
      step.inFeatures, " inputs needs an accumulator of more than ",
      Accumulator::kMaxWidth, " bits"));
}

} // namespace mase
