// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Networks in the JSON files that run.py writes, and their open precisions.
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

inline NumberFormat openFormat(int width) {
  OpenFormat format;
  format.known.width = width;
  return NumberFormat(format);
}

/// Data and weights of so many bits, a bias of 16.
inline LayerPrecision openLinear(int data, int weight) {
  LayerPrecision precision;
  precision[OperandRole::DataIn] = openFormat(data);
  precision[OperandRole::Weight] = openFormat(weight);
  precision[OperandRole::Bias] = openFormat(16);
  return precision;
}

/// Seconds of processor time.
inline double now() { return double(std::clock()) / CLOCKS_PER_SEC; }

template <typename T> T check(absl::StatusOr<T> result) {
  if (!result.ok())
    fail(std::string(result.status().message()));
  return *std::move(result);
}

} // namespace mase

#endif // MASE_BENCHMARKS_ACCURACY_NETWORKFILE_H
