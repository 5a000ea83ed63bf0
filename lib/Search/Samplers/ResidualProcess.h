// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a sum of effects leaves over, at points that were not tried.
#ifndef MASE_LIB_SEARCH_SAMPLERS_RESIDUALPROCESS_H
#define MASE_LIB_SEARCH_SAMPLERS_RESIDUALPROCESS_H

#include "mase/Search/Space.h"

#include "llvm/ADT/ArrayRef.h"

namespace mase {

/// A Gaussian process of variance 1 (Rasmussen & Williams 2006, algorithm 2.1)
/// over points and the sums that a model has for them. One half of it follows
/// the point, exp(-range * distance), where a knob of another choice is between
/// a half and 1 away; the other half follows the sum, for what is left over is
/// mostly that sums grow faster or slower than the loss.
class ResidualProcess {
public:
  explicit ResidualProcess(const Space &space);

  /// Learns `targets` at `points` that a model has `sums` for; `width` is how
  /// far sums are alike, and distances are weighted by `importances` of the
  /// knobs. Of four ranges the likeliest is taken.
  void fit(llvm::ArrayRef<const Point *> points, llvm::ArrayRef<double> sums,
           llvm::ArrayRef<double> targets, double width,
           llvm::ArrayRef<double> importances);
  /// Learns one more; O(n²). `solve` comes before the next forecast.
  void append(const Point &point, double sum, double target);
  void solve();

  struct Forecast {
    double mean;
    double nearness; ///< largest correlation with a point that is known
  };
  Forecast forecast(const Point &point, double sum) const;

private:
  double correlation(const uint32_t *a, double sumA, const uint32_t *b,
                     double sumB) const;

  /// Of a target, in shares of its variance.
  static constexpr double kNoise = 0.03;

  std::vector<size_t> sizes; ///< choices of each knob
  /// By knob, choice and choice.
  std::vector<std::vector<double>> distances;
  std::vector<double> importances;
  double range = 1, width = 1;
  std::vector<uint32_t> rows;
  std::vector<double> sums;
  std::vector<std::vector<double>> factor; ///< Cholesky's, row by row
  std::vector<double> whitened, weights;
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_RESIDUALPROCESS_H
