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
#include "mase/Numerics/LinearSums.h"
#include "mase/Numerics/ReduceSums.h"

#include <vector>

namespace mase::reference {

using Format = std::optional<NumberFormat>;

/// `x`, element `i` of a tensor of `shape`, rounded.
inline float rounded(float x, const Format &format, int64_t i,
                     std::vector<int64_t> shape) {
  if (!format)
    return x;
  const UniformTensorFormat &f = *(*format)->uniform();
  return quantize(x, f.slice(f.sliceOf(i, shape)));
}

/// Its code less the zero point.
inline __int128 steps(float x, const Format &format, int64_t i,
                      std::vector<int64_t> shape) {
  const UniformTensorFormat &f = *(*format)->uniform();
  UniformFormat slice = f.slice(f.sliceOf(i, shape));
  return __int128(quantizeToCode(x, slice)) - slice.zeroPoint;
}

/// The shape of a batch of one.
inline std::vector<int64_t> batchOf(const std::vector<int64_t> &sample,
                                    int64_t features) {
  std::vector<int64_t> shape = sample;
  if (shape.empty())
    shape = {features};
  shape.insert(shape.begin(), 1);
  return shape;
}

/// A layer of each particle.
inline std::vector<float> linear(const Step &step, const LayerPrecision &p,
                                 const std::vector<float> &x) {
  std::vector<float> y;
  int64_t in = step.inRow(), out = step.outRow();
  std::vector<int64_t> shape = batchOf(step.inShape, step.inFeatures);
  const Format &data = p[OperandRole::DataIn], &weight = p[OperandRole::Weight],
               &bias = p[OperandRole::Bias];
  bool hasBias = !step.bias.empty();
  std::optional<LinearSums> sums;
  std::optional<UniformTensorFormat> features;
  if (data)
    features = formatOfFeatures(*(*data)->uniform(), int64_t(shape.size()));
  if (features && weight)
    sums = linearSums(out, in, *features, *(*weight)->uniform(),
                      hasBias && bias ? (*bias)->uniform() : nullptr);
  for (int64_t k = 0; k < step.particles * out; ++k) {
    int64_t o = k % out, first = k / out * in;
    const float *w = step.weight.data() + o * in;
    float b = hasBias ? rounded(step.bias[size_t(o)], bias, o, {out}) : 0.0f;
    if (!sums) {
      float sum = b;
      for (int64_t i = 0; i < in; ++i)
        sum = __builtin_fmaf(
            rounded(x[size_t(first + i)], data, first + i, shape),
            rounded(w[i], weight, o * in + i, {out, in}), sum);
      y.push_back(sum);
      continue;
    }
    __int128 sum = 0;
    for (int64_t i = 0; i < in; ++i)
      sum += steps(x[size_t(first + i)], data, first + i, shape) *
             steps(w[i], weight, o * in + i, {out, in}) *
             (__int128(1) << (sums->inputShiftOf(size_t(i)) +
                              sums->productShiftOf(size_t(o))));
    if (sums->biasInSum)
      sum += steps(step.bias[size_t(o)], bias, o, {out}) *
             (__int128(1) << sums->biasShiftOf(size_t(o)));
    float scale = sums->scaleOf(size_t(o)), value = float(int64_t(sum));
    y.push_back(hasBias && !sums->biasInSum ? __builtin_fmaf(value, scale, b)
                                            : value * scale);
  }
  return y;
}

/// Sums over particles, of `x` before it is rounded.
inline std::vector<float> reduce(const Step &step, const Format &data,
                                 const std::vector<float> &x) {
  bool isMean = step.kind == Step::Kind::ReduceMean;
  std::vector<int64_t> shape = {1, step.particles, step.outFeatures};
  std::optional<UniformTensorFormat> features;
  if (data)
    features = formatOfFeatures(*(*data)->uniform(), 3);
  std::optional<ReduceSums> sums;
  if (features)
    sums = reduceSums(step.particles, isMean, *features);
  std::vector<float> y;
  for (int64_t f = 0; f < step.outFeatures; ++f) {
    __int128 integer = 0;
    float sum = 0;
    for (int64_t p = 0; p < step.particles; ++p) {
      int64_t i = p * step.outFeatures + f;
      if (sums)
        integer += steps(x[size_t(i)], data, i, shape);
      sum += rounded(x[size_t(i)], data, i, shape);
    }
    y.push_back(sums     ? float(int64_t(integer)) * sums->scaleOf(size_t(f))
                : isMean ? sum * meanFactor(step.particles)
                         : sum);
  }
  return y;
}

inline float binary(Step::Kind kind, float a, float b) {
  return kind == Step::Kind::Add   ? a + b
         : kind == Step::Kind::Sub ? a - b
         : kind == Step::Kind::Mul ? a * b
                                   : a / b;
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
    } else if (step.isReduce()) {
      out = reduce(step, p[OperandRole::DataIn], in);
    } else if (step.kind == Step::Kind::Moves) {
      for (auto [input, feature] : step.sources)
        out.push_back(values[size_t(step.inputs[input]) + 1][feature]);
    } else {
      int64_t n = step.inFeatures;
      std::vector<int64_t> shape = batchOf(step.inShape, n);
      for (int64_t i = 0; i < n; ++i)
        in[size_t(i)] =
            rounded(in[size_t(i)], p[OperandRole::DataIn], i, shape);
      bool isLog = step.kind == Step::Kind::LogSoftmax;
      if (isLog || step.kind == Step::Kind::Softmax) {
        out.resize(in.size());
        for (int64_t i = 0; i < n; i += step.inRow())
          (isLog ? logSoftmaxF32 : softmaxF32)(in.data() + i, out.data() + i,
                                               int(step.inRow()));
      } else if (step.kind == Step::Kind::Function) {
        out.resize(size_t(step.outFeatures));
        step.function(in, absl::MakeSpan(out));
      }
      bool isElementwise = out.empty();
      for (size_t i = 0; isElementwise && i < in.size(); ++i) {
        switch (step.kind) {
        case Step::Kind::Affine:
          out.push_back(__builtin_fmaf(in[i], step.scale[i], step.shift[i]));
          break;
        case Step::Kind::Relu:
          out.push_back(in[i] > 0 ? in[i] : 0.0f);
          break;
        case Step::Kind::LeakyRelu:
          out.push_back(in[i] > 0 ? in[i] : step.alpha * in[i]);
          break;
        case Step::Kind::Clip:
          out.push_back(in[i] < step.lower   ? step.lower
                        : in[i] > step.upper ? step.upper
                                             : in[i]);
          break;
        case Step::Kind::Tanh:
          out.push_back(tanhF32(in[i]));
          break;
        case Step::Kind::Sigmoid:
          out.push_back(sigmoidF32(in[i]));
          break;
        default: {
          float b =
              rounded(step.rhsIsConstant ? step.constant[i]
                                         : values[size_t(step.rhs) + 1][i],
                      p[OperandRole::DataIn], int64_t(i), {1, n});
          bool swap = step.rhsIsConstant && step.constantIsLhs;
          out.push_back(swap ? binary(step.kind, b, in[i])
                             : binary(step.kind, in[i], b));
        }
        }
      }
    }
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = rounded(out[i], p[OperandRole::DataOut], int64_t(i),
                       batchOf(step.outShape, int64_t(out.size())));
    values.push_back(std::move(out));
  }
  for (float &v : values.back())
    v = v == v ? v : canonicalNaN();
  return values.back();
}

} // namespace mase::reference

#endif // MASE_UNITTESTS_EVALUATE_REFERENCE_H
