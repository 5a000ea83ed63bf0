// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What must hold of a network and its choices before they are compiled.
#include "Compiled.h"

#include "absl/strings/str_cat.h"

namespace mase {
namespace {

template <typename... Args>
absl::Status invalid(const Step &step, const Args &...args) {
  return absl::InvalidArgumentError(
      absl::StrCat("layer '", step.name, "': ", args...));
}

/// Features of the value that `index` names, or -1.
int64_t featuresOf(const Network &network, int index, int step) {
  if (index == -1)
    return network.inFeatures;
  return index >= 0 && index < step ? network.steps[size_t(index)].outFeatures
                                    : -1;
}

absl::Status checkParameters(const Step &step) {
  auto is = [](const auto &v, int64_t n) { return int64_t(v.size()) == n; };
  switch (step.kind) {
  case Step::Kind::Linear:
    if (!is(step.weight, step.inRow() * step.outRow()))
      return invalid(step, "expected a weight of ", step.outRow(), " x ",
                     step.inRow(), " values, found ", step.weight.size());
    if (!step.bias.empty() && !is(step.bias, step.outRow()))
      return invalid(step, "expected a bias of ", step.outRow(),
                     " values, found ", step.bias.size());
    return absl::OkStatus();
  case Step::Kind::Affine:
    if (!is(step.scale, step.inFeatures) || !is(step.shift, step.inFeatures))
      return invalid(step, "expected scale and shift of ", step.inFeatures,
                     " values, found ", step.scale.size(), " and ",
                     step.shift.size());
    break;
  case Step::Kind::Function:
    return step.function ? absl::OkStatus()
                         : invalid(step, "expected a function, found none");
  case Step::Kind::ReduceSum:
  case Step::Kind::ReduceMean:
    if (step.outFeatures != step.inRow())
      return invalid(step, "expected as many results as one of ",
                     step.particles, " particles has features, found ",
                     step.outFeatures, " and ", step.inRow());
    return absl::OkStatus();
  case Step::Kind::Moves:
    if (!is(step.sources, step.outFeatures))
      return invalid(step, "expected as many sources as results, found ",
                     step.sources.size(), " and ", step.outFeatures);
    return absl::OkStatus();
  case Step::Kind::Add:
  case Step::Kind::Sub:
  case Step::Kind::Mul:
  case Step::Kind::Div:
    if (step.rhsIsConstant && !is(step.constant, step.inFeatures))
      return invalid(step, "expected a constant of ", step.inFeatures,
                     " values, found ", step.constant.size());
    break;
  default:
    break;
  }
  if (step.outFeatures != step.inFeatures)
    return invalid(step, "expected as many results as inputs, found ",
                   step.outFeatures, " and ", step.inFeatures);
  return absl::OkStatus();
}

absl::Status checkStep(const Network &network, int k) {
  const Step &step = network.steps[size_t(k)];
  if (step.inFeatures < 1 || step.outFeatures < 1 ||
      step.inFeatures > (int64_t(1) << 20) ||
      step.outFeatures > (int64_t(1) << 20))
    return invalid(step, "expected between 1 and 2^20 features, found ",
                   step.inFeatures, " and ", step.outFeatures);
  if (step.particles < 1 || step.inFeatures % step.particles != 0 ||
      (!step.isReduce() && step.outFeatures % step.particles != 0))
    return invalid(step, "expected features of ", step.particles,
                   " particles, found ", step.inFeatures, " and ",
                   step.outFeatures);
  int64_t given = featuresOf(network, step.input, k);
  if (given == -1)
    return invalid(step, "reads step ", step.input, " of ", k, " before it");
  if (given != step.inFeatures)
    return invalid(step, "expected ", step.inFeatures, " features, found ",
                   given);
  for (int input : step.inputs)
    if (featuresOf(network, input, k) == -1)
      return invalid(step, "reads step ", input, " of ", k, " before it");
  if (step.kind == Step::Kind::Moves &&
      (step.inputs.empty() || step.inputs[0] != step.input))
    return invalid(step, "expected its input to be the first of all");
  for (auto [input, feature] : step.sources)
    if (input >= step.inputs.size() ||
        feature >= featuresOf(network, step.inputs[input], k))
      return invalid(step, "expected features of its inputs, found ", feature,
                     " of input ", input);
  if (step.readsOther()) {
    int64_t other = featuresOf(network, step.rhs, k);
    if (other == -1)
      return invalid(step, "reads step ", step.rhs, " of ", k, " before it");
    if (other != step.inFeatures)
      return invalid(step, "expected operands of ", step.inFeatures,
                     " features, found ", other);
  }
  return checkParameters(step);
}

} // namespace

absl::Status checkNetwork(const Network &network,
                          const Evaluator::Options &options) {
  size_t steps = network.steps.size();
  if (network.inFeatures < 1)
    return absl::InvalidArgumentError("expected at least one input feature");
  for (size_t k = 0; k < steps; ++k)
    if (absl::Status status = checkStep(network, int(k)); !status.ok())
      return status;
  int64_t last =
      steps == 0 ? network.inFeatures : network.steps.back().outFeatures;
  if (network.outFeatures != last)
    return absl::InvalidArgumentError(
        absl::StrCat("expected a network of ", last,
                     " output features, as its last layer has, found ",
                     network.outFeatures));
  if (!options.choices.empty() && options.choices.size() != steps)
    return absl::InvalidArgumentError(absl::StrCat("expected choices for ",
                                                   steps, " layers, found ",
                                                   options.choices.size()));
  for (size_t k = 0; k < options.choices.size(); ++k)
    for (const LayerPrecision &precision : options.choices[k])
      if (absl::Status status = checkPrecision(network.steps[k], precision);
          !status.ok())
        return status;
  return absl::OkStatus();
}

} // namespace mase
