// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FrontShrinking.h"

#include "ModulePrinter.h"
#include "ShrinkIR.h"
#include "TrialNetworks.h"

#include "mase/Support/Error.h"
#include "mase/Support/Termination.h"
#include "mase/Tuning/ErrorCollector.h"

#include "absl/strings/str_cat.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <chrono>
#include <climits>
#include <cmath>
#include <mutex>

using namespace mlir;
using namespace mase;

namespace {

int64_t nowMicros() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch())
      .count();
}

/// The metric that is lowered.
size_t costMetric(const SearchSetup &setup) {
  return setup.problem.evaluator->metricIndex(setup.config.space.shrink->cost);
}

/// What came of one member.
struct Path {
  std::vector<std::pair<Trial, std::string>> networks;
  std::string refusal; ///< why there are none
  std::vector<std::string> warnings;
  bool isPartial = false;
};

/// What there is to beat. A front is small, and texts of networks are large:
/// those that will not be on it need not be kept.
class Beaten {
public:
  explicit Beaten(const Problem &problem) : problem(problem) {}

  /// Whether one that was looked at before is better.
  bool operator()(const Trial &trial) {
    if (trial.state != TrialState::Complete || trial.violation > 0)
      return true;
    Losses losses = lossesOf(problem, trial.values);
    std::lock_guard lock(mutex);
    if (llvm::any_of(front,
                     [&](const Losses &f) { return dominates(f, losses); }))
      return true;
    llvm::erase_if(front,
                   [&](const Losses &f) { return dominates(losses, f); });
    front.push_back(std::move(losses));
    return false;
  }

private:
  const Problem &problem;
  std::mutex mutex;
  std::vector<Losses> front;
};

/// Shrinks one network.
class Shrinker {
public:
  /// `budgets`: falling.
  Shrinker(const SearchSetup &setup, ArrayRef<int64_t> budgets, Beaten &beaten,
           MLIRContext &like)
      : setup(setup), wanted(*setup.config.space.shrink), budgets(budgets),
        isBeaten(beaten), context(like) {}

  absl::StatusOr<Path> shrink(const FrontMember &member) {
    Path path;
    if (InterruptScope::stop()) {
      path.isPartial = true;
      return path;
    }
    int64_t start = nowMicros();
    auto module = context.parse(member.text);
    if (!module.ok())
      return module.status();
    ErrorCollector errors(&context.get());
    FailureOr<CalibratedNetwork> network = CalibratedNetwork::read(**module);
    if (failed(network))
      return errors.status();
    FailureOr<Network> original = network->floatNetwork();
    if (failed(original))
      return errors.status();
    network->recordUnlessThere(setup.calibration->x);
    absl::StatusOr<Shrinkage> shrinkage =
        mase::shrink(*original, network->network(), network->precisions(),
                     setup.calibration->x, options(*network));
    if (!shrinkage.ok()) {
      path.refusal = messageOf(shrinkage.status());
      return path;
    }
    path.warnings = shrinkage->warnings;
    path.isPartial = shrinkage->isPartial;
    if (shrinkage->least && !wanted.budgets.empty())
      path.warnings.push_back(absl::StrCat("trial ", member.trial->number,
                                           ": expected a budget that can be "
                                           "met, found ",
                                           wanted.budgets.back(),
                                           ": the least that was reached is ",
                                           *shrinkage->least));
    for (const ShrunkNetwork &shrunk : shrinkage->networks) {
      // What was within the budget stayed as it was, and an interrupted path
      // ends above its budget.
      if (shrunk.cost > shrunk.budget || shrinkage->costBefore <= shrunk.budget)
        continue;
      auto made = measured(**module, *member.trial, shrunk);
      if (!made.ok())
        return made.status();
      path.networks.push_back(*std::move(made));
    }
    // They share the time evenly.
    int64_t each = (nowMicros() - start) /
                   std::max<int64_t>(1, int64_t(path.networks.size()));
    for (auto &[trial, text] : path.networks) {
      trial.startMicros = start;
      trial.completeMicros = start += each;
    }
    return path;
  }

private:
  ShrinkOptions options(CalibratedNetwork &network) const {
    ShrinkOptions options;
    options.cost = llvm::find_if(shrinkCosts(), [&](const auto &cost) {
                     return cost.first == wanted.cost;
                   })->second;
    completeOptions(network, options);
    options.starts = int(std::min<int64_t>(wanted.starts, INT_MAX));
    options.units = wanted.units;
    options.effort = wanted.isFull ? ShrinkOptions::Effort::Full
                                   : ShrinkOptions::Effort::Fast;
    // Whoever measures a loss knows that results are classes.
    options.distance = Distance::Divergence;
    options.interrupt = &InterruptScope::stop();
    options.stops = budgets.drop_back().vec();
    options.budget = budgets.back();
    return options;
  }

