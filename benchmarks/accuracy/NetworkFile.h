// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Networks in the JSON files that networks.py writes.
#ifndef MASE_BENCHMARKS_ACCURACY_NETWORKFILE_H
#define MASE_BENCHMARKS_ACCURACY_NETWORKFILE_H

#include "ProblemFile.h"

#include "mase/Evaluate/Network.h"

#include "absl/status/statusor.h"

#include <ctime>

namespace mase {

namespace json = llvm::json;

template <typename T>
std::vector<T> numbers(const json::Object &object, llvm::StringRef key) {
  std::vector<T> values;
  if (const json::Array *array = object.getArray(key))
    for (const json::Value &v : *array)
      values.push_back(T(v.getAsNumber().value_or(0)));
  return values;
}

inline Network readNetwork(const json::Object &root) {
  Network network;
  network.inFeatures = network.outFeatures = root.getInteger("in").value_or(0);
  for (const json::Value &value : *root.getArray("steps")) {
    const json::Object &object = *value.getAsObject();
    Step step;
    llvm::StringRef kind = object.getString("kind").value_or("");
    step.kind = kind == "linear"   ? Step::Kind::Linear
                : kind == "affine" ? Step::Kind::Affine
                                   : Step::Kind::Relu;
    step.name = object.getString("name").value_or("layer").str();
    step.type = kind.str();
    step.input = int(network.steps.size()) - 1;
    step.inFeatures = network.outFeatures;
    step.outFeatures = object.getInteger("out").value_or(step.inFeatures);
    step.weight = numbers<float>(object, "weight");
    step.bias = numbers<float>(object, "bias");
    step.scale = numbers<float>(object, "scale");
    step.shift = numbers<float>(object, "shift");
    network.outFeatures = step.outFeatures;
    network.steps.push_back(std::move(step));
  }
  return network;
}

/// What every file has: a network, and the samples to calibrate and to measure
/// it on.
struct Problem {
  json::Object root;
  Network network;
  std::vector<float> calibration, x;
  std::vector<int32_t> labels;

  /// The file that is the only argument.
  Problem(int argc, char **argv) {
    if (argc != 2)
      fail(llvm::Twine("usage: ") + program_invocation_short_name +
           " PROBLEM.json");
    root = readProblemFile(argv[1]);
    if (!root.getArray("steps"))
      fail("expected an object with 'in', 'steps', 'calibration', 'x' and "
           "'labels'");
    network = readNetwork(root);
    calibration = numbers<float>(root, "calibration");
    x = numbers<float>(root, "x");
    labels = numbers<int32_t>(root, "labels");
  }
};

/// Seconds of processor time.
inline double now() { return double(std::clock()) / CLOCKS_PER_SEC; }

template <typename T> T check(absl::StatusOr<T> result) {
  if (!result.ok())
    fail(std::string(result.status().message()));
  return *std::move(result);
}

} // namespace mase

#endif // MASE_BENCHMARKS_ACCURACY_NETWORKFILE_H
