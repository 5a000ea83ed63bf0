// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the sums of the kernels to accuracy and loss.
#include "LabelStatistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mase;

LabelStatistics::LabelStatistics(const int32_t *given, int64_t samples,
                                 int64_t classes)
    : numSamples(samples), numClasses(classes),
      labels(size_t(blocks() * kMetricsLanes), -1),
      memberBits(size_t(blocks() * classes), 0), sizes(size_t(classes), 0) {
  std::copy(given, given + samples, labels.begin());
  for (int64_t i = 0; i < samples; ++i) {
    memberBits[size_t(i / 64 * classes + given[i])] |= uint64_t(1) << (i % 64);
    ++sizes[size_t(given[i])];
  }
  emptyClass = std::find(sizes.begin(), sizes.end(), 0) != sizes.end();
  for (int64_t size : sizes)
    inverseCubes.push_back(
        size ? 1 / (double(size) * double(size) * double(size)) : 0);
  if (samples > 0)
    recallMean.emplace(sizes);
}

void LabelStatistics::countRest(int64_t block, uint32_t *counts) const {
  for (int64_t i = block * kMetricsLanes; i < numSamples; ++i)
    ++counts[labels[size_t(i)]];
}

void LabelStatistics::markPredicted(const OutputBlocks &values,
                                    const uint64_t *correct,
                                    uint8_t *predicted) const {
  bool isBinary = values.output.isBinary();
  for (int64_t i = 0; i < values.samples; ++i) {
    int32_t best = values.labels[i];
    if (!(correct[i / 64] >> (i % 64) & 1)) {
      const float *x = values.data + i / 64 * values.blockStride + i % 64;
      best = isBinary ? 1 - best : 0;
      for (int32_t c = 1; c < values.output.size; ++c)
        if (x[c * values.classStride] > x[best * values.classStride])
          best = c;
    }
    predicted[best] = 1;
  }
}

void LabelStatistics::setAuc(const float *values, int64_t given,
                             PairCounter &counter, Metrics &metrics) const {
  std::optional<uint64_t> inOrder = counter(values, labels.data(), given);
  auto pairs = [](int64_t zeros, int64_t ones) {
    return 2 * uint64_t(zeros) * uint64_t(ones);
  };
  uint64_t all = pairs(sizes[0], sizes[1]);
  if (!inOrder || all == 0)
    return;
  int64_t ones = std::count(labels.begin(), labels.begin() + given, 1);
  double a = double(*inOrder + (all - pairs(given - ones, ones))) / double(all);
  metrics.auc = a;
  double n0 = double(sizes[0]), n1 = double(sizes[1]);
  double variance = a * (1 - a) + (n1 - 1) * (a / (2 - a) - a * a) +
                    (n0 - 1) * (2 * a * a / (1 + a) - a * a);
  metrics.aucError = std::sqrt(std::max(0.0, variance) / (n0 * n1));
}

Metrics LabelStatistics::finish(const double *sums, const uint32_t *counts,
                                const uint8_t *predicted) const {
  Metrics metrics;
  if (numSamples == 0)
    return metrics;
  double variance = 0;
  int64_t right = 0, seen = 0;
  for (int64_t c = 0; c < numClasses; ++c) {
    right += counts[c];
    int64_t size = sizes[size_t(c)];
    seen += size > 0 || (predicted && predicted[c]);
    // r (1 - r) / n with r = k / n; 0 for a class without samples.
    variance +=
        double(counts[c] * (size - counts[c])) * inverseCubes[size_t(c)];
  }
  metrics.accuracy = (*recallMean)(counts, seen);
  metrics.accuracyError = std::sqrt(variance) / double(seen);
  double micro = double(right) / double(numSamples);
  metrics.accuracyMicro = micro;
  metrics.accuracyMicroError =
      std::sqrt(micro * (1 - micro) / double(numSamples));
  metrics.loss = mean(sums);
  return metrics;
}

double LabelStatistics::mean(const double *sums) const {
  double total = 0;
  for (int j = 0; j < kLossSums; ++j)
    total += sums[j];
  return total == total ? total / double(numSamples)
                        : std::numeric_limits<double>::quiet_NaN();
}
