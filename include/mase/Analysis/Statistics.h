// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Statistics of a tensor's values over samples, and what a number format makes
// of them. Plain C++; the same for any number of threads and instruction set.
#ifndef MASE_ANALYSIS_STATISTICS_H
#define MASE_ANALYSIS_STATISTICS_H

#include "mase/Numerics/NumberFormat.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>
#include <map>
#include <vector>

namespace mase {

/// The quantiles that statistics hold.
inline constexpr double kQuantiles[] = {0.001, 0.01, 0.05, 0.25, 0.5,
                                        0.75,  0.95, 0.99, 0.999};
inline constexpr size_t kHistogramBins = 256;

/// Statistics of all values of a tensor. Values that are not finite are counted
/// and left out of the rest; all zero where no finite value is left.
struct TensorStatistics {
  int64_t count = 0; ///< finite values
  int64_t notFinite = 0;
  int64_t zeros = 0;
  double minimum = 0, maximum = 0;
  double mean = 0, variance = 0;     ///< of the population, as numpy.var
  double skewness = 0, kurtosis = 0; ///< 0 where the variance is; not excess
  /// For each of kQuantiles, between neighbours linearly (numpy.quantile's
  /// default).
  std::vector<double> quantiles;
  /// Values in each of kHistogramBins bins of equal width from minimum to
  /// maximum, the last one closed (numpy.histogram); all in the first bin where
  /// they are equal.
  std::vector<int64_t> histogram;
  /// By feature, the last dimension.
  std::vector<float> featureMinimum, featureMaximum;
};

/// Of `values`, [samples, features] in row-major order: particles count as
/// samples.
TensorStatistics computeStatistics(llvm::ArrayRef<float> values,
                                   int64_t features);

/// What an integer format makes of a tensor's values.
struct OperandQuality {
  double minimum = 0, maximum = 0; ///< of the values before
  double saturated = 0;            ///< share of them that is clamped
  double zero = 0;                 ///< share that is rounded to 0
  /// 10 log10(sum x^2 / sum (x - q(x))^2), in dB: infinite without an error,
  /// NaN where all x are 0.
  double sqnr = 0;
  /// - sum p log2 p over the codes' shares p: bits that the codes carry.
  double entropy = 0;
};

/// Calls a function with values and their weights.
using WeightedValues =
    llvm::function_ref<void(llvm::function_ref<void(float, double)>)>;

OperandQuality measureQuality(WeightedValues values,
                              const NumberFormat &format);

/// Of the values of a row-major tensor of `shape`, each counted once. Where
/// they have been rounded, `original` (as many, or empty: none are known) has
/// them from before: range, clamping and errors are of those.
OperandQuality measureQuality(llvm::ArrayRef<float> values,
                              llvm::ArrayRef<int64_t> shape,
                              const NumberFormat &format,
                              llvm::ArrayRef<float> original = {});

/// An estimate from a histogram: each bin's values spread evenly over it. The
/// range is exact. With `isRelu`, of what is left once a ReLU has cut them off.
/// None for formats with slices or blocks: which value is in which is not
/// known.
std::optional<OperandQuality>
estimateQuality(const TensorStatistics &statistics, const NumberFormat &format,
                bool isRelu = false);

} // namespace mase

#endif // MASE_ANALYSIS_STATISTICS_H
