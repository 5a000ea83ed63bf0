// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Loss and classification of blocks of 64 samples. Compiled once per
// instruction set (MASE_KERNELS names it): everything here has internal
// linkage or is always inlined, so that no build leaks into another.
#include "MetricsKernels.h"

#include "mase/Numerics/Elementary.h"

namespace mase {
namespace {

constexpr int kLanes = kMetricsLanes;

template <OutputKind Kind>
MASE_ALWAYS_INLINE float lossOf(float max, float sum, float label) {
  if constexpr (Kind == OutputKind::LogProbabilities)
    return -label;
  if constexpr (Kind == OutputKind::Probabilities) {
    float log = logF32(label);
    return -(log < -100.0f ? -100.0f : log); // NaN stays
  }
  // First the difference of logits, which is exact where they are near to each
  // other: added to a large maximum, the logarithm would lose its digits. Of
  // what is infinite or NaN, that has no loss, the largest is.
  float loss = (max - label) + logF32Normal(sum);
  return __builtin_isfinite(max) ? loss : canonicalNaN();
}

/// exp(max(d, -87)) for d <= 0; for NaN, any value.
MASE_ALWAYS_INLINE float expOf(float d) {
  return expTermF32(d < -87.0f ? -87.0f : d);
}

/// The smaller of x and the largest logit so far, which becomes the larger: all
/// logits but the largest come out of this, one by one.
MASE_ALWAYS_INLINE float smallerOf(float x, float &max) {
  bool isLarger = x > max; // NaN is not, and comes out
  float smaller = isLarger ? max : x;
  max = isLarger ? x : max;
  return smaller;
}

/// What the values of some samples come to before the logarithm. The passes
/// over them, up to the differences, up to here and `addLosses`, are apart
/// because either alone keeps the processor's pipelines full, while one chain
/// of all operations would wait for its own results.
struct Sums {
  static constexpr int kBlocks = 8;
  alignas(64) float max[kBlocks * kLanes], sum[kBlocks * kLanes],
      chosen[kBlocks * kLanes];
};

/// What makes values of data (OutputBlocks).
template <int Classes> struct Finish {
  float bias[Classes], scale[Classes], shift[Classes];

  explicit Finish(const OutputBlocks &values) {
    for (int c = 0; c < Classes; ++c) {
      // Adding -0 and multiplying by 1 change nothing.
      bias[c] = values.bias ? values.bias[c] : -0.0f;
      scale[c] = values.scale ? values.scale[c] : 1.0f;
      shift[c] = values.scale ? values.shift[c] : -0.0f;
    }
  }
};

enum class Left : uint8_t { Nothing, Affine, AffineAndRelu };

/// One block of logits; the loop over lanes is what vectorises.
template <int Classes, Left left>
MASE_ALWAYS_INLINE void
sumBlock(const float *__restrict data, int64_t stride,
         const Finish<Classes> &finish, const int32_t *__restrict labels,
         float *__restrict maxOut, float *__restrict sumOut,
         float *__restrict chosenOut, int32_t *__restrict right) {
  alignas(64) float differences[Classes][kLanes];
  for (int l = 0; l < kLanes; ++l) {
    float x[Classes];
    bool isNaN = false;
    for (int c = 0; c < Classes; ++c) {
      x[c] = data[c * stride + l];
      if constexpr (left != Left::Nothing)
        x[c] = fmaF32(x[c] + finish.bias[c], finish.scale[c], finish.shift[c]);
      if constexpr (left == Left::AffineAndRelu)
        x[c] = x[c] > 0.0f ? x[c] : 0.0f;
      if constexpr (left != Left::AffineAndRelu) // which makes 0 of NaN
        isNaN |= __builtin_isnan(x[c]) != 0;
    }
    int32_t label = labels[l], best = 0;
    float max = x[0], chosen = x[0];
    for (int c = 1; c < Classes; ++c) {
      best = x[c] > max ? c : best;
      chosen = label == c ? x[c] : chosen;
      x[c] = smallerOf(x[c], max);
    }
    for (int c = 1; c < Classes; ++c)
      differences[c][l] = x[c] - max;
    maxOut[l] = isNaN ? canonicalNaN() : max;
    chosenOut[l] = chosen;
    right[l] = best == label ? -1 : 0;
  }
  for (int l = 0; l < kLanes; ++l) {
    float sum = 1.0f;
    for (int c = 1; c < Classes; ++c)
      sum = sum + expOf(differences[c][l]);
    sumOut[l] = sum;
  }
}

/// The same for any number of classes and any values; the sum is of logits
/// alone.
template <OutputKind Kind>
void sumBlockOfAny(const float *__restrict data, int64_t stride,
                   int64_t classes, const int32_t *__restrict labels,
                   float *__restrict max, float *__restrict sum,
                   float *__restrict chosen, int32_t *__restrict right) {
  alignas(64) int32_t best[kLanes];
  alignas(64) float largest[kLanes];
  alignas(64) int32_t isNaN[kLanes];
  for (int l = 0; l < kLanes; ++l) {
    max[l] = data[l];
    largest[l] = data[l];
    isNaN[l] = __builtin_isnan(data[l]) ? 1 : 0;
    chosen[l] = data[l];
    sum[l] = 1.0f;
    best[l] = 0;
  }
  for (int32_t c = 1; c < classes; ++c)
    for (int l = 0; l < kLanes; ++l) {
      float x = data[c * stride + l];
      best[l] = x > max[l] ? c : best[l];
      max[l] = x > max[l] ? x : max[l];
      chosen[l] = labels[l] == c ? x : chosen[l];
    }
  if constexpr (Kind == OutputKind::Logits)
    for (int64_t c = 1; c < classes; ++c)
      for (int l = 0; l < kLanes; ++l) {
        float d = smallerOf(data[c * stride + l], largest[l]) - max[l];
        sum[l] = sum[l] + expOf(d);
        isNaN[l] |= __builtin_isnan(d) ? 1 : 0;
      }
  for (int l = 0; l < kLanes; ++l) {
    right[l] = best[l] == labels[l] ? -1 : 0;
    max[l] = Kind == OutputKind::Logits && isNaN[l] ? canonicalNaN() : max[l];
  }
}

/// A binary classifier's values with those of class 0 before them.
void expandBinary(OutputKind kind, const float *__restrict ones,
                  float *__restrict both) {
  for (int l = 0; l < kLanes; ++l)
    both[kLanes + l] = ones[l];
  if (kind == OutputKind::Logits)
    for (int l = 0; l < kLanes; ++l)
      both[l] = 0.0f;
  else if (kind == OutputKind::Probabilities)
    for (int l = 0; l < kLanes; ++l)
      both[l] = 1.0f - ones[l];
  else
    for (int l = 0; l < kLanes; ++l)
      both[l] = logF32(1.0f - expF32(ones[l]));
}

/// Adds the losses of `samples` samples to the partial sums. The lanes after
/// the last sample are overwritten.
template <OutputKind Kind>
void addLosses(Sums &in, int64_t samples, double *sums) {
  double s[kLossSums];
  for (int j = 0; j < kLossSums; ++j)
    s[j] = sums[j];
  if constexpr (Kind == OutputKind::Logits) {
    for (int64_t i = samples; i % kLanes != 0; ++i) { // adds 0
      in.max[i] = in.chosen[i] = 0.0f;
      in.sum[i] = 1.0f;
    }
    // Three passes, as above.
    alignas(64) float product[Sums::kBlocks * kLossSums],
        loss[Sums::kBlocks * kLossSums], zero[Sums::kBlocks * kLossSums];
    constexpr int k1 = kLossSums, k2 = 2 * kLossSums, k3 = 3 * kLossSums;
    static_assert(kLanes == 4 * kLossSums);
    int64_t parts = 0;
    for (int64_t i = 0; i < samples; i += kLanes, parts += kLossSums)
      for (int j = 0; j < kLossSums; ++j) {
        const float *m = in.max + i + j, *c = in.chosen + i + j;
        const float *sum = in.sum + i + j;
        product[parts + j] = sum[0] * sum[k1] * sum[k2] * sum[k3];
        loss[parts + j] =
            (m[0] - c[0]) + (m[k1] - c[k1]) + (m[k2] - c[k2]) + (m[k3] - c[k3]);
        // NaN if one is not finite.
        zero[parts + j] =
            m[0] * 0.0f + m[k1] * 0.0f + m[k2] * 0.0f + m[k3] * 0.0f;
      }
    for (int64_t p = 0; p < parts; ++p) {
      float sum = loss[p] + logF32Normal(product[p]);
      loss[p] = zero[p] == 0.0f ? sum : canonicalNaN();
    }
    for (int64_t p = 0; p < parts; p += kLossSums)
      for (int j = 0; j < kLossSums; ++j)
        s[j] += double(loss[p + j]);
  } else {
    int64_t whole = samples / kLossSums * kLossSums;
    for (int64_t i = 0; i < whole; i += kLossSums)
      for (int j = 0; j < kLossSums; ++j)
        s[j] += double(
            lossOf<Kind>(in.max[i + j], in.sum[i + j], in.chosen[i + j]));
    for (int64_t i = whole; i < samples; ++i)
      s[i - whole] += double(lossOf<Kind>(in.max[i], in.sum[i], in.chosen[i]));
  }
  for (int j = 0; j < kLossSums; ++j)
    sums[j] = s[j];
}

MASE_ALWAYS_INLINE uint64_t bitsOfLanes(const int32_t *right) {
  uint64_t bits = 0;
#if defined(__clang__)
  typedef int32_t Ints __attribute__((ext_vector_type(16)));
  typedef bool Bools __attribute__((ext_vector_type(16)));
  for (int q = 0; q < kLanes / 16; ++q) {
    Ints v;
    memcpy(&v, right + 16 * q, sizeof v);
    Bools b = __builtin_convertvector(v, Bools);
    uint16_t part;
    memcpy(&part, &b, sizeof part);
    bits |= uint64_t(part) << (16 * q);
  }
#else
  for (int l = 0; l < kLanes; ++l)
    bits |= uint64_t(right[l] & 1) << l;
#endif
  return bits;
}

template <OutputKind Kind, int Classes = 0, Left left = Left::Nothing>
void accumulateOf(const OutputBlocks &values, double *sums, uint64_t *correct) {
  Sums batch;
  alignas(64) int32_t right[kLanes];
  alignas(64) float both[2 * kLanes];
  bool isBinary = values.output.isBinary();
  const Finish<Classes ? Classes : 1> finish(values);
  for (int64_t first = 0; first < values.samples;) {
    int64_t samples = values.samples - first;
    samples =
        samples < Sums::kBlocks * kLanes ? samples : Sums::kBlocks * kLanes;
    for (int64_t l = 0; l < samples; l += kLanes, ++correct) {
      const float *data =
          values.data + (first + l) / kLanes * values.blockStride;
      int64_t stride = values.classStride;
      const int32_t *labels = values.labels + first + l;
      if ((Classes == 0 || Classes == 2) && isBinary) {
        expandBinary(Kind, data, both);
        data = both;
        stride = kLanes;
      }
      if constexpr (Classes != 0)
        sumBlock<Classes, left>(data, stride, finish, labels, batch.max + l,
                                batch.sum + l, batch.chosen + l, right);
      else
        sumBlockOfAny<Kind>(data, stride, values.output.classes(), labels,
                            batch.max + l, batch.sum + l, batch.chosen + l,
                            right);
      *correct = bitsOfLanes(right);
    }
    addLosses<Kind>(batch, samples, sums);
    first += samples;
  }
}

template <int Classes>
void accumulateLogits(const OutputBlocks &values, double *sums,
                      uint64_t *correct) {
  constexpr OutputKind kLogits = OutputKind::Logits;
  if (values.relu)
    accumulateOf<kLogits, Classes, Left::AffineAndRelu>(values, sums, correct);
  else if (values.bias || values.scale)
    accumulateOf<kLogits, Classes, Left::Affine>(values, sums, correct);
  else
    accumulateOf<kLogits, Classes, Left::Nothing>(values, sums, correct);
}

template <int... Classes>
void accumulateLogits(const OutputBlocks &values, double *sums,
                      uint64_t *correct,
                      std::integer_sequence<int, Classes...>) {
  bool isDone = ((values.output.classes() == Classes &&
                  (accumulateLogits<Classes>(values, sums, correct), true)) ||
                 ...);
  if (!isDone)
    accumulateOf<OutputKind::Logits>(values, sums, correct);
}

void accumulate(const OutputBlocks &values, double *sums, uint64_t *correct) {
  switch (values.output.kind) {
  case OutputKind::Probabilities:
    return accumulateOf<OutputKind::Probabilities>(values, sums, correct);
  case OutputKind::LogProbabilities:
    return accumulateOf<OutputKind::LogProbabilities>(values, sums, correct);
  case OutputKind::Logits:
    return accumulateLogits(values, sums, correct, UnrolledClasses());
  }
}

template <OutputKind Kind>
void accumulateTargetOf(const OutputBlocks &values, const float *target,
                        double *sums) {
  alignas(64) float max[kLanes], sum[kLanes], unused[kLanes], loss[kLanes];
  alignas(64) float both[2 * kLanes];
  alignas(64) int32_t right[kLanes];
  int64_t classes = values.output.classes();
  for (int64_t first = 0; first < values.samples; first += kLanes) {
    const float *data = values.data + first / kLanes * values.blockStride;
    int64_t stride = values.classStride;
    if (values.output.isBinary()) {
      expandBinary(Kind, data, both);
      data = both;
      stride = kLanes;
    }
    sumBlockOfAny<Kind>(data, stride, classes, values.labels + first, max, sum,
                        unused, right);
    for (int l = 0; l < kLanes; ++l)
      loss[l] = 0.0f;
    for (int64_t c = 0; c < classes; ++c, target += kLanes)
      for (int l = 0; l < kLanes; ++l) {
        float own = lossOf<Kind>(max[l], sum[l], data[c * stride + l]);
        // Of what is impossible the loss may be infinite.
        loss[l] = target[l] == 0.0f ? loss[l] : fmaF32(target[l], own, loss[l]);
      }
    int64_t rest = values.samples - first;
    for (int64_t l = 0; l < (rest < kLanes ? rest : kLanes); ++l)
      sums[l % kLossSums] += double(loss[l]);
  }
}

void accumulateTarget(const OutputBlocks &values, const float *target,
                      double *sums) {
  switch (values.output.kind) {
  case OutputKind::Logits:
    return accumulateTargetOf<OutputKind::Logits>(values, target, sums);
  case OutputKind::Probabilities:
    return accumulateTargetOf<OutputKind::Probabilities>(values, target, sums);
  case OutputKind::LogProbabilities:
    return accumulateTargetOf<OutputKind::LogProbabilities>(values, target,
                                                            sums);
  }
}

void countRight(const uint64_t *correct, const uint64_t *members,
                int64_t blocks, int64_t classes, uint32_t *counts) {
  for (int64_t b = 0; b < blocks; ++b)
    for (int64_t c = 0; c < classes; ++c)
      counts[c] += uint32_t(__builtin_popcountll(correct[b] & *members++));
}

} // namespace

namespace MASE_KERNELS {
extern const MetricsKernels metricsKernels;
const MetricsKernels metricsKernels = {accumulate, accumulateTarget,
                                       countRight};
} // namespace MASE_KERNELS
} // namespace mase
