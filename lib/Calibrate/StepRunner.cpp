// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What calibration's own formats give is computed here, with the evaluator's
// kernels; a Linear in any other format is an evaluator's network of one step.
#include "StepRunner.h"

#include "Evaluate/Precision.h"
#include "Evaluate/StepOps.h"
#include "mase/Evaluate/Evaluator.h"
#include "mase/Numerics/LinearSums.h"

#include <cmath>

namespace mase {

std::optional<IntegerLinear> IntegerLinear::make(const Step &step,
                                                 const LayerPrecision &p) {
  const auto &data = p[OperandRole::DataIn], &weight = p[OperandRole::Weight],
             &bias = p[OperandRole::Bias];
  if (!data || !weight)
    return std::nullopt;
  size_t in = size_t(step.inRow()), out = size_t(step.outRow());
  std::optional<CodeGrid> grid = codeGrid(*data);
  std::optional<std::vector<CodeGrid>> grids = codeGrids(*weight, out);
  if (!grid || !grids)
    return std::nullopt;
  bool hasBias = !step.bias.empty();
  const UniformTensorFormat *biasFormat =
      hasBias && bias ? (*bias)->uniform() : nullptr;
  std::optional<LinearSums> sums =
      linearSums(step.outRow(), step.inRow(), *(*data)->uniform(),
                 *(*weight)->uniform(), biasFormat);
  auto shifts = [](const std::vector<int> &shift) {
    return std::any_of(shift.begin(), shift.end(), [](int s) { return s; });
  };
  if (!sums || shifts(sums->inputShift) || shifts(sums->productShift))
    return std::nullopt;

  IntegerLinear result;
  result.data = *grid;
  result.biasInSum = sums->biasInSum;
  std::vector<float> biasValues = step.bias;
  if (hasBias && bias)
    (*bias)->quantize(step.bias, {step.outRow()}, absl::MakeSpan(biasValues));
  for (size_t o = 0; o < out; ++o) {
    double row = 0;
    const CodeGrid &g = (*grids)[o];
    for (size_t i = 0; i < in; ++i) {
      double code = inSteps(step.weight[o * in + i], g.scale);
      code = std::clamp(std::rint(code), double(g.lowest), double(g.highest));
      result.codes.push_back(code);
      row += std::fabs(code);
    }
    row *= double(grid->magnitude());
    result.scale.push_back(sums->scaleOf(o));
    if (hasBias) {
      // On the grid of the sums the quotient is exact: a power of two, or the
      // grid's own scale.
      double b = biasValues[o];
      if (result.biasInSum) {
        b = std::rint(b / double(sums->scaleOf(o)));
        row += std::fabs(b);
      }
      result.bias.push_back(b);
    }
    result.largestSum = std::max(result.largestSum, row);
  }
  if (result.largestSum >= 0x1p53)
    return std::nullopt;
  return result;
}

InputCodes StepRunner::inputCodes(const CodeGrid &grid,
                                  const Blocks &in) const {
  InputCodes result;
  result.grid = grid;
  bool fits = grid.lowest < 0 ? grid.magnitude() <= 128 : grid.highest <= 255;
  if (kernels.linearBytes && fits) {
    result.codes = in.withoutMemory();
    int64_t words = (in.rows() + 3) / 4 * in.blocks() * kLanes;
    result.bytes = allocateAligned<uint32_t>(size_t(words));
    result.offset = grid.lowest < 0 ? 128 : 0;
    calibration.toBytes(in.data(), grid.scale, grid.lowest, grid.highest,
                        result.offset, in.rows(), in.blocks(),
                        result.bytes.get());
  } else {
    result.codes = in.withRows(in.rows());
    calibration.toCodes(in.data(), grid.scale, grid.lowest, grid.highest,
                        result.codes.data(), int64_t(result.codes.size()));
  }
  return result;
}

/// Bytes as codes, for weights that are none.
static Blocks unpackedBytes(const InputCodes &input) {
  const int64_t rows = input.codes.rows();
  Blocks codes = input.codes.withRows(rows);
  for (int64_t b = 0; b < codes.blocks(); ++b)
    for (int64_t r = 0; r < rows; ++r)
      for (int l = 0; l < kLanes; ++l) {
        uint32_t word =
            input.bytes[size_t((b * ((rows + 3) / 4) + r / 4) * kLanes + l)];
        codes.row(b, r)[l] =
            float(int32_t((word >> (8 * (r % 4))) & 255) - input.offset);
      }
  return codes;
}

/// y = the sums of bytes, the bias included, as binary32 (one rounding).
static void sumBytes(const Kernels &kernels, const Step &step,
                     const IntegerLinear &linear, const InputCodes &input,
                     Blocks &y) {
  int64_t n = step.inRow(), out = step.outRow(), groups = (n + 3) / 4;
  std::vector<uint32_t> w(size_t(out * groups), 0);
  std::vector<int32_t> start(size_t(out), 0);
  for (int64_t o = 0; o < out; ++o) {
    int64_t sum = 0;
    for (int64_t i = 0; i < n; ++i) {
      auto code = int64_t(linear.codes[size_t(o * n + i)]);
      sum += code;
      w[size_t(o * groups + i / 4)] |= uint32_t(uint8_t(code)) << (8 * (i % 4));
    }
    start[size_t(o)] = int32_t(-input.offset * sum);
    if (linear.biasInSum)
      start[size_t(o)] += int32_t(linear.bias[size_t(o)]);
  }
  kernels.linearBytes(input.bytes.get(), w.data(), start.data(), 1.0f, y.data(),
                      groups, out, y.blocks());
}

Blocks StepRunner::runInteger(const Step &step, const IntegerLinear &linear,
                              const InputCodes &input) const {
  int64_t n = step.inRow(), out = step.outRow();
  Blocks y = input.codes.withRows(out);
  std::vector<RowOp> ops;
  std::vector<float> bias(linear.bias.begin(), linear.bias.end());
  bool areBytes = input.bytes && linear.largestSum < 0x1p29 &&
                  std::all_of(
                      linear.codes.begin(), linear.codes.end(),
                      [](double c) { return c >= -128 && c <= 127; });
  if (areBytes) {
    sumBytes(kernels, step, linear, input, y);
  } else {
    Blocks unpacked;
    if (input.bytes)
      unpacked = unpackedBytes(input);
    const Blocks &codes = input.bytes ? unpacked : input.codes;
    if (linear.largestSum < 0x1p24) {
      std::vector<float> w(linear.codes.begin(), linear.codes.end());
      kernels.linearExact(codes.data(), w.data(), y.data(), n, out, y.blocks());
      if (linear.biasInSum) {
        RowOp add;
        add.kind = RowOp::Kind::AddRow;
        add.a = bias.data();
        ops.push_back(add);
      }
    } else {
      std::vector<double> wide(codes.data(), codes.data() + codes.size());
      std::vector<double> sums(y.size());
      kernels.linearExact64(wide.data(), linear.codes.data(), sums.data(), n,
                            out, y.blocks());
      kernels.finish64(sums.data(),
                       linear.biasInSum ? linear.bias.data() : nullptr,
                       y.data(), out, y.blocks());
    }
  }
  RowOp scale;
  scale.a = linear.scale.data();
  scale.b = bias.data();
  scale.kind =
      linear.biasInSum || bias.empty() ? RowOp::Kind::Mul : RowOp::Kind::Affine;
  ops.push_back(scale);
  kernels.rowOps(y.data(), ops.data(), int(ops.size()), y.data(), out,
                 y.blocks());
  return y.ofSamples(step.particles);
}

Blocks StepRunner::runLinear(const Step &step, const LayerPrecision &p,
                             const Blocks &in) const {
  if (std::optional<IntegerLinear> linear = IntegerLinear::make(step, p))
    return runInteger(step, *linear,
                      inputCodes(linear->data, in.ofParticles(step.particles)));
  const auto &data = p[OperandRole::DataIn], &weight = p[OperandRole::Weight];
  if (!data && !weight && !p[OperandRole::Bias]) {
    Blocks y = in.withRows(step.outFeatures);
    kernels.linearFma(in.data(), step.weight.data(),
                      step.bias.empty() ? nullptr : step.bias.data(), y.data(),
                      step.inRow(), step.outRow(),
                      in.blocks() * step.particles);
    return y;
  }
  int64_t n = step.inFeatures;
  Network network;
  network.inFeatures = n;
  network.outFeatures = step.outFeatures;
  network.steps = {step};
  network.steps[0].input = -1;
  Evaluator::Options options;
  options.choices = {{p}};
  options.choices[0][0][OperandRole::DataOut].reset();
  options.instructionSet = set;
  std::vector<float> x(size_t(in.samples() * n));
  for (int64_t i = 0; i < in.samples(); ++i)
    for (int64_t r = 0; r < n; ++r)
      x[size_t(i * n + r)] = in.row(i / kLanes, r)[i % kLanes];
  auto evaluator = Evaluator::create(
      network, options, x, std::vector<int32_t>(size_t(in.samples()), 0));
  // The formats were checked when the whole network was.
  return {(*evaluator)->logits({0}), step.outFeatures};
}

void StepRunner::round(const NumberFormat &format,
                       const std::vector<int64_t> &shape,
                       Blocks &values) const {
  ValueFormat rounding(
      format, shape.empty() ? std::vector<int64_t>{values.rows()} : shape);
  RowOp op = roundingTo(rounding);
  if (op.kind == RowOp::Kind::RoundAny)
    return rounding.round(values.data(), values.data(), values.blocks());
  kernels.rowOps(values.data(), &op, 1, values.data(), values.rows(),
                 values.blocks());
}

static Blocks copyOf(const Blocks &values) {
  Blocks copy = values.withRows(values.rows());
  std::copy_n(values.data(), copy.size(), copy.data());
  return copy;
}

Blocks
StepRunner::runOfSample(const Step &step, const LayerPrecision &p,
                        const std::vector<const Blocks *> &operands) const {
  const Blocks &in = *operands[0];
  const auto &dataIn = p[OperandRole::DataIn];
  std::optional<ValueFormat> format;
  if (dataIn)
    format.emplace(*dataIn, step.inShape.empty()
                                ? std::vector<int64_t>{step.inFeatures}
                                : step.inShape);
  Blocks y = in.withRows(step.outFeatures), rounded;
  const float *x = in.data();
  if (format && !addsSteps(step, *format)) {
    rounded = copyOf(in);
    round(*dataIn, step.inShape, rounded);
    x = rounded.data();
  }
  if (step.kind == Step::Kind::Function) {
    applyFunction(step, x, y.data(), in.blocks());
  } else if (step.kind == Step::Kind::Moves) {
    std::vector<const float *> values;
    std::vector<int64_t> rows;
    for (const Blocks *operand : operands) {
      values.push_back(operand->data());
      rows.push_back(operand->rows());
    }
    applyMoves(step, values, rows, y.data(), in.blocks());
  } else if (step.isReduce()) {
    applyReduce(step, format ? &*format : nullptr, x, y.data(), in.blocks());
  } else {
    (step.kind == Step::Kind::LogSoftmax ? kernels.logSoftmax
                                         : kernels.softmax)(
        x, y.data(), step.outRow(), in.blocks() * step.particles);
  }
  return y;
}

Blocks StepRunner::runRows(const Step &step, const LayerPrecision &p,
                           const Blocks &in, const Blocks *other) const {
  const auto &dataIn = p[OperandRole::DataIn];
  Blocks y = in.withRows(in.rows());
  const float *x = in.data();
  if (dataIn) {
    std::copy_n(x, y.size(), y.data());
    round(*dataIn, step.inShape, y);
    x = y.data();
  }
  RowOp op = elementwiseOp(step);
  std::vector<float> constant = step.constant;
  Blocks second;
  op.other = other ? other->data() : nullptr;
  if (other && dataIn) {
    second = copyOf(*other);
    round(*dataIn, step.inShape, second);
    op.other = second.data();
  } else if (step.rhsIsConstant && dataIn) {
    std::vector<int64_t> shape = step.inShape;
    if (shape.empty())
      shape = {step.inFeatures};
    ValueFormat(*dataIn, shape).round(constant);
    op.a = constant.data();
  }
  kernels.rowOps(x, &op, 1, y.data(), y.rows(), y.blocks());
  return y;
}

Blocks StepRunner::run(const Step &step, const LayerPrecision &p,
                       const std::vector<const Blocks *> &operands) const {
  Blocks y = step.kind == Step::Kind::Linear ? runLinear(step, p, *operands[0])
             : step.isOfSample()
                 ? runOfSample(step, p, operands)
                 : runRows(step, p, *operands[0],
                           step.readsOther() ? operands[1] : nullptr);
  if (p[OperandRole::DataOut])
    round(*p[OperandRole::DataOut], step.outShape, y);
  return y;
}

} // namespace mase
