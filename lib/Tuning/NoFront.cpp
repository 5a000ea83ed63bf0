// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A search without a feasible trial, in words.
#include "NoFront.h"

#include "mase/Search/Console.h"
#include "mase/Search/Random.h"
#include "mase/Support/InputFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cmath>

using namespace mlir;
using namespace mase;

std::string mase::filesText(const SearchSetup &setup) {
  const char *files = "report.html is";
  switch (setup.trialFiles()) {
  case ReportInput::TrialFiles::None:
    break;
  case ReportInput::TrialFiles::Compact:
    files = "trials.csv and report.html are";
    break;
  case ReportInput::TrialFiles::All:
    files = "log.json, trials.csv and report.html are";
    break;
  }
  return std::string("; ") + files + " in '" + setup.outputDir + "'";
}

static std::string constraintsText(const Problem &problem) {
  std::string text;
  for (const Constraint &constraint : problem.constraints)
    text += (text.empty() ? "expected " : " and ") + constraint.text();
  return text;
}

/// ": accuracy 0.52 is 0.18 below its bound and …" of all that `metrics` miss.
static std::string missText(const Problem &problem, ArrayRef<double> metrics) {
  std::string text;
  for (const Constraint &constraint : problem.constraints) {
    size_t m = problem.evaluator->metricIndex(constraint.metric);
    if (m >= metrics.size() || !(constraint.violation(metrics[m]) > 0))
      continue;
    StringRef unit = problem.evaluator->metrics()[m].unit;
    text += (text.empty() ? ": " : " and ") + constraint.metric + " " +
            shownValue(metrics[m], unit) + " is " +
            shownValue(std::abs(metrics[m] - constraint.bound), unit) +
            (constraint.kind == Constraint::Kind::AtMost ? " above its bound"
                                                         : " below its bound");
  }
  return text;
}

/// " (seq_blocks_2/config/weight_width 2, …)": what `point` chooses.
static std::string pointText(const Space &space, const Point &point) {
  std::string text;
  for (auto [k, knob] : llvm::enumerate(space.knobs()))
    if (space.isActive(point, k))
      text += (text.empty() ? " (" : ", ") + knob.name + " " +
              toJson(knob.choices[point[k]]);
  return text.empty() ? text : text + ")";
}

constexpr llvm::StringLiteral kNoneKeeps =
    "no configuration keeps the constraints: ";

/// `claim`, what was expected and the nearest point, which may be null.
static std::string rejectedText(const SearchSetup &setup, const Twine &claim,
                                const Point *nearest) {
  std::string text = (claim + ", " + constraintsText(setup.problem)).str();
  if (nearest)
    text += "; the nearest" + pointText(setup.problem.space, *nearest) +
            missText(setup.problem,
                     setup.problem.evaluator->staticMetrics(*nearest));
  return text;
}

namespace {
/// Looks at points until one keeps the static constraints.
class ConstraintSearch {
public:
  explicit ConstraintSearch(const Problem &problem)
      : problem(problem), space(problem.space) {}

  /// Whether one of the constraints needs no evaluation.
  bool hasStatic() const {
    std::vector<double> metrics =
        problem.evaluator->staticMetrics(Point(space.numKnobs(), 0));
    return llvm::any_of(problem.constraints, [&](const Constraint &constraint) {
      size_t m = problem.evaluator->metricIndex(constraint.metric);
      return m < metrics.size() && !std::isnan(metrics[m]);
    });
  }

  /// True at the first that keeps them; all of these return that.
  bool lookThrough() {
    for (uint64_t i = 0; i < uint64_t(space.size()); ++i)
      if (lookAt(space.pointAt(i)))
        return true;
    return false;
  }

  bool sample(uint64_t count) {
    RandomStream random(/*seed=*/0);
    for (uint64_t i = 0; i < count; ++i) {
      Point point;
      for (const Knob &knob : space.knobs())
        point.push_back(uint32_t(random.below(knob.choices.size())));
      space.canonicalize(point);
      if (lookAt(std::move(point)))
        return true;
    }
    return false;
  }

  /// From the nearest one knob by knob, while that brings it nearer: of few
  /// points that keep a bound, a sample alone has none.
  bool descend(uint64_t most) {
    for (double before = HUGE_VAL; least < before;) {
      before = least;
      for (size_t k = 0; k < space.numKnobs(); ++k)
        for (uint32_t c = 0; c < space.knobs()[k].choices.size(); ++c) {
          if (numSeen >= most)
            return false;
          if (!space.isActive(nearest, k) || nearest[k] == c)
            continue;
          Point point = nearest;
          point[k] = c;
          space.canonicalize(point);
          if (lookAt(std::move(point)))
            return true;
        }
    }
    return false;
  }

