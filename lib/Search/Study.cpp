// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loop: ask, evaluate on the workers, tell.
#include "mase/Search/Study.h"

#include "PointSet.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/Threading.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>

using namespace mase;

size_t StudyResult::numFailed() const {
  return llvm::count_if(
      trials, [](const Trial &t) { return t.state == TrialState::Fail; });
}

Losses mase::lossesOf(const Problem &problem, llvm::ArrayRef<double> values) {
  Losses losses;
  for (size_t i = 0; i < values.size(); ++i) {
    double loss =
        problem.direction(i) == Direction::Maximize ? -values[i] : values[i];
    // Volumes of infinite boxes mean nothing.
    losses.push_back(std::clamp(loss, -1e300, 1e300));
  }
  return losses;
}

namespace {

int64_t nowMicros() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch())
      .count();
}

class StudyRunner {
public:
  StudyRunner(const Problem &problem, const StudyOptions &options)
      : problem(problem), options(options), evaluator(*problem.evaluator),
        jobs(options.jobs
                 ? options.jobs
                 : llvm::hardware_concurrency().compute_thread_count()),
        pool(llvm::hardware_concurrency(jobs)), enqueuedSeen(problem.space) {
    for (const Objective &objective : problem.objectives) {
      auto metrics = evaluator.metrics();
      objectiveMetric.push_back(llvm::find_if(metrics,
                                              [&](const MetricInfo &m) {
                                                return m.name == objective.name;
                                              }) -
                                metrics.begin());
    }
    if (problem.sumScaledMetrics)
      bestNames.push_back("sum");
    else
      for (const Objective &objective : problem.objectives)
        bestNames.push_back(objective.name);
  }

