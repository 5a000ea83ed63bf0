// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bounds decide where a sum is exact: the largest data code times the sum of
// the magnitudes of the weight codes that are really there.
#include "Precision.h"

#include "mase/Numerics/ReduceSums.h"
#include "mase/Numerics/Slices.h"
#include "mase/Numerics/WordOrder.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>

namespace mase {

Rounder rounderFor(const FixedPointFormat &format) {
  float step = exp2i(-format.fracWidth);
  return {float(format.minCode()) * step, float(format.maxCode()) * step,
          roundingShift(format.fracWidth), step,
          format.rounding == Rounding::Floor};
}

RowOp roundingTo(const ValueFormat &format) {
  RowOp op;
  if (!format.fixed()) {
    op.kind = RowOp::Kind::RoundAny;
    op.any = &format;
    return op;
  }
  op.format = *format.fixed();
  op.kind = RowOp::Kind::RoundWide;
  if (op.format.width <= Rounder::kMaxWidth) {
    op.kind = RowOp::Kind::Round;
    op.rounder = rounderFor(op.format);
  }
  return op;
}

WeightSet::WeightSet(const Step &step, std::optional<NumberFormat> f)
    : number(std::move(f)), values(step.weight) {
  if (!number)
    return;
  format = number->fixedPoint();
  if (!format) {
    (*number)->quantize(step.weight, {step.outRow(), step.inRow()},
                        absl::MakeSpan(values));
    return;
  }
  size_t in = size_t(step.inRow()), out = size_t(step.outRow());
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
  if (fitsBytes)
    start.assign(out, 0);
  for (size_t o = 0; o < out; ++o) {
    absl::Span<const int64_t> row =
        absl::MakeConstSpan(codes).subspan(o * in, in);
    largestRow = std::max(largestRow, double(largestSum(row, {1})));
    // Wraps only where planLinear chooses another mode.
    for (size_t i = 0; fitsBytes && i < in; ++i)
      start[o] = int32_t(uint32_t(start[o]) - 128u * uint32_t(row[i]));
  }
}

void WeightSet::pack(absl::Span<const int64_t> order) {
  const size_t out = zeros.size(), in = codes.size() / out;
  const size_t groups = (in + kCodesOfWord - 1) / kCodesOfWord;
  bytes.assign(out * groups, 0);
  for (size_t o = 0; o < out; ++o)
    for (size_t k = 0; k < in; ++k) {
      const size_t i = order.empty() ? k : size_t(order[k]);
      bytes[o * groups + k / kCodesOfWord] |=
          uint32_t(uint8_t(codes[o * in + i])) << (8 * (k % kCodesOfWord));
    }
}

BiasSet::BiasSet(const Step &step, std::optional<NumberFormat> f)
    : number(std::move(f)), values(step.bias) {
  if (number)
    format = number->fixedPoint();
  if (format) {
    double unit = double(exp2i(-format->fracWidth));
    for (float &value : values) {
      codes.push_back(quantizeToCode(value, *format));
      value = dequantize(codes.back(), format->fracWidth);
      values64.push_back(double(codes.back()) * unit);
      largest = std::max(largest, std::fabs(double(codes.back())));
    }
  } else if (number) {
    (*number)->quantize(step.bias, {step.outRow()}, absl::MakeSpan(values));
  }
  // Chains, which know no particles, add it to each.
  const std::vector<float> once = values;
  for (int64_t p = 1; p < step.particles; ++p)
    values.insert(values.end(), once.begin(), once.end());
}

int64_t rankOf(const Step &step) {
  return step.inShape.empty() ? 2 : int64_t(step.inShape.size()) + 1;
}

static const UniformTensorFormat *
uniformOf(const std::optional<NumberFormat> &format) {
  return format ? (*format)->uniform() : nullptr;
}

std::optional<LinearSums> linearSumsOf(const Step &step,
                                       const LayerPrecision &precision) {
  const UniformTensorFormat *data = uniformOf(precision[OperandRole::DataIn]),
                            *weight = uniformOf(precision[OperandRole::Weight]),
                            *bias = uniformOf(precision[OperandRole::Bias]);
  if (!data || !weight)
    return std::nullopt;
  std::optional<UniformTensorFormat> features =
      formatOfFeatures(*data, rankOf(step));
  if (!features)
    return std::nullopt;
  return linearSums(step.outRow(), step.inRow(), *features, *weight,
                    step.bias.empty() ? nullptr : bias);
}

/// Sums of any uniform formats; the mode stays Float where there are none.
static void planSteps(const Step &step, LinearPlan &plan) {
  const UniformTensorFormat *data = plan.data ? plan.data->format()->uniform()
                                              : nullptr,
                            *weight = uniformOf(plan.weight->number),
                            *bias = plan.bias ? uniformOf(plan.bias->number)
                                              : nullptr;
  if (!data || !weight)
    return;
  size_t in = size_t(step.inRow()), out = size_t(step.outRow());
  std::optional<UniformTensorFormat> features =
      formatOfFeatures(*data, rankOf(step));
  if (!features)
    return;
  std::optional<LinearSums> sums =
      linearSums(step.outRow(), step.inRow(), *features, *weight, bias);
  if (!sums)
    return;
  auto steps = std::make_shared<StepSums>();
  steps->inputShift = sums->inputShift;
  steps->weight = stepsOf(step.weight, {step.outRow(), step.inRow()}, *weight);
  for (size_t o = 0; o < out; ++o) {
    steps->scale.push_back(sums->scaleOf(o));
    for (size_t i = 0; i < in; ++i)
      steps->weight[o * in + i] = int64_t(uint64_t(steps->weight[o * in + i])
                                          << sums->productShiftOf(o));
  }
  if (sums->biasInSum) {
    steps->bias = stepsOf(step.bias, {step.outRow()}, *bias);
    for (size_t o = 0; o < out; ++o)
      steps->bias[o] =
          int64_t(uint64_t(steps->bias[o]) << sums->biasShiftOf(o));
  } else if (plan.bias) {
    steps->realBias = plan.bias->values;
  }
  plan.mode = sums->width <= 53 ? SumMode::Steps64 : SumMode::Steps;
  if (plan.mode == SumMode::Steps64) {
    steps->weight64.assign(steps->weight.begin(), steps->weight.end());
    steps->bias64.assign(steps->bias.begin(), steps->bias.end());
  }
  plan.steps = std::move(steps);
}

LinearPlan planLinear(const Step &step, const WeightSet &weight,
                      const BiasSet *bias,
                      std::shared_ptr<const ValueFormat> data, bool hasBytes) {
  LinearPlan plan;
  plan.weight = &weight;
  plan.bias = bias;
  plan.data = std::move(data);
  if (plan.data)
    plan.dataIn = plan.data->fixed();
  const std::optional<FixedPointFormat> &dataIn = plan.dataIn;
  if (!dataIn || !weight.format || (bias && !bias->format)) {
    planSteps(step, plan);
    return plan;
  }
  // In units of the products' last bit. With a sum that binary32 holds, adding
  // a bias that it holds too is the one rounding that the layer may do.
  double products = double(dataIn->maxMagnitude()) * weight.largestRow;
  if (products < 0x1p24 && dataIn->width <= Rounder::kMaxWidth &&
      weight.format->width <= 24 && (!bias || bias->format->width <= 24)) {
    plan.mode = SumMode::Exact32;
    plan.scale = exp2i(-(dataIn->fracWidth + weight.format->fracWidth));
    // Bytes are four of one particle to a word.
    bool fillsWords = step.particles == 1 || step.inRow() % 4 == 0;
    if (hasBytes && fillsWords && dataIn->width <= 8 && weight.fitsBytes &&
        weight.largestRow < 0x1p22)
      plan.mode = SumMode::Bytes;
    return plan;
  }
  UniformTensorFormat biasFormat;
  if (bias)
    biasFormat = toUniformTensor(*bias->format);
  LinearSums sums = *linearSums(
      step.outRow(), step.inRow(), toUniformTensor(*dataIn),
      toUniformTensor(*weight.format), bias ? &biasFormat : nullptr);
  int productShift = sums.productShift[0], biasShift = sums.biasShift[0];
  double total = std::ldexp(products, productShift) +
                 std::ldexp(bias ? bias->largest : 0, biasShift);
  if (total < 0x1p53) {
    plan.mode = SumMode::Exact64;
    return plan;
  }
  plan.mode = SumMode::Integer;
  plan.productShift = productShift;
  plan.scale = sums.scale[0];
  if (bias)
    for (int64_t code : bias->codes)
      plan.shifted.push_back(int64_t(uint64_t(code) << biasShift));
  return plan;
}

namespace {

/// The shape of what has the format in `role`; the batch is not known.
std::vector<int64_t> shapeOf(const Step &step, OperandRole role) {
  std::vector<int64_t> shape = {-1};
  auto append = [&](const std::vector<int64_t> &sample, int64_t features) {
    if (sample.empty())
      shape.push_back(features);
    shape.insert(shape.end(), sample.begin(), sample.end());
    return shape;
  };
  switch (role) {
  case OperandRole::DataIn:
    return append(step.inShape, step.inFeatures);
  case OperandRole::DataOut:
    return append(step.outShape, step.outFeatures);
  case OperandRole::Weight:
    return {step.outRow(), step.inRow()};
  case OperandRole::Bias:
    return {step.outRow()};
  }
  return shape;
}

} // namespace

absl::Status checkPrecision(const Step &step, const LayerPrecision &p) {
  for (OperandRole role : kAllRoles) {
    if (!p[role])
      continue;
    const NumberFormat &format = *p[role];
    const UniformTensorFormat *uniform = format->uniform();
    std::optional<std::string> reason =
        uniform ? uniform->invalid() : std::nullopt;
    if (!reason)
      reason = whyOpen(format);
    if (!reason)
      reason = format->mismatch(shapeOf(step, role));
    if (reason)
      return absl::InvalidArgumentError(absl::StrCat(
          "layer '", step.name, "': ", toString(role), ": ", *reason));
  }
  if (step.kind != Step::Kind::Linear)
    return absl::OkStatus();
  if (std::optional<LinearSums> sums = linearSumsOf(step, p))
    if (std::optional<std::string> reason = sums->illegal(step.inRow()))
      return absl::InvalidArgumentError(
          absl::StrCat("layer '", step.name, "': ", *reason));
  return absl::OkStatus();
}

} // namespace mase
