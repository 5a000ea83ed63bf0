// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The choice of kernels, and whole tensors by their blocks.
#include "mase/Data/Metrics.h"

#include "LabelStatistics.h"

#include <algorithm>

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
