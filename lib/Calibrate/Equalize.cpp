// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Calibrate/Equalize.h"

#include "Calibrating.h"

namespace mase {
namespace {

/// The step whose features the input of Linear `k` has, if they may be
/// rescaled there.
std::optional<size_t> producerOf(const Network &network,
                                 absl::Span<const LayerPrecision> precisions,
                                 const std::vector<int> &readers, size_t k) {
  for (int value = network.steps[k].input; value >= 0;) {
    const Step &step = network.steps[size_t(value)];
    const LayerPrecision &precision = precisions[size_t(value)];
    if (readers[size_t(value) + 1] != 1 || precision[OperandRole::DataOut])
      return std::nullopt;
    // One of particles has features that are factors of several results.
    if (step.kind == Step::Kind::Affine)
      return step.inShape.size() < 2 ? std::optional(size_t(value))
                                     : std::nullopt;
    if (step.kind == Step::Kind::Linear)
      return step.particles == network.steps[k].particles
                 ? std::optional(size_t(value))
                 : std::nullopt;
    if (step.kind != Step::Kind::Relu || precision[OperandRole::DataIn])
      return std::nullopt;
    value = step.input;
  }
  return std::nullopt;
}

} // namespace

absl::StatusOr<Equalization>
equalize(const Network &network, absl::Span<const LayerPrecision> precisions,
         absl::Span<const float> x, const CalibrationOptions &options) {
  absl::StatusOr<FiniteSamples> samples =
      checkedSamples(network, precisions, x, options);
  if (!samples.ok())
    return samples.status();
  Calibrator calibrator(network, samples->x, options);
  Calibrating state(calibrator, precisions);
  std::vector<int> readers = countReaders(network);
  Equalization result;
  result.exponents.resize(network.steps.size());
  for (int pass = 0; pass < std::max(options.exponentPasses, 1); ++pass) {
    if (options.exponentPasses > 0)
      state.moveScales();
    for (size_t k = 0; k < network.steps.size(); ++k) {
      if (network.steps[k].kind != Step::Kind::Linear ||
          !precisions[k][OperandRole::DataIn])
        continue;
      std::optional<size_t> producer =
          producerOf(network, precisions, readers, k);
      if (!producer)
        continue;
      std::vector<int> &exponents = result.exponents[*producer];
      exponents.resize(size_t(network.steps[k].inRow()), 0);
      for (int64_t f = 0; f < network.steps[k].inRow(); ++f)
        for (int by : {1, -1}) {
          float factor = by > 0 ? 2.0f : 0.5f;
          calibrator.rescale(*producer, k, f, factor);
          if (state.tryFrom(*producer)) {
            exponents[size_t(f)] += by;
            break;
          }
          calibrator.rescale(*producer, k, f, 1 / factor);
        }
    }
  }
  result.network = calibrator.network();
  result.calibration = state.result();
  samples->warn(result.calibration.warnings);
  return result;
}

} // namespace mase
