// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-search: reads the configuration, runs the study, writes its results
// and leaves the chosen network in the module.
#include "NetworkEvaluator.h"
#include "PrecisionSpace.h"
#include "ScheduleProblem.h"

#include "mase/Config/NearestNames.h"
#include "mase/Data/Dataset.h"
#include "mase/Data/Jets.h"
#include "mase/Dialect/Mase/SearchPass/Passes.h"
#include "mase/Dialect/Mase/Transforms/LowerToInteger.h"
#include "mase/Execution/Engine.h"
#include "mase/Execution/EntryFunction.h"
#include "mase/Search/Progress.h"
#include "mase/Search/Report.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"

namespace mase {
#define GEN_PASS_DEF_MASESEARCHPASS
#include "mase/Dialect/Mase/SearchPass/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;

namespace {

constexpr llvm::StringLiteral kSpaceName = "graph/quantize/mixed_precision_ptq";

struct SearchPass : mase::impl::MaseSearchPassBase<SearchPass> {
  using MaseSearchPassBase::MaseSearchPassBase;

  void runOnOperation() override {
    if (failed(search()))
      signalPassFailure();
  }

private:
  LogicalResult fail(const Twine &message) {
    return emitConfigError(&getContext(), message);
  }
  LogicalResult fail(const absl::Status &status) {
    return fail(
        Twine(StringRef(status.message().data(), status.message().size())));
  }

  /// The file, with the options that override it.
  absl::StatusOr<SearchConfig> readConfig() {
    if (config.empty())
      return absl::InvalidArgumentError(
          "--mase-search: expected config=FILE, a TOML file with a [search] "
          "table");
    absl::StatusOr<SearchConfig> parsed = loadSearchConfig(config);
    if (!parsed.ok())
      return parsed;
    StrategyConfig &strategy = parsed->strategy;
    auto oneOf = [](const Setting<std::string> &setting, StringRef what,
                    const std::string &valid) {
      if (*setting == valid)
        return absl::OkStatus();
      return errorAt(setting.location, "unknown " + what + " '" + *setting +
                                           "'; valid: '" + valid + "'");
    };
    if (auto status =
            oneOf(parsed->space.name, "search space", kSpaceName.str());
        !status.ok())
      return status;
    if (auto status = oneOf(strategy.name, "strategy", "optuna"); !status.ok())
      return status;
    if (!*strategy.evalMode)
      return errorAt(strategy.evalMode.location,
                     "expected eval_mode = true, found false: mase-opt does "
                     "not train during a search");
    if (strategy.external)
      return errorAt(strategy.external->location,
                     "external evaluators are not supported yet; expected "
                     "sw_runner.basic_evaluation");
    if (!sampler.empty())
      strategy.setup.sampler.value = sampler;
    for (auto [name, value] : {std::pair("trials", int64_t(trials)),
                               {"samples", int64_t(samples)},
                               {"seed", int64_t(seed)},
                               {"jobs", int64_t(jobs)}})
      if (value < -1)
        return absl::InvalidArgumentError(
            "--mase-search: expected " + std::string(name) +
            " of at least 0, found " + std::to_string(value));
    if (trials >= 0)
      strategy.setup.nTrials.value = trials;
    if (jobs >= 0)
      strategy.setup.nJobs.value = jobs;
    if (seed >= 0)
      parsed->seed.value = seed;
    if (samples >= 0) {
      if (!strategy.basicEvaluation)
        strategy.basicEvaluation.emplace();
      strategy.basicEvaluation->numSamples.value = samples;
    }
    return parsed;
  }

