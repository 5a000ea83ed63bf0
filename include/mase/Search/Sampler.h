// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where to look next. A sampler proposes points that were never proposed, and
// learns from what came of them.
#ifndef MASE_SEARCH_SAMPLER_H
#define MASE_SEARCH_SAMPLER_H

#include "mase/Search/Front.h"
#include "mase/Search/Space.h"

#include "absl/status/statusor.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mase {

/// What came of a trial.
struct Observation {
  uint64_t number = 0;
  const Point *point = nullptr;
  /// Smaller is better, one per objective; empty: the trial failed, or was
  /// turned down by a constraint before it was evaluated.
  llvm::ArrayRef<double> losses;
  /// Sum of the violations of the problem's constraints (Constraint::
  /// violation); 0: feasible.
  double violation = 0;
};

/// A sampler's state is a function of the calls made, so a run is resumed by
/// making the same calls again. Randomness comes from (seed, trial number).
class Sampler {
public:
  virtual ~Sampler();

  virtual llvm::StringRef name() const = 0;

  /// How many trials to ask for at once. 0: any number, for it does not learn
  /// from results and proposes the same sequence in any portions. Otherwise
  /// trials come in batches of exactly this size (the last may be shorter),
  /// whatever the number of jobs: the same points for every one.
  virtual size_t batchSize() const = 0;

  /// Whether what it proposes depends on what it is told.
  virtual bool learns() const { return batchSize() != 0; }

  /// At most `count` points that were neither proposed nor told before; fewer
  /// only where the space is exhausted. `firstNumber` counts proposals (the
  /// trials' numbers, where no constraint turns proposals down).
  virtual std::vector<Point> ask(uint64_t firstNumber, size_t count) = 0;

  /// Results of trials, in the order of their numbers; also of trials that it
  /// did not propose (enqueued, resumed), whose points it must not propose.
  virtual void tell(llvm::ArrayRef<Observation> observations) = 0;

  /// What a sampler that chooses among samplers wants to say ("auto: …").
  virtual std::string note() const { return {}; }
};

/// What is known of a point before it is tried.
struct Foreknowledge {
  /// One per objective; NaN: it takes a trial to know.
  Losses losses;
  /// Constraint::excess of each constraint, above 0 where it is broken: the
  /// point will be turned down. NaN: it takes a trial to know.
  std::vector<double> excess;
};

struct SamplerOptions {
  uint64_t seed = 0;
  /// Number of losses of an observation.
  size_t numObjectives = 1;
  /// Trials that will be made if nothing stops them earlier; 0: unknown.
  uint64_t budget = 0;
  /// What a trial will take (TrialEvaluator::expectedSeconds); 0: unknown.
  double trialSeconds = 0;
  /// What the sampler may ask of any point, as often as it likes; null: nothing
  /// is known before a trial. Must stay callable as long as the sampler.
  std::function<Foreknowledge(const Point &)> foresee = nullptr;
};

/// Names of the samplers: "auto", "brute", "gp", …, in alphabetical order.
llvm::ArrayRef<std::string> samplerNames();

/// Errors: no sampler has this name, without regard to case (with the nearest
/// ones).
absl::Status checkSamplerName(llvm::StringRef name);

/// A sampler by its name (without regard to case). `space` must outlive it.
/// Errors: an unknown name (with the valid ones); a space that is too large
/// for it.
absl::StatusOr<std::unique_ptr<Sampler>>
createSampler(llvm::StringRef name, const Space &space,
              const SamplerOptions &options);

} // namespace mase

#endif // MASE_SEARCH_SAMPLER_H
