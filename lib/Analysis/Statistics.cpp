// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Statistics of tensors, and of what a format makes of them.
#include "mase/Analysis/Statistics.h"

#include "mase/Numerics/Slices.h"

#include "llvm/ADT/bit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

using namespace mase;

/// Central moments about a known mean, in order.
static void computeMoments(llvm::ArrayRef<float> sorted,
                           TensorStatistics &result) {
  double n = double(sorted.size()), sum = 0;
  for (float x : sorted)
    sum += double(x);
  result.mean = sum / n;
  double m2 = 0, m3 = 0, m4 = 0;
  for (float x : sorted) {
    double d = double(x) - result.mean, square = d * d;
    m2 += square;
    m3 += square * d;
    m4 += square * square;
  }
  // Rounding of the mean must not make a constant vary.
  if (sorted.front() == sorted.back()) {
    result.mean = double(sorted.front());
    return;
  }
  result.variance = m2 / n;
  result.skewness = m3 / n / std::pow(result.variance, 1.5);
  result.kurtosis = m4 / n / (result.variance * result.variance);
}

static double quantileOf(llvm::ArrayRef<float> sorted, double q) {
  double position = q * double(sorted.size() - 1);
  size_t below = size_t(position);
  if (below + 1 >= sorted.size())
    return double(sorted.back());
  double lo = double(sorted[below]), hi = double(sorted[below + 1]);
  return lo + (hi - lo) * (position - double(below));
}

/// The bin of a value; the last one is closed.
static size_t binOf(double x, const TensorStatistics &statistics) {
  double width = statistics.maximum - statistics.minimum;
  double share = width > 0 ? (x - statistics.minimum) / width : 0;
  return std::min(size_t(share * double(kHistogramBins)), kHistogramBins - 1);
}

static void fillHistogram(llvm::ArrayRef<float> sorted,
                          TensorStatistics &result) {
  result.histogram.assign(kHistogramBins, 0);
  for (float x : sorted)
    ++result.histogram[binOf(double(x), result)];
}

TensorStatistics mase::computeStatistics(llvm::ArrayRef<float> values,
                                         int64_t features) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  TensorStatistics result;
  result.featureMinimum.assign(size_t(features), inf);
  result.featureMaximum.assign(size_t(features), -inf);
  std::vector<float> sorted;
  sorted.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    float x = values[i];
    if (!std::isfinite(x)) {
      ++result.notFinite;
      continue;
    }
    sorted.push_back(x);
    result.zeros += x == 0;
    size_t feature = i % size_t(features);
    result.featureMinimum[feature] =
        std::min(result.featureMinimum[feature], x);
    result.featureMaximum[feature] =
        std::max(result.featureMaximum[feature], x);
  }
  for (size_t f = 0; f < size_t(features); ++f)
    if (result.featureMinimum[f] > result.featureMaximum[f])
      result.featureMinimum[f] = result.featureMaximum[f] = 0;
  result.count = int64_t(sorted.size());
  result.quantiles.assign(std::size(kQuantiles), 0);
  result.histogram.assign(kHistogramBins, 0);
  if (sorted.empty())
    return result;
  // Sorted, the sums have one order whatever the samples' is. -0 is 0.
  for (float &x : sorted)
    x += 0.0f;
  std::sort(sorted.begin(), sorted.end());
  result.minimum = double(sorted.front());
  result.maximum = double(sorted.back());
  computeMoments(sorted, result);
  for (size_t i = 0; i < std::size(kQuantiles); ++i)
    result.quantiles[i] = quantileOf(sorted, kQuantiles[i]);
  fillHistogram(sorted, result);
  return result;
}

namespace {
/// Adds up what a format makes of values.
class QualitySums {
public:
  /// `code` tells rounded values apart.
  void add(float x, double weight, int64_t code, float rounded,
           bool isSaturated) {
    total += weight;
    result.minimum = std::min(result.minimum, double(x));
    result.maximum = std::max(result.maximum, double(x));
    saturated += isSaturated ? weight : 0;
    zero += rounded == 0 ? weight : 0;
    codes[code] += weight;
    if (!std::isfinite(x))
      return;
    double error = double(x) - double(rounded);
    signal += weight * double(x) * double(x);
    noise += weight * error * error;
  }

