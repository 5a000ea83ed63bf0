// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Evaluates every point of a space, several times, and says how fast. The
// network, its choices and the data come from a JSON file that run.py writes;
// the metrics go to a file for comparison.
//
// usage: mase-bench-search PROBLEM.json METRICS.bin [REPETITIONS]
#include "ProblemFile.h"

#include "mase/Evaluate/Evaluator.h"

#include <ctime>

using namespace mase;
namespace json = llvm::json;

namespace {

std::vector<float> floats(const json::Object &object, llvm::StringRef key) {
  std::vector<float> values;
  if (const json::Array *array = object.getArray(key))
    for (const json::Value &v : *array)
      values.push_back(float(v.getAsNumber().value_or(0)));
  return values;
}

std::optional<FixedPointFormat> format(const json::Object &object,
                                       llvm::StringRef key) {
  const json::Array *array = object.getArray(key);
  if (!array || array->size() != 2)
    return std::nullopt;
  FixedPointFormat f;
  f.width = int((*array)[0].getAsInteger().value_or(8));
  f.fracWidth = int((*array)[1].getAsInteger().value_or(4));
  return f;
}

Step readStep(const json::Object &object, int index, int64_t features) {
  Step step;
  llvm::StringRef kind = object.getString("kind").value_or("");
  if (kind == "linear")
    step.kind = Step::Kind::Linear;
  else if (kind == "affine")
    step.kind = Step::Kind::Affine;
  else if (kind != "relu")
    fail("expected the kind 'linear', 'affine' or 'relu', found '" + kind +
         "'");
  step.name = object.getString("name").value_or("layer").str();
  step.input = index - 1;
  step.inFeatures = features;
  step.outFeatures = object.getInteger("out").value_or(features);
  step.weight = floats(object, "weight");
  step.bias = floats(object, "bias");
  step.scale = floats(object, "scale");
  step.shift = floats(object, "shift");
  return step;
}

/// Seconds of processor time.
double now() { return double(std::clock()) / CLOCKS_PER_SEC; }

/// Every combination of choices, the last step's changing fastest.
std::vector<Assignment>
wholeSpace(const std::vector<std::vector<LayerPrecision>> &choices) {
  std::vector<Assignment> trials = {Assignment(choices.size(), 0)};
  for (size_t k = 0; k < choices.size(); ++k) {
    std::vector<Assignment> longer;
    for (const Assignment &trial : trials)
      for (uint32_t c = 0; c < std::max<size_t>(1, choices[k].size()); ++c) {
        longer.push_back(trial);
        longer.back()[k] = c;
      }
    trials = std::move(longer);
  }
  return trials;
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 3)
    fail("usage: mase-bench-search PROBLEM.json METRICS.bin [REPETITIONS]");
  const json::Object root = readProblemFile(argv[1]);
  if (!root.getArray("steps"))
    fail("expected an object with 'steps', 'x' and 'labels'");

  Network network;
  Evaluator::Options options;
  network.inFeatures = root.getInteger("in").value_or(0);
  network.outFeatures = network.inFeatures;
  for (const json::Value &value : *root.getArray("steps")) {
    const json::Object &object = *value.getAsObject();
    network.steps.push_back(
        readStep(object, int(network.steps.size()), network.outFeatures));
    network.outFeatures = network.steps.back().outFeatures;
    auto &choices = options.choices.emplace_back();
    if (const json::Array *array = object.getArray("choices"))
      for (const json::Value &choice : *array) {
        const json::Object &c = *choice.getAsObject();
        choices.push_back({{format(c, "data_in"), format(c, "weight"),
                            format(c, "bias"), std::nullopt}});
      }
  }
  std::vector<float> x = floats(root, "x");
  std::vector<int32_t> labels;
  for (float v : floats(root, "labels"))
    labels.push_back(int32_t(v));
  std::vector<Assignment> trials = wholeSpace(options.choices);

  int repetitions = argc > 3 ? int(std::strtol(argv[3], nullptr, 10)) : 20;
  double best = 0;
  std::vector<Metrics> metrics;
  for (int r = 0; r < repetitions; ++r) {
    // Everything counts: setting up, parameters, sorting, all trials.
    double start = now();
    auto evaluator = Evaluator::create(network, options, x, labels);
    if (!evaluator.ok())
      fail(std::string(evaluator.status().message()));
    metrics = (*evaluator)->evaluate(trials);
    double time = now() - start;
    if (r == 0 || time < best)
      best = time;
  }

  std::error_code error;
  llvm::raw_fd_ostream out(argv[2], error);
  if (error)
    fail(llvm::Twine("cannot write '") + argv[2] + "': " + error.message());
  for (const Metrics &m : metrics) {
    double pair[2] = {m.accuracy, m.loss};
    out.write(reinterpret_cast<const char *>(pair), sizeof pair);
  }
  llvm::outs() << json::Value(
                      json::Object{{"trials", int64_t(trials.size())},
                                   {"seconds", best},
                                   {"isa", nameOf(bestInstructionSet())}})
               << '\n';
  return 0;
}
