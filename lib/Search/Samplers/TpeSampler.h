// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `tpe`: a joint tree-structured Parzen estimator for one or more objectives
// (Bergstra et al. 2011; Watanabe 2023, arXiv:2304.11127; for several
// objectives Ozaki et al. 2020, doi 10.1145/3377930.3389817).
#ifndef MASE_LIB_SEARCH_SAMPLERS_TPESAMPLER_H
#define MASE_LIB_SEARCH_SAMPLERS_TPESAMPLER_H

#include "ConstrainedRanks.h"
#include "PermutationSampler.h"

#include "mase/Search/Random.h"

namespace mase {

/// What the estimator is made of. The defaults are what `tpe` means; they were
/// chosen on a family of bit-width problems (other coefficients, 3 to 12
/// layers), not on one.
struct TpeParameters {
  /// Trials at random before there is an estimate.
  size_t startup = 8;
  /// Trials proposed from one estimate, whatever the number of jobs.
  size_t batch = 2;
  /// Candidates drawn for each trial.
  size_t candidates = 32;
  /// The share of the observations that counts as good.
  double goodShare = 0.12;
  /// Weight of the uniform prior, in observations.
  double prior = 1.0;
  /// How much less likely a choice gets per step of distance: exp(-decay).
  double decay = 2.0;
  /// Scales what a kernel gives to choices other than its own.
  double spread = 0.4;
};

/// Observations are split into a good and a bad set, by rank of
/// non-domination and, within the rank that does not fit, by greedy
/// hypervolume subset selection; infeasible trials are good only where there
/// are not enough feasible ones. Each set becomes a density: a mixture of one
/// product kernel per observation (all knobs jointly) and a uniform prior.
/// Candidates are drawn from the good density, and the one with the largest
/// ratio of good to bad that was never tried is proposed. Kernels know that 4
/// bits are nearer to 8 than 2 are: choices that are numbers have distances
/// (of their logarithms where all are positive), other choices are all equally
/// far apart.
class TpeSampler : public Sampler {
public:
  TpeSampler(const Space &space, const SamplerOptions &options,
             const TpeParameters &parameters = TpeParameters());

  llvm::StringRef name() const override { return "tpe"; }
  size_t batchSize() const override { return parameters.batch; }
  std::vector<Point> ask(uint64_t firstNumber, size_t count) override;
  void tell(llvm::ArrayRef<Observation> observations) override;

private:
  /// Knobs whose choices together are at most kGroupSize combinations, so
  /// that one table lookup stands for several factors of a kernel.
  static constexpr size_t kGroupSize = 128;
  struct Group {
    size_t begin, end; ///< knobs free[begin, end)
    size_t size;       ///< combinations
  };

  struct Mixture {
    std::vector<uint32_t> members; ///< observation numbers
    /// tables[t][c * choices + x]: density of choice x of knob free[t] for a
    /// kernel around c, relative to that of x = c.
    std::vector<std::vector<double>> tables;
    std::vector<double> stay; ///< density of x = c
    double prior = 0;         ///< the uniform density on the same scale
  };

  std::vector<uint32_t> goodObservations() const;
  void buildMixtures();
  void buildTables(Mixture &mixture) const;
  double density(const Mixture &mixture, const Point &point);
  Point draw(RandomStream &random) const;
  Point propose(uint64_t number);

  const Space &space;
  SamplerOptions options;
  TpeParameters parameters;
  PermutationSampler randomPoints;
  PointSet seen;
  std::vector<size_t> free;    ///< knobs with more than one choice
  std::vector<size_t> choices; ///< of each of them
  /// distances[t][c * choices + x]: steps between choices of knob free[t].
  std::vector<std::vector<double>> distances;
  std::vector<Group> groups;

  std::vector<Point> points;      ///< of all observations
  std::vector<uint32_t> codes;    ///< per observation, one per group
  std::vector<uint32_t> ranked;   ///< observations by number in `ranks`
  std::vector<uint32_t> failures; ///< the others
  ConstrainedRanks ranks;
  Mixture good, bad;
  std::vector<std::vector<double>> products; ///< scratch of density()
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_TPESAMPLER_H