  OperandQuality finish() {
    if (total == 0)
      return OperandQuality();
    result.saturated = saturated / total;
    result.zero = zero / total;
    result.sqnr = 10 * std::log10(signal / noise);
    if (signal == 0)
      result.sqnr = std::numeric_limits<double>::quiet_NaN();
    for (const auto &[code, weight] : codes)
      result.entropy -= weight / total * std::log2(weight / total);
    result.entropy += 0.0; // not -0
    return result;
  }

private:
  OperandQuality result = [] {
    OperandQuality empty;
    empty.minimum = std::numeric_limits<double>::infinity();
    empty.maximum = -empty.minimum;
    return empty;
  }();
  double total = 0, saturated = 0, zero = 0, signal = 0, noise = 0;
  std::map<int64_t, double> codes; // in order: so is the sum of the entropy
};

int64_t codeOf(float rounded) {
  return int64_t(llvm::bit_cast<int32_t>(rounded));
}
} // namespace

OperandQuality mase::measureQuality(WeightedValues values,
                                    const NumberFormat &format) {
  QualitySums sums;
  const UniformTensorFormat *uniform = format->uniform();
  values([&](float x, double weight) {
    if (uniform) {
      UniformFormat slice = uniform->slice(0);
      int64_t code = quantizeToCode(x, slice);
      return sums.add(x, weight, code, dequantize(code, slice),
                      saturates(x, slice));
    }
    float rounded = x;
    format->quantize({&x, 1}, {1}, {&rounded, 1});
    sums.add(x, weight, codeOf(rounded), rounded,
             format->countSaturated({&x, 1}, {1}) > 0);
  });
  return sums.finish();
}

OperandQuality mase::measureQuality(llvm::ArrayRef<float> values,
                                    llvm::ArrayRef<int64_t> shape,
                                    const NumberFormat &format,
                                    llvm::ArrayRef<float> original) {
  QualitySums sums;
  if (original.empty())
    original = values;
  absl::Span<const int64_t> sizes(shape.data(), shape.size());
  if (const UniformTensorFormat *uniform = format->uniform()) {
    std::vector<UniformFormat> slices = slicesOf(*uniform);
    for (size_t i = 0; i < values.size(); ++i) {
      const UniformFormat &slice = slices[uniform->sliceOf(int64_t(i), sizes)];
      int64_t code = quantizeToCode(values[i], slice);
      sums.add(original[i], 1, code, dequantize(code, slice),
               saturates(original[i], slice));
    }
    return sums.finish();
  }
  std::vector<float> rounded(values.size());
  absl::Span<const float> given(values.data(), values.size());
  format->quantize(given, sizes, absl::MakeSpan(rounded));
  for (size_t i = 0; i < values.size(); ++i)
    sums.add(original[i], 1, codeOf(rounded[i]), rounded[i], false);
  OperandQuality result = sums.finish();
  // A format says how many, not which.
  if (!values.empty())
    result.saturated =
        double(format->countSaturated(
            absl::Span<const float>(original.data(), original.size()), sizes)) /
        double(values.size());
  return result;
}

std::optional<OperandQuality>
mase::estimateQuality(const TensorStatistics &statistics,
                      const NumberFormat &format, bool isRelu) {
  const UniformTensorFormat *uniform = format->uniform();
  if (!uniform || uniform->slices() > 0)
    return std::nullopt;
  constexpr int kPoints = 32; // in a bin
  double width = (statistics.maximum - statistics.minimum) /
                 double(statistics.histogram.size());
  OperandQuality result = measureQuality(
      [&](llvm::function_ref<void(float, double)> visit) {
        // Zero is where values pile up, behind a ReLU above all.
        if (statistics.zeros)
          visit(0, double(statistics.zeros));
        size_t zeroBin = binOf(0, statistics);
        for (size_t bin = 0; bin < statistics.histogram.size(); ++bin) {
          double lo = statistics.minimum + width * double(bin);
          double weight = double(statistics.histogram[bin]);
          if (statistics.zeros && bin == zeroBin)
            weight -= double(statistics.zeros);
          if (weight == 0)
            continue;
          for (int i = 0; i < kPoints; ++i) {
            float x = float(lo + width * (i + 0.5) / kPoints);
            visit(isRelu && x < 0 ? 0.0f : x, weight / kPoints);
          }
        }
      },
      format);
  result.minimum = statistics.minimum;
  result.maximum = statistics.maximum;
  return result;
}
