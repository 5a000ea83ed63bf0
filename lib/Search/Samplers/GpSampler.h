// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `gp`: Bayesian optimisation with one Gaussian process per objective
// (Daulton, Balandat & Bakshy 2020 for expected hypervolume improvement;
// Knowles 2006 for three objectives and more).
#ifndef MASE_LIB_SEARCH_SAMPLERS_GPSAMPLER_H
#define MASE_LIB_SEARCH_SAMPLERS_GPSAMPLER_H

#include "ConstrainedRanks.h"
#include "GpOutput.h"
#include "QmcSampler.h"
#include "TpeSampler.h"

#include "mase/Search/Sampler.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>

namespace mase {

struct GpParameters {
  /// Points of `qmc` before there is a model.
  size_t startup = 8;
  /// Trials proposed from the same observations, whatever the number of jobs:
  /// the second after imagining that the first came out as predicted.
  size_t batch = 2;
  /// The largest space of which all points that are left are compared.
  size_t maxEnumerated = 100000;
  /// Largest number of solves held, and of observations: beyond, `tpe` goes
  /// on.
  size_t maxSolves = 40000000, maxObservations = 400;
};

/// Proposes the point whose expected improvement is largest, among all that
/// were not tried in small spaces, else among neighbours of the front,
/// children of its members and random points, followed by steepest ascent.
/// Under constraints the improvement counts by the probability that the point
/// is feasible (Schonlau, Welch & Jones 1998), from a Gaussian process of the
/// violation; while no trial is feasible, the violation is what is to improve.
class GpSampler : public Sampler {
public:
  GpSampler(const Space &space, const SamplerOptions &options,
            const GpParameters &parameters = GpParameters());

  llvm::StringRef name() const override { return "gp"; }
  size_t batchSize() const override { return parameters.batch; }
  std::vector<Point> ask(uint64_t firstNumber, size_t count) override;
  void tell(llvm::ArrayRef<Observation> observations) override;
  std::string note() const override;

private:
  using Row = std::vector<uint32_t>;

  Row rowOf(const Point &point) const;
  /// Brings the models up to the observations.
  void updateModels();
  void updateLosses(bool refit);
  void updateViolation(bool refit);
  /// All models that have something to say: those of the losses, if any trial
  /// was evaluated, and that of the violation, if any constraint was broken.
  std::vector<GpOutput *> outputs();
  Point propose(uint64_t number);
  /// Points worth a look in a space that is too large to enumerate.
  std::vector<Point> lookAround(RandomStream &random) const;
  std::vector<Point> neighbours(const Point &point) const;
  /// Position of the best of `points` that is not taken, and its value.
  /// `candidates` are one per output.
  std::pair<size_t, double> bestOf(llvm::ArrayRef<GpCandidates *> candidates,
                                   llvm::function_ref<bool(size_t)> isTaken,
                                   uint64_t number);
  GpCandidates candidatesOf(llvm::ArrayRef<Point> points) const;

  const Space &space;
  SamplerOptions options;
  GpParameters parameters;
  UnseenPoints unseen;
  QmcSampler first;
  TpeSampler later; ///< where there are too many observations
  std::vector<size_t> free;
  GpInputs inputs;
  size_t limit; ///< observations that the models hold
  size_t nextFit = 0;

  std::vector<Point> points;     ///< of all observations
  std::vector<Outcome> outcomes; ///< infinite losses left out
  size_t numEvaluated = 0, numRejected = 0;
  bool constrained = false; ///< a constraint was broken

  std::vector<GpOutput> losses; ///< by objective
  std::optional<GpOutput> violation;
  /// Losses of feasible observations, standardised, then what was imagined;
  /// the range of all that were evaluated.
  std::vector<Losses> known;
  Losses low, high;
  /// The violation of a point that just keeps the constraints, and the least
  /// one seen, as targets of `violation`.
  double bound = 0, least = 0;
  std::vector<uint8_t> taken; ///< by point
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_GPSAMPLER_H
