// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `sensitivity`: what each choice does alone, the front of the sums, and then
// what is true.
#ifndef MASE_LIB_SEARCH_SAMPLERS_SENSITIVITYSAMPLER_H
#define MASE_LIB_SEARCH_SAMPLERS_SENSITIVITYSAMPLER_H

#include "EffectModel.h"
#include "KnobBlocks.h"
#include "LocalSearch.h"
#include "QmcSampler.h"

#include "mase/Search/Sampler.h"

#include <deque>
#include <optional>

namespace mase {

struct SensitivityParameters {
  /// Trials proposed from the same observations, whatever the number of jobs.
  size_t batch = 2;
  /// While the sweep lasts, every how many-th trial is for the front, and for a
  /// point from anywhere.
  size_t frontEvery = 4, spreadEvery = 16;
};

/// 1. Uniform points, from all knobs at their largest choice to all at their
///    smallest. The best of them by the first objective is the base.
/// 2. The sweep: from the base each knob to each other choice. In turn with it
///    3., from what is known so far, so that a search that is stopped early has
///    a front.
/// 3. The front of the additive problem (EffectModel for what takes a trial,
///    KnobBlocks for what is known before), and the neighbours and children of
///    the front that was found: of them the point with the largest expected
///    improvement. Models learn from every trial, and are made anew as their
///    number grows by a sixteenth.
/// 4. Local search around the front: every other trial while the front stands
///    still, all of them after kModelTrials beyond the sweep.
/// Points that are known to break a constraint, or that have a choice which
/// failed wherever it was tried, are left to the end.
class SensitivitySampler : public Sampler {
public:
  SensitivitySampler(
      const Space &space, const SamplerOptions &options,
      const SensitivityParameters &parameters = SensitivityParameters());

  llvm::StringRef name() const override { return "sensitivity"; }
  size_t batchSize() const override { return parameters.batch; }
  std::vector<Point> ask(uint64_t firstNumber, size_t count) override;
  void tell(llvm::ArrayRef<Observation> observations) override;

  bool hasSwept() const { return base && sweep.empty(); }
  /// Whether the sweep is over and the front stands still.
  bool isStill() const {
    return hasSwept() && points.size() >= grownAt + kStill;
  }

private:
  struct Candidate {
    Point point;
    std::vector<float> means, deviations; ///< in the ranges of the front
    double feasibility = 1;
  };

  Point propose(uint64_t number);
  Point takeOther(uint64_t number);
  bool mayModel(uint64_t number) const;
  bool breaksConstraint(const Point &point) const;
  bool willFail(llvm::ArrayRef<size_t> knobs,
                llvm::ArrayRef<uint32_t> choices) const;
  Point takeFirst(std::deque<Point> &plan);
  void chooseBase();
  void learn(bool anew);
  void solve();
  double feasibilityOf(const Point &point) const;
  void addCandidate(Point point);
  void listCandidates();
  Point takePromising(uint64_t number);

  /// Of the additive front; with neighbours; of the front that was found.
  static constexpr size_t kMostMembers = 1024, kMostCandidates = 2048;
  static constexpr size_t kChildren = 512;
  /// Points that may be held back, in a row and in all.
  static constexpr size_t kMostTries = 256, kMostHeldBack = 4096;
  /// The front stands still after so many trials that did not change it.
  static constexpr size_t kStill = 24;
  /// Trials beyond the sweep that are worth a model's time.
  static constexpr size_t kModelTrials = 400;

  const Space &space;
  SamplerOptions options;
  SensitivityParameters parameters;
  UnseenPoints unseen;
  QmcSampler spread;
  LocalSearch local;

  std::vector<std::pair<double, Point>> opening; ///< by level
  std::deque<Point> start, sweep;
  size_t sweepEnd = 0; ///< trials when the sweep is over, about
  std::optional<Point> base;
  std::optional<KnobBlocks> blocks; ///< with the base

  // What was told.
  std::vector<Point> points;
  std::vector<Outcome> outcomes;
  size_t numFeasible = 0;
  std::vector<size_t> everyKnob;
  std::vector<std::vector<bool>> failed, worked; ///< by knob and choice
  std::deque<Point> heldBack; ///< taken, but known to be no good
  size_t grownAt = 0;         ///< trials when the front changed last

  // What follows from it.
  bool isCurrent = false;
  size_t numFitted = 0;            ///< points when the models were made
  std::vector<EffectModel> models; ///< by objective; unused where it is known
  std::vector<double> fences;      ///< of losses; beyond are outliers
  std::vector<bool> isGood;        ///< by point: feasible, no outlier
  size_t numBad = 0;
  std::vector<Point> members; ///< of the additive front
  std::vector<size_t> front;  ///< that was found
  Losses low, range;          ///< of it
  std::vector<Candidate> candidates;
  std::vector<Losses> known; ///< the front, and what was imagined
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_SENSITIVITYSAMPLER_H