  absl::StatusOr<StudyResult> run() {
    budget = options.numTrials ? options.numTrials : UINT64_MAX;
    if (problem.space.isIndexable() && problem.space.size() < budget)
      budget = uint64_t(problem.space.size());
    else if (budget == UINT64_MAX && options.timeout <= 0)
      return absl::InvalidArgumentError(
          "the search space has " + problem.space.sizeText() +
          " points: expected a number of trials or a timeout, found neither");
    absl::StatusOr<std::unique_ptr<Sampler>> created = createSampler(
        options.sampler, problem.space,
        {options.seed, problem.numValues(), budget == UINT64_MAX ? 0 : budget});
    if (!created.ok())
      return created.status();
    sampler = *std::move(created);
    result.sampler = sampler->name().str();

    std::vector<Point> first;
    for (const Point &point : options.enqueued) {
      if (!problem.space.isValid(point))
        return absl::InvalidArgumentError(
            "an enqueued configuration is no point of the search space");
      if (enqueuedSeen.insert(point))
        first.push_back(point);
    }
    if (first.size() > budget)
      first.resize(budget);
    if (!first.empty())
      if (absl::Status status = runBatch(std::move(first)); !status.ok())
        return status;

    result.stop = StopReason::Trials;
    size_t freeBatch = evaluator.maxBatch() == 1 ? jobs : 64;
    while (result.trials.size() < budget) {
      if (options.interrupt && options.interrupt->load()) {
        result.stop = StopReason::Interrupted;
        break;
      }
      if (options.timeout > 0 && elapsed() >= options.timeout) {
        result.stop = StopReason::Timeout;
        break;
      }
      bool learns = sampler->batchSize() != 0;
      size_t count = learns ? sampler->batchSize() : freeBatch;
      count = size_t(std::min<uint64_t>(count, budget - result.trials.size()));
      std::vector<Point> points = sampler->ask(result.trials.size(), count);
      if (points.empty())
        break;
      double before = elapsed();
      size_t asked = points.size();
      if (absl::Status status = runBatch(std::move(points)); !status.ok())
        return status;
      // What does not learn may be asked in any portions: as many as take a
      // tenth of a second, so that neighbours are shared, yet a timeout and
      // the progress are looked at often.
      double rate = double(asked) / std::max(elapsed() - before, 1e-6);
      freeBatch = size_t(std::clamp(
          0.1 * rate, double(evaluator.maxBatch() == 1 ? jobs : 1), 65536.0));
    }
    if (result.stop == StopReason::Trials && problem.space.isIndexable() &&
        result.trials.size() >= problem.space.size())
      result.stop = StopReason::Exhausted;
    result.front = front;
    llvm::sort(result.front);
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

  absl::Status runBatch(std::vector<Point> points) {
    size_t begin = result.trials.size();
    for (Point &point : points) {
      Trial &trial = result.trials.emplace_back();
      trial.number = result.trials.size() - 1;
      trial.point = std::move(point);
    }
    llvm::MutableArrayRef<Trial> batch =
        llvm::MutableArrayRef(result.trials).drop_front(begin);
    size_t known = 0;
    if (begin < options.resumed.size())
      known = std::min(batch.size(), options.resumed.size() - begin);
    for (size_t i = 0; i < known; ++i) {
      const Trial &earlier = options.resumed[begin + i];
      if (earlier.point != batch[i].point || earlier.number != begin + i)
        return absl::FailedPreconditionError(
            "cannot resume: trial " + std::to_string(begin + i) +
            " of the earlier run is another point than this search would "
            "try");
      batch[i] = earlier;
    }
    evaluate(batch.drop_front(known));
    std::vector<Losses> losses(batch.size());
    std::vector<Observation> observations;
    for (size_t i = 0; i < batch.size(); ++i) {
      Trial &trial = batch[i];
      if (i >= known)
        setValues(trial);
      if (trial.state == TrialState::Fail)
        ++failed;
      if (trial.state == TrialState::Complete) {
        losses[i] = lossesOf(problem, trial.values);
        addToFront(begin + i, losses[i]);
        updateBest(trial);
      }
      observations.push_back({trial.number, &trial.point, losses[i]});
    }
    sampler->tell(observations);
    if (options.finished)
      if (absl::Status status = options.finished(batch.drop_front(known));
          !status.ok())
        return status;
    report(/*finished=*/false);
    return absl::OkStatus();
  }

  /// Evaluates `trials` in portions on the workers. Which worker gets what has
  /// no bearing on any result.
  void evaluate(llvm::MutableArrayRef<Trial> trials) {
    size_t n = trials.size();
    if (n == 0)
      return;
    std::vector<TrialRequest> requests;
    requests.reserve(n);
    for (const Trial &trial : trials)
      requests.push_back({trial.number, &trial.point});
    size_t most = evaluator.maxBatch();
    if (most != 1)
      llvm::sort(requests, [](const TrialRequest &a, const TrialRequest &b) {
        return *a.point < *b.point;
      });
    // Two portions a worker even out what one of them finds harder.
    size_t portion = jobs == 1 ? n : std::max<size_t>(1, n / (2 * jobs));
    if (most != 0)
      portion = std::min(portion, most);
    std::vector<TrialResult> results(n);
    std::vector<std::pair<int64_t, int64_t>> times(n);
    std::atomic<size_t> next{0};
    auto work = [&](unsigned worker) {
      EvaluationContext context{worker, frontLosses};
      for (;;) {
        size_t from = next.fetch_add(portion);
        if (from >= n)
          return;
        size_t count = std::min(portion, n - from);
        int64_t t0 = nowMicros();
        evaluator.evaluateBatch(
            context, llvm::ArrayRef(requests).slice(from, count),
            llvm::MutableArrayRef(results).slice(from, count));
        int64_t spent = std::max<int64_t>(0, nowMicros() - t0);
        for (size_t i = 0; i < count; ++i)
          times[from + i] = {t0 + spent * int64_t(i) / int64_t(count),
                             t0 + spent * int64_t(i + 1) / int64_t(count)};
      }
    };
    if (jobs == 1 || portion >= n) {
      work(0);
    } else {
      for (unsigned worker = 0; worker < jobs; ++worker)
        pool.async(work, worker);
      pool.wait();
    }
    size_t first = trials.front().number;
    for (size_t i = 0; i < n; ++i) {
      Trial &trial = trials[requests[i].number - first];
      trial.state = results[i].state;
      trial.metrics = std::move(results[i].metrics);
      trial.reason = std::move(results[i].reason);
      trial.startMicros = times[i].first;
      trial.completeMicros = times[i].second;
    }
  }

  /// Scaled objectives; a trial without one of them has failed.
  void setValues(Trial &trial) {
    trial.values.clear();
    if (trial.state != TrialState::Complete) {
      if (trial.reason.empty())
        trial.reason = "no reason given";
      return;
    }
    for (size_t i = 0; i < objectiveMetric.size(); ++i) {
      size_t m = objectiveMetric[i];
      if (m >= trial.metrics.size() || std::isnan(trial.metrics[m])) {
        trial.state = TrialState::Fail;
        trial.reason = "metric '" + problem.objectives[i].name +
                       "' is missing or not a number";
        trial.values.clear();
        return;
      }
      trial.values.push_back(problem.objectives[i].scale * trial.metrics[m]);
    }
    if (problem.sumScaledMetrics) {
      double sum = 0;
      for (double value : trial.values)
        sum += value;
      trial.values = {sum};
      if (std::isnan(sum)) {
        trial.state = TrialState::Fail;
        trial.reason = "the sum of the scaled metrics is not a number";
        trial.values.clear();
      }
    }
  }

  void addToFront(size_t trial, const Losses &losses) {
    for (const Losses &member : frontLosses)
      if (member == losses || dominates(member, losses))
        return;
    size_t kept = 0;
    for (size_t i = 0; i < front.size(); ++i)
      if (!dominates(losses, frontLosses[i])) {
        if (kept != i) {
          front[kept] = front[i];
          frontLosses[kept] = std::move(frontLosses[i]);
        }
        ++kept;
      }
    front.resize(kept);
    frontLosses.resize(kept);
    front.push_back(trial);
    frontLosses.push_back(losses);
  }

  void updateBest(const Trial &trial) {
    if (best.empty()) {
      best = trial.values;
      return;
    }
    for (size_t i = 0; i < best.size(); ++i)
      best[i] = problem.direction(i) == Direction::Maximize
                    ? std::max(best[i], trial.values[i])
                    : std::min(best[i], trial.values[i]);
  }

  void report(bool finished) {
    if (!options.progress)
      return;
    Progress progress;
    progress.trials = result.trials.size();
    progress.budget = budget == UINT64_MAX ? 0 : budget;
    progress.failed = failed;
    progress.seconds = elapsed();
    progress.timeout = options.timeout;
    progress.best = best;
    progress.bestNames = bestNames;
    progress.frontSize = front.size();
    progress.finished = finished;
    options.progress(progress);
  }

  const Problem &problem;
  const StudyOptions &options;
  TrialEvaluator &evaluator;
  unsigned jobs;
  llvm::DefaultThreadPool pool;
  PointSet enqueuedSeen;
  std::unique_ptr<Sampler> sampler;
  std::vector<size_t> objectiveMetric;
  StudyResult result;
  std::vector<size_t> front;
  std::vector<Losses> frontLosses;
  std::vector<double> best;
  std::vector<std::string> bestNames;
  uint64_t budget = 0, failed = 0;
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
};

} // namespace

absl::StatusOr<StudyResult> mase::runStudy(const Problem &problem,
                                           const StudyOptions &options) {
  if (absl::Status status = problem.check(); !status.ok())
    return status;
  return StudyRunner(problem, options).run();
}
