// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What follows from a search's parts.
#include "SearchSetup.h"

#include "mase/Search/Sampler.h"
#include "mase/Support/Error.h"
#include "mase/Support/NearestNames.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"

using namespace mlir;
using namespace mase;

/// A hash of bytes, short enough to read.
static std::string digest(ArrayRef<ArrayRef<uint8_t>> parts) {
  llvm::SHA256 sha;
  for (ArrayRef<uint8_t> part : parts)
    sha.update(part);
  return llvm::toHex(sha.final(), /*LowerCase=*/true).substr(0, 32);
}

template <typename T> static ArrayRef<uint8_t> bytesOf(ArrayRef<T> values) {
  return {reinterpret_cast<const uint8_t *>(values.data()),
          values.size() * sizeof(T)};
}

bool SearchSetup::wants(MetricSource source) const {
  auto isIt = [&](const std::string &name) {
    const NetworkMetric *metric = findNetworkMetric(name);
    return metric && metric->source == source;
  };
  return llvm::any_of(problem.objectives,
                      [&](const Objective &o) { return isIt(o.name); }) ||
         llvm::any_of(problem.constraints,
                      [&](const Constraint &c) { return isIt(c.metric); });
}

ArrayRef<float> SearchSetup::calibrationSamples() const {
  int64_t samples =
      std::min(calibration->samples, *config.space.calibrationSamples);
  return ArrayRef(calibration->x)
      .take_front(size_t(samples * calibration->features));
}

DataConfig SearchSetup::calibrationData() const {
  if (options.calibration.empty())
    return config.seenFromHere(config.space.calibration);
  return *parseInlineData(options.calibration, "calibration="); // was read
}

std::string SearchSetup::calibrationText() const {
  ArrayRef<float> x = calibrationSamples();
  return "samples=" +
         std::to_string(int64_t(x.size()) / calibration->features) +
         " data=" + digest({bytesOf(x)}) + " " + kCalibrationOptions.str();
}

std::string SearchSetup::shrinkingText() const {
  const ShrinkConfig &shrink = *config.space.shrink;
  std::string budgets;
  for (int64_t budget : shrink.budgets)
    budgets += (budgets.empty() ? "" : ", ") + std::to_string(budget);
  return shrink.cost + " to " + (budgets.empty() ? "powers of √2" : budgets) +
         " with " + shrinkOptions();
}

std::string SearchSetup::shrinkOptions() const {
  const ShrinkConfig &shrink = *config.space.shrink;
  std::string options = shrink.isFull ? "effort=full" : "effort=fast";
  if (shrink.starts)
    options += " starts=" + std::to_string(shrink.starts);
  if (!shrink.units)
    options += " units=false";
  return options;
}

void SearchSetup::identify(func::FuncOp function) {
  auto add = [&](StringRef what, std::string text) {
    identity.emplace_back(what, std::move(text));
  };
  std::string text;
  llvm::raw_string_ostream os(text);
  function.print(os, OpPrintingFlags().elideLargeResourceString(-1));
  add("network", digest(llvm::arrayRefFromStringRef(text)));
  if (dataset)
    add("data", digest({bytesOf(ArrayRef(dataset->x)),
                        bytesOf(ArrayRef(dataset->labels))}));
  if (isCalibrated())
    add("calibration", calibrationText());
  if (schedule)
    add("schedule",
        digest(arrayRefFromStringRef(schedule->getSchedule().text())));
  if (config.strategy.external)
    add("command", llvm::join(config.strategy.external->command, " "));
  add("compare_to", pythonFloat(compareTo()));
  std::string first;
  for (const Point &point : enqueued) {
    for (uint32_t choice : point)
      first += std::to_string(choice) + ",";
    first += ";";
  }
  add("configurations to try first",
      first.empty() ? "none" : digest(llvm::arrayRefFromStringRef(first)));
  add("early_stop", *config.strategy.setup.earlyStop ? "true" : "false");
  add("sampler", StringRef(*config.strategy.setup.sampler).lower());
  add("seed", std::to_string(*config.seed));
}

std::string SearchSetup::name() const {
  return config.project->empty() ? "mase-search" : *config.project;
}

StudyOptions SearchSetup::studyOptions() const {
  const StrategySetup &setup = config.strategy.setup;
  StudyOptions result;
  result.sampler = *setup.sampler;
  result.seed = uint64_t(*config.seed);
  result.numTrials = uint64_t(*setup.nTrials);
  result.timeout = *setup.timeout;
  result.jobs = *setup.nJobs < 0 ? 0 : unsigned(*setup.nJobs);
  result.patience = uint64_t(*setup.patience);
  result.earlyStop = *setup.earlyStop;
  result.enqueued = enqueued;
  return result;
}

bool SearchSetup::keepsTrials() const {
  bool isFast = network && problem.evaluator == network;
  return !isFast || trialLimit(problem, studyOptions()) <= kManyTrials;
}

ReportInput::TrialFiles SearchSetup::trialFiles() const {
  using TrialFiles = ReportInput::TrialFiles;
  if (options.log)
    return *options.log ? TrialFiles::All : TrialFiles::None;
  return keepsTrials() ? TrialFiles::All : TrialFiles::Compact;
}

std::optional<uint64_t> SearchSetup::selectedTrial() const {
  uint64_t number = 0;
  if (StringRef(options.select).getAsInteger(10, number))
    return std::nullopt;
  return number;
}

absl::Status SearchSetup::checkStudy(const StudyOptions &study) const {
  const StrategyConfig &strategy = config.strategy;
  StudyOptions plain = study;
  plain.earlyStop = false;
  if (absl::Status status = mase::checkStudy(problem, plain); !status.ok())
    return errorAt(strategy.location, messageOf(status));
  if (absl::Status status = mase::checkStudy(problem, study); !status.ok())
    return errorAt(strategy.setup.earlyStop.location, messageOf(status));
  return absl::OkStatus();
}

absl::Status SearchSetup::checkSelect(const StudyOptions &study) const {
  absl::StatusOr<std::optional<std::string>> metric = selectedMetric();
  if (!metric.ok())
    return metric.status();
  uint64_t limit = trialLimit(problem, study);
  // How many networks come of shrinking nobody knows yet.
  if (std::optional<uint64_t> trial = selectedTrial();
      trial && *trial >= limit && !shrinks())
    return absl::InvalidArgumentError(
        "--mase-search: expected select= a trial number from 0 to " +
        std::to_string(limit - 1) + " or a metric, found '" + options.select +
        "'");
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> SearchSetup::selectedMetric() const {
  if (selectedTrial())
    return std::nullopt;
  if (options.select.empty()) {
    for (const Objective &objective : problem.objectives)
      if (objective.name == "accuracy")
        return objective.name;
    return problem.objectives.front().name;
  }
  std::vector<std::string> names;
  for (const MetricInfo &info : problem.evaluator->metrics())
    names.push_back(info.name);
  if (llvm::is_contained(names, options.select))
    return options.select;
  return absl::InvalidArgumentError(
      "--mase-search: expected select= a trial number or a metric, found '" +
      options.select + "'" + nearestNamesText(options.select, names));
}