  /// The data that `data=` or the configuration's `data_loader` names.
  absl::StatusOr<Dataset> readData(const SearchConfig &parsed) {
    BasicEvaluationConfig basic =
        parsed.strategy.basicEvaluation.value_or(BasicEvaluationConfig());
    DatasetOptions options;
    if (*basic.numSamples > 0)
      options.maxSamples = *basic.numSamples;
    if (data.empty()) {
      if (!scaler.empty())
        return absl::InvalidArgumentError(
            "--mase-search: 'scaler' takes 'data' beside it");
      const std::vector<std::string> loaders = {"val_dataloader",
                                                "test_dataloader"};
      if (!llvm::is_contained(loaders, *basic.dataLoader))
        return errorAt(basic.dataLoader.location,
                       "no jets for data_loader '" + *basic.dataLoader +
                           "' ship with mase-opt" +
                           nearestNamesText(*basic.dataLoader, loaders) +
                           "; or give data=FILE");
      return readShippedJets(*basic.dataLoader == loaders[0] ? "validation.h5"
                                                             : "test.h5",
                             options.maxSamples);
    }
    if (!scaler.empty()) {
      absl::StatusOr<Scaler> read = readScaler(scaler);
      if (!read.ok())
        return read.status();
      options.scaler = *std::move(read);
    }
    return readDataset(data, options);
  }

  LogicalResult search() {
    absl::StatusOr<SearchConfig> parsed = readConfig();
    if (!parsed.ok())
      return fail(parsed.status());
    FailureOr<EntryFunction> entry = findEntryFunction(getOperation());
    if (failed(entry))
      return failure();
    FailureOr<LayerMap> layers = collectLayers(entry->function);
    FailureOr<NetworkFromIR> network = networkFromIR(entry->function);
    if (failed(layers) || failed(network))
      return failure();
    std::unique_ptr<ScheduleProblem> schedule; // null: precisions alone
    bool hasSchedule = parsed->space.schedule.isSet();
    absl::StatusOr<PrecisionSpace> space =
        PrecisionSpace::create(*layers, *parsed, /*mayBeEmpty=*/hasSchedule);
    if (!space.ok())
      return fail(space.status());
    if (hasSchedule) {
      auto created = ScheduleProblem::create(*parsed, &getContext());
      if (!created.ok())
        return fail(created.status());
      schedule = *std::move(created);
      if (absl::Status status = schedule->addKnobs(*space); !status.ok())
        return fail(status);
    }
    absl::StatusOr<Dataset> dataset = readData(*parsed);
    if (!dataset.ok())
      return fail(dataset.status());
    std::string dataName = data.empty() ? "the shipped jets" : data.getValue();
    if (dataset->labels.empty())
      return fail("'" + dataName +
                  "': expected a dataset with labels, found "
                  "features alone");
    for (const absl::Status &status :
         {checkFeatureCount(dataName, network->network.inFeatures,
                            dataset->features),
          checkLabels(dataName, dataset->labels, dataset->samples,
                      network->network.outFeatures)})
      if (!status.ok())
        return fail(status);

    Problem problem;
    problem.space = space->space;
    for (const MetricConfig &metric : parsed->strategy.metrics)
      problem.objectives.push_back(
          {metric.name, metric.scale,
           metric.maximize ? Direction::Maximize : Direction::Minimize});
    const StrategySetup &setup = parsed->strategy.setup;
    problem.sumScaledMetrics = *setup.sumScaledMetrics;
    problem.sumDirection =
        *setup.maximize ? Direction::Maximize : Direction::Minimize;
    double compareTo =
        parsed->strategy.compareTo ? **parsed->strategy.compareTo : 32.0;
    if (schedule) {
      ScheduleEvaluator::Options options{
          getOperation(),  &*parsed,  &schedule->getSchedule(), dataset->x,
          dataset->labels, compareTo, {}};
      for (const Objective &objective : problem.objectives)
        options.wanted.push_back(objective.name);
      auto evaluator = ScheduleEvaluator::create(options);
      if (!evaluator.ok())
        return fail(formatError(parsed->strategy.location,
                                StringRef(evaluator.status().message().data(),
                                          evaluator.status().message().size())));
      problem.evaluator = *evaluator;
    } else {
      auto evaluator = NetworkEvaluator::create(
          *space, *network, dataset->x, dataset->labels, compareTo);
      if (!evaluator.ok())
        return fail(evaluator.status());
      problem.evaluator = *evaluator;
    }
    if (absl::Status status = problem.check(); !status.ok())
      return fail(formatError(
          parsed->strategy.location,
          StringRef(status.message().data(), status.message().size())));
    absl::StatusOr<StudyResult> result = runStudy(problem, *parsed);
    if (!result.ok())
      return fail(result.status());
    if (result->front.empty())
      return fail("no trial of " + Twine(result->trials.size()) +
                  " succeeded; the first failed because: " +
                  (result->trials.empty() ? std::string("none was made")
                                          : result->trials.front().reason));
    FailureOr<size_t> chosen = choose(problem, *result);
    if (failed(chosen))
      return failure();
    return finish(*parsed, *space, problem, *result, *chosen, *dataset,
                  schedule.get());
  }

