// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The choice of kernels, and whole tensors by their blocks.
#include "mase/Metrics/Metrics.h"

#include "LabelStatistics.h"
#include "mase/Numerics/Elementary.h"
#include "mase/Numerics/KernelTable.h"

#include <algorithm>

namespace mase {

MASE_KERNEL_TABLE(MetricsKernels, metricsKernels, metricsKernels)

const char *ClassifierOutput::lossName() const {
  switch (kind) {
  case OutputKind::Logits:
    return isBinary() ? "binary cross-entropy of one logit"
                      : "cross-entropy of logits";
  case OutputKind::Probabilities:
    return isBinary() ? "binary cross-entropy of one probability"
                      : "cross-entropy of probabilities";
  case OutputKind::LogProbabilities:
    return isBinary() ? "binary cross-entropy of one log-probability"
                      : "cross-entropy of log-probabilities";
  }
  return "";
}

void toBlock(absl::Span<const float> rows, int64_t columns, int64_t block,
             int64_t lanes, float *data) {
  for (int64_t l = 0; l < lanes; ++l)
    for (int64_t c = 0; c < columns; ++c)
      data[c * kMetricsLanes + l] =
          rows[size_t((block * kMetricsLanes + l) * columns + c)];
}

namespace {
/// Metrics of `samples` samples whose block b is read through `load(b,
/// buffer)`.
template <typename LoadBlock>
Metrics computeByBlocks(int64_t samples, ClassifierOutput output,
                        const int32_t *labels, LoadBlock load,
                        absl::Span<const float> target = {}) {
  LabelStatistics statistics(labels, samples, output.classes());
  const MetricsKernels &kernels = metricsKernels(bestInstructionSet());
  double sums[kLossSums] = {}, targetSums[kLossSums] = {};
  std::vector<float> targetBlock(target.empty() ? 0 : output.classes() * 64);
  std::vector<uint32_t> counts(size_t(output.classes()), 0);
  std::vector<uint8_t> predicted(size_t(output.classes()), 0);
  std::vector<float> buffer(size_t(output.size * kMetricsLanes), 0.0f), ranked;
  for (int64_t b = 0; b < statistics.blocks(); ++b) {
    int64_t lanes = std::min<int64_t>(kMetricsLanes, samples - b * 64);
    load(b * kMetricsLanes, lanes, buffer.data());
    OutputBlocks blocks = {buffer.data(), 0,     kMetricsLanes,
                           output,        lanes, statistics.padded(b)};
    uint64_t correct = 0;
    kernels.accumulate(blocks, sums, &correct);
    kernels.countRight(&correct, statistics.members(b), 1, output.classes(),
                       counts.data());
    if (statistics.hasEmptyClass())
      statistics.markPredicted(blocks, &correct, predicted.data());
    if (output.isBinary())
      ranked.insert(ranked.end(), buffer.begin(), buffer.begin() + lanes);
    if (target.empty())
      continue;
    toBlock(target, output.classes(), b, lanes, targetBlock.data());
    kernels.accumulateTarget(blocks, targetBlock.data(), targetSums);
  }
  Metrics metrics = statistics.finish(sums, counts.data(), predicted.data());
  if (PairCounter counter; output.isBinary())
    statistics.setAuc(ranked.data(), samples, counter, metrics);
  if (!target.empty())
    metrics.crossEntropy = statistics.mean(targetSums);
  return metrics;
}
} // namespace

Metrics computeMetrics(const float *values, int64_t stride, int64_t samples,
                       ClassifierOutput output, const int32_t *labels) {
  return computeByBlocks(samples, output, labels,
                         [&](int64_t first, int64_t lanes, float *buffer) {
                           for (int64_t c = 0; c < output.size; ++c)
                             std::copy_n(values + c * stride + first, lanes,
                                         buffer + c * kMetricsLanes);
                         });
}

Metrics computeMetricsRowMajor(absl::Span<const float> values,
                               ClassifierOutput output,
                               absl::Span<const int32_t> labels,
                               absl::Span<const float> target) {
  return computeByBlocks(
      int64_t(labels.size()), output, labels.data(),
      [&](int64_t first, int64_t lanes, float *buffer) {
        toBlock(values, output.size, first / kMetricsLanes, lanes, buffer);
      },
      target);
}

std::vector<float> probabilitiesOf(absl::Span<const float> values,
                                   ClassifierOutput output) {
  std::vector<float> result;
  for (size_t at = 0; at < values.size(); at += size_t(output.size)) {
    std::vector<float> row(values.begin() + at,
                           values.begin() + at + output.size);
    if (output.kind == OutputKind::LogProbabilities)
      for (float &value : row)
        value = expF32(value);
    else if (output.kind == OutputKind::Logits && output.isBinary())
      row[0] = sigmoidF32(row[0]);
    else if (output.kind == OutputKind::Logits)
      softmaxF32(row.data(), row.data(), int(output.size));
    if (output.isBinary())
      result.push_back(1.0f - row[0]);
    result.insert(result.end(), row.begin(), row.end());
  }
  return result;
}

} // namespace mase
