// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MASE's `[search]` TOML (search space, strategy, metrics) with the basics
// above it. Every value knows where in the file it stands.
#ifndef MASE_CONFIG_SEARCHCONFIG_H
#define MASE_CONFIG_SEARCHCONFIG_H

#include "mase/Config/DataConfig.h"
#include "mase/Config/QuantizeConfig.h"
#include "mase/Support/Location.h"

#include "absl/status/statusor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mase {

/// One list of choices: `weight_width = [2, 4, 8]`; a scalar is a list of one.
/// Several keys may be chosen together: `"weight_width, weight_frac_width" =
/// [[8, 6], [4, 3]]`. Never empty, no choice twice, each value checked by
/// checkLayerSetting.
struct ChoiceList {
  std::vector<std::string> keys;
  std::vector<std::vector<ConfigValue>> choices; ///< a value for each key
  SourceLocation location;

  /// The keys as the file has them: "weight_width, weight_frac_width".
  std::string name() const;
  bool has(llvm::StringRef key) const;
};

/// `[search.search_space.seed.<key>.config]`, lists in the order of the file.
/// No key is in two lists.
struct SeedEntry {
  std::string key;
  std::vector<ChoiceList> lists;
  SourceLocation location;
};

/// `setup.shrink`: true, or a table. The front's networks are brought within
/// budgets of a cost, as --mase-shrink does it.
struct ShrinkConfig {
  std::vector<int64_t> budgets; ///< falling; empty: chosen by what there is
  std::string cost = "ebops";   ///< or bitops, model_bytes, macs
  bool isFull = false;          ///< `effort`, else fast
  int64_t starts = 0;           ///< 0: as many as pay
  bool units = true;            ///< whether whole hidden units may go
  SourceLocation location;
};

/// `[search.search_space]`.
struct SearchSpaceConfig {
  Setting<std::string> name; ///< "graph/quantize/mixed_precision_ptq"
  Setting<SelectBy> by{SelectBy::Type, {}}; ///< type or name
  Setting<bool> tie{false, {}}; ///< one set of knobs for all that a seed covers
  /// A transform-dialect schedule whose knobs are searched, too: a path,
  /// relative to the configuration's folder (schedulePath). Empty: none.
  Setting<std::string> schedule;
  /// `setup.calibration`: samples that settle "auto", with paths like
  /// `schedule` (SearchConfig::seenFromHere). Not set: none.
  DataConfig calibration;
  /// So many of them calibrate each trial; refinement takes all.
  Setting<int64_t> calibrationSamples{2000, {}};
  /// Move single weights of the front's networks; not set: where trials are
  /// calibrated.
  Setting<bool> refine{false, {}};
  std::optional<ShrinkConfig> shrink;   ///< none: `false`, or not there
  std::optional<SeedEntry> defaultSeed; ///< seed.default
  std::vector<SeedEntry> seeds; ///< the others, in the order of the file

  /// The entry that a layer gets: its name's or its type's, else the default
  /// (null where there is none).
  const SeedEntry *lookup(llvm::StringRef name, llvm::StringRef type) const;
};

/// `[search.strategy.metrics.<name>]`.
struct MetricConfig {
  std::string name;
  double scale = 1.0;
  /// `direction`; not set where the direction of the sum and the sign of the
  /// scale say it.
  Setting<bool> maximize{false, {}};
  SourceLocation location;
};

/// `[search.strategy.sw_runner.basic_evaluation]`.
struct BasicEvaluationConfig {
  Setting<std::string> dataLoader{"val_dataloader", {}};
  DataConfig data; ///< in place of it, with paths like `schedule`
  Setting<int64_t> numSamples{0, {}}; ///< 0: all
  SourceLocation location;
};

/// `[search.strategy.sw_runner.external]`: a program answers trials.
struct ExternalEvaluationConfig {
  std::vector<std::string> command; ///< program and arguments, not empty
  Setting<double> timeout{0, {}};   ///< seconds a trial; 0: no limit
  SourceLocation location;
};