  absl::StatusOr<StudyResult> runStudy(const Problem &problem,
                                       const SearchConfig &parsed) {
    const StrategySetup &setup = parsed.strategy.setup;
    StudyOptions options;
    options.sampler = *setup.sampler;
    options.seed = uint64_t(*parsed.seed);
    options.numTrials = uint64_t(*setup.nTrials);
    options.timeout = *setup.timeout;
    options.jobs = *setup.nJobs < 0 ? 0 : unsigned(*setup.nJobs);
    if (!quiet)
      options.progress = makeProgress();
    return mase::runStudy(problem, options);
  }

  /// The trial that `select` names: an index into the result's trials.
  FailureOr<size_t> choose(const Problem &problem, const StudyResult &result) {
    uint64_t number = 0;
    if (!StringRef(select).getAsInteger(10, number)) {
      for (auto [i, trial] : llvm::enumerate(result.trials))
        if (trial.number == number && trial.state == TrialState::Complete)
          return i;
      return fail("--mase-search: select=" + select +
                  " names no completed trial; expected one of 0 to " +
                  Twine(result.trials.size() - 1));
    }
    ArrayRef<MetricInfo> infos = problem.evaluator->metrics();
    std::string wanted = select;
    if (wanted.empty()) {
      // The front's most accurate, where accuracy is wanted at all.
      if (problem.sumScaledMetrics)
        return result.front.front();
      wanted = problem.objectives.front().name;
      for (const Objective &objective : problem.objectives)
        if (objective.name == "accuracy")
          wanted = objective.name;
    }
    const MetricInfo *info = llvm::find_if(
        infos, [&](const MetricInfo &i) { return i.name == wanted; });
    if (info == infos.end()) {
      std::vector<std::string> names;
      for (const MetricInfo &i : infos)
        names.push_back(i.name);
      return fail("--mase-search: expected select= a trial number or a metric, "
                  "found '" +
                  wanted + "'" + nearestNamesText(wanted, names));
    }
    // Larger is better for accuracies and densities, unless the objective says.
    bool maximize =
        StringRef(wanted).starts_with("accuracy") || wanted == "memory_density";
    for (const Objective &objective : problem.objectives)
      if (objective.name == wanted)
        maximize = objective.direction == Direction::Maximize;
    size_t metric = size_t(info - infos.begin());
    size_t best = result.front.front();
    for (size_t i : result.front) {
      double a = result.trials[i].metrics[metric],
             b = result.trials[best].metrics[metric];
      if (maximize ? a > b : a < b)
        best = i;
    }
    return best;
  }