  absl::StatusOr<std::pair<Trial, std::string>>
  measured(ModuleOp member, const Trial &from, const ShrunkNetwork &shrunk) {
    OwningOpRef<ModuleOp> module(member.clone());
    ErrorCollector errors(&context.get());
    FailureOr<CalibratedNetwork> network = CalibratedNetwork::read(*module);
    if (failed(network))
      return errors.status();
    if (failed(writeShrunk(*network, shrunk, setup.calibration->x)))
      return errors.status();
    absl::StatusOr<Measured> measured = measureAsTrial(*module, setup);
    if (!measured.ok())
      return measured.status();
    Trial trial;
    trial.point = from.point;
    trial.shrunk = Shrunk{from.number, shrunk.budget};
    setMetrics(trial, allMetrics(), *measured, setup);
    if (double cost = trial.metrics[costMetric(setup)];
        cost != double(shrunk.cost))
      return absl::InternalError(absl::StrCat("shrunk to ", shrunk.budget,
                                              ": expected ", wanted.cost, " ",
                                              shrunk.cost, ", found ", cost));
    score(setup.problem, trial);
    std::string text = isBeaten(trial) ? std::string() : printer.print(*module);
    return std::pair(std::move(trial), std::move(text));
  }

  /// Those that trials have.
  MetricList allMetrics() const {
    const TrialEvaluator &evaluator = *setup.problem.evaluator;
    return MetricList(setup.output.isBinary(), [&](const NetworkMetric &m) {
      return evaluator.metricIndex(m.info.name) < evaluator.metrics().size();
    });
  }

  const SearchSetup &setup;
  const ShrinkConfig &wanted;
  ArrayRef<int64_t> budgets;
  Beaten &isBeaten;
  OwnContext context;
  ModulePrinter printer;
};

std::vector<uint64_t> numbersOf(ArrayRef<FrontMember> members) {
  std::vector<uint64_t> numbers;
  for (const FrontMember &member : members)
    numbers.push_back(member.trial->number);
  return numbers;
}

} // namespace

std::vector<int64_t> mase::defaultBudgets(int64_t least, int64_t greatest) {
  std::vector<int64_t> budgets;
  for (int half = 60; half >= 0; --half) {
    double power = std::exp2(half * 0.5);
    double unit =
        std::pow(10, std::max(0.0, std::floor(std::log10(power)) - 1));
    auto budget = int64_t(std::round(power / unit) * unit);
    if (budget < greatest && budget >= least / 4 &&
        (budgets.empty() || budget < budgets.back()))
      budgets.push_back(budget);
  }
  return budgets;
}

absl::StatusOr<ShrunkFront> mase::shrinkFront(const SearchSetup &setup,
                                              ArrayRef<FrontMember> front,
                                              uint64_t firstNumber,
                                              MLIRContext &like) {
  std::vector<int64_t> budgets = setup.config.space.shrink->budgets;
  if (budgets.empty()) {
    std::vector<double> costs;
    size_t m = costMetric(setup);
    for (const FrontMember &member : front)
      costs.push_back(member.trial->metrics[m]);
    auto [least, greatest] = std::minmax_element(costs.begin(), costs.end());
    budgets = defaultBudgets(int64_t(*least), int64_t(*greatest));
  }
  // Nothing is below a front of networks that cost nothing.
  if (budgets.empty())
    return ShrunkFront();
  Beaten beaten(setup.problem);
  for (const FrontMember &member : front)
    beaten(*member.trial);
  std::vector<Path> paths(front.size());
  absl::Status status = onThreads(setup, numbersOf(front), [&](size_t i) {
    absl::StatusOr<Path> path =
        Shrinker(setup, budgets, beaten, like).shrink(front[i]);
    if (!path.ok())
      return path.status();
    paths[i] = *std::move(path);
    return absl::OkStatus();
  });
  if (!status.ok())
    return status;
  ShrunkFront result;
  llvm::MapVector<StringRef, std::vector<std::string>> refusals;
  for (auto [path, member] : llvm::zip_equal(paths, front)) {
    result.isPartial |= path.isPartial;
    if (!path.refusal.empty())
      refusals[path.refusal].push_back(std::to_string(member.trial->number));
    for (std::string &warning : path.warnings)
      if (!llvm::is_contained(result.warnings, warning))
        result.warnings.push_back(std::move(warning));
    for (auto &network : path.networks) {
      network.first.number = firstNumber + result.networks.size();
      result.networks.push_back(std::move(network));
    }
  }
  for (const auto &[reason, trials] : refusals)
    result.warnings.push_back(absl::StrCat(
        trials.size() == 1 ? "trial " : "trials ", llvm::join(trials, ", "),
        trials.size() == 1 ? " was" : " were", " not shrunk: ", reason.str()));
  return result;
}

absl::Status mase::verifyShrunk(const SearchSetup &setup,
                                ArrayRef<FrontMember> networks,
                                MLIRContext &like) {
  return onThreads(setup, numbersOf(networks), [&](size_t i) {
    OwnContext context(like);
    auto module = context.parse(networks[i].text);
    if (!module.ok())
      return module.status();
    absl::StatusOr<Measured> measured = measureNetwork(**module, setup);
    return measured.ok() ? checkMeasured(setup, *networks[i].trial, *measured)
                         : measured.status();
  });
}