  uint64_t numSeen = 0;
  Point nearest;

private:
  bool lookAt(Point point) {
    ++numSeen;
    std::vector<double> metrics = problem.evaluator->staticMetrics(point);
    double violation = 0;
    for (const Constraint &constraint : problem.constraints)
      if (size_t m = problem.evaluator->metricIndex(constraint.metric);
          m < metrics.size())
        violation += constraint.violation(metrics[m]);
    if (violation < least) {
      least = violation;
      nearest = std::move(point);
    }
    return violation == 0;
  }

  const Problem &problem;
  const Space &space;
  double least = HUGE_VAL;
};
} // namespace

absl::StatusOr<ConstraintLook>
mase::lookAtConstraints(const SearchSetup &setup) {
  const Problem &problem = setup.problem;
  const Space &space = problem.space;
  ConstraintSearch search(problem);
  ConstraintLook look;
  if (problem.constraints.empty() || !search.hasStatic())
    return look;
  // More than these would take longer than a look at a configuration may.
  constexpr uint64_t kMostPoints = 1 << 14;
  bool isWhole = space.isIndexable() && space.size() <= kMostPoints;
  bool found =
      isWhole ? search.lookThrough()
              : search.sample(kMostPoints / 2) || search.descend(kMostPoints);
  std::string seen = std::to_string(search.numSeen) + " of " +
                     space.sizeText() +
                     (isWhole ? " points" : " points, sampled");
  const SourceLocation &location =
      setup.config.strategy.constraints.front().location;
  if (found) {
    look.text =
        "a point keeps those that need no evaluation; looked through: " + seen;
    return look;
  }
  if (isWhole)
    return errorAt(location,
                   rejectedText(setup,
                                Twine(kNoneKeeps) + "all " + space.sizeText() +
                                    " points break one",
                                &search.nearest));
  look.text = "no point was found that keeps them; looked through: " + seen;
  look.warning = formatError(
      location,
      rejectedText(setup,
                   "no configuration was found that keeps the constraints: "
                   "none of " +
                       seen + ", does",
                   &search.nearest));
  return look;
}

absl::Status mase::checkOutputDir(const SearchSetup &setup) {
  namespace fs = llvm::sys::fs;
  StringRef folder = setup.outputDir;
  while (!folder.empty() && !fs::exists(folder))
    folder = llvm::sys::path::parent_path(folder);
  if (folder.empty())
    folder = ".";
  std::error_code code;
  if (!fs::is_directory(folder))
    code = std::make_error_code(std::errc::not_a_directory);
  else
    code = fs::access(folder, fs::AccessMode::Write);
  if (!code)
    return absl::OkStatus();
  return absl::InvalidArgumentError("cannot create folder '" + setup.outputDir +
                                    "': '" + folder.str() +
                                    "': " + describeError(code));
}

/// No trial was made.
static std::string noTrialText(const SearchSetup &setup,
                               const StudyResult &result) {
  if (result.numRejected == 0)
    return result.stop == StopReason::Interrupted
               ? "interrupted before the first trial came to its end"
               : "the search's time was up before its first trial";
  return rejectedText(setup,
                      Twine(kNoneKeeps) + Twine(result.numRejected) +
                          (result.numRejected == 1 ? " was" : " were") +
                          " turned down before evaluation",
                      result.nearestRejected ? &*result.nearestRejected
                                             : nullptr);
}

std::string mase::noFrontText(const SearchSetup &setup,
                              const StudyResult &result) {
  std::string files = filesText(setup);
  if (result.trials.empty())
    return noTrialText(setup, result) + files;
  const Trial *nearest = nullptr;
  for (const Trial &trial : result.trials)
    if (trial.state == TrialState::Complete &&
        (!nearest || trial.violation < nearest->violation))
      nearest = &trial;
  std::string count = std::to_string(result.trials.size());
  if (!nearest)
    return "no trial of " + count + " succeeded; the first failed because: " +
           result.trials.front().reason + files;
  return "none of " + count +
         (result.trials.size() == 1 ? " trial" : " trials") +
         " keeps the constraints: " + constraintsText(setup.problem) +
         "; nearest is trial " + std::to_string(nearest->number) +
         missText(setup.problem, nearest->metrics) + files;
}
