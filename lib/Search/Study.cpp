// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loop: ask, evaluate on the workers, tell.
#include "mase/Search/Study.h"

#include "FrontTracker.h"
#include "Samplers/PointSet.h"
#include "Scoring.h"
#include "Workers.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <chrono>
#include <cmath>

using namespace mase;

size_t StudyResult::numFailed() const {
  return llvm::count_if(
      trials, [](const Trial &t) { return t.state == TrialState::Fail; });
}

size_t StudyResult::numShrunk() const {
  return llvm::count_if(trials,
                        [](const Trial &t) { return t.shrunk.has_value(); });
}

/// Thirty years in seconds: what a clock's deadline can hold.
constexpr double kLongestTimeout = 1e9;

/// Proposals turned down in a row before a search gives up.
constexpr uint64_t kMostRejected = 1000000;

namespace {

class StudyRunner {
public:
  StudyRunner(const Problem &problem, const StudyOptions &options)
      : problem(problem), options(options), evaluator(*problem.evaluator),
        workers(evaluator, options.jobs), scoring(problem) {
    if (problem.sumScaledMetrics) {
      bestNames.push_back("weighted sum");
      bestUnits.push_back("");
      return;
    }
    for (const Objective &objective : problem.objectives) {
      bestNames.push_back(objective.name);
      bestMetrics.push_back(evaluator.metricIndex(objective.name));
      bestUnits.push_back(evaluator.metrics()[bestMetrics.back()].unit);
    }
  }

  /// All that can be said before the first trial.
  absl::Status prepare() {
    if (absl::Status status = makeSampler(); !status.ok())
      return status;
    return readEnqueued();
  }

