// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reading a search's configuration and data.
#include "SearchInputs.h"

#include "mase/Data/Jets.h"
#include "mase/Support/Error.h"
#include "mase/Support/NearestNames.h"

#include "absl/strings/str_cat.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mase;

static constexpr llvm::StringLiteral kSpaceName =
    "graph/quantize/mixed_precision_ptq";

/// The file, with the options that override it.
absl::StatusOr<SearchConfig>
mase::readSearchConfig(const SearchOptions &options) {
  if (options.config.empty())
    return absl::InvalidArgumentError(
        "--mase-search: expected config=FILE, a TOML file with a [search] "
        "table");
  absl::StatusOr<SearchConfig> parsed = loadSearchConfig(options.config);
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
  // A schedule is a space of its own.
  if (parsed->space.name.isSet() || !parsed->space.schedule.isSet())
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
  if (!options.sampler.empty())
    strategy.setup.sampler = {options.sampler, {}};
  if (options.samples && !strategy.basicEvaluation)
    strategy.basicEvaluation.emplace();
  // An option takes what its key in the configuration takes.
  auto override = [](StringRef name, const std::optional<int64_t> &value,
                     Setting<int64_t> *to, int64_t low, StringRef what) {
    if (!value)
      return absl::OkStatus();
    if (*value < low || (low < 0 && *value == 0))
      return absl::InvalidArgumentError("--mase-search: expected " +
                                        what.str() + " for '" + name.str() +
                                        "', found " + std::to_string(*value));
    to->value = *value;
    return absl::OkStatus();
  };
  StrategySetup &setup = strategy.setup;
  for (const absl::Status &status :
       {override("trials", options.trials, &setup.nTrials, 1, "at least 1"),
        override("samples", options.samples,
                 options.samples ? &strategy.basicEvaluation->numSamples
                                 : nullptr,
                 0, "at least 1, or 0 for all of them,"),
        override("seed", options.seed, &parsed->seed, 0, "at least 0"),
        override("jobs", options.jobs, &setup.nJobs, -1,
                 "at least 1, or -1 for all cores,")})
    if (!status.ok())
      return status;
  return parsed;
}

/// The data that `data=` or the configuration's `data_loader` names.
static absl::StatusOr<Dataset> readData(const SearchOptions &options,
                                        const SearchConfig &parsed,
                                        const DataTarget &target) {
  BasicEvaluationConfig basic =
      parsed.strategy.basicEvaluation.value_or(BasicEvaluationConfig());
  if (!options.data.empty() || basic.data.isSet()) {
    DataOptions reading;
    reading.data = options.data;
    if (options.data.empty())
      reading.config = parsed.seenFromHere(basic.data);
    reading.hashesRows = true;
    reading.scaler = options.scaler;
    reading.samples = *basic.numSamples;
    reading.allowNonFinite = options.allowNonFinite;
    return readSamples(reading, target);
  }
  if (!options.scaler.empty() && options.calibration.empty() &&
      !parsed.space.calibration.isSet())
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
  std::optional<int64_t> most;
  if (*basic.numSamples > 0)
    most = *basic.numSamples;
  absl::StatusOr<Dataset> jets = readShippedJets(
      *basic.dataLoader == loaders[0] ? "validation.h5" : "test.h5", most,
      target.classNames);
  if (jets.ok())
    if (absl::Status status = checkSampleShape(
            "the shipped jets", "data=", target.inputShape, *jets);
        !status.ok())
      return status;
  return jets;
}

absl::StatusOr<Dataset> mase::readSearchData(const SearchOptions &options,
                                             const SearchConfig &config,
                                             const DataTarget &target,
                                             int64_t results,
                                             bool needsLabels) {
  absl::StatusOr<Dataset> dataset = readData(options, config, target);
  if (!dataset.ok())
    return dataset;
  std::string name = dataNameOf(options, config);
  if (!dataset->labelled && needsLabels)
    return absl::InvalidArgumentError(
        "'" + name +
        "': expected a dataset with labels, found features alone; an NPZ file "
        "holds labels in its member 'y', a CSV file in its last column");
  // Nothing that reads them is measured.
  if (!dataset->labelled)
    dataset->labels.assign(size_t(dataset->samples), 0);
  if (absl::Status status =
          checkLabels(name, dataset->labels, dataset->samples, results);
      !status.ok())
    return status;
  return dataset;
}

absl::StatusOr<std::optional<Dataset>>
mase::readCalibration(const SearchOptions &options, const SearchConfig &config,
                      const DataTarget &target) {
  const SearchSpaceConfig &space = config.space;
  bool isOption = !options.calibration.empty();
  if (!isOption && !space.calibration.isSet())
    return std::nullopt;
  DataOptions reading;
  reading.data = options.calibration;
  if (!isOption)
    reading.config = config.seenFromHere(space.calibration);
  reading.hashesRows = true;
  reading.scaler = options.scaler;
  reading.allowNonFinite = options.allowNonFinite;
  reading.option = isOption ? "calibration=" : "'calibration'";
  reading.takesLabels = false;
  absl::StatusOr<Dataset> samples = readSamples(reading, target);
  if (samples.ok())
    return std::optional(*std::move(samples));
  return isOption
             ? absl::InvalidArgumentError(absl::StrCat(
                   "--mase-search: calibration: ", samples.status().message()))
             : errorAt(space.calibration.location, messageOf(samples.status()));
}
