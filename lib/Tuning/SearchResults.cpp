// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From trials to a network and files.
#include "SearchResults.h"

#include "Baseline.h"
#include "ModuleMetrics.h"
#include "NoFront.h"
#include "SearchReport.h"

#include "mase/Dialect/Mase/Transforms/LowerToInteger.h"
#include "mase/Search/Console.h"
#include "mase/Support/AtomicFile.h"

#include "mlir/IR/Builders.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"

#include <cmath>

using namespace mlir;
using namespace mase;

namespace {

class Finisher {
public:
  Finisher(ModuleOp module, const SearchSetup &setup, const StudyResult &result)
      : module(module), setup(setup), result(result) {}

  LogicalResult finish() {
    if (result.front.empty()) {
      if (failed(writeFiles()))
        return failure();
      printStudy();
      return fail(noFrontText(setup, result));
    }
    std::vector<Trial> front;
    for (size_t i : result.front)
      front.push_back(result.trials[i]);
    if (absl::Status status = setup.problem.verify(front); !status.ok())
      return fail(messageOf(status));
    if (failed(writeFiles()))
      return failure();
    printStudy();
    FailureOr<size_t> chosen = choose();
    if (failed(chosen))
      return failure();
    writeConfigurations(front);
    const Trial &winner = result.trials[*chosen];
    for (const LayerKnobs &layer : setup.space.layers)
      setPrecision(layer.op,
                   layer.choices[layer.choiceAt(winner.point)].precision);
    if (setup.schedule && failed(applySchedule(winner)))
      return failure();
    if (failed(verifyResult(winner)))
      return failure();
    return leave(winner);
  }

private:
  LogicalResult fail(const Twine &message) {
    return emitConfigError(module.getContext(), message);
  }

  /// The trial that `select` names: an index into the result's trials.
  FailureOr<size_t> choose() {
    std::optional<std::string> wanted = *setup.selectedMetric();
    if (!wanted) {
      uint64_t number = *setup.selectedTrial();
      for (auto [i, trial] : llvm::enumerate(result.trials))
        if (trial.number == number && trial.state == TrialState::Complete)
          return i;
      return fail("--mase-search: expected select= the number of a completed "
                  "trial, found '" +
                  setup.options.select + "'" +
                  (number < result.trials.size()
                       ? ", which failed: " + result.trials[number].reason
                       : ", but there are only " +
                             std::to_string(result.trials.size())) +
                  filesText(setup));
    }
    if (setup.options.select.empty() && setup.problem.sumScaledMetrics)
      return result.front.front();
    size_t metric = setup.problem.evaluator->metricIndex(*wanted);
    // Larger is better for accuracies and densities, unless the objective says.
    bool maximize = StringRef(*wanted).starts_with("accuracy") ||
                    *wanted == "auc" || *wanted == "memory_density";
    for (const Objective &objective : setup.problem.objectives)
      if (objective.name == *wanted)
        maximize = objective.direction == Direction::Maximize;
    size_t best = result.front.front();
    for (size_t i : result.front) {
      double a = result.trials[i].metrics[metric],
             b = result.trials[best].metrics[metric];
      if (maximize ? a > b : a < b)
        best = i;
    }
    return best;
  }

  /// The front as mase.configuration ops; those of an earlier search go.
  void writeConfigurations(ArrayRef<Trial> front) {
    for (auto old :
         llvm::make_early_inc_range(module.getOps<ConfigurationOp>()))
      old.erase();
    auto builder = OpBuilder::atBlockEnd(module.getBody());
    for (const Trial &trial : front) {
      NamedAttrList layers, metrics;
      for (const LayerKnobs &layer : setup.space.layers)
        if (PrecisionAttr precision =
                layer.choices[layer.choiceAt(trial.point)].precision)
          layers.append(layer.name, precision);
      for (auto [info, value] :
           llvm::zip(setup.problem.evaluator->metrics(), trial.metrics))
        if (!std::isnan(value))
          metrics.append(info.name, builder.getF64FloatAttr(value));
      for (const auto &[name, value] : trial.extraMetrics)
        metrics.append(name, builder.getF64FloatAttr(value));
      ConfigurationOp::create(builder, module.getLoc(),
                              "trial_" + std::to_string(trial.number),
                              layers.getDictionary(module.getContext()),
                              metrics.getDictionary(module.getContext()));
    }
  }

  /// Writes the network with the front's configurations for schedules to be
  /// replayed on, then puts what the winner's makes of it in its place: the
  /// module that was measured. Configurations are of no use there.
  LogicalResult applySchedule(const Trial &winner) {
    if (absl::Status status = writeFile(
            ScheduleProblem::networkPath(setup.outputDir),
            [&](llvm::raw_ostream &os) {
              module.print(os);
              os << '\n';
            },
            AtomicFileOptions{/*createDirectories=*/true});
        !status.ok())
      return fail(messageOf(status));
    absl::StatusOr<std::string> scheduled =
        setup.scheduled->scheduledModule(winner.point);
    if (!scheduled.ok())
      return fail(messageOf(scheduled.status()));
    OwningOpRef<ModuleOp> result = parseSourceString<ModuleOp>(
        *scheduled, ParserConfig(module.getContext()));
    if (!result)
      return failure();
    module.getBodyRegion().takeBody(result->getBodyRegion());
    module->setAttrs((*result)->getAttrDictionary());
    return success();
  }

