// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the sums of the kernels to accuracy and loss.
#include "mase/Data/Metrics.h"

#include "MetricsKernels.h"

#include <algorithm>
#include <limits>

namespace mase {

namespace generic {
extern const MetricsKernels metricsKernels;
} // namespace generic
#ifdef __x86_64__
namespace avx2 {
extern const MetricsKernels metricsKernels;
} // namespace avx2
namespace avx512 {
extern const MetricsKernels metricsKernels;
} // namespace avx512
namespace avx512vnni {
extern const MetricsKernels metricsKernels;
} // namespace avx512vnni
#endif

const MetricsKernels &metricsKernels(InstructionSet set) {
  switch (set) {
#ifdef __x86_64__
  case InstructionSet::AVX2:
    return avx2::metricsKernels;
  case InstructionSet::AVX512:
    return avx512::metricsKernels;
  case InstructionSet::AVX512VNNI:
    return avx512vnni::metricsKernels;
#endif
  default:
    return generic::metricsKernels;
  }
}

LabelStatistics::LabelStatistics(const int32_t *given, int64_t samples,
                                 int64_t classes)
    : numSamples(samples), numClasses(classes),
      labels(size_t(blocks() * kMetricsLanes), -1),
      members(size_t(blocks() * classes), 0), sizes(size_t(classes), 0) {
  std::copy(given, given + samples, labels.begin());
  for (int64_t i = 0; i < samples; ++i) {
    members[size_t(i / 64 * classes + given[i])] |= uint64_t(1) << (i % 64);
    ++sizes[size_t(given[i])];
  }
  emptyClass = std::find(sizes.begin(), sizes.end(), 0) != sizes.end();
}

void LabelStatistics::count(const uint64_t *correct, int64_t first,
                            int64_t blocks, uint32_t *counts) const {
  const uint64_t *m = members.data() + first * numClasses;
  for (int64_t b = 0; b < blocks; ++b)
    for (int64_t c = 0; c < numClasses; ++c)
      counts[c] += uint32_t(__builtin_popcountll(correct[b] & *m++));
}

void LabelStatistics::countRest(int64_t block, uint32_t *counts) const {
  for (int64_t i = block * kMetricsLanes; i < numSamples; ++i)
    ++counts[labels[size_t(i)]];
}

void LabelStatistics::markPredicted(const LogitBlocks &logits,
                                    uint8_t *predicted) const {
  for (int64_t i = 0; i < logits.samples; ++i) {
    const float *x = logits.data + i / 64 * logits.blockStride + i % 64;
    int64_t best = 0;
    for (int64_t c = 1; c < logits.classes; ++c)
      if (x[c * logits.classStride] > x[best * logits.classStride])
        best = c;
    predicted[best] = 1;
  }
}

Metrics LabelStatistics::finish(const double *sums, const uint32_t *counts,
                                const uint8_t *predicted) const {
  Metrics metrics;
  if (numSamples == 0)
    return metrics;
  double total = 0, recall = 0;
  for (int j = 0; j < kLossSums; ++j)
    total += sums[j];
  int64_t right = 0, seen = 0;
  for (int64_t c = 0; c < numClasses; ++c) {
    right += counts[c];
    if (sizes[size_t(c)] > 0)
      recall += double(counts[c]) / double(sizes[size_t(c)]);
    seen += sizes[size_t(c)] > 0 || (predicted && predicted[c]);
  }
  metrics.accuracy = recall / double(seen);
  metrics.accuracyMicro = double(right) / double(numSamples);
  metrics.loss = total == total ? total / double(numSamples)
                                : std::numeric_limits<double>::quiet_NaN();
  return metrics;
}

namespace {
/// Metrics of `samples` samples whose block b is read through `load(b,
/// buffer)`.
template <typename LoadBlock>
Metrics computeByBlocks(int64_t samples, int64_t classes, const int32_t *labels,
                        LoadBlock load) {
  LabelStatistics statistics(labels, samples, classes);
  const MetricsKernels &kernels = metricsKernels(bestInstructionSet());
  double sums[kLossSums] = {};
  std::vector<uint32_t> counts(size_t(classes), 0);
  std::vector<uint8_t> predicted(size_t(classes), 0);
  std::vector<float> buffer(size_t(classes * kMetricsLanes), 0.0f);
  for (int64_t b = 0; b < statistics.blocks(); ++b) {
    int64_t lanes = std::min<int64_t>(kMetricsLanes, samples - b * 64);
    load(b * kMetricsLanes, lanes, buffer.data());
    LogitBlocks blocks = {buffer.data(), 0,     kMetricsLanes,
                          classes,       lanes, statistics.padded(b)};
    uint64_t correct = 0;
    kernels.accumulate(blocks, sums, &correct);
    statistics.count(&correct, b, 1, counts.data());
    if (statistics.hasEmptyClass())
      statistics.markPredicted(blocks, predicted.data());
  }
  return statistics.finish(sums, counts.data(), predicted.data());
}
} // namespace

Metrics computeMetrics(const float *logits, int64_t stride, int64_t samples,
                       int64_t classes, const int32_t *labels) {
  return computeByBlocks(samples, classes, labels,
                         [&](int64_t first, int64_t lanes, float *buffer) {
                           for (int64_t c = 0; c < classes; ++c)
                             std::copy_n(logits + c * stride + first, lanes,
                                         buffer + c * kMetricsLanes);
                         });
}

Metrics computeMetricsRowMajor(absl::Span<const float> logits, int64_t classes,
                               absl::Span<const int32_t> labels) {
  return computeByBlocks(int64_t(labels.size()), classes, labels.data(),
                         [&](int64_t first, int64_t lanes, float *buffer) {
                           for (int64_t l = 0; l < lanes; ++l)
                             for (int64_t c = 0; c < classes; ++c)
                               buffer[c * kMetricsLanes + l] =
                                   logits[size_t((first + l) * classes + c)];
                         });
}

} // namespace mase
