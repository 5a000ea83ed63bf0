// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a search's reports say beside its trials.
#include "SearchReport.h"

#include "NetworkMetrics.h"

#include "mase/Search/Console.h"
#include "mase/Search/Indicators.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

#include <cmath>

using namespace mlir;
using namespace mase;

/// A layer's formats as the inline table that --mase-quantize takes.
static std::string inlineSettings(QuantizableOpInterface op,
                                  PrecisionAttr precision) {
  std::string name, text;
  for (OperandRole role : kAllRoles) {
    NumberFormatAttrInterface attr = precision.getFormat(role);
    if (!attr)
      continue;
    NumberFormat format = attr.getNumberFormat();
    std::string own(format->name());
    if (name.empty())
      name = own;
    auto add = [&](StringRef key, StringRef value) {
      text += ("," + stringify(role) + "_" + key + "=" + value).str();
    };
    for (const FormatSetting &setting : format->settings()) {
      if (setting.key == "signed" && clampsNegative(op, role))
        continue; // without a word
      std::string value = toText(setting.value);
      llvm::erase(value, ' ');
      add(setting.key, value);
    }
    if (own != name)
      add("floor", own == "integer_floor" ? "true" : "false");
  }
  return "name=\"" + name + "\"" + text;
}

/// What calibrates a trial's formats outside of the search.
static std::string calibrateOption(const SearchSetup &setup) {
  auto samples =
      setup.calibrationSamples().size() / size_t(setup.calibration->features);
  std::string option =
      "--mase-calibrate=data=" + toInlineText(setup.calibrationData()) +
      " samples=" + std::to_string(samples);
  if (!setup.options.scaler.empty())
    option += " scaler=" + setup.options.scaler;
  return option;
}

/// What shrinks its network.
static std::string shrinkOption(const SearchSetup &setup,
                                const Shrunk &shrunk) {
  std::string option =
      "--mase-shrink=data=" + toInlineText(setup.calibrationData());
  if (!setup.options.scaler.empty())
    option += " scaler=" + setup.options.scaler;
  option += " " + setup.shrinkOptions();
  if (const std::string &cost = setup.config.space.shrink->cost;
      cost != "ebops")
    option += " cost=" + cost;
  if (setup.output.isBinary())
    option += " loss=divergence";
  return option + " budget=" + std::to_string(shrunk.budget);
}

/// The command that gives the network a trial's precision, and replays its
/// schedule; of a calibrated trial one that finds scales and weights anew.
static std::string reproduceCommand(ModuleOp module, const SearchSetup &setup,
                                    const Trial &trial) {
  std::string layers, number = std::to_string(trial.number);
  bool canBeSpelt = true;
  for (const LayerKnobs &layer : setup.space.layers)
    if (PrecisionAttr precision =
            layer.choices[layer.choiceAt(trial.point)].precision) {
      layers += (layers.empty() ? "" : ",") + layer.name + ":{" +
                inlineSettings(layer.op, precision) + "}";
      canBeSpelt &= llvm::all_of(layer.name, [](char c) {
        return llvm::isAlnum(c) || c == '_' || c == '.' || c == '-';
      });
    }
  std::string file = "NETWORK.mlir";
  if (auto loc = dyn_cast<FileLineColLoc>(module.getLoc()))
    if (!loc.getFilename().getValue().starts_with("<") &&
        loc.getFilename() != "-")
      file = loc.getFilename().str();
  std::string quantize;
  if (!canBeSpelt) {
    // The options of a pass have no way to write such a name, but the module
    // that the search leaves has all of the front by numbers.
    file = "BEST.mlir";
    quantize = "--mase-quantize=configuration=trial_" + number;
  } else if (!layers.empty() || !setup.schedule) {
    quantize = "--mase-quantize=by=name layers=" + layers;
  }
  std::string command = "mase-opt " + toShellWord(file);
  if (!quantize.empty())
    command += " " + toShellWord(quantize);
  if (setup.isCalibrated())
    command += " " + toShellWord(calibrateOption(setup));
  if (trial.shrunk)
    command += " " + toShellWord(shrinkOption(setup, *trial.shrunk));
  if (setup.schedule)
    command +=
        " " + replayOptions(ScheduleProblem::pathOf(setup.outputDir, trial));
  return command + " -o trial_" + number + ".mlir";
}

/// What report.html says beside the trials.
static void describe(ReportInput &input, ModuleOp module,
                     const SearchSetup &setup) {
  const SearchConfig &config = setup.config;
  input.title = setup.name();
  auto fact = [&](const char *name, std::string text) {
    if (!text.empty())
      input.facts.emplace_back(name, std::move(text));
  };
  fact("Network", *config.model);
  fact("Configuration", setup.options.config);
  if (setup.dataset)
    fact("Data", setup.dataName() + ", " +
                     std::to_string(setup.dataset->samples) + " samples");
  if (setup.isCalibrated())
    fact("Calibrated on",
         setup.calibrationPath() + ", " + setup.calibrationText());
  if (setup.shrinks())
    fact("Front shrunk on",
         setup.calibrationPath() + ", " + setup.shrinkingText());
  if (config.strategy.external)
    fact("Evaluated by",
         llvm::join(
             llvm::map_range(config.strategy.external->command, toShellWord),
             " "));
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
  input.runFacts.emplace_back("Jobs",
                              jobs > 0 ? std::to_string(jobs) : "one per core");
  input.reproduceCommand = [module, &setup](const Trial &trial) {
    return reproduceCommand(module, setup, trial);
  };
}

std::string mase::hypervolumeText(const Problem &problem,
                                  const StudyResult &result) {
  if (problem.numValues() < 2)
    return {};
  HypervolumeCurve curve = hypervolumeCurve(problem, result.trials);
  double box = curve.box();
  if (!curve.complete || !(box > 0) || !std::isfinite(box))
    return {};
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "hypervolume " << llvm::format("%.1f", 100 * curve.volume() / box)
     << " % of the box from worst to best:";
  for (auto [v, objective] : llvm::enumerate(problem.objectives)) {
    size_t m = problem.evaluator->metricIndex(objective.name);
    os << (v ? ", " : " ") << objective.name << " "
       << shownValue(metricOfLoss(problem, v, curve.reference[v])) << " to "
       << shownValue(metricOfLoss(problem, v, curve.ideal[v]),
                     problem.evaluator->metrics()[m].unit);
  }
  return text + "\n";
}

ReportInput mase::searchReport(ModuleOp module, const SearchSetup &setup,
                               const StudyResult &result) {
  ReportInput input;
  input.problem = &setup.problem;
  input.result = &result;
  input.config = &setup.space.sampledConfig;
  auto metricsWith = [&](NetworkMetric::Flag flag) {
    return MetricList(setup.output.isBinary(),
                      [&](const NetworkMetric &m) { return m.has(flag); })
        .names();
  };
  input.tableMetrics = metricsWith(NetworkMetric::InBestTable);
  for (const Constraint &constraint : setup.problem.constraints)
    input.tableMetrics.push_back(constraint.metric);
  input.trialFiles = setup.trialFiles();
  input.writesResults = setup.options.results;
  input.resultsMetrics = metricsWith(NetworkMetric::InResultsTable);
  input.baseline = setup.baseline;
  input.baselineErrors = setup.baselineErrors;
  if (setup.dataset)
    input.samples = setup.dataset->samples;
  describe(input, module, setup);
  return input;
}
