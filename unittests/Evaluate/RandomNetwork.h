// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random networks, precisions and inputs, with what is awkward in them.
#ifndef MASE_UNITTESTS_EVALUATE_RANDOMNETWORK_H
#define MASE_UNITTESTS_EVALUATE_RANDOMNETWORK_H

#include "mase/Evaluate/Evaluator.h"

#include <cmath>
#include <limits>
#include <random>

namespace mase::testing {

class Draw {
public:
  explicit Draw(uint64_t seed) : engine(seed) {}

  int integer(int lo, int hi) {
    return std::uniform_int_distribution<int>(lo, hi)(engine);
  }
  bool chance(double p) { return std::bernoulli_distribution(p)(engine); }
  float normal(double deviation = 1) {
    return float(std::normal_distribution<double>(0, deviation)(engine));
  }

  /// Inputs: ordinary values, ties, both zeros, denormals, huge, not finite.
  float value() {
    constexpr float inf = std::numeric_limits<float>::infinity();
    switch (integer(0, 19)) {
    case 0:
      return chance(.5) ? 0.0f : -0.0f;
    case 1:
      return std::ldexp(normal(), integer(-149, -120));
    case 2:
      return std::ldexp(normal(), integer(20, 127));
    case 3:
      return chance(.5) ? inf : -inf;
    case 4:
      return std::numeric_limits<float>::quiet_NaN();
    case 5:
    case 6:
    case 7:
    case 8: // a tie of some format
      return std::ldexp(float(2 * integer(-40, 40) + 1), integer(-14, 1));
    case 9:
      return chance(.5) ? std::numeric_limits<float>::max()
                        : std::numeric_limits<float>::denorm_min();
    default:
      return normal(std::exp(double(integer(-2, 3))));
    }
  }

  float parameter() {
    if (chance(.05))
      return chance(.5) ? -0.0f : 0.0f;
    if (chance(.1))
      return std::ldexp(float(2 * integer(-9, 9) + 1), integer(-8, 0));
    return normal(chance(.1) ? 20 : 0.7);
  }

  FixedPointFormat format(bool wide) {
    FixedPointFormat f;
    f.width = wide ? integer(1, 32) : integer(2, 16);
    f.fracWidth = integer(-2, f.width + 2);
    f.isSigned = chance(.85);
    f.rounding = chance(.2) ? Rounding::Floor : Rounding::NearestEven;
    return f;
  }

  LayerPrecision precision(const Step &step) {
    LayerPrecision p;
    bool wide = chance(.15), mixed = chance(.15);
    if (chance(.12))
      return p;
    auto present = [&] { return !mixed || chance(.6); };
    if (step.kind != Step::Kind::Linear) {
      if (chance(.4))
        p.dataIn = format(wide);
      if (chance(.2))
        p.dataOut = format(wide);
      return p;
    }
    if (present())
      p.dataIn = format(wide);
    if (present())
      p.weight = format(wide);
    if (present())
      p.bias = format(wide);
    if (chance(.2))
      p.dataOut = format(wide);
    return p;
  }

  std::vector<float> parameters(int64_t n) {
    std::vector<float> v;
    for (int64_t i = 0; i < n; ++i)
      v.push_back(parameter());
    return v;
  }

  /// A chain, or a small graph.
  Network network() {
    Network net;
    net.inFeatures = integer(1, 17);
    bool chain = chance(.5);
    int steps = integer(0, 8);
    for (int k = 0; k < steps; ++k)
      net.steps.push_back(step(net, k, chain));
    net.outFeatures =
        steps == 0 ? net.inFeatures : net.steps.back().outFeatures;
    if (steps != 0)
      switch (net.steps.back().kind) {
      case Step::Kind::Softmax:
      case Step::Kind::Sigmoid:
        net.outputKind = OutputKind::Probabilities;
        break;
      case Step::Kind::LogSoftmax:
        net.outputKind = OutputKind::LogProbabilities;
        break;
      default:
        break;
      }
    return net;
  }

private:
  Step step(const Network &net, int k, bool chain) {
    using Kind = Step::Kind;
    Step s;
    s.name = "layer_" + std::to_string(k);
    s.input = chain || chance(.7) ? k - 1 : integer(-1, k - 1);
    s.inFeatures = features(net, s.input);
    s.outFeatures = s.inFeatures;
    int draw = integer(0, 99);
    s.kind = draw < 40   ? Kind::Linear
             : draw < 56 ? Kind::Affine
             : draw < 72 ? Kind::Relu
             : draw < 76 ? Kind::Sigmoid
             : draw < 78 ? Kind::LogSoftmax
             : draw < 84 ? Kind::Add
             : draw < 90 ? Kind::Sub
             : draw < 96 ? Kind::Mul
                         : Kind::Softmax;
    if (s.kind == Kind::Linear) {
      s.outFeatures = integer(1, 17);
      s.weight = parameters(s.inFeatures * s.outFeatures);
      if (chance(.85))
        s.bias = parameters(s.outFeatures);
    } else if (s.kind == Kind::Affine) {
      s.scale = parameters(s.inFeatures);
      s.shift = parameters(s.inFeatures);
    } else if (draw >= 78 && draw < 96) {
      s.rhs = integer(-1, k - 1);
      s.rhsIsConstant = features(net, s.rhs) != s.inFeatures || chance(.3);
      s.constantIsLhs = s.rhsIsConstant && chance(.5);
      if (s.rhsIsConstant)
        s.constant = parameters(s.inFeatures);
    }
    return s;
  }

  static int64_t features(const Network &net, int value) {
    return value < 0 ? net.inFeatures : net.steps[size_t(value)].outFeatures;
  }

  std::mt19937_64 engine;
};

} // namespace mase::testing

#endif // MASE_UNITTESTS_EVALUATE_RANDOMNETWORK_H