  /// Accuracy and loss of the network as it now is, lowered to the integer
  /// level; after a schedule, at the level where that leaves it.
  absl::StatusOr<Metrics> measureResult() {
    const Dataset &dataset = *setup.dataset;
    if (setup.schedule)
      return measureAccuracy(module, dataset.x, dataset.labels,
                             /*interpret=*/true);
    OwningOpRef<ModuleOp> lowered(cast<ModuleOp>(module->clone()));
    if (failed(lowerToInteger(*lowered)))
      return absl::InvalidArgumentError("");
    return measureAccuracy(*lowered, dataset.x, dataset.labels,
                           /*interpret=*/true);
  }

  /// Runs what is left in the module, and compares what comes out with what the
  /// search measured.
  LogicalResult verifyResult(const Trial &winner) {
    if (!setup.dataset)
      return success();
    absl::StatusOr<Metrics> result = measureResult();
    if (!result.ok())
      return result.status().message().empty()
                 ? failure()
                 : fail("trial " + Twine(winner.number) +
                        " does not run: " + messageOf(result.status()));
    const Metrics &measured = *result;
    bool isBinary = setup.output.isBinary();
    winnerErrors.assign(winner.metrics.size(), std::nan(""));
    for (auto [info, value, error] : llvm::zip_equal(
             softwareMetrics(isBinary), softwareValues(measured, isBinary),
             softwareErrors(measured, isBinary))) {
      size_t metric = setup.problem.evaluator->metricIndex(info.name);
      double searched = winner.metrics[metric];
      winnerErrors[metric] = error;
      // A loss may be NaN where no objective needs it.
      if (searched == value || (searched != searched && value != value))
        continue;
      return emitError(module.getLoc())
             << "the network of trial " << winner.number
             << " does not compute what the search measured: expected "
             << info.name << " " << searched << ", found " << value;
    }
    return success();
  }

  ReportInput reportInput() const {
    return searchReport(module, setup, result);
  }

  LogicalResult writeFiles() {
    absl::Status status = writeReports(reportInput(), setup.outputDir);
    return status.ok() ? success() : fail(messageOf(status));
  }

  /// To people, in lines that fit.
  void print(const Twine &text) const {
    if (!setup.options.quiet)
      llvm::errs() << wrapped(text.str(), consoleColumns());
  }

  /// How the search went.
  void printStudy() const {
    if (result.stop == StopReason::Interrupted)
      print("interrupted" + Twine(setup.writesJournal()
                                      ? "; resume=true goes on from here\n"
                                      : "\n"));
    const Space &space = setup.problem.space;
    print(
        result.sampler + ": " + Twine(result.trials.size()) + " of " +
        space.sizeText() +
        (space.isIndexable() && space.size() == 1 ? " point\n" : " points\n"));
    if (!result.samplerNote.empty())
      print(result.samplerNote + "\n");
    if (result.numRejected)
      print(Twine(result.numRejected) +
            (result.numRejected == 1
                 ? " configuration broke a constraint and was not tried\n"
                 : " configurations broke a constraint and were not tried\n"));
    if (setup.network && setup.network->evaluatedShare() < 1) {
      std::string share;
      llvm::raw_string_ostream(share)
          << llvm::format("%.0f", 100 * setup.network->evaluatedShare());
      print("early stopping: " + share +
            " % of the trials' samples were evaluated\n");
    }
    if (setup.options.results && !setup.options.quiet)
      llvm::errs() << resultsTable(reportInput(), consoleColumns());
  }

  /// Leaves the winner's schedule, and says what there is.
  LogicalResult leave(const Trial &winner) {
    absl::StatusOr<std::string> replay = writeSchedules(winner);
    if (!replay.ok())
      return fail(messageOf(replay.status()));
    if (setup.options.quiet)
      return success();
    ReportInput input = reportInput();
    llvm::errs() << consoleTable(input, consoleColumns());
    print(metricsLine(input, "float32", input.baseline, input.baselineErrors));
    if (!winnerErrors.empty())
      print(metricsLine(input, "trial " + std::to_string(winner.number),
                        winner.metrics, winnerErrors));
    if (setup.dataset)
      print(Twine("loss: ") + setup.output.lossName() + "\n");
    print(
        hypervolumeText(setup.problem, result) + "trial " +
        Twine(winner.number) +
        (setup.schedule ? " is the module, scheduled" : " is in the network") +
        configurationsText(winner) + "\n" + *replay);
    return success();
  }

  std::string configurationsText(const Trial &winner) const {
    size_t count = result.front.size();
    // What a schedule makes can take none.
    std::string where = setup.schedule
                            ? ScheduleProblem::networkPath(setup.outputDir)
                            : "the module";
    if (count > 1)
      return "; all " + std::to_string(count) + " are configurations of " +
             where;
    uint64_t only = result.trials[result.front.front()].number;
    return (only == winner.number ? ", and"
                                  : "; trial " + std::to_string(only) + " is") +
           " the only configuration of " + where;
  }

  /// The schedules of the front, and how to replay the winner's.
  absl::StatusOr<std::string> writeSchedules(const Trial &winner) {
    if (!setup.schedule)
      return std::string();
    std::vector<const Trial *> front;
    for (size_t i : result.front)
      front.push_back(&result.trials[i]);
    if (absl::Status status =
            setup.schedule->write(front, winner, setup.outputDir);
        !status.ok())
      return status;
    return "its schedule replays with: " +
           ScheduleProblem::replayCommand(
               setup.outputDir, ScheduleProblem::bestPath(setup.outputDir),
               nullptr) +
           "\n";
  }

  ModuleOp module;
  const SearchSetup &setup;
  const StudyResult &result;
  /// Standard errors of the winner's metrics; empty: not known.
  std::vector<double> winnerErrors;
};

} // namespace

LogicalResult mase::finishSearch(ModuleOp module, const SearchSetup &setup,
                                 StudyResult &result) {
  completeErrors(setup, /*ofAll=*/setup.options.results, result);
  return Finisher(module, setup, result).finish();
}