  LogicalResult finish(const SearchConfig &parsed, const PrecisionSpace &space,
                       const Problem &problem, const StudyResult &result,
                       size_t chosen, const Dataset &dataset,
                       const ScheduleProblem *schedule) {
    std::vector<Trial> front;
    for (size_t i : result.front)
      front.push_back(result.trials[i]);
    if (absl::Status status = problem.verify(front); !status.ok())
      return fail(status);
    writeConfigurations(space, problem, front);
    const Trial &winner = result.trials[chosen];
    for (const LayerKnobs &layer : space.layers)
      setPrecision(layer.op,
                   layer.choices[layer.choiceAt(winner.point)].precision);
    // A schedule's trials have been replayed and run by verify().
    if (!schedule && failed(verifyLowered(winner, dataset)))
      return failure();

    ReportInput report{
        &problem,
        &result,
        &space.sampledConfig,
        {"loss", "accuracy", "average_bitwidth", "memory_density"}};
    std::string directory = outputDir;
    if (directory.empty())
      directory = "mase_output/" +
                  (parsed.project->empty() ? std::string("mase-search")
                                           : *parsed.project) +
                  "/software/search_ckpts";
    if (absl::Status status = writeReports(report, directory); !status.ok())
      return fail(status);
    std::string replay;
    if (schedule) {
      absl::StatusOr<std::string> path = schedule->write(winner, directory);
      if (!path.ok())
        return fail(path.status());
      replay = "its schedule replays with: mase-opt NETWORK.mlir " +
               replayOptions(*path) + "\n";
    }
    if (!quiet && !result.samplerNote.empty())
      llvm::errs() << result.samplerNote << "\n";
    if (!quiet)
      llvm::errs() << bestTrialsTable(report) << "trial " << winner.number
                   << " is in the network; all " << front.size()
                   << " are configurations of the module\n"
                   << replay;
    return success();
  }

  /// The front as mase.configuration ops; those of an earlier search go.
  void writeConfigurations(const PrecisionSpace &space, const Problem &problem,
                           ArrayRef<Trial> front) {
    ModuleOp module = getOperation();
    for (auto old :
         llvm::make_early_inc_range(module.getOps<ConfigurationOp>()))
      old.erase();
    auto builder = OpBuilder::atBlockEnd(module.getBody());
    for (const Trial &trial : front) {
      NamedAttrList layers, metrics;
      for (const LayerKnobs &layer : space.layers)
        if (PrecisionAttr precision =
                layer.choices[layer.choiceAt(trial.point)].precision)
          layers.append(layer.name, precision);
      for (auto [info, value] :
           llvm::zip(problem.evaluator->metrics(), trial.metrics))
        metrics.append(info.name, builder.getF64FloatAttr(value));
      ConfigurationOp::create(builder, module.getLoc(),
                              "trial_" + std::to_string(trial.number),
                              layers.getDictionary(&getContext()),
                              metrics.getDictionary(&getContext()));
    }
  }

  /// Lowers the network as it now is, runs it, and compares what comes out
  /// with what the search measured.
  LogicalResult verifyLowered(const Trial &winner, const Dataset &dataset) {
    OwningOpRef<ModuleOp> lowered(cast<ModuleOp>(getOperation()->clone()));
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
    Metrics measured = computeMetricsRowMajor(
        logits, (*engine)->getOutputSize(), dataset.labels);
    auto check = [&](StringRef name, NetworkMetric metric,
                     double value) -> LogicalResult {
      double searched = winner.metrics[size_t(metric)];
      // A loss may be NaN where no objective needs it.
      if (searched == value || (searched != searched && value != value))
        return success();
      return emitError(getOperation().getLoc())
             << "the lowered network of trial " << winner.number
             << " does not compute what the search measured: expected " << name
             << " " << searched << ", found " << value;
    };
    return success(
        succeeded(check("loss", NetworkMetric::Loss, measured.loss)) &&
        succeeded(
            check("accuracy", NetworkMetric::Accuracy, measured.accuracy)) &&
        succeeded(check("accuracy_micro", NetworkMetric::AccuracyMicro,
                        measured.accuracyMicro)));
  }
};

} // namespace