/// One of `[search.strategy] constraints`: "accuracy >= 0.70".
struct ConstraintConfig {
  std::string metric;
  bool atLeast = false; ///< else at most
  double bound = 0;
  SourceLocation location;
};

/// One layer's part of a configuration to try first; `layer` is a layer's name
/// or type, or "default".
struct EnqueuedLayer {
  std::string layer;
  std::vector<LayerSetting> settings;
  SourceLocation location;
};

/// One of `[[search.strategy.enqueue]]`: {default = {weight_width = 8}}.
struct EnqueuedConfig {
  std::vector<EnqueuedLayer> layers; ///< in the order of the file
  SourceLocation location;
};

/// `[search.strategy.setup]`.
struct StrategySetup {
  Setting<int64_t> nJobs{1, {}};            ///< at least 1, or -1: all cores
  Setting<int64_t> nTrials{0, {}};          ///< 0: no limit
  Setting<double> timeout{0, {}};           ///< seconds; 0: no limit
  Setting<std::string> sampler{"auto", {}}; ///< as written; Search knows them
  /// One objective, the sum of scale x metric; `maximize` is then set, and no
  /// metric's direction contradicts what it and the scale make of the metric.
  Setting<bool> sumScaledMetrics{false, {}};
  Setting<bool> maximize{true, {}}; ///< `direction`, of the sum
  Setting<int64_t> patience{0, {}}; ///< trials without growth; 0: no limit
  Setting<bool> earlyStop{false, {}};
  Setting<bool> baselines{false, {}}; ///< uniform 8, 4, 2 bits and float first
};

/// `[search.strategy]`.
struct StrategyConfig {
  Setting<std::string> name{"optuna", {}};
  Setting<bool> evalMode{true, {}};
  std::optional<BasicEvaluationConfig> basicEvaluation;
  std::optional<ExternalEvaluationConfig> external;
  std::optional<Setting<double>> compareTo; ///< hw_runner.average_bitwidth
  StrategySetup setup;
  std::vector<MetricConfig> metrics; ///< in the order of the file
  std::vector<ConstraintConfig> constraints;
  std::vector<EnqueuedConfig> enqueued;
  SourceLocation location;
};

/// A search configuration file.
struct SearchConfig {
  std::string file;
  // The basics that a search uses; MASE's others are let through.
  Setting<std::string> model, dataset, task, project, accelerator;
  Setting<int64_t> seed{0, {}};
  Setting<int64_t> batchSize{0, {}};
  SearchSpaceConfig space;
  StrategyConfig strategy;

  /// Where the schedule is, seen from the working directory.
  std::string schedulePath() const;
  /// The same of the files that `data` names.
  DataConfig seenFromHere(DataConfig data) const;
};

/// Reads a search configuration. Errors ("file:line:column: …"): a file that
/// cannot be read, TOML syntax, a missing table, unknown keys in the tables
/// above (with the nearest valid ones), wrong types, empty lists, no metrics.
/// Unknown keys beside the basics are let through unless they look like a
/// known one misspelt.
absl::StatusOr<SearchConfig> loadSearchConfig(llvm::StringRef path);

/// The same from text; `file` stands in locations.
absl::StatusOr<SearchConfig> parseSearchConfig(llvm::StringRef text,
                                               llvm::StringRef file);

/// The `model` that a configuration names, whatever else it configures; empty
/// where it names none. Errors: a file that cannot be read, TOML syntax, a
/// value that is no string.
absl::StatusOr<Setting<std::string>> loadModelName(llvm::StringRef path);

/// `path` that the configuration `config` names, seen from the working
/// directory: relative to the configuration's folder.
std::string besideConfig(llvm::StringRef config, llvm::StringRef path);

} // namespace mase

#endif // MASE_CONFIG_SEARCHCONFIG_H
