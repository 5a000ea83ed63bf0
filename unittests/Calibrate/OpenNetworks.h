// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Networks with open precisions, and samples to calibrate them on.
#ifndef MASE_UNITTESTS_CALIBRATE_OPENNETWORKS_H
#define MASE_UNITTESTS_CALIBRATE_OPENNETWORKS_H

#include "../Evaluate/RandomNetwork.h"

#include "mase/Calibrate/Calibrate.h"

namespace mase::testing {

inline OpenFormat randomOpenFormat(Draw &draw, OperandRole role) {
  OpenFormat format;
  format.known.width = draw.integer(2, draw.chance(.2) ? 16 : 8);
  format.known.narrow = draw.chance(.2);
  bool isParameter = role == OperandRole::Weight || role == OperandRole::Bias;
  if (draw.chance(.3))
    format.isSigned = isParameter || draw.chance(.7);
  if (isParameter && draw.chance(.3))
    format.axis = 0;
  format.powerOfTwo = draw.chance(.75);
  return format;
}

/// Some of it open, some given, some absent.
inline LayerPrecision randomOpenPrecision(Draw &draw, const Step &step) {
  LayerPrecision result = draw.precision(step);
  bool isLinear = step.kind == Step::Kind::Linear;
  for (OperandRole role : kAllRoles) {
    bool isParameter = role == OperandRole::Weight || role == OperandRole::Bias;
    if ((isLinear || !isParameter) &&
        draw.chance(role == OperandRole::DataOut ? .1 : .7))
      result[role] = NumberFormat(randomOpenFormat(draw, role));
  }
  if (isLinear && draw.chance(.5))
    result = openLinear(draw.integer(2, 8), draw.integer(2, 8));
  return result;
}

/// Linears with ReLUs between, of the given sizes, with inputs that depend on
/// each other.
inline Network chainOf(Draw &draw, const std::vector<int64_t> &sizes) {
  Network network;
  network.inFeatures = sizes.front();
  network.outFeatures = sizes.back();
  for (size_t k = 1; k < sizes.size(); ++k) {
    Step linear;
    linear.kind = Step::Kind::Linear;
    linear.type = "linear";
    linear.name = "fc" + std::to_string(k);
    linear.input = int(network.steps.size()) - 1;
    linear.inFeatures = sizes[k - 1];
    linear.outFeatures = sizes[k];
    for (int64_t i = 0; i < sizes[k - 1] * sizes[k]; ++i)
      linear.weight.push_back(draw.normal(1.5 / std::sqrt(sizes[k - 1])));
    for (int64_t o = 0; o < sizes[k]; ++o)
      linear.bias.push_back(draw.normal(0.3));
    network.steps.push_back(linear);
    if (k + 1 == sizes.size())
      break;
    Step relu;
    relu.type = "relu";
    relu.name = "relu" + std::to_string(k);
    relu.input = int(network.steps.size()) - 1;
    relu.inFeatures = relu.outFeatures = sizes[k];
    network.steps.push_back(relu);
  }
  return network;
}

/// Every Linear open.
inline std::vector<LayerPrecision> openLinears(const Network &network,
                                               int dataWidth, int weightWidth) {
  std::vector<LayerPrecision> result(network.steps.size());
  for (size_t k = 0; k < result.size(); ++k)
    if (network.steps[k].kind == Step::Kind::Linear)
      result[k] = openLinear(dataWidth, weightWidth);
  return result;
}

/// Samples whose features are mixtures of a few.
inline std::vector<float> correlatedSamples(Draw &draw, int64_t samples,
                                            int64_t features) {
  std::vector<float> mix, x;
  int64_t causes = (features + 1) / 2;
  for (int64_t i = 0; i < features * causes; ++i)
    mix.push_back(draw.normal());
  for (int64_t n = 0; n < samples; ++n) {
    std::vector<float> cause;
    for (int64_t c = 0; c < causes; ++c)
      cause.push_back(draw.normal());
    for (int64_t f = 0; f < features; ++f) {
      float v = draw.normal(0.3);
      for (int64_t c = 0; c < causes; ++c)
        v += cause[size_t(c)] * mix[size_t(f * causes + c)] * 0.5f;
      x.push_back(v);
    }
  }
  return x;
}

} // namespace mase::testing

#endif // MASE_UNITTESTS_CALIBRATE_OPENNETWORKS_H
