// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which trials the page and the figure draw, and how their values are shown.
#include "ReportPage.h"

#include "mase/Search/Random.h"

using namespace mase;
using namespace mase::report;

/// What a page's trials may take of it, and their largest number.
constexpr size_t kTrialBytes = 3'500'000, kMostTrials = 20'000;
/// Members of the front that a page draws.
constexpr size_t kMostFront = 5'000;

std::vector<ShrunkPath> mase::report::pathsOf(const StudyResult &result) {
  std::vector<ShrunkPath> paths;
  for (auto [i, trial] : llvm::enumerate(result.trials)) {
    if (!trial.shrunk || trial.state != TrialState::Complete)
      continue;
    uint64_t from = trial.shrunk->from;
    if (paths.empty() || result.trials[paths.back().start].number != from) {
      // Trials are sorted by number, and numbers may be missing.
      auto start = llvm::lower_bound(
          result.trials, from,
          [](const Trial &t, uint64_t number) { return t.number < number; });
      paths.push_back({size_t(start - result.trials.begin()), {}});
    }
    paths.back().trials.push_back(i);
  }
  return paths;
}

/// So many of `trials`, chosen by a hash of their numbers.
static void thin(std::vector<size_t> &trials, size_t most,
                 const StudyResult &result) {
  if (trials.size() <= most)
    return;
  auto key = [&](size_t i) { return mixBits(result.trials[i].number + 1); };
  std::nth_element(trials.begin(), trials.begin() + most, trials.end(),
                   [&](size_t a, size_t b) { return key(a) < key(b); });
  trials.resize(most);
  llvm::sort(trials);
}

std::vector<size_t> mase::report::shownFront(const StudyResult &result) {
  std::vector<size_t> front = result.front;
  thin(front, kMostFront, result);
  return front;
}

std::vector<size_t> mase::report::shownTrials(const ReportInput &input) {
  const StudyResult &result = *input.result;
  size_t perTrial = 10 + 2 * input.problem->space.numKnobs() +
                    10 * input.problem->evaluator->metrics().size();
  std::vector<size_t> shown;
  for (size_t i = 0; i < result.trials.size(); ++i)
    if (result.trials[i].state == TrialState::Complete)
      shown.push_back(i);
  size_t most = std::min(kMostTrials, kTrialBytes / perTrial);
  if (shown.size() > most) {
    thin(shown, most, result);
    llvm::append_range(shown, shownFront(result));
    std::vector<size_t> onPaths;
    for (const ShrunkPath &path : pathsOf(result)) {
      onPaths.push_back(path.start);
      llvm::append_range(onPaths, path.trials);
    }
    thin(onPaths, kMostFront, result);
    llvm::append_range(shown, onPaths);
    llvm::sort(shown);
    shown.erase(llvm::unique(shown), shown.end());
  }
  return shown;
}

std::string mase::report::shownValueName(const Problem &problem, size_t v) {
  auto term = [](double scale, const Objective &objective) {
    return scale == 1 ? objective.name
                      : pythonFloat(scale) + " × " + objective.name;
  };
  if (!problem.sumScaledMetrics)
    return problem.objectives[v].name;
  std::string sum;
  for (const Objective &objective : problem.objectives) {
    bool minus = !sum.empty() && objective.scale < 0;
    sum += sum.empty() ? "weighted sum: " : minus ? " − " : " + ";
    sum += term(minus ? -objective.scale : objective.scale, objective);
  }
  return sum;
}

llvm::StringRef mase::report::shownValueUnit(const Problem &problem, size_t v) {
  if (problem.sumScaledMetrics)
    return {};
  const TrialEvaluator &evaluator = *problem.evaluator;
  return evaluator.metrics()[evaluator.metricIndex(problem.objectives[v].name)]
      .unit;
}

double mase::report::shownValueOf(const Writer &writer, const Trial &trial,
                                  size_t v) {
  return writer.problem.sumScaledMetrics
             ? trial.values[v]
             : writer.metricOf(trial, writer.objectiveMetric[v]);
}

bool mase::report::wantsLargerValue(const Problem &problem, size_t v) {
  return problem.sumScaledMetrics ? problem.sumDirection == Direction::Maximize
                                  : wantsLarger(problem, v);
}

bool mase::report::wantsLarger(const Problem &problem, size_t o) {
  bool maximize = problem.direction(problem.sumScaledMetrics ? 0 : o) ==
                  Direction::Maximize;
  return maximize == (problem.objectives[o].scale > 0);
}
