// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `greedy`: one knob at a time, then the knobs by what they cost.
#ifndef MASE_LIB_SEARCH_SAMPLERS_GREEDYSAMPLER_H
#define MASE_LIB_SEARCH_SAMPLERS_GREEDYSAMPLER_H

#include "LocalSearch.h"

#include "mase/Search/Sampler.h"

#include <deque>
#include <optional>

namespace mase {

struct GreedyParameters {
  /// Trials proposed from the same observations, whatever the number of jobs.
  size_t batch = 2;
};

/// 1. All knobs at their largest choice, all at their smallest, and uniform
///    points between.
/// 2. A sensitivity sweep: from the better extreme (by the first objective)
///    each knob to each other choice.
/// 3. A greedy path: from there on change after change, those first that lose
///    least of the first objective for what they gain in the others (one
///    objective: all that gain, those first that gain most).
/// 4. The same sweep from the other extreme.
/// 5. Local search around the front, until the space is exhausted.
/// Under constraints sweep and path start at the extreme that keeps them, and
/// the path ends where it breaks one.
class GreedySampler : public Sampler {
public:
  GreedySampler(const Space &space, const SamplerOptions &options,
                const GreedyParameters &parameters = GreedyParameters());

  llvm::StringRef name() const override { return "greedy"; }
  size_t batchSize() const override { return parameters.batch; }
  std::vector<Point> ask(uint64_t firstNumber, size_t count) override;
  void tell(llvm::ArrayRef<Observation> observations) override;

private:
  enum class Step : uint8_t { Extremes, Sweep, Path, OtherSweep, Local };

  /// Plans the next step, if the results that it needs are there.
  bool planNext();
  void planSweep(const Point &base);
  void planPath();
  /// A knob's step along the path.
  struct Change {
    size_t knob;
    uint32_t choice;
    double loss, gain;
    double slope; ///< loss for a gain of 1, from the step before
  };
  std::vector<Change> pathSteps(bool backwards) const;
  std::optional<size_t> find(const Point &point) const;
  bool isFeasible(const Point &point) const;
  const Losses *lossesAt(const Point &point) const;

  const Space &space;
  SamplerOptions options;
  GreedyParameters parameters;
  UnseenPoints unseen;
  LocalSearch local;
  std::vector<size_t> free;
  Step step = Step::Extremes;
  std::deque<Point> plan;
  size_t pending = 0; ///< proposed, not told yet
  Point base;         ///< of the first sweep
  std::vector<Point> points;
  std::vector<Losses> losses; ///< empty: failed, or turned down
  std::vector<bool> feasible;
  bool constrained = false; ///< a constraint was broken
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_GREEDYSAMPLER_H