  absl::StatusOr<StudyResult> run() {
    if (absl::Status status = prepare(); !status.ok())
      return status;
    if (!first.empty())
      if (absl::Status status = runBatch(std::move(first)); !status.ok())
        return status;
    if (absl::Status status = search(); !status.ok())
      return status;
    if (result.stop == StopReason::Trials && problem.space.isIndexable() &&
        result.trials.size() >= problem.space.size())
      result.stop = StopReason::Exhausted;
    result.front = front.indices();
    result.seconds = elapsed();
    result.samplerNote = sampler->note();
    report(/*finished=*/true);
    return std::move(result);
  }

private:
  double elapsed() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         start)
        .count();
  }

  /// The budget and the sampler.
  absl::Status makeSampler() {
    budget = trialLimit(problem, options);
    if (budget == UINT64_MAX && options.timeout <= 0 && !options.patience)
      return absl::InvalidArgumentError(
          "the search space has " + problem.space.sizeText() +
          " points: expected a number of trials, a timeout or a patience, "
          "found none of them");
    // Time or patience will end a search that names no number of trials before
    // its space does: how many trials it will make, nobody knows.
    bool isKnown = options.numTrials != 0 ||
                   (options.timeout <= 0 && options.patience == 0);
    SamplerOptions wanted{options.seed, problem.numValues(),
                          isKnown ? budget : 0, evaluator.expectedSeconds()};
    if (!evaluator.staticMetrics(Point(problem.space.numKnobs(), 0)).empty())
      wanted.foresee = [this](const Point &point) {
        return scoring.foreknowledge(evaluator.staticMetrics(point));
      };
    absl::StatusOr<std::unique_ptr<Sampler>> created =
        createSampler(options.sampler, problem.space, wanted);
    if (!created.ok())
      return created.status();
    sampler = *std::move(created);
    result.sampler = sampler->name().str();
    if (options.earlyStop && sampler->learns())
      return absl::InvalidArgumentError(
          "early stopping takes a sampler that does not learn from trials "
          "(brute, qmc, random), for its front is to be the same with and "
          "without; found '" +
          result.sampler + "'");
    return absl::OkStatus();
  }

  absl::Status readEnqueued() {
    PointSet seen(problem.space);
    for (const Point &point : options.enqueued) {
      if (!problem.space.isValid(point))
        return absl::InvalidArgumentError(
            "an enqueued configuration is no point of the search space");
      if (seen.insert(point))
        first.push_back(point);
    }
    if (first.size() > budget)
      first.resize(budget);
    return absl::OkStatus();
  }

  absl::Status search() {
    result.stop = StopReason::Trials;
    size_t shared = sharedBatch();
    size_t freeBatch = std::max<size_t>(
        shared, evaluator.maxBatch() == 1 ? workers.size() : 64);
    while (result.trials.size() < budget) {
      if (shouldStop())
        break;
      std::vector<Point> points = sampler->ask(proposals, batchSize(freeBatch));
      if (points.empty()) {
        result.stop = StopReason::Exhausted;
        break;
      }
      double before = elapsed();
      size_t asked = points.size();
      if (absl::Status status = runBatch(std::move(points)); !status.ok())
        return status;
      // What does not learn may be asked in any portions: large ones, so that
      // neighbours are shared and no worker waits for the others, yet a timeout
      // and the progress are looked at after a fifth of the time so far, or a
      // second, which is less where neighbours are shared, and no later than
      // when the time is up.
      double now = elapsed();
      double rate = double(asked) / std::max(now - before, 1e-6);
      double seconds = std::clamp(0.2 * now, 1.0, 2.0);
      if (options.timeout > 0)
        seconds = std::min(seconds, std::max(options.timeout - now, 0.0));
      double count = seconds * rate;
      double unit = evaluator.maxBatch() == 1 ? workers.size() : 1;
      freeBatch = std::max(
          shared, size_t(unit * std::clamp(count / unit, 1.0, 65536.0)));
    }
    return absl::OkStatus();
  }

  bool shouldStop() {
    auto stop = [&](bool now, StopReason reason) {
      if (now)
        result.stop = reason;
      return now;
    };
    return stop(options.interrupt && options.interrupt->load(),
                StopReason::Interrupted) ||
           stop(options.timeout > 0 && elapsed() >= options.timeout,
                StopReason::Timeout) ||
           stop(options.patience && sinceGrowth() >= options.patience,
                StopReason::Patience) ||
           stop(rejectedInARow >= kMostRejected, StopReason::Infeasible);
  }

  /// Trials since the front grew last.
  uint64_t sinceGrowth() const { return result.trials.size() - grownAt; }

  /// As many trials as are worth waiting for, and no more than fit into a
  /// twentieth of the timeout, if nothing were shared.
  size_t sharedBatch() const {
    size_t shared = evaluator.sharedBatch();
    if (options.timeout <= 0)
      return shared;
    double seconds = evaluator.expectedSeconds();
    return seconds > 0 ? size_t(std::min(double(shared),
                                         0.05 * options.timeout / seconds))
                       : 0;
  }

  size_t batchSize(size_t freeBatch) const {
    uint64_t count = budget - result.trials.size();
    if (size_t fixed = sampler->batchSize())
      return size_t(std::min<uint64_t>(fixed, count));
    if (!options.earlyStop && !options.patience)
      return size_t(std::min<uint64_t>(freeBatch, count));
    // What comes of a batch depends on the front before it, or decides whether
    // there is another: its size must not hang on the clock.
    count = std::min<uint64_t>(
        count, std::clamp<uint64_t>(result.trials.size(), 64, 4096));
    if (options.patience)
      count = std::min(count, options.patience - sinceGrowth());
    return size_t(count);
  }

  /// The violation of the constraints that need no evaluation.
  double staticViolation(const Point &point) const {
    if (problem.constraints.empty())
      return 0;
    return scoring.violation(evaluator.staticMetrics(point));
  }

  absl::Status runBatch(std::vector<Point> points) {
    // Proposals in order: trials, and those that are turned down.
    std::vector<double> turnedDown;
    std::vector<Point> rejected;
    size_t begin = result.trials.size();
    if (begin + points.size() > result.trials.capacity())
      result.trials.reserve(std::max(begin + points.size(), 2 * begin));
    for (Point &point : points) {
      double violation = staticViolation(point);
      turnedDown.push_back(violation);
      if (violation > 0) {
        if (violation < leastRejected) {
          leastRejected = violation;
          result.nearestRejected = point;
        }
        rejected.push_back(std::move(point));
        continue;
      }
      Trial &trial = result.trials.emplace_back();
      trial.number = result.trials.size() - 1;
      trial.point = std::move(point);
    }
    result.numRejected += rejected.size();
    rejectedInARow =
        begin == result.trials.size() ? rejectedInARow + rejected.size() : 0;
    if (absl::Status status =
            evaluate(llvm::MutableArrayRef(result.trials).drop_front(begin));
        !status.ok())
      return status;
    llvm::ArrayRef<Trial> batch =
        llvm::ArrayRef(result.trials).drop_front(begin);
    std::vector<Losses> losses(batch.size());
    std::vector<Observation> observations;
    size_t t = 0, r = 0;
    for (double violation : turnedDown) {
      if (violation > 0) {
        observations.push_back({proposals++, &rejected[r++], {}, violation});
        continue;
      }
      if (t == batch.size())
        break; // abandoned
      const Trial &trial = batch[t];
      if (trial.state == TrialState::Fail)
        ++failed;
      if (!trial.values.empty()) {
        losses[t] = lossesOf(problem, trial.values);
        if (trial.violation == 0) {
          if (front.add(begin + t, losses[t]))
            grownAt = begin + t + 1;
          updateBest(trial);
        }
      }
      observations.push_back(
          {proposals++, &trial.point, losses[t], trial.violation});
      ++t;
    }
    sampler->tell(observations);
    report(/*finished=*/false);
    return absl::OkStatus();
  }

  /// Takes over what an earlier run has, evaluates the rest.
  absl::Status evaluate(llvm::MutableArrayRef<Trial> batch) {
    if (batch.empty())
      return absl::OkStatus();
    if (options.started)
      if (absl::Status status = options.started(batch); !status.ok())
        return status;
    std::vector<Trial *> open;
    for (Trial &trial : batch) {
      while (nextResumed < options.resumed.size() &&
             options.resumed[nextResumed].number < trial.number)
        ++nextResumed;
      if (nextResumed == options.resumed.size() ||
          options.resumed[nextResumed].number != trial.number) {
        open.push_back(&trial);
        continue;
      }
      const Trial &earlier = options.resumed[nextResumed];
      if (earlier.point != trial.point)
        return absl::FailedPreconditionError(
            "cannot resume: trial " + std::to_string(trial.number) +
            " of the earlier run is another point than this search would "
            "try");
      trial = earlier;
      ++result.numResumed;
    }
    EvaluationContext context;
    if (options.timeout > 0)
      context.deadline =
          start + std::chrono::duration_cast<std::chrono::nanoseconds>(
                      std::chrono::duration<double>(
                          std::min(options.timeout, kLongestTimeout)));
    auto isHopeless = [&](llvm::ArrayRef<double> low,
                          llvm::ArrayRef<double> high) {
      return scoring.isHopeless(low, high, front.losses());
    };
    if (options.earlyStop)
      context.isHopeless = isHopeless;
    context.abandon = options.abandon;
    absl::Status status;
    std::vector<bool> hasResult(batch.size(), true);
    for (const Trial *trial : open)
      hasResult[size_t(trial - batch.data())] = false;
    pending = open.size();
    workers.evaluate(context, open, [&](llvm::ArrayRef<Trial *> done) {
      pending -= done.size();
      if (pending > 0)
        report(/*finished=*/false);
      for (Trial *trial : done) {
        scoring.score(*trial);
        hasResult[size_t(trial - batch.data())] = true;
      }
      if (options.finished && status.ok())
        status = options.finished(done);
    });
    pending = 0;
    size_t kept = llvm::find(hasResult, false) - hasResult.begin();
    result.trials.resize(result.trials.size() - (batch.size() - kept));
    return status;
  }

  void updateBest(const Trial &trial) {
    if (bestValues.empty())
      bestValues.resize(trial.values.size(), std::nan(""));
    best.resize(bestValues.size());
    for (auto [i, value] : llvm::enumerate(trial.values)) {
      double &most = bestValues[i];
      bool larger = problem.direction(i) == Direction::Maximize;
      if (!std::isnan(most) && !(larger ? value > most : value < most))
        continue;
      most = value;
      best[i] =
          problem.sumScaledMetrics ? value : trial.metrics[bestMetrics[i]];
    }
  }

  void report(bool finished) {
    if (!options.progress)
      return;
    Progress progress;
    progress.trials = result.trials.size() - pending;
    progress.budget = budget == UINT64_MAX ? 0 : budget;
    progress.failed = failed;
    progress.resumed = result.numResumed;
    progress.seconds = elapsed();
    progress.timeout = options.timeout;
    progress.best = best;
    progress.bestNames = bestNames;
    progress.bestUnits = bestUnits;
    progress.frontSize = front.size();
    progress.finished = finished;
    options.progress(progress);
  }

  const Problem &problem;
  const StudyOptions &options;
  TrialEvaluator &evaluator;
  Workers workers;
  Scoring scoring;
  std::unique_ptr<Sampler> sampler;
  StudyResult result;
  FrontTracker front;
  uint64_t grownAt = 0; ///< number of trials when the front grew last
  size_t nextResumed = 0;
  size_t pending = 0;       ///< of the last trials so many are being evaluated
  std::vector<Point> first; ///< what is tried before the sampler's
  /// Of each objective the best value, and the metric that it came from.
  std::vector<double> bestValues, best;
  std::vector<std::string> bestNames, bestUnits;
  std::vector<size_t> bestMetrics;
  double leastRejected = HUGE_VAL;
  uint64_t budget = 0, failed = 0;
  uint64_t proposals = 0, rejectedInARow = 0;
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
};

} // namespace

uint64_t mase::trialLimit(const Problem &problem, const StudyOptions &options) {
  uint64_t limit = options.numTrials ? options.numTrials : UINT64_MAX;
  if (problem.space.isIndexable() && problem.space.size() < limit)
    limit = uint64_t(problem.space.size());
  return limit;
}

absl::Status mase::checkStudy(const Problem &problem,
                              const StudyOptions &options) {
  if (absl::Status status = problem.check(); !status.ok())
    return status;
  return StudyRunner(problem, options).prepare();
}

absl::StatusOr<StudyResult> mase::runStudy(const Problem &problem,
                                           const StudyOptions &options) {
  if (absl::Status status = problem.check(); !status.ok())
    return status;
  return StudyRunner(problem, options).run();
}
