// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a finished study says beside its front: how the front grew, which knobs
// made the difference, and how much each layer moves the objectives.
//
// Only trials that are complete count anywhere here; a trial that failed or
// was dropped has no values, and a shrunk one says nothing of knobs. What
// infeasible ones (Trial::violation > 0) are good for is said at each function.
#ifndef MASE_SEARCH_INDICATORS_H
#define MASE_SEARCH_INDICATORS_H

#include "mase/Search/Front.h"
#include "mase/Search/Study.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mase {

/// The metric that objective `v` would have measured for this loss, unscaled;
/// of a weighted sum, its value.
double metricOfLoss(const Problem &problem, size_t v, double loss);

/// The hypervolume of the front after each trial.
struct HypervolumeCurve {
  struct Step {
    uint64_t trial; ///< number of the trial that made the front grow
    double volume;  ///< from this trial on
  };
  /// The reference point: per value the worst finite one among feasible
  /// complete trials, as a loss. It depends on the trials of the study, so
  /// volumes of two studies compare only if one set of bounds is given to both.
  Losses reference;
  /// The best finite loss of each value.
  Losses ideal;
  /// Ascending; the first feasible trial and those that added to the volume.
  std::vector<Step> steps;
  /// False where the front grew too large for exact volumes (four objectives
  /// and thousands of members); the steps end there.
  bool complete = true;

  /// The last volume; 0 without a feasible complete trial.
  double volume() const { return steps.empty() ? 0 : steps.back().volume; }
  /// Volume of the box from `ideal` to `reference`: what a single trial that
  /// is best everywhere would reach. 0 where the trials are all equal in one
  /// of the values.
  double box() const;
};

/// The curve of `trials` (by number). Infeasible trials are never on the
/// front and don't move the reference point. Volumes are those of
/// `hypervolume` in scaled values, each step computed from the last one by
/// what the new trial alone dominates.
HypervolumeCurve hypervolumeCurve(const Problem &problem,
                                  llvm::ArrayRef<Trial> trials);

/// Shares of the knobs in what sets good trials apart.
struct KnobImportances {
  /// One per knob, summing to 1 (all 0: no knob tells good trials from
  /// others).
  std::vector<double> overall;
  /// The same for each of Problem::objectives alone.
  std::vector<std::vector<double>> perObjective;
  size_t numTrials = 0; ///< complete trials that were looked at
  size_t numTop = 0;    ///< of them the good ones (overall)
};

/// PED-ANOVA (Watanabe, Bansal & Hutter, IJCAI 2023, arXiv:2304.10255) over
/// the trials of the study (its "local" space): the importance of a knob is
/// the Pearson divergence Σ_c (p_top(c) - p_all(c))² / p_all(c) between the
/// distribution of its choices in the best `quantile` of the trials and in all
/// of them. Densities are smoothed as Optuna 5's evaluator does, so that its
/// numbers come out.
///
/// Overall, the good trials are the best ⌈quantile·n⌉ by rank of
/// non-domination and, in the rank that fits only in part, by greedy
/// hypervolume subset (with three objectives or more, a rank of more than 200
/// is taken whole, and of more than 20,000 trials so many are looked at, chosen
/// by a hash of their numbers); infeasible trials come after all feasible ones,
/// by violation. With one value, and for each objective alone, they are those
/// not worse than the ⌈quantile·n⌉-th, feasible or not.
///
/// A conditional knob is compared over the trials where it exists, weighted
/// with (share of the good trials)² / share of all trials where it does
/// (arXiv:2601.20800, Theorem 4.2): that it exists is its parent's merit.
KnobImportances knobImportances(const Problem &problem,
                                llvm::ArrayRef<Trial> trials,
                                double quantile = 0.1);

/// What a layer's knobs do to the objectives while all else stays.
struct LayerSensitivity {
  std::string layer; ///< the knobs' names before the first '/'
  std::vector<size_t> knobs;
  /// Pairs of trials that differ in this layer's knobs alone.
  uint64_t numPairs = 0;
  /// Mean absolute difference of each of Problem::objectives (the metric, not
  /// scaled) over these pairs; NaN where there are none.
  std::vector<double> meanChange;
};

/// One per layer, in the order of the knobs. Infeasible trials count: what was
/// measured is true of them too. A knob that exists in one trial of a pair
/// only makes them differ. O(n log n) a layer.
std::vector<LayerSensitivity> layerSensitivities(const Problem &problem,
                                                 llvm::ArrayRef<Trial> trials);

} // namespace mase

#endif // MASE_SEARCH_INDICATORS_H
