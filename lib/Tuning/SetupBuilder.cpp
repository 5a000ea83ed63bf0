// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Configuration, data and network put together.
#include "Baseline.h"
#include "CalibrationChecks.h"
#include "CpuCostEvaluator.h"
#include "LatencyEvaluator.h"
#include "MetricChecks.h"
#include "SearchInputs.h"
#include "SearchSetup.h"

#include "mase/Analysis/OutputKind.h"
#include "mase/Execution/DataTarget.h"
#include "mase/Execution/EntryFunction.h"
#include "mase/Search/External/ExternalEvaluator.h"
#include "mase/Search/Sampler.h"
#include "mase/Support/Error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Program.h"

using namespace mlir;
using namespace mase;

namespace {
class SetupBuilder {
public:
  SetupBuilder(ModuleOp module, SearchSetup &setup)
      : module(module), setup(setup), strategy(setup.config.strategy) {}

  LogicalResult build() {
    FailureOr<EntryFunction> entry = findEntryFunction(module);
    if (failed(entry))
      return failure();
    FailureOr<OutputKind> kind = getOutputKind(entry->function);
    if (failed(kind))
      return failure();
    setup.output = {entry->outputSize, *kind};
    FailureOr<LayerMap> layers = collectLayers(entry->function);
    if (failed(layers))
      return failure();
    warnOfNonFiniteConstants(entry->function);
    bool hasSchedule = setup.config.space.schedule.isSet();
    ModuleLevel level = getModuleLevel(module);
    if (level != ModuleLevel::Network && !hasSchedule)
      return fail(absl::InvalidArgumentError(
          "--mase-search: expected the network level, whose layers get "
          "precisions; found " +
          nameOf(level).str()));
    absl::StatusOr<PrecisionSpace> space = PrecisionSpace::create(
        module.getContext(), *layers, setup.config, /*mayBeEmpty=*/hasSchedule);
    if (!space.ok())
      return fail(space.status());
    setup.space = *std::move(space);
    for (const LocatedText &warning : setup.space.warnings)
      emitConfigWarning(module.getContext(), warning);
    if (setup.space.idleSeeds)
      emitConfigRemark(module.getContext(), *setup.space.idleSeeds);
    if (absl::Status status = checkCalibration(setup, module.getContext());
        !status.ok())
      return fail(status);
    warnOfDirections(strategy, module.getContext());
    if (hasSchedule) {
      auto schedule =
          ScheduleProblem::create(setup.config, module.getContext());
      if (!schedule.ok())
        return fail(schedule.status());
      setup.schedule = *std::move(schedule);
      if (absl::Status status = setup.schedule->addKnobs(setup.space);
          !status.ok())
        return fail(status);
    }
    setup.problem.space = setup.space.space;
    absl::StatusOr<std::vector<Point>> enqueued =
        setup.space.enqueuedPoints(setup.config);
    if (!enqueued.ok())
      return fail(enqueued.status());
    setup.enqueued = *std::move(enqueued);
    setWishes();
    if (failed(makeEvaluator(entry->function)))
      return failure();
    if (absl::Status status = checkProblem(); !status.ok())
      return fail(status);
    if (failed(measureBaseline(entry->function, setup.compareTo(), setup)))
      return failure();
    setup.identify(entry->function);
    return success();
  }

private:
  LogicalResult fail(const absl::Status &status) {
    return emitConfigError(module.getContext(), locatedText(status));
  }

  void setWishes() {
    Problem &problem = setup.problem;
    for (const MetricConfig &metric : strategy.metrics)
      problem.objectives.push_back(
          {metric.name, metric.scale,
           *metric.maximize ? Direction::Maximize : Direction::Minimize});
    for (const ConstraintConfig &c : strategy.constraints)
      problem.constraints.push_back(
          {c.metric,
           c.atLeast ? Constraint::Kind::AtLeast : Constraint::Kind::AtMost,
           c.bound});
    problem.sumScaledMetrics = *strategy.setup.sumScaledMetrics;
    problem.sumDirection =
        *strategy.setup.maximize ? Direction::Maximize : Direction::Minimize;
  }

