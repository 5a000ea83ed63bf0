// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From trials to a network and files.
#include "SearchResults.h"

#include "Baseline.h"
#include "FrontNetworks.h"
#include "NoFront.h"
#include "SearchReport.h"
#include "TrialNetworks.h"

#include "mase/Search/Console.h"
#include "mase/Support/AtomicFile.h"
#include "mase/Support/Error.h"

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
  Finisher(ModuleOp module, const SearchSetup &setup, StudyResult &result)
      : module(module), setup(setup), result(result) {}

  LogicalResult finish() {
    if (result.front.empty()) {
      if (failed(writeFiles()))
        return failure();
      printStudy();
      return fail(noFrontText(setup, result));
    }
    // What the network's evaluator alone has measured is compared with the
    // networks below.
    if (setup.problem.evaluator != setup.network)
      if (absl::Status status = setup.problem.verify(frontTrials());
          !status.ok())
        return fail(status);
    if (setup.shrinks())
      print("shrinking the front's " + Twine(result.front.size()) +
            (result.front.size() == 1 ? " network\n" : " networks\n"));
    auto made = FrontNetworks::make(module, setup, result);
    if (!made.ok())
      return fail(made.status());
    networks = *std::move(made);
    for (const std::string &warning : networks.warnings())
      emitWarning(UnknownLoc::get(module.getContext()))
          << "--mase-search: " << warning;
    if (failed(writeFiles()))
      return failure();
    printStudy();
    FailureOr<size_t> chosen = choose();
    if (failed(chosen))
      return failure();
    std::vector<Trial> front = frontTrials();
    writeConfigurations(front);
    const Trial &winner = result.trials[*chosen];
    if (failed(putWinner(winner)))
      return failure();
    if (setup.schedule && failed(applySchedule(winner)))
      return failure();
    if (failed(verifyResult(winner)))
      return failure();
    return leave(winner);
  }

