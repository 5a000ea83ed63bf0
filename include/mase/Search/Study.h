// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A study: a problem, a sampler, a budget, and the trials that came of them.
#ifndef MASE_SEARCH_STUDY_H
#define MASE_SEARCH_STUDY_H

#include "mase/Search/Problem.h"
#include "mase/Search/Sampler.h"

#include "absl/status/statusor.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mase {

/// What a trial was made of that no sampler proposed: the network of trial
/// `from`, shrunk until what it costs is within `budget`.
struct Shrunk {
  uint64_t from = 0;
  int64_t budget = 0;
};

/// One row of a study.
struct Trial {
  uint64_t number = 0;
  Point point;
  TrialState state = TrialState::Complete;
  /// One value per metric of the evaluator; NaN (or missing at the end): not
  /// measured.
  std::vector<double> metrics;
  /// Software metrics beside those that the evaluator declares.
  std::vector<std::pair<std::string, double>> extraMetrics;
  /// Scaled objectives (one: their sum where the problem says so); empty where
  /// the trial is not complete.
  std::vector<double> values;
  std::string reason; ///< of a trial that failed or was dropped
  /// Sum of the constraints' violations; 0: feasible.
  double violation = 0;
  /// Microseconds since 1970-01-01 UTC. Trials that were evaluated in one call
  /// share its time evenly.
  int64_t startMicros = 0;
  int64_t completeMicros = 0;
  /// Standard errors of `metrics`; NaN, or missing at the end: none, or not
  /// known (a journal doesn't have them).
  std::vector<double> errors = {};
  /// Such a trial has the point of the one that it was made of, but is not what
  /// an evaluator says of the point.
  std::optional<Shrunk> shrunk = std::nullopt;
};

enum class StopReason : uint8_t {
  Trials,    ///< n_trials were made
  Exhausted, ///< the space has no more points
  Timeout,
  Patience,   ///< the front has not grown for `patience` trials
  Infeasible, ///< no proposal kept the static constraints for a long time
  Interrupted
};

/// What a progress callback sees after each batch.
struct Progress {
  uint64_t trials = 0; ///< made so far
  uint64_t budget = 0; ///< will be made; 0: unknown
  uint64_t failed = 0;
  uint64_t resumed = 0; ///< of the trials, those of an earlier run
  double seconds = 0;   ///< since the start
  double timeout = 0;   ///< 0: none
  /// The best value of each objective so far, as it was measured (not scaled);
  /// empty before the first feasible trial. Names are the metrics', or
  /// "weighted sum"; units are MetricInfo's.
  llvm::ArrayRef<double> best;
  llvm::ArrayRef<std::string> bestNames, bestUnits;
  size_t frontSize = 0;
  bool finished = false;
};

struct StudyOptions {
  std::string sampler = "auto";
  uint64_t seed = 0;
  uint64_t numTrials = 0; ///< 0: until the space is exhausted or time is up
  double timeout = 0;     ///< seconds, checked between batches; 0: none
  unsigned jobs = 1;      ///< worker threads; 0: one per core
  /// Points tried before the sampler's (baselines, a user's list).
  std::vector<Point> enqueued;
  std::function<void(const Progress &)> progress;
  /// Stop once the front has not grown for this many trials; 0: never.
  uint64_t patience = 0;
  /// Let the evaluator drop hopeless trials (EvaluationContext::isHopeless).
  /// Only for samplers that don't learn: what the others proposed next would
  /// depend on it.
  bool earlyStop = false;
  /// A journal's place. `started` is called with the trials of a batch (their
  /// numbers and points) before they are evaluated, resumed ones among them;
  /// `finished` with trials whose result is there (all but those resumed), as
  /// they come in, by one thread at a time. An error ends the study with it.
  std::function<absl::Status(llvm::ArrayRef<Trial>)> started;
  std::function<absl::Status(llvm::ArrayRef<const Trial *>)> finished;
  /// Finished trials of an earlier run of the same study, by ascending number
  /// (some may be missing): taken over instead of being evaluated where the
  /// sampler proposes them again (an error where it proposes another point).
  std::vector<Trial> resumed;
  /// Once true, no more trials begin.
  const std::atomic<bool> *interrupt = nullptr;
  /// Once true, those that have begun aren't waited for either: the study ends
  /// with the trials before the first one without a result.
  const std::atomic<bool> *abandon = nullptr;
};

struct StudyResult {
  std::vector<Trial> trials; ///< by number; shrunk ones come last
  /// Indices of the Pareto front, ascending: one per distinct vector of
  /// values, the lowest number of equals. With one value: the best trial.
  std::vector<size_t> front;
  StopReason stop = StopReason::Trials;
  /// Proposals that broke a static constraint and were not tried, and the first
  /// of those that were nearest to keeping all.
  uint64_t numRejected = 0;
  std::optional<Point> nearestRejected;
  /// Trials that were taken over from an earlier run, in no time.
  uint64_t numResumed = 0;
  double seconds = 0;
  /// The sampler by its registered name, and what it has to say.
  std::string sampler, samplerNote;

  size_t numFailed() const;
  size_t numShrunk() const;
};

/// How many trials the study makes at most: the number that is wanted, or the
/// points that there are; UINT64_MAX where neither ends it.
uint64_t trialLimit(const Problem &problem, const StudyOptions &options);

/// What runStudy would say before its first trial: to be asked before anything
/// is opened for writing. Errors: the problem's or the sampler's, neither
/// number of trials nor timeout for a space beyond Space::kMaxSize, early
/// stopping with a sampler that learns, enqueued points that are none.
absl::Status checkStudy(const Problem &problem, const StudyOptions &options);

/// Runs a study. Trials are numbered from 0; the same seed gives the same
/// trials for every number of jobs. Errors: those of checkStudy, of the hooks,
/// and a resumed trial that is another point than this study would try.
absl::StatusOr<StudyResult> runStudy(const Problem &problem,
                                     const StudyOptions &options);

/// Sets a complete trial's values and violation from its metrics; one that
/// misses a metric that is needed has failed.
void score(const Problem &problem, Trial &trial);

/// A trial's values as losses (minimise).
Losses lossesOf(const Problem &problem, llvm::ArrayRef<double> values);

} // namespace mase

#endif // MASE_SEARCH_STUDY_H
