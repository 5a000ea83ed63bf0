// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What must hold before calibration, and what there is to say after it.
#include "Calibrator.h"

#include "mase/Evaluate/Evaluator.h"

#include "absl/strings/str_cat.h"

#include <cmath>

namespace mase {
namespace {

template <typename... Args>
absl::Status invalid(const Step &step, OperandRole role, const Args &...args) {
  return absl::InvalidArgumentError(
      absl::StrCat("layer '", step.name, "': ", toString(role), ": ", args...));
}

absl::Status checkOpen(const Step &step, OperandRole role,
                       const OpenFormat &format) {
  bool isParameter = role == OperandRole::Weight || role == OperandRole::Bias;
  if (isParameter && step.kind != Step::Kind::Linear)
    return invalid(step, role, "expected a layer with parameters, found '",
                   step.type, "'");
  const UniformFormat &known = format.known;
  if (known.width < CodeGrid::kMinWidth || known.width > CodeGrid::kMaxWidth)
    return invalid(step, role, "expected a width of ", CodeGrid::kMinWidth,
                   " to ", CodeGrid::kMaxWidth,
                   " where the scale is to be chosen, found ", known.width);
  if (known.rounding != Rounding::NearestEven ||
      known.overflow != Overflow::Saturate || known.zeroPointFirst)
    return invalid(step, role,
                   "expected rounding to nearest even and saturation where the "
                   "scale is to be chosen, found ",
                   NumberFormat(format).text());
  if (!format.axis)
    return absl::OkStatus();
  if (!isParameter)
    return invalid(step, role,
                   "expected one scale for the tensor where it is to be "
                   "chosen, found an axis of ",
                   *format.axis);
  int rank = role == OperandRole::Weight ? 2 : 1;
  if (*format.axis != 0 && *format.axis != -rank)
    return invalid(step, role,
                   "expected scales of the output channels where they are to "
                   "be chosen, found an axis of ",
                   *format.axis);
  return absl::OkStatus();
}

LayerPrecision withoutOpen(LayerPrecision precision) {
  for (std::optional<NumberFormat> &format : precision.values)
    if (openFormat(format))
      format.reset();
  return precision;
}

} // namespace

absl::Status checkCalibration(const Network &network,
                              absl::Span<const LayerPrecision> precisions,
                              const CalibrationOptions &options) {
  if (precisions.size() != network.steps.size())
    return absl::InvalidArgumentError(
        absl::StrCat("expected precisions for ", network.steps.size(),
                     " layers, found ", precisions.size()));
  if (!(options.percentile > 0 && options.percentile <= 100))
    return absl::InvalidArgumentError(
        absl::StrCat("expected a percentile above 0 and up to 100, found ",
                     options.percentile));
  if (!(options.ridge >= 0) || std::isinf(options.ridge))
    return absl::InvalidArgumentError(
        absl::StrCat("expected a ridge of 0 or more, found ", options.ridge));
  Evaluator::Options choices;
  for (size_t k = 0; k < precisions.size(); ++k) {
    for (OperandRole role : kAllRoles)
      if (const OpenFormat *open = openFormat(precisions[k][role]))
        if (absl::Status status = checkOpen(network.steps[k], role, *open);
            !status.ok())
          return status;
    choices.choices.push_back({withoutOpen(precisions[k])});
  }
  // Network and given formats are checked as the evaluator does.
  std::vector<float> sample(size_t(std::max<int64_t>(network.inFeatures, 0)));
  return Evaluator::create(network, choices, sample, {0}).status();
}

absl::StatusOr<FiniteSamples> finiteSamples(const Network &network,
                                            absl::Span<const float> x) {
  auto features = size_t(network.inFeatures);
  if (x.empty() || x.size() % features != 0)
    return absl::InvalidArgumentError(
        absl::StrCat("expected samples of ", features, " features, found ",
                     x.size(), " values"));
  FiniteSamples result;
  result.given = x.size() / features;
  for (size_t i = 0; i < x.size(); i += features) {
    absl::Span<const float> sample = x.subspan(i, features);
    if (std::all_of(sample.begin(), sample.end(),
                    [](float v) { return std::isfinite(v); }))
      result.x.insert(result.x.end(), sample.begin(), sample.end());
    else
      ++result.leftOut;
  }
  if (result.leftOut == result.given)
    return absl::InvalidArgumentError(
        absl::StrCat("expected at least one calibration sample without NaN and "
                     "infinity, found none among ",
                     result.given));
  return result;
}

absl::StatusOr<FiniteSamples>
checkedSamples(const Network &network,
               absl::Span<const LayerPrecision> precisions,
               absl::Span<const float> x, const CalibrationOptions &options) {
  if (absl::Status status = checkCalibration(network, precisions, options);
      !status.ok())
    return status;
  return finiteSamples(network, x);
}

void FiniteSamples::warn(std::vector<std::string> &warnings) const {
  if (leftOut > 0)
    warnings.insert(warnings.begin(),
                    absl::StrCat(leftOut, " of ", given,
                                 " calibration samples hold NaN or infinity "
                                 "and are left out"));
}

namespace {

/// Counts of what a format does to data.
void countData(const NumberFormat &format, const Blocks &in,
               LayerCalibration &layer) {
  std::optional<CodeGrid> grid = codeGrid(format);
  if (!grid)
    return;
  int64_t saturated = 0, zero = 0;
  for (int64_t b = 0; b < in.blocks(); ++b)
    for (int64_t r = 0; r < in.rows(); ++r)
      for (int l = 0; l < in.lanes(b); ++l) {
        double code = std::rint(inSteps(in.row(b, r)[l], grid->scale));
        saturated +=
            code < double(grid->lowest) || code > double(grid->highest);
        zero += code == 0;
      }
  double all = double(in.samples() * in.rows());
  layer.saturatedData = double(saturated) / all;
  layer.zeroData = double(zero) / all;
}

void countWeights(const Step &step, const NumberFormat &format,
                  LayerCalibration &layer) {
  auto grids = codeGrids(format, size_t(step.outRow()));
  if (!grids)
    return;
  int64_t saturated = 0, zero = 0;
  for (size_t i = 0; i < step.weight.size(); ++i) {
    const CodeGrid &grid = (*grids)[i / size_t(step.inRow())];
    float code = step.weight[i] / grid.scale;
    saturated += code == grid.lowest || code == grid.highest;
    zero += code == 0;
  }
  layer.saturatedWeights = double(saturated) / double(step.weight.size());
  layer.zeroWeights = double(zero) / double(step.weight.size());
}

std::optional<double> signalToNoise(const FloatSums &sums, const Blocks &y) {
  double signal = 0, noise = 0;
  int64_t out = y.rows();
  for (int64_t b = 0; b < y.blocks(); ++b)
    for (int64_t o = 0; o < out; ++o)
      for (int l = 0; l < y.lanes(b); ++l) {
        double z = (256.0 * double(sums.parts.row(b, o)[l]) +
                    double(sums.parts.row(b, out + o)[l])) *
                   sums.unit[size_t(o)];
        double difference = double(y.row(b, o)[l]) - z;
        signal += z * z;
        noise += difference * difference;
      }
  if (noise == 0 || signal == 0)
    return std::nullopt;
  return 10 * std::log10(signal / noise);
}

} // namespace

LayerCalibration Calibrator::report(size_t k, const RoundedSteps &steps,
                                    std::vector<std::string> &warnings) const {
  const RoundedStep &rounded = *steps[k];
  const Step &step = rounded.step;
  const auto &data = rounded.precision[OperandRole::DataIn],
             &weight = rounded.precision[OperandRole::Weight];
  LayerCalibration layer;
  layer.name = step.name;
  if (data)
    countData(*data, valueOf(&x, steps, step.input), layer);
  if (step.kind != Step::Kind::Linear)
    return layer;
  layer.signalToNoise =
      signalToNoise(*sums[k], rounded.values.ofParticles(step.particles));
  if (!weight)
    return layer;
  countWeights(step, *weight, layer);

  auto warn = [&](const auto &...args) {
    warnings.push_back(absl::StrCat("layer '", step.name, "': ", args...));
  };
  LeastSquares problem = fit(k, steps, data);
  const int64_t in = problem.in, samples = x.samples() * step.particles;
  int64_t dead = 0, still = 0;
  for (size_t i = 0; i < size_t(in); ++i) {
    still += problem.variance[i] == 0;
    dead += problem.variance[i] == 0 && problem.meanInput[i] == 0;
  }
  if (still == in)
    warn("none of its ", in,
         " inputs changes over the calibration samples: its weights are "
         "rounded as they are");
  else if (dead > 0)
    warn(dead, " of its ", in, " inputs are 0 in every calibration sample");
  if (problem.singular && still < in)
    warn("the covariance of its inputs is singular; expected a ridge above 0");
  if (samples < 4 * in)
    warn("expected at least ", 4 * in, " calibration samples",
         step.particles > 1 ? " (each particle counts)" : "", " for ", in,
         " inputs, found ", samples);
  return layer;
}

} // namespace mase