private:
  LogicalResult fail(const absl::Status &status) {
    return emitConfigError(module.getContext(), locatedText(status));
  }
  LogicalResult fail(const Twine &message) {
    return emitError(UnknownLoc::get(module.getContext())) << message;
  }

  /// The trial that `select` names: an index into the result's trials.
  FailureOr<size_t> choose() {
    std::optional<std::string> wanted = *setup.selectedMetric();
    if (!wanted) {
      uint64_t number = *setup.selectedTrial();
      for (auto [i, trial] : llvm::enumerate(result.trials)) {
        if (trial.number != number || trial.state != TrialState::Complete)
          continue;
        if (trial.shrunk && !networks.hasTextOf(number))
          return fail("--mase-search: expected select= a trial of the space or "
                      "one of the front, found '" +
                      setup.options.select + "', which was shrunk from trial " +
                      Twine(trial.shrunk->from) + " and is on no front" +
                      filesText(setup));
        return i;
      }
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
    const NetworkMetric *known = findNetworkMetric(*wanted);
    bool maximize = known && known->direction == Direction::Maximize;
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
    eraseConfigurations(module);
    std::string calibration;
    if (setup.isCalibrated())
      calibration = setup.calibrationText();
    auto builder = OpBuilder::atBlockEnd(module.getBody());
    for (const Trial &trial : front) {
      std::string roundedBy = calibration;
      if (trial.shrunk)
        roundedBy +=
            (calibration.empty() ? "" : " ") + shrunkText(*trial.shrunk);
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
      ConfigurationOp::create(
          builder, module.getLoc(), "trial_" + std::to_string(trial.number),
          layers.getDictionary(module.getContext()),
          metrics.getDictionary(module.getContext()),
          roundedBy.empty() ? StringAttr() : builder.getStringAttr(roundedBy));
    }
  }

  /// What became of a network's weights after calibration.
  std::string shrunkText(const Shrunk &shrunk) const {
    return ("shrunk from=trial_" + Twine(shrunk.from) + " " +
            setup.config.space.shrink->cost + "=" + Twine(shrunk.budget))
        .str();
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
      return fail(status);
    absl::StatusOr<std::string> scheduled =
        setup.scheduled->scheduledModule(winner.point);
    if (!scheduled.ok())
      return fail(scheduled.status());
    OwningOpRef<ModuleOp> result = parseSourceString<ModuleOp>(
        *scheduled, ParserConfig(module.getContext()));
    if (!result)
      return failure();
    module.getBodyRegion().takeBody(result->getBodyRegion());
    module->setAttrs((*result)->getAttrDictionary());
    return success();
  }

  /// Gives the network what the search measured of `winner`.
  LogicalResult putWinner(const Trial &winner) {
    if (winner.shrunk)
      return putShrunk(networks.textOf(winner.number));
    if (!setup.isCalibrated())
      for (const LayerKnobs &layer : setup.space.layers)
        setPrecision(layer.op,
                     layer.choices[layer.choiceAt(winner.point)].precision);
    bool isRefined = networks.isRefined(winner.number);
    if (!setup.isCalibrated() && !isRefined)
      return success();
    TrialNetworks trials(setup);
    auto warnings = trials.put(winner.point, module);
    if (!warnings.ok())
      return fail(warnings.status());
    for (const std::string &warning : *warnings)
      emitWarning(UnknownLoc::get(module.getContext()))
          << "--mase-search: trial " << winner.number << ": " << warning;
    if (isRefined)
      if (auto refined = trials.refine(module); !refined.ok())
        return fail(refined.status());
    return success();
  }

  /// Puts a network that may lack units of the one that was searched in its
  /// place, with the front's configurations behind it.
  LogicalResult putShrunk(StringRef text) {
    OwningOpRef<ModuleOp> shrunk =
        parseSourceString<ModuleOp>(text, ParserConfig(module.getContext()));
    if (!shrunk)
      return failure();
    for (auto configuration :
         llvm::make_early_inc_range(module.getOps<ConfigurationOp>()))
      configuration->moveBefore(shrunk->getBody(), shrunk->getBody()->end());
    module.getBodyRegion().takeBody(shrunk->getBodyRegion());
    return success();
  }

  /// Runs what is left in the module, and compares what comes out with what the
  /// search measured.
  LogicalResult verifyResult(const Trial &winner) {
    if (!setup.dataset)
      return success();
    absl::StatusOr<Measured> measured = measureNetwork(module, setup);
    if (!measured.ok())
      return fail("trial " + Twine(winner.number) +
                  " does not run: " + messageOf(measured.status()));
    if (absl::Status status = checkMeasured(setup, winner, *measured);
        !status.ok())
      return emitError(module.getLoc()) << messageOf(status);
    MetricList list = networkMetricsOf(setup);
    winnerErrors.assign(winner.metrics.size(), std::nan(""));
    for (auto [info, error] :
         llvm::zip_equal(list.infos(), list.errors(*measured)))
      if (size_t m = setup.problem.evaluator->metricIndex(info.name);
          m < winnerErrors.size())
        winnerErrors[m] = error;
    return success();
  }

  ReportInput reportInput() const {
    return searchReport(module, setup, result);
  }

  std::vector<Trial> frontTrials() const {
    std::vector<Trial> front;
    for (size_t i : result.front)
      front.push_back(result.trials[i]);
    return front;
  }

  LogicalResult writeFiles() {
    AtomicFiles files;
    absl::Status status = writeReports(reportInput(), setup.outputDir, files);
    std::vector<const Trial *> front;
    for (size_t i : result.front)
      front.push_back(&result.trials[i]);
    if (status.ok())
      status = networks.write(setup.outputDir, front, files);
    if (status.ok())
      status = files.commit();
    return status.ok() ? success() : fail(status);
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
        result.sampler + ": " +
        Twine(result.trials.size() - result.numShrunk()) + " of " +
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
      return fail(replay.status());
    if (setup.options.quiet)
      return success();
    ReportInput input = reportInput();
    llvm::errs() << consoleTable(input, consoleColumns());
    print(metricsLine(input, "float32", input.baseline, input.baselineErrors));
    if (!winnerErrors.empty())
      print(metricsLine(input, "trial " + std::to_string(winner.number),
                        winner.metrics, winnerErrors));
    if (networks.isRefined(winner.number))
      print(metricsLine(
          input, "before its refinement", unrefined(winner),
          std::vector<double>(winner.metrics.size(), std::nan(""))));
    if (setup.dataset)
      print(Twine("loss: ") + setup.output.lossName() + "\n");
    print(
        hypervolumeText(setup.problem, result) + "trial " +
        Twine(winner.number) +
        (setup.schedule ? " is the module, scheduled" : " is in the network") +
        configurationsText(winner) + ", and " +
        (result.front.size() > 1 ? "networks" : "a network") + " in '" +
        FrontNetworks::folderOf(setup.outputDir) + "'\n" + networks.text() +
        *replay);
    return success();
  }

  /// The metrics that a refined trial had before.
  std::vector<double> unrefined(const Trial &trial) const {
    std::vector<double> metrics = trial.metrics;
    for (const auto &[name, value] : trial.extraMetrics)
      if (StringRef metric = name;
          metric.consume_front(FrontNetworks::kUnrefined))
        metrics[setup.problem.evaluator->metricIndex(metric)] = value;
    return metrics;
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
  StudyResult &result;
  FrontNetworks networks;
  /// Standard errors of the winner's metrics; empty: not known.
  std::vector<double> winnerErrors;
};

} // namespace

LogicalResult mase::finishSearch(ModuleOp module, const SearchSetup &setup,
                                 StudyResult &result) {
  completeErrors(setup, /*ofAll=*/setup.options.results, result);
  return Finisher(module, setup, result).finish();
}
