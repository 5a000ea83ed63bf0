// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A loss as a sum of what each choice does alone.
#ifndef MASE_LIB_SEARCH_SAMPLERS_EFFECTMODEL_H
#define MASE_LIB_SEARCH_SAMPLERS_EFFECTMODEL_H

#include "LossScale.h"
#include "ResidualProcess.h"

namespace mase {

/// loss(x) = loss(base) + sum over the knobs of the effect of x_k, in the
/// LossScale where this fits best, and a ResidualProcess for what it leaves
/// over.
///
/// Effects minimise squares, weighted so that an error counts by its share of
/// what a point loses against the base: single changes fix them nearly, other
/// points correct them. Points as bad as any say only that their sum is not
/// smaller. Effects of which nothing is known have a prior.
class EffectModel {
public:
  explicit EffectModel(const Space &space);

  /// A point whose knobs are all at about one level, from 0 (the smallest
  /// choice) to 1: each knob is thought to have an equal share in what it
  /// loses.
  struct Uniform {
    double level;
    size_t number;
  };

  /// Learns from `points`, of which number `base` is the base. `uniform` are
  /// some of them, by level. Losses are finite.
  void fit(llvm::ArrayRef<const Point *> points, llvm::ArrayRef<double> losses,
           size_t base, llvm::ArrayRef<Uniform> uniform);
  /// Learns of more points what they show beyond the effects, which stay.
  void append(llvm::ArrayRef<const Point *> points,
              llvm::ArrayRef<double> losses);

  /// What choice `c` of knob `k` adds, in the scale.
  double effect(size_t k, uint32_t c) const { return effects[first[k] + c]; }

  struct Forecast {
    double mean, deviation;
  };
  /// The loss of `point`.
  Forecast forecast(const Point &point) const;

private:
  std::vector<LossScale> candidateScales() const;
  void chooseScale(llvm::ArrayRef<LossScale> scales,
                   llvm::ArrayRef<Uniform> uniform);
  void solveIn(LossScale in, llvm::ArrayRef<Uniform> uniform);
  void setPrior(llvm::ArrayRef<Uniform> uniform);
  void solve();
  void improve(llvm::ArrayRef<double> weights);
  double sumOf(const uint32_t *row) const;
  const uint32_t *rowOf(size_t i) const { return &columns[i * first.size()]; }
  /// Never worse than the worst that was seen.
  double lossOf(double value) const;
  /// What a value may be off.
  double errorOf(double value) const {
    return spread * (std::fabs(value) + floor);
  }

  /// The latest points are those of the ResidualProcess, whose time grows with
  /// their square.
  static constexpr size_t kMostKept = 400;

  std::vector<size_t> first; ///< column of each knob's first choice
  std::vector<double> level; ///< of each column's choice, from 0 to 1
  ResidualProcess process;

  // What was learnt from.
  std::vector<uint32_t> columns; ///< by point and knob
  std::vector<double> losses;
  std::vector<bool> isSingle; ///< differs from the base in one knob at most
  size_t base = 0;
  double worst = 0;

  // In the scale:
  LossScale scale;
  size_t chosen = SIZE_MAX, chosenAt = 0; ///< among the candidates; of points
  std::vector<double> values;             ///< less the base's
  std::vector<double> residuals;
  double intercept = 0; ///< the base is measured with an error, too
  std::vector<double> prior, priorWeights;
  std::vector<double> effects, variances;
  double spread = 0; ///< of a residual, relative to the value
  double floor = 0;  ///< values below count as this
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_EFFECTMODEL_H