  LogicalResult makeEvaluator(func::FuncOp function) {
    std::shared_ptr<TrialEvaluator> own;
    // A program's metrics may stand in for ours: data is read if asked for.
    bool calibrates = setup.space.open && !setup.schedule;
    bool takesData = !strategy.external || strategy.basicEvaluation ||
                     !setup.options.data.empty() || calibrates;
    if (setup.schedule) {
      auto evaluator = makeScheduleEvaluator(function, takesData);
      if (failed(evaluator))
        return failure();
      own = *std::move(evaluator);
    } else if (takesData) {
      FailureOr<NetworkFromIR> network = readDataFor(function);
      if (failed(network))
        return failure();
      std::optional<CalibrationSource> calibration;
      if (calibrates)
        calibration = calibrationSource();
      auto evaluator = NetworkEvaluator::create(
          setup.space, function, *std::move(network), *setup.dataset,
          setup.target, setup.compareTo(), calibration);
      if (!evaluator.ok())
        return fail(evaluator.status());
      own = setup.network = *std::move(evaluator);
    } else {
      own = std::make_shared<CostEvaluator>(setup.space, function,
                                            setup.compareTo());
    }
    if (!strategy.external) {
      std::vector<std::shared_ptr<TrialEvaluator>> all = {std::move(own)};
      if (measures(MetricSource::Clock))
        all.push_back(std::make_shared<LatencyEvaluator>(setup, module));
      if (measures(MetricSource::Lanes))
        all.push_back(std::make_shared<CpuCostEvaluator>(setup, module));
      setup.problem.evaluator =
          all.size() == 1 ? std::move(all.front())
                          : std::make_shared<EvaluatorList>(std::move(all));
      return success();
    }
    absl::StatusOr<std::shared_ptr<TrialEvaluator>> external =
        makeExternal(*own);
    if (!external.ok())
      return fail(external.status());
    setup.problem.evaluator = std::make_shared<EvaluatorList>(
        std::vector<std::shared_ptr<TrialEvaluator>>{*std::move(external),
                                                     std::move(own)});
    return success();
  }

  CalibrationSource calibrationSource() const {
    ArrayRef<float> x = setup.calibrationSamples();
    return {{x.data(), x.size()}, setup.options.memory << 20};
  }

  /// Whether each trial's metrics of `source` are measured here, by an
  /// evaluator of their own: where they are asked for, and neither a schedule's
  /// modules nor a program's answers have them.
  bool measures(MetricSource source) const {
    return !setup.schedule && !strategy.external && setup.wants(source);
  }

  /// Reads the data, which must fit the network.
  FailureOr<NetworkFromIR> readDataFor(func::FuncOp function) {
    FailureOr<NetworkFromIR> network = networkFromIR(function);
    if (failed(network))
      return failure();
    FailureOr<DataTarget> target = getDataTarget(function);
    if (failed(target))
      return failure();
    absl::StatusOr<Dataset> dataset = readSearchData(
        setup.options, setup.config, *target, network->network.outFeatures,
        /*needsLabels=*/setup.wants(MetricSource::Results));
    if (!dataset.ok())
      return fail(dataset.status());
    setup.dataset = *std::move(dataset);
    for (const std::string &warning : setup.dataset->warnings)
      emitConfigWarning(module.getContext(), {{}, warning});
    auto calibration = readCalibration(setup.options, setup.config, *target);
    if (!calibration.ok())
      return fail(calibration.status());
    setup.calibration = *std::move(calibration);
    warnOfSharedSamples();
    if (setup.wants(MetricSource::Comparison) || setup.calibration)
      if (absl::Status status = setTarget(*network); !status.ok())
        return fail(status);
    if (absl::Status status = checkClasses(setup); !status.ok())
      return fail(status);
    return network;
  }

  /// Formats that are chosen on the samples that they are judged on look better
  /// than they are.
  void warnOfSharedSamples() {
    if (!setup.calibration)
      return;
    int64_t shared = countShared(*setup.dataset, *setup.calibration);
    if (shared == 0)
      return;
    emitConfigWarning(
        module.getContext(),
        {setup.config.space.calibration.location,
         absl::StrCat(shared, " of the ", setup.dataset->samples,
                      " samples that trials are measured on are also among the "
                      "calibration's: what is measured is too good; 'split' "
                      "and 'fractions' keep them apart")});
  }

