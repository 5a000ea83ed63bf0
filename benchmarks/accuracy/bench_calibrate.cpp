// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calibrates a network under several recipes and says what each gives: test
// accuracies, loss against the float network, formats, codes, seconds. Network,
// samples and recipes come from a JSON file that networks.py writes.
//
// usage: mase-bench-calibrate PROBLEM.json
#include "NetworkFile.h"

#include "mase/Calibrate/Calibrate.h"
#include "mase/Calibrate/Equalize.h"
#include "mase/Calibrate/Refine.h"
#include "mase/Evaluate/Evaluator.h"

using namespace mase;

namespace {

/// Data and weight widths of the Linears, in order.
std::vector<LayerPrecision> readPrecisions(const Network &network,
                                           const json::Object &recipe) {
  std::vector<int> data = numbers<int>(recipe, "data"),
                   weight = numbers<int>(recipe, "weight");
  std::vector<LayerPrecision> precisions(network.steps.size());
  size_t linear = 0;
  for (size_t k = 0; k < network.steps.size(); ++k)
    if (network.steps[k].kind == Step::Kind::Linear) {
      precisions[k] = openLinear(data[linear], weight[linear]);
      ++linear;
    }
  return precisions;
}

CalibrationOptions readOptions(const json::Object &recipe) {
  CalibrationOptions options;
  if (recipe.getString("rounding") == "nearest")
    options.rounding = CalibrationOptions::WeightRounding::Nearest;
  if (recipe.getBoolean("per_tensor").value_or(false))
    options.granularity = CalibrationOptions::Granularity::Tensor;
  if (recipe.getString("range") == "max")
    options.range = CalibrationOptions::Range::Max;
  options.exponentPasses = int(recipe.getInteger("passes").value_or(2));
  return options;
}

json::Array formatsOf(const Calibration &calibration) {
  json::Array layers;
  for (size_t k = 0; k < calibration.precisions.size(); ++k) {
    const Step &step = calibration.network.steps[k];
    if (step.kind != Step::Kind::Linear)
      continue;
    json::Object layer{{"name", step.name},
                       {"weight", json::Array(step.weight)},
                       {"bias", json::Array(step.bias)}};
    for (OperandRole role : kAllRoles)
      if (const auto &format = calibration.precisions[k][role])
        layer[std::string(toString(role)) + "_format"] = format->text();
    layers.push_back(std::move(layer));
  }
  return layers;
}

} // namespace

int main(int argc, char **argv) {
  const Problem problem(argc, argv);
  const Network &network = problem.network;
  const json::Array *recipes = problem.root.getArray("recipes");
  if (!recipes)
    fail("expected 'recipes'");
  json::Array results;
  for (const json::Value &value : *recipes) {
    const json::Object &recipe = *value.getAsObject();
    absl::Span<const float> samples = problem.calibration;
    if (auto count = recipe.getInteger("samples"))
      samples = samples.subspan(0, size_t(*count * network.inFeatures));
    std::vector<LayerPrecision> precisions = readPrecisions(network, recipe);
    double start = now();
    CalibrationOptions calibrating = readOptions(recipe);
    Calibration result;
    if (recipe.getBoolean("equalize").value_or(false))
      result = check(equalize(network, precisions, samples, calibrating))
                   .calibration;
    else
      result = check(calibrate(network, precisions, samples, calibrating));
    double seconds = now() - start, refining = 0;
    if (int64_t passes = recipe.getInteger("refine").value_or(0)) {
      RefineOptions options;
      options.passes = int(passes);
      start = now();
      Refinement refined = check(
          refine(network, result.network, result.precisions, samples, options));
      result.network = refined.network;
      result.lossToFloat = refined.lossAfter;
      refining = now() - start;
    }
    Evaluator::Options options;
    for (const LayerPrecision &precision : result.precisions)
      options.choices.push_back({precision});
    auto evaluator = check(
        Evaluator::create(result.network, options, problem.x, problem.labels));
    Metrics metrics =
        evaluator->evaluate({Assignment(network.steps.size(), 0)})[0];
    json::Array warnings;
    for (const std::string &warning : result.warnings)
      warnings.push_back(warning);
    results.push_back(json::Object{{"accuracy", metrics.accuracy},
                                   {"accuracy_micro", metrics.accuracyMicro},
                                   {"loss_to_float", result.lossToFloat},
                                   {"least_loss", result.leastLoss},
                                   {"seconds", seconds},
                                   {"refine_seconds", refining},
                                   {"warnings", std::move(warnings)},
                                   {"layers", formatsOf(result)}});
  }
  llvm::outs() << json::Value(std::move(results)) << '\n';
  return 0;
}
