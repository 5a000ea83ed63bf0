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

/// Equal, NaN to NaN.
inline bool same(double a, double b) { return a == b || (a != a && b != b); }
inline bool same(const Metrics &a, const Metrics &b) {
  return same(a.accuracy, b.accuracy) && same(a.loss, b.loss) &&
         same(a.accuracyMicro, b.accuracyMicro) && a.auc == b.auc;
}

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

  /// One of the choices of each step; 0 where there are none.
  Assignment
  assignment(const std::vector<std::vector<LayerPrecision>> &choices) {
    Assignment trial;
    for (const auto &of : choices)
      trial.push_back(of.empty() ? 0
                                 : uint32_t(integer(0, int(of.size()) - 1)));
    return trial;
  }

  float parameter() {
    if (chance(.05))
      return chance(.5) ? -0.0f : 0.0f;
    if (chance(.1))
      return std::ldexp(float(2 * integer(-9, 9) + 1), integer(-8, 0));
    return normal(chance(.1) ? 20 : 0.7);
  }

  /// A uniform format that is more than fixed point: with slices of an axis of
  /// `n` elements, scales, zero points, other roundings and overflow.
  NumberFormat uniform(bool wide, int axis, int64_t n) {
    UniformTensorFormat f;
    f.axis = axis;
    UniformFormat &c = f.common;
    c.isSigned = chance(.8);
    c.rounding = Rounding(integer(0, 7));
    c.zeroPointFirst = chance(.2);
    if (!c.zeroPointFirst && chance(.3))
      c.overflow = Overflow::Wrap;
    else
      c.narrow = chance(.2);
    int most = wide && !c.zeroPointFirst ? 32 : 12;
    c.width = integer(2, most);
    if (chance(.3))
      for (int64_t i = 0; i < n; ++i)
        f.width.push_back(integer(2, most));
    // Powers of two now and then, or multiples of one scale by them.
    float base = chance(.5) ? 1.0f : std::exp(normal(0.5f));
    bool powers = chance(.7);
    auto scale = [&] {
      return std::ldexp(powers ? base : base * std::exp(normal(0.3f)),
                        integer(-8, 1));
    };
    c.scale = scale();
    if (chance(.5))
      for (int64_t i = 0; i < n; ++i)
        f.scale.push_back(scale());
    auto zero = [&](int64_t i) {
      UniformFormat slice = f.slice(size_t(i));
      return int64_t(integer(int(std::max<int64_t>(slice.minCode(), -100)),
                             int(std::min<int64_t>(slice.maxCode(), 100))));
    };
    if (f.width.empty() && chance(.3))
      c.zeroPoint = zero(0);
    else if (chance(.3))
      for (int64_t i = 0; i < n; ++i)
        f.zeroPoint.push_back(0), f.zeroPoint.back() = zero(i);
    if (f.slices() == 0)
      f.axis.reset();
    return f;
  }

  /// Slices, if any, are of an axis of `n` elements.
  NumberFormat format(bool wide, int axis, int64_t n) {
    if (chance(.25))
      return uniform(wide, axis, n);
    if (chance(.03)) { // one bit
      UniformFormat f;
      f.width = 1;
      f.bipolar = true;
      f.scale = std::exp(normal(0.5f));
      return f;
    }
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
    // Slices are of the features, or now and then of particles.
    int64_t in = step.inRow(), out = step.outRow();
    bool rank3 = !step.inShape.empty(), ofParticles = rank3 && chance(.2);
    auto dataIn = [&] {
      return ofParticles ? format(wide, 1, step.particles)
                         : format(wide, rank3 ? 2 : 1, in);
    };
    auto dataOut = [&] {
      return format(wide, rank3 && !step.isReduce() ? 2 : 1, out);
    };
    if (step.kind == Step::Kind::Moves)
      return p;
    if (step.kind != Step::Kind::Linear) {
      if (chance(.4))
        p[OperandRole::DataIn] = dataIn();
      if (chance(.2))
        p[OperandRole::DataOut] = dataOut();
      return p;
    }
    if (present())
      p[OperandRole::DataIn] = dataIn();
    if (present())
      p[OperandRole::Weight] =
          chance(.8) ? format(wide, 0, out) : format(wide, 1, in);
    if (present())
      p[OperandRole::Bias] = format(wide, 0, out);
    if (chance(.2))
      p[OperandRole::DataOut] = dataOut();
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
             : draw < 73 ? Kind::Sigmoid
             : draw < 74 ? (chance(.5) ? Kind::Tanh : Kind::Clip)
             : draw < 75 ? Kind::LeakyRelu
             : draw < 76 ? (chance(.3)   ? Kind::Function
                            : chance(.5) ? Kind::Moves
                            : chance(.5) ? Kind::ReduceSum
                                         : Kind::ReduceMean)
             : draw < 78 ? Kind::LogSoftmax
             : draw < 84 ? Kind::Add
             : draw < 90 ? Kind::Sub
             : draw < 94 ? Kind::Mul
             : draw < 96 ? Kind::Div
                         : Kind::Softmax;
    bool ofParticles = s.kind == Kind::Linear || s.kind == Kind::Softmax ||
                       s.kind == Kind::LogSoftmax || s.isReduce();
    if (ofParticles && (s.isReduce() || chance(.3))) {
      std::vector<int64_t> divisors;
      for (int64_t p = 1; p <= s.inFeatures; ++p)
        if (s.inFeatures % p == 0)
          divisors.push_back(p);
      s.particles = divisors[size_t(integer(0, int(divisors.size()) - 1))];
      s.inShape = {s.particles, s.inRow()};
      s.outShape = s.inShape;
    }
    if (s.kind == Kind::Linear) {
      int64_t out = integer(1, 17);
      s.outFeatures = out * s.particles;
      if (!s.outShape.empty())
        s.outShape[1] = out;
      s.weight = parameters(s.inRow() * out);
      if (chance(.85))
        s.bias = parameters(out);
    } else if (s.isReduce()) {
      s.outFeatures = s.inRow();
      s.outShape = {s.outFeatures};
    } else if (s.kind == Kind::Moves) {
      s.inputs = {s.input};
      for (int more = integer(0, 2); more > 0; --more)
        s.inputs.push_back(integer(-1, k - 1));
      s.outFeatures = integer(1, 17);
      for (int64_t o = 0; o < s.outFeatures; ++o) {
        auto from = uint32_t(integer(0, int(s.inputs.size()) - 1));
        s.sources.emplace_back(
            from, uint32_t(integer(0, int(features(net, s.inputs[from])) - 1)));
      }
    } else if (s.kind == Kind::LeakyRelu) {
      s.alpha = parameter();
    } else if (s.kind == Kind::Clip) {
      s.lower = parameter();
      s.upper = s.lower + std::fabs(parameter());
    } else if (s.kind == Kind::Function) {
      s.outFeatures = integer(1, 17);
      s.function = &runningSums;
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

  /// y[o] = sum of x up to o, from the start again where x ends.
  static void runningSums(absl::Span<const float> x, absl::Span<float> y) {
    float sum = 0;
    for (size_t o = 0; o < y.size(); ++o)
      y[o] = sum = sum + x[o % x.size()];
  }

  static int64_t features(const Network &net, int value) {
    return value < 0 ? net.inFeatures : net.steps[size_t(value)].outFeatures;
  }

  std::mt19937_64 engine;
};

} // namespace mase::testing

#endif // MASE_UNITTESTS_EVALUATE_RANDOMNETWORK_H
