// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calibrates and measures every point of a space of widths, and says how many
// it does a second.
//
// usage: mase-bench-trials PROBLEM.json
#include "NetworkFile.h"

#include "mase/Calibrate/TrialCalibrator.h"

using namespace mase;

int main(int argc, char **argv) {
  if (argc != 2)
    fail("usage: mase-bench-trials PROBLEM.json");
  const json::Object root = readProblemFile(argv[1]);
  if (!root.getArray("steps"))
    fail("expected an object with 'in', 'steps', 'calibration', 'x', 'labels', "
         "'data' and 'weight'");
  Network network = readNetwork(root);
  std::vector<float> calibration = numbers<float>(root, "calibration"),
                     x = numbers<float>(root, "x");
  std::vector<int32_t> labels = numbers<int32_t>(root, "labels");
  TrialCalibrator::Options options;
  std::vector<Assignment> trials = {Assignment()};
  for (const Step &step : network.steps) {
    auto &choices = options.choices.emplace_back();
    if (step.kind == Step::Kind::Linear)
      for (int data : numbers<int>(root, "data"))
        for (int weight : numbers<int>(root, "weight"))
          choices.push_back(openLinear(data, weight));
    std::vector<Assignment> longer;
    for (const Assignment &trial : trials)
      for (uint32_t c = 0; c < std::max<size_t>(1, choices.size()); ++c) {
        longer.push_back(trial);
        longer.back().push_back(c);
      }
    trials = std::move(longer);
  }
  double start = now();
  auto calibrator =
      check(TrialCalibrator::create(network, options, calibration, x, labels));
  double ready = now();
  std::vector<TrialCalibrator::Result> results =
      calibrator->evaluate(trials, int(root.getInteger("jobs").value_or(1)));
  double end = now();
  json::Array losses, accuracies;
  for (const TrialCalibrator::Result &result : results) {
    losses.push_back(result.lossToFloat);
    accuracies.push_back(result.metrics ? result.metrics->accuracyMicro : 0);
  }
  llvm::outs() << json::Value(
                      json::Object{{"trials", int64_t(trials.size())},
                                   {"setup_seconds", ready - start},
                                   {"seconds", end - ready},
                                   {"loss_to_float", std::move(losses)},
                                   {"accuracy_micro", std::move(accuracies)}})
               << '\n';
  return 0;
}
