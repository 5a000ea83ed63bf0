// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What an evaluation means, one sample and one operation at a time, straight
// from the definition of the numbers: integers of 128 bits, one fma after the
// other. Shares with the evaluator nothing but FixedPoint.h and Elementary.h,
// which have tests of their own.
#ifndef MASE_UNITTESTS_EVALUATE_REFERENCE_H
#define MASE_UNITTESTS_EVALUATE_REFERENCE_H

#include "mase/Evaluate/Network.h"
#include "mase/Numerics/Elementary.h"

#include <vector>

namespace mase::reference {

inline float rounded(float x, const std::optional<FixedPointFormat> &format) {
  return format ? quantize(x, *format) : x;
}

inline std::vector<float> linear(const Step &step, const LayerPrecision &p,
                                 const std::vector<float> &x) {
  std::vector<float> y;
  bool hasBias = !step.bias.empty();
  for (int64_t o = 0; o < step.outFeatures; ++o) {
    const float *w = step.weight.data() + o * step.inFeatures;
    if (!p.dataIn || !p.weight || (hasBias && !p.bias)) {
      float sum = hasBias ? rounded(step.bias[size_t(o)], p.bias) : 0.0f;
      for (int64_t i = 0; i < step.inFeatures; ++i)
        sum = __builtin_fmaf(rounded(x[size_t(i)], p.dataIn),
                             rounded(w[i], p.weight), sum);
      y.push_back(sum);
      continue;
    }
    Accumulator accumulator = accumulatorFor(
        step.inFeatures, *p.dataIn, *p.weight, hasBias ? &*p.bias : nullptr);
    __int128 sum = 0;
    for (int64_t i = 0; i < step.inFeatures; ++i)
      sum += __int128(quantizeToCode(x[size_t(i)], *p.dataIn)) *
             quantizeToCode(w[i], *p.weight);
    sum *= __int128(1) << accumulator.productShift;
    if (hasBias)
      sum += __int128(quantizeToCode(step.bias[size_t(o)], *p.bias)) *
             (__int128(1) << accumulator.biasShift);
    y.push_back(dequantize(int64_t(sum), accumulator.fracWidth));
  }
  return y;
}

inline float binary(Step::Kind kind, float a, float b) {
  return kind == Step::Kind::Add   ? a + b
         : kind == Step::Kind::Sub ? a - b
                                   : a * b;
}

/// The result of every sample's last step; one precision per step.
inline std::vector<float> evaluate(const Network &network,
                                   const std::vector<LayerPrecision> &precision,
                                   const float *x) {
  std::vector<std::vector<float>> values = {
      std::vector<float>(x, x + network.inFeatures)};
  for (size_t k = 0; k < network.steps.size(); ++k) {
    const Step &step = network.steps[k];
    const LayerPrecision &p = precision[k];
    std::vector<float> in = values[size_t(step.input) + 1], out;
    if (step.kind == Step::Kind::Linear) {
      out = linear(step, p, in);
    } else {
      for (float &v : in)
        v = rounded(v, p.dataIn);
      std::vector<float> other;
      bool isLog = step.kind == Step::Kind::LogSoftmax;
      if (isLog || step.kind == Step::Kind::Softmax) {
        out.resize(in.size());
        (isLog ? logSoftmaxF32 : softmaxF32)(in.data(), out.data(),
                                             int(in.size()));
      }
      for (size_t i = 0; i < in.size() && out.size() < in.size(); ++i) {
        switch (step.kind) {
        case Step::Kind::Affine:
          out.push_back(__builtin_fmaf(in[i], step.scale[i], step.shift[i]));
          break;
        case Step::Kind::Relu:
          out.push_back(in[i] > 0 ? in[i] : 0.0f);
          break;
        case Step::Kind::Sigmoid:
          out.push_back(sigmoidF32(in[i]));
          break;
        default: {
          float b =
              rounded(step.rhsIsConstant ? step.constant[i]
                                         : values[size_t(step.rhs) + 1][i],
                      p.dataIn);
          bool swap = step.rhsIsConstant && step.constantIsLhs;
          out.push_back(swap ? binary(step.kind, b, in[i])
                             : binary(step.kind, in[i], b));
        }
        }
      }
    }
    for (float &v : out)
      v = rounded(v, p.dataOut);
    values.push_back(std::move(out));
  }
  for (float &v : values.back())
    v = v == v ? v : canonicalNaN();
  return values.back();
}

} // namespace mase::reference

#endif // MASE_UNITTESTS_EVALUATE_REFERENCE_H
