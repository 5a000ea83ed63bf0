// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Calibrator.h"

#include "Ranges.h"
#include "RoundLinear.h"

#include <cmath>
#include <numeric>

namespace mase {

/// 1 / variance of each row; 1 where that is 0.
static std::vector<float> inverseVariances(const Blocks &values) {
  std::vector<float> result;
  for (int64_t r = 0; r < values.rows(); ++r) {
    double sum = 0, squares = 0;
    auto add = [&](auto &&each) {
      for (int64_t b = 0; b < values.blocks(); ++b)
        for (int l = 0; l < values.lanes(b); ++l)
          each(double(values.row(b, r)[l]));
    };
    add([&](double v) { sum += v; });
    double mean = sum / double(values.samples());
    add([&](double v) { squares += (v - mean) * (v - mean); });
    auto inverse = float(double(values.samples()) / squares);
    result.push_back(std::isfinite(inverse) ? inverse : 1.0f);
  }
  return result;
}

SoftTargets::SoftTargets(const Blocks &values, ClassifierOutput output,
                         const CalibrationKernels &kernels, Distance distance)
    : output(output), kernels(kernels), distance(distance) {
  if (distance == Distance::SquaredError) {
    targets = values.withRows(values.rows());
    std::copy_n(values.data(), values.size(), targets.data());
    weights = inverseVariances(values);
  } else {
    targets = Blocks(output.classes(), values.samples());
    kernels.probabilities(values.data(), output, values.blocks(),
                          targets.data());
  }
  leastLoss = loss(values);
}

void SoftTargets::sumLosses(const float *values, int64_t block, int64_t samples,
                            double *sums, float *each) const {
  const float *to = targets.row(block, 0);
  if (distance == Distance::SquaredError)
    kernels.weightedSquares(values, output.size, to, weights.data(), samples,
                            sums, each);
  else
    kernels.crossEntropy(values, output, to, samples, sums, each);
}

double SoftTargets::loss(const Blocks &values) const {
  std::vector<double> sums(size_t(values.blocks()));
  sumLosses(values.data(), 0, values.samples(), sums.data(), nullptr);
  return std::accumulate(sums.begin(), sums.end(), 0.0) /
         double(values.samples());
}

double SoftTargets::blockLoss(const float *values, int64_t block,
                              float *each) const {
  double sum = 0;
  sumLosses(values, block, targets.lanes(block), &sum, each);
  return sum;
}

std::vector<int> countReaders(const Network &network) {
  std::vector<int> readers(network.steps.size() + 1, 0);
  for (const Step &step : network.steps)
    for (int operand : step.operands())
      ++readers[size_t(operand) + 1];
  // The result is read from outside.
  ++readers.back();
  return readers;
}

RoundedSteps runFloat(const Network &network, const StepRunner &runner,
                      const Blocks &x) {
  RoundedSteps steps;
  for (const Step &step : network.steps) {
    auto result = std::make_shared<RoundedStep>();
    result->values = runner.run(step, {}, operandsOf(step, x, steps));
    steps.push_back(std::move(result));
  }
  return steps;
}

Calibrator::Calibrator(const Network &network, absl::Span<const float> samples,
                       const CalibrationOptions &options,
                       std::shared_ptr<const SoftTargets> targets)
    : net(network), options(options),
      kernels(calibrationKernels(
          options.instructionSet.value_or(bestInstructionSet()))),
      runner(options.instructionSet.value_or(bestInstructionSet())),
      x(samples, network.inFeatures), soft(std::move(targets)) {
  RoundedSteps steps = runFloat(net, runner, x);
  for (size_t k = 0; k < net.steps.size(); ++k)
    sums.push_back(
        net.steps[k].kind == Step::Kind::Linear
            ? std::make_unique<FloatSums>(
                  steps[k]->values.ofParticles(net.steps[k].particles), kernels)
            : nullptr);
  if (!soft)
    soft = std::make_shared<const SoftTargets>(resultOf(steps, x), net.output(),
                                               kernels, options.distance);
}

std::optional<NumberFormat>
Calibrator::dataIn(size_t k, const RoundedSteps &before,
                   const std::optional<NumberFormat> &choice, int moved) const {
  const OpenFormat *open = openFormat(choice);
  if (!open)
    return choice;
  const Step &step = net.steps[k];
  std::vector<const Blocks *> values = operandsOf(step, x, before);
  Blocks constant;
  if (step.rhsIsConstant) {
    constant = Blocks(step.constant, step.inFeatures);
    values.push_back(&constant);
  }
  return dataFormat(*open, values, step.kind == Step::Kind::Relu, moved,
                    options, kernels);
}

LeastSquares Calibrator::fit(size_t k, const RoundedSteps &before,
                             const std::optional<NumberFormat> &format) const {
  const Step &step = net.steps[k];
  const Blocks &in = valueOf(&x, before, step.input);
  Blocks codes = in.withRows(in.rows());
  double unit = 1;
  bool bytes = false;
  std::copy_n(in.data(), in.size(), codes.data());
  if (std::optional<CodeGrid> grid =
          format ? codeGrid(*format) : std::nullopt) {
    kernels.toCodes(in.data(), grid->scale, grid->lowest, grid->highest,
                    codes.data(), int64_t(codes.size()));
    unit = double(grid->scale);
    bytes = grid->magnitude() <= 255;
  } else if (format) {
    runner.round(*format, step.inShape, codes);
  }
  codes.clearTail();
  return LeastSquares(step, *sums[k], codes.ofParticles(step.particles), unit,
                      bytes, options.ridge, kernels);
}

RoundedStep
Calibrator::roundParameters(size_t k, const LeastSquares &fit,
                            const std::optional<NumberFormat> &dataIn,
                            const LayerPrecision &choice) const {
  RoundedStep result;
  result.step = net.steps[k];
  result.precision[OperandRole::DataIn] = dataIn;
  roundLinear(result.step, result.precision, choice, *sums[k], fit, options,
              kernels);
  return result;
}

std::shared_ptr<const RoundedStep>
Calibrator::round(size_t k, const RoundedSteps &before,
                  const LayerPrecision &choice, Moves moves) const {
  std::optional<NumberFormat> data =
      dataIn(k, before, choice[OperandRole::DataIn], moves.dataIn);
  auto result = std::make_shared<RoundedStep>();
  if (net.steps[k].kind == Step::Kind::Linear) {
    *result = roundParameters(k, fit(k, before, data), data, choice);
  } else {
    result->step = net.steps[k];
    result->precision[OperandRole::DataIn] = data;
  }
  LayerPrecision &precision = result->precision;
  result->values =
      runner.run(result->step, precision, operandsOf(result->step, x, before));
  precision[OperandRole::DataOut] = choice[OperandRole::DataOut];
  if (const OpenFormat *open = openFormat(choice[OperandRole::DataOut]))
    precision[OperandRole::DataOut] = dataFormat(
        *open, {&result->values}, false, moves.dataOut, options, kernels);
  if (precision[OperandRole::DataOut])
    runner.round(*precision[OperandRole::DataOut], result->step.outShape,
                 result->values);
  return result;
}

void Calibrator::rescale(size_t producer, size_t reader, int64_t feature,
                         float factor) {
  Step &from = net.steps[producer], &to = net.steps[reader];
  auto f = size_t(feature);
  if (from.kind == Step::Kind::Affine) {
    from.scale[f] *= factor;
    from.shift[f] *= factor;
  } else {
    for (int64_t i = 0; i < from.inRow(); ++i)
      from.weight[f * size_t(from.inRow()) + size_t(i)] *= factor;
    if (!from.bias.empty())
      from.bias[f] *= factor;
    sums[producer]->rescale(feature, double(factor));
  }
  for (int64_t o = 0; o < to.outRow(); ++o)
    to.weight[size_t(o * to.inRow()) + f] /= factor;
}

double Calibrator::loss(const RoundedSteps &steps) const {
  return soft->loss(resultOf(steps, x));
}

} // namespace mase
