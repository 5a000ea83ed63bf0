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
  const Problem problem(argc, argv);
  const json::Object &root = problem.root;
  const Network &network = problem.network;
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
  auto calibrator = check(TrialCalibrator::create(
      network, options, problem.calibration, problem.x, problem.labels));
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
