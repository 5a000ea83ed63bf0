// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From trials to a network and files.
#include "SearchResults.h"

#include "LatencyEvaluator.h"

#include "mase/Dialect/Mase/Transforms/LowerToInteger.h"
#include "mase/Execution/Engine.h"
#include "mase/Search/Indicators.h"
#include "mase/Search/Report.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
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
    if (result.front.empty())
      return noFront();
    FailureOr<size_t> chosen = choose();
    if (failed(chosen))
      return failure();
    std::vector<Trial> front;
    for (size_t i : result.front)
      front.push_back(result.trials[i]);
    if (absl::Status status = setup.problem.verify(front); !status.ok())
      return fail(messageOf(status));
    writeConfigurations(front);
    const Trial &winner = result.trials[*chosen];
    for (const LayerKnobs &layer : setup.space.layers)
      setPrecision(layer.op,
                   layer.choices[layer.choiceAt(winner.point)].precision);
    if (failed(verifyLowered(winner)))
      return failure();
    return report(winner);
  }

private:
  LogicalResult fail(const Twine &message) {
    return emitConfigError(module.getContext(), message);
  }

  LogicalResult noFront() {
    std::string trials = std::to_string(result.trials.size()) +
                         (result.trials.size() == 1 ? " trial" : " trials");
    if (result.trials.empty())
      return fail("no configuration keeps the constraints: " +
                  Twine(result.numRejected) +
                  " were turned down before evaluation, " + constraintsText());
    for (const Trial &trial : result.trials)
      if (trial.state == TrialState::Complete)
        return fail("none of " + trials +
                    " keeps the constraints: " + constraintsText());
    return fail("no trial of " + Twine(result.trials.size()) +
                " succeeded; the first failed because: " +
                result.trials.front().reason);
  }

  std::string constraintsText() const {
    std::string text;
    for (const Constraint &constraint : setup.problem.constraints)
      text += (text.empty() ? "expected " : " and ") + constraint.text();
    return text;
  }

  /// The trial that `select` names: an index into the result's trials.
  FailureOr<size_t> choose() {
    std::optional<std::string> wanted = *setup.selectedMetric();
    if (!wanted) {
      uint64_t number = 0;
      StringRef(setup.options.select).getAsInteger(10, number);
      for (auto [i, trial] : llvm::enumerate(result.trials))
        if (trial.number == number && trial.state == TrialState::Complete)
          return i;
      return fail("--mase-search: select=" + setup.options.select +
                  " names no completed trial; expected one of 0 to " +
                  Twine(result.trials.size() - 1));
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

  /// Lowers the network as it now is, runs it, and compares what comes out
  /// with what the search measured.
  LogicalResult verifyLowered(const Trial &winner) {
    // A schedule's trials have been replayed and run by Problem::verify.
    if (!setup.dataset || setup.schedule)
      return success();
    const Dataset &dataset = *setup.dataset;
    OwningOpRef<ModuleOp> lowered(cast<ModuleOp>(module->clone()));
    if (failed(lowerToInteger(*lowered)))
      return failure();
    FailureOr<std::unique_ptr<Engine>> engine =
        createInterpreterEngine(*lowered);
    if (failed(engine))
      return failure();
    std::vector<float> logits(size_t(dataset.samples) *
                              (*engine)->getOutputSize());
    if (failed((*engine)->run(dataset.x, dataset.samples, logits)))
      return failure();
    Metrics measured =
        computeMetricsRowMajor(logits, setup.output, dataset.labels);
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
             << "the lowered network of trial " << winner.number
             << " does not compute what the search measured: expected "
             << info.name << " " << searched << ", found " << value;
    }
    return success();
  }

  /// What report.html says beside the trials.
  void describe(ReportInput &input) const {
    const SearchConfig &config = setup.config;
    input.title = setup.name();
    auto fact = [&](const char *name, std::string text) {
      if (!text.empty())
        input.facts.emplace_back(name, std::move(text));
    };
    fact("Network", *config.model);
    fact("Configuration", setup.options.config);
    if (setup.dataset)
      fact("Data", (setup.options.data.empty() ? "the shipped jets"
                                               : setup.options.data) +
                       ", " + std::to_string(setup.dataset->samples) +
                       " samples");
    if (config.strategy.external)
      fact("Evaluated by", llvm::join(config.strategy.external->command, " "));
    if (setup.schedule)
      fact("Schedule", setup.schedule->getSchedule().file().str());
    if (setup.dataset)
      fact("Loss", setup.output.lossName());
    fact("Seed", std::to_string(*config.seed));
    for (const MetricInfo &info : setup.problem.evaluator->metrics())
      if (info.isTiming)
        fact("Timing", info.name + " (" + info.unit +
                           "): measured by a clock, so another run of the "
                           "same search gives other values");
    int64_t jobs = *config.strategy.setup.nJobs;
    input.runFacts.emplace_back("Jobs", jobs > 0 ? std::to_string(jobs)
                                                 : "one per core");
    input.reproduceCommand = [this](const Trial &trial) {
      return reproduceCommand(trial);
    };
  }

  /// The command that gives the network a trial's precision, and replays its
  /// schedule.
  std::string reproduceCommand(const Trial &trial) const {
    std::string layers;
    for (const LayerKnobs &layer : setup.space.layers)
      if (PrecisionAttr precision =
              layer.choices[layer.choiceAt(trial.point)].precision)
        layers += (layers.empty() ? "" : ",") + layer.name + ":{" +
                  inlineSettings(precision) + "}";
    std::string file = "NETWORK.mlir";
    if (auto loc = dyn_cast<FileLineColLoc>(ModuleOp(module).getLoc()))
      file = loc.getFilename().str();
    std::string command = "mase-opt " + file;
    if (!layers.empty() || !setup.schedule)
      command += " --mase-quantize=\"by=name layers=" + layers + "\"";
    if (setup.schedule)
      command +=
          " " + replayOptions(ScheduleProblem::pathOf(setup.outputDir, trial));
    return command + " -o trial_" + std::to_string(trial.number) + ".mlir";
  }

  static std::string inlineSettings(PrecisionAttr precision) {
    std::string text;
    bool floor = false;
    auto add = [&](StringRef role, NumberFormatAttrInterface attr) {
      auto fixed = dyn_cast_or_null<FixedAttr>(attr);
      if (!fixed)
        return;
      FixedPointFormat format = fixed.getFormat();
      floor |= fixed.getFloor();
      text += ("," + role + "_width=" + Twine(format.width) + "," + role +
               "_frac_width=" + Twine(format.fracWidth))
                  .str();
    };
    add("data_in", precision.getDataIn());
    add("weight", precision.getWeight());
    add("bias", precision.getBias());
    add("data_out", precision.getDataOut());
    return std::string(floor ? "name='integer_floor'" : "name='integer'") +
           text;
  }

  /// "hypervolume 0.62 (76.1 % of …)"; nothing with one objective.
  std::string hypervolumeText() const {
    if (setup.problem.numValues() < 2)
      return {};
    HypervolumeCurve curve = hypervolumeCurve(setup.problem, result.trials);
    if (!curve.complete || !(curve.box() > 0))
      return {};
    std::string text;
    llvm::raw_string_ostream(text)
        << "hypervolume "
        << llvm::format("%.4g (%.1f %% of the box from worst to best values)\n",
                        curve.volume(), 100 * curve.volume() / curve.box());
    return text;
  }

  LogicalResult report(const Trial &winner) {
    ReportInput input;
    input.problem = &setup.problem;
    input.result = &result;
    input.config = &setup.space.sampledConfig;
    input.tableMetrics = {"loss", "accuracy", "average_bitwidth",
                          "memory_density"};
    if (setup.output.isBinary())
      input.tableMetrics.push_back("auc");
    for (const Constraint &constraint : setup.problem.constraints)
      input.tableMetrics.push_back(constraint.metric);
    input.writesLog = setup.options.log;
    input.writesResults = setup.options.results;
    input.resultsMetrics = {"loss"};
    for (const MetricInfo &info : costMetrics())
      if (info.name != "memory_density" &&
          !StringRef(info.name).starts_with("average_"))
        input.resultsMetrics.push_back(info.name);
    input.resultsMetrics.push_back(latencyMetric().name);
    llvm::append_range(input.resultsMetrics,
                       ArrayRef<std::string>({"accuracy", "cuda_bytes"}));
    input.baseline = setup.baseline;
    input.baselineErrors = setup.baselineErrors;
    if (setup.dataset)
      input.samples = setup.dataset->samples;
    describe(input);
    if (absl::Status status = writeReports(input, setup.outputDir);
        !status.ok())
      return fail(messageOf(status));
    absl::StatusOr<std::string> replay = writeSchedules(winner);
    if (!replay.ok())
      return fail(messageOf(replay.status()));
    if (setup.options.quiet)
      return success();
    if (result.stop == StopReason::Interrupted)
      llvm::errs() << "interrupted; resume=true goes on from here\n";
    if (!result.samplerNote.empty())
      llvm::errs() << result.samplerNote << "\n";
    if (result.numRejected)
      llvm::errs() << result.numRejected
                   << " configurations broke a constraint and were not tried\n";
    if (setup.network && setup.network->evaluatedShare() < 1)
      llvm::errs() << "early stopping: "
                   << llvm::format("%.0f",
                                   100 * setup.network->evaluatedShare())
                   << " % of the trials' samples were evaluated\n";
    if (setup.options.results)
      llvm::errs() << resultsTable(input);
    llvm::errs() << bestTrialsTable(input)
                 << metricsLine(input, "float32", input.baseline,
                                input.baselineErrors);
    if (!winnerErrors.empty())
      llvm::errs() << metricsLine(input,
                                  "trial " + std::to_string(winner.number),
                                  winner.metrics, winnerErrors);
    if (setup.dataset)
      llvm::errs() << "loss: " << setup.output.lossName() << "\n";
    llvm::errs() << hypervolumeText() << "trial " << winner.number
                 << " is in the network; all " << result.front.size()
                 << " are configurations of the module\n"
                 << *replay;
    return success();
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
    return "its schedule replays with: mase-opt NETWORK.mlir " +
           replayOptions(ScheduleProblem::bestPath(setup.outputDir)) + "\n";
  }

  ModuleOp module;
  const SearchSetup &setup;
  const StudyResult &result;
  /// Standard errors of the winner's metrics; empty: not known.
  std::vector<double> winnerErrors;
};

} // namespace

LogicalResult mase::finishSearch(ModuleOp module, const SearchSetup &setup,
                                 const StudyResult &result) {
  return Finisher(module, setup, result).finish();
}