  /// What the network gives in binary32.
  absl::Status setTarget(const NetworkFromIR &network) {
    auto evaluator = Evaluator::create(network.network, {}, setup.dataset->x,
                                       setup.dataset->labels);
    if (!evaluator.ok())
      return evaluator.status();
    setup.target = probabilitiesOf(
        (*evaluator)->logits(Assignment(network.layers.size(), 0)),
        setup.output);
    return absl::OkStatus();
  }

  /// Schedules are measured for what is wanted, with data only where it is.
  FailureOr<std::shared_ptr<TrialEvaluator>>
  makeScheduleEvaluator(func::FuncOp function, bool takesData) {
    ScheduleEvaluator::Options options;
    options.network = module;
    options.config = &setup.config;
    options.schedule = &setup.schedule->getSchedule();
    options.compareTo = setup.compareTo();
    options.wanted =
        ScheduleEvaluator::wantedMetrics(setup.problem, setup.output.isBinary(),
                                         bool(strategy.external), takesData);
    options.isBinary = setup.output.isBinary();
    if (ScheduleEvaluator::needsData(options.wanted)) {
      if (failed(readDataFor(function)))
        return failure();
      options.x = setup.dataset->x;
      options.labels = setup.dataset->labels;
      options.target = setup.target;
    }
    auto evaluator = ScheduleEvaluator::create(options);
    if (!evaluator.ok())
      return fail(errorAt(strategy.location, messageOf(evaluator.status())));
    setup.scheduled = *std::move(evaluator);
    return std::shared_ptr<TrialEvaluator>(setup.scheduled);
  }

  /// What the objectives and constraints want, and `own` does not measure, the
  /// program must.
  absl::StatusOr<std::shared_ptr<TrialEvaluator>>
  makeExternal(const TrialEvaluator &own) {
    const ExternalEvaluationConfig &config = *strategy.external;
    const std::string &program = config.command.front();
    if (!StringRef(program).contains('/') &&
        !llvm::sys::findProgramByName(program))
      return errorAt(config.location,
                     "no program '" + program + "' in the PATH");
    ExternalEvaluator::Options options{config.command, *config.timeout, {}};
    auto declare = [&](const std::string &name) {
      if (own.metricIndex(name) == own.metrics().size() &&
          !llvm::is_contained(options.declared, name))
        options.declared.push_back(name);
    };
    for (const Objective &objective : setup.problem.objectives)
      declare(objective.name);
    for (const Constraint &constraint : setup.problem.constraints)
      declare(constraint.metric);
    return std::make_shared<ExternalEvaluator>(
        std::move(options), setup.problem.space, setup.space.sampledConfig);
  }

  absl::Status checkProblem() {
    if (*strategy.setup.earlyStop &&
        (strategy.external || setup.schedule || measures(MetricSource::Clock) ||
         measures(MetricSource::Lanes) || setup.isCalibrated()))
      return errorAt(strategy.setup.earlyStop.location,
                     "early_stop takes trials that are evaluated on data "
                     "alone, found " +
                         Twine(setup.schedule         ? "a schedule"
                               : strategy.external    ? "an external program"
                               : setup.isCalibrated() ? "calibration"
                               : measures(MetricSource::Clock)
                                   ? "latency"
                                   : "a kernel's cost") +
                         " beside it");
    if (absl::Status status = checkSamplerName(*strategy.setup.sampler);
        !status.ok())
      return errorAt(strategy.setup.sampler.location, messageOf(status));
    if (absl::Status status = checkMetrics(setup); !status.ok())
      return status;
    if (absl::Status status = setup.problem.check(); !status.ok())
      return errorAt(strategy.location, messageOf(status));
    return absl::OkStatus();
  }

  ModuleOp module;
  SearchSetup &setup;
  const StrategyConfig &strategy;
};
} // namespace

FailureOr<std::unique_ptr<SearchSetup>>
SearchSetup::create(ModuleOp module, const SearchOptions &options) {
  absl::StatusOr<SearchConfig> config = readSearchConfig(options);
  if (!config.ok())
    return emitConfigError(module.getContext(), locatedText(config.status()));
  auto setup = std::make_unique<SearchSetup>();
  setup->options = options;
  setup->config = *std::move(config);
  setup->outputDir = options.outputDir;
  if (setup->outputDir.empty())
    setup->outputDir =
        "mase_output/" + setup->name() + "/software/search_ckpts";
  if (failed(SetupBuilder(module, *setup).build()))
    return failure();
  return setup;
}
