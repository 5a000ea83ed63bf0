// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Calibrate/Refine.h"

#include "BlockNetwork.h"

#include "absl/strings/str_cat.h"

#include <cmath>

namespace mase {
namespace {

class Refining {
public:
  Refining(BlockNetwork &network, absl::Span<const LayerPrecision> precisions)
      : network(network), precisions(precisions) {}

  /// Tries every parameter once, but for moves that made things much worse in
  /// the pass before; whether there is anything left to try.
  bool pass() {
    int64_t before = weights + biases;
    skipped = false;
    for (size_t k = network.network().steps.size(); k-- > 0;)
      if (isRefinable(network.network().steps[k], precisions[k]))
        moveStep(k);
    return skipped || weights + biases > before;
  }

  int64_t weights = 0, biases = 0;

private:
  void moveStep(size_t k) {
    const Step &step = network.network().steps[k];
    auto grids =
        *codeGrids(*precisions[k][OperandRole::Weight], size_t(step.outRow()));
    // Two moves for each weight.
    hopeless.resize(precisions.size());
    hopeless[k].resize(2 * step.weight.size(), false);
    for (int64_t o = 0; o < step.outRow(); ++o) {
      const CodeGrid &grid = grids[size_t(o)];
      for (int64_t i = 0; i < step.inRow(); ++i) {
        auto at = size_t(o * step.inRow() + i);
        float code = std::rint(step.weight[at] / grid.scale);
        for (bool up : {true, false}) {
          float to = code + (up ? 1.0f : -1.0f);
          if (to < grid.lowest || to > grid.highest)
            continue;
          std::vector<bool>::reference skips =
              hopeless[k][2 * at + (up ? 1 : 0)];
          if (skips) {
            skips = false;
            skipped = true;
            continue;
          }
          Outcome outcome = network.tryValue({k, o, i}, to * grid.scale);
          skips = outcome == Outcome::MuchWorse;
          if (outcome == Outcome::Kept) {
            ++weights;
            break;
          }
        }
      }
      if (movesBias(step, precisions[k]))
        moveBias(k, o, grid.scale);
    }
  }

  void moveBias(size_t k, int64_t o, float step) {
    const auto &format = precisions[k][OperandRole::Bias];
    for (float by : {0.5f, -0.5f, 0.125f, -0.125f}) {
      std::vector<float> bias = network.network().steps[k].bias;
      float before = bias[size_t(o)];
      bias[size_t(o)] = before + by * step;
      if (format)
        (*format)->quantize(bias, {int64_t(bias.size())}, absl::MakeSpan(bias));
      if (bias[size_t(o)] != before &&
          network.tryValue({k, o, -1}, bias[size_t(o)]) == Outcome::Kept)
        ++biases;
    }
  }

  using Outcome = BlockNetwork::Outcome;
  BlockNetwork &network;
  absl::Span<const LayerPrecision> precisions;
  std::vector<std::vector<bool>> hopeless; ///< by step
  bool skipped = false;
};

bool haveSameLayers(const Network &a, const Network &b) {
  return a.inFeatures == b.inFeatures &&
         std::equal(a.steps.begin(), a.steps.end(), b.steps.begin(),
                    b.steps.end(), [](const Step &s, const Step &t) {
                      return s.kind == t.kind && s.input == t.input &&
                             s.rhs == t.rhs && s.inputs == t.inputs &&
                             s.outFeatures == t.outFeatures &&
                             s.particles == t.particles &&
                             s.bias.empty() == t.bias.empty();
                    });
}

} // namespace

absl::StatusOr<Refinement> refine(const Network &network,
                                  const Network &rounded,
                                  absl::Span<const LayerPrecision> precisions,
                                  absl::Span<const float> samples,
                                  const RefineOptions &options) {
  CalibrationOptions checked;
  checked.instructionSet = options.instructionSet;
  for (size_t k = 0; k < precisions.size(); ++k)
    for (OperandRole role : kAllRoles)
      if (openFormat(precisions[k][role]))
        return absl::InvalidArgumentError(absl::StrCat(
            "layer '", rounded.steps[k].name, "': ", toString(role), ": ",
            *whyOpen(*precisions[k][role])));
  for (const Network *n : {&network, &rounded})
    if (absl::Status status = checkCalibration(*n, precisions, checked);
        !status.ok())
      return status;
  if (!haveSameLayers(network, rounded))
    return absl::InvalidArgumentError(
        "expected a rounded network of the same layers as the float one, found "
        "another");
  bool any = false;
  for (size_t k = 0; k < rounded.steps.size(); ++k)
    any |= isRefinable(rounded.steps[k], precisions[k]);
  if (!any)
    return absl::InvalidArgumentError(
        "expected a layer whose weights have integer codes, found none: there "
        "is nothing to refine in a float network");
  absl::StatusOr<FiniteSamples> finite = finiteSamples(network, samples);
  if (!finite.ok())
    return finite.status();
  InstructionSet set = options.instructionSet.value_or(bestInstructionSet());
  Calibrator reference(network, finite->x, checked);
  BlockNetwork blocks(rounded, precisions, reference.input(),
                      reference.targets(), set);
  Refining refining(blocks, precisions);
  Refinement result;
  auto n = double(reference.input().samples());
  result.lossBefore = blocks.loss() / n;
  while (result.passes < options.passes) {
    ++result.passes;
    if (!refining.pass())
      break;
  }
  result.lossAfter = blocks.loss() / n;
  result.movedWeights = refining.weights;
  result.movedBiases = refining.biases;
  result.network = blocks.network();
  return result;
}

} // namespace mase
