// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A search problem: a space, what is wanted of its points, and something that
// measures them.
#ifndef MASE_SEARCH_PROBLEM_H
#define MASE_SEARCH_PROBLEM_H

#include "mase/Search/Space.h"

#include "absl/status/status.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mase {

enum class Direction : uint8_t { Minimize, Maximize };

/// A metric that is wanted small or large. Values of a trial are
/// scale * metric, in the order of the objectives.
struct Objective {
  std::string name;
  double scale = 1.0;
  Direction direction = Direction::Minimize;
};

/// A bound that a metric must keep. Trials that break one are infeasible: they
/// are rows of the study, but never on the front.
struct Constraint {
  enum class Kind : uint8_t { AtMost, AtLeast };
  std::string metric;
  Kind kind = Kind::AtMost;
  double bound = 0;

  /// How far `value` is beyond the bound, relative to max(1, |bound|);
  /// negative where it is within.
  double excess(double value) const;
  /// The same, 0 where `value` keeps the bound or is NaN.
  double violation(double value) const;
  /// "accuracy >= 0.7".
  std::string text() const;
};

enum class MetricGroup : uint8_t { Software, Hardware };

/// A metric that an evaluator measures.
struct MetricInfo {
  std::string name;
  MetricGroup group = MetricGroup::Software;
  /// For people: "bits", "bytes", "ns"; empty for shares, counts and what a
  /// program of the user's measures.
  std::string unit = {};
  /// Read off a clock: it differs from run to run, so neither files nor
  /// Problem::verify promise the same value again.
  bool isTiming = false;
};

enum class TrialState : uint8_t { Complete, Pruned, Fail };

/// What an evaluator says of one trial.
struct TrialResult {
  /// One value per entry of TrialEvaluator::metrics(). Missing trailing values
  /// and NaN read "not measured": the trial has no such metric, and fails if
  /// an objective needs it.
  std::vector<double> metrics;
  /// Further software metrics, names as the evaluator learnt them from an
  /// answer, in its order.
  std::vector<std::pair<std::string, double>> extraMetrics;
  TrialState state = TrialState::Complete;
  /// Why it failed or was dropped; one line.
  std::string reason;
  /// Nobody waited for it (EvaluationContext::abandon): it is no trial at all.
  bool abandoned = false;
  /// The standard errors of `metrics`, in their order; NaN, or missing at the
  /// end: none.
  std::vector<double> errors = {};

  static TrialResult failure(std::string reason) {
    return {{}, {}, TrialState::Fail, std::move(reason)};
  }
};

struct TrialRequest {
  uint64_t number = 0;
  const Point *point = nullptr;
};

/// Whether a trial whose metrics will lie in [low, high] (one each per metric)
/// can change nothing: whatever it comes to, a trial of the front before its
/// batch is as good in every objective, or it breaks a constraint.
using IsHopeless = llvm::function_ref<bool(llvm::ArrayRef<double> low,
                                           llvm::ArrayRef<double> high)>;

/// What an evaluator may know beside the trials. None of it changes a metric.
struct EvaluationContext {
  unsigned worker = 0; ///< in [0, jobs); one call at a time per worker
  /// Where early stopping is wanted: trials of which this is true may end as
  /// Pruned. The same for every number of jobs. Null otherwise.
  IsHopeless isHopeless = nullptr;
  /// When the study's time is up: a trial may fail for that instead of running
  /// on. Absent: never.
  std::optional<std::chrono::steady_clock::time_point> deadline;
  /// Once true, what takes long may end as TrialResult::abandoned. Null: never.
  const std::atomic<bool> *abandon = nullptr;
};

/// Measures points. Metrics depend on the point alone: not on the batch, the
/// order, the worker or what was measured before.
class TrialEvaluator {
public:
  virtual ~TrialEvaluator();

  /// The metrics that every complete trial has, in the order of printing.
  virtual llvm::ArrayRef<MetricInfo> metrics() const = 0;

  /// Position of a metric in metrics(); their number if there is none.
  size_t metricIndex(llvm::StringRef name) const;

  /// The metrics of `point` that need no evaluation, NaN for the others;
  /// empty: all need one. Equal to what evaluateBatch measures.
  virtual std::vector<double> staticMetrics(const Point &point) const;

  /// What a trial will take, in seconds, estimated from sizes and never from a
  /// clock (so that the same search is made everywhere); 0: unknown.
  virtual double expectedSeconds() const { return 0; }

  /// Measures `trials` into `results` (of the same length). Trials of a call
  /// come in lexicographic order of their points, so that neighbours share
  /// what they have in common. Called from `jobs` threads at once.
  virtual void evaluateBatch(const EvaluationContext &context,
                             llvm::ArrayRef<TrialRequest> trials,
                             llvm::MutableArrayRef<TrialResult> results) = 0;

  /// The same for one trial, sharing nothing with earlier ones, the long way
  /// round where there is one (lower and run): for Problem::verify.
  virtual TrialResult evaluateFromScratch(const TrialRequest &trial);

  /// Whether a trial may be evaluated twice, with the same outcome.
  virtual bool isRepeatable() const { return true; }

  /// So many trials together are worth waiting for, if a timeout leaves the
  /// time: neighbours share most of what each of them takes. 0: any number will
  /// do.
  virtual size_t sharedBatch() const { return 0; }

  /// At most this many trials a call (1: a process that answers one by one);
  /// 0: as many as there are.
  virtual size_t maxBatch() const { return 0; }
};

struct Trial;

struct Problem {
  Space space;
  std::vector<Objective> objectives;
  std::vector<Constraint> constraints;
  /// One objective: the sum of the scaled metrics, in `sumDirection`.
  bool sumScaledMetrics = false;
  Direction sumDirection = Direction::Maximize;
  std::shared_ptr<TrialEvaluator> evaluator;

  /// Number of values of a trial.
  size_t numValues() const { return sumScaledMetrics ? 1 : objectives.size(); }
  /// The direction of value `i`.
  Direction direction(size_t i) const {
    return sumScaledMetrics ? sumDirection : objectives[i].direction;
  }

  /// Errors: no knobs, no objectives, an objective twice or with a scale that
  /// is not finite or 0, a metric (also of a constraint) that the evaluator
  /// does not measure (with the nearest ones), no evaluator.
  absl::Status check() const;

  /// The last of these for one metric; takes an evaluator.
  absl::Status checkMetric(llvm::StringRef name) const;

  /// Evaluates each of `trials` again from scratch, where the evaluator is
  /// repeatable; an error names the first trial and metric that differ, with
  /// both values.
  absl::Status verify(llvm::ArrayRef<Trial> trials) const;
};

} // namespace mase

#endif // MASE_SEARCH_PROBLEM_H
