// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a search is about: from options, a configuration and a network to a
// problem.
#ifndef MASE_LIB_TUNING_SEARCHSETUP_H
#define MASE_LIB_TUNING_SEARCHSETUP_H

#include "NetworkEvaluator.h"
#include "PrecisionSpace.h"
#include "ScheduleProblem.h"

#include "mase/Data/Dataset.h"
#include "mase/Search/Report/Report.h"
#include "mase/Search/Study.h"

namespace mase {

/// The pass' options; empty and -1: as the configuration says.
struct SearchOptions {
  std::string config, data, scaler, calibration, sampler, outputDir, select;
  int64_t memory = 1024; ///< MiB, for calibrated trials
  std::optional<int64_t> trials, samples, seed, jobs; ///< none: as configured
  bool allowNonFinite = false;
  bool quiet = false, resume = false, results = false;
  /// None: where trials are few, or slow (SearchSetup::keepsTrials).
  std::optional<bool> journal, log;
};

/// The data that trials are measured on, for people: what `data=` says, else
/// the configuration's file.
inline std::string dataNameOf(const SearchOptions &options,
                              const SearchConfig &config) {
  if (!options.data.empty())
    return options.data;
  const auto &basic = config.strategy.basicEvaluation;
  return basic && basic->data.isSet() ? *config.seenFromHere(basic->data).file
                                      : "the shipped jets";
}

/// A search made ready.
struct SearchSetup {
  SearchOptions options;
  SearchConfig config;     ///< with what the options override
  ClassifierOutput output; ///< what the network gives
  PrecisionSpace space;    ///< with the schedule's knobs behind its own
  std::unique_ptr<ScheduleProblem> schedule; ///< null: precisions alone
  std::optional<Dataset> dataset; ///< none where nothing is measured on it
  /// What trials are calibrated on, and the front is refined on; none: neither.
  std::optional<Dataset> calibration;
  /// The probabilities that the network in binary32 gives for it; empty where
  /// no metric compares with them.
  std::vector<float> target;
  Problem problem;
  /// The problem's evaluator or a part of it; null without a dataset, and with
  /// a schedule.
  std::shared_ptr<NetworkEvaluator> network;
  /// The same with a schedule.
  std::shared_ptr<ScheduleEvaluator> scheduled;
  /// The network in binary32 on the same data, and the standard errors: one
  /// value for each of the evaluator's metrics, NaN where there is none. Empty
  /// without a dataset.
  std::vector<double> baseline, baselineErrors;
  std::vector<Point> enqueued;
  /// What makes the search this one, beside its problem: (what, text).
  std::vector<std::pair<std::string, std::string>> identity;
  std::string outputDir;

  /// Errors are reported: an unreadable or contradictory configuration, data
  /// that does not fit the network, unknown metrics, ….
  static mlir::FailureOr<std::unique_ptr<SearchSetup>>
  create(mlir::ModuleOp module, const SearchOptions &options);

  /// Whether metrics of `source` can be measured here, and are not left to a
  /// program: some take labels, others a schedule.
  bool measures(MetricSource source) const {
    return (source != MetricSource::Results ||
            (dataset && dataset->labelled)) &&
           (source != MetricSource::ScheduledCost || scheduled);
  }

  /// Whether an objective or a constraint is of `source`.
  bool wants(MetricSource source) const;

  /// MASE's `compare_to`, bits a weight.
  double compareTo() const {
    const auto &bits = config.strategy.compareTo;
    return bits ? **bits : 32.0;
  }

  /// Whether each trial's scales and weights are chosen by calibration.
  bool isCalibrated() const { return network && network->calibrates(); }
  /// Whether the front's networks are refined.
  bool refines() const {
    return config.space.refine.isSet()
               ? *config.space.refine
               : isCalibrated() && !config.strategy.external;
  }
  /// Whether the front's networks are shrunk.
  bool shrinks() const { return config.space.shrink.has_value(); }
  /// The data that trials are measured on, for people.
  std::string dataName() const { return dataNameOf(options, config); }
  /// The file of the calibration's samples.
  std::string calibrationPath() const { return *calibrationData().file; }
  /// The same with its split, scaler and so on, as options say it.
  DataConfig calibrationData() const;
  /// The samples that calibrate a trial: the calibration's first ones.
  llvm::ArrayRef<float> calibrationSamples() const;
  /// What a trial's weights depend on beside its formats: samples and options.
  std::string calibrationText() const;
  /// The options with which trials are calibrated: the best ones, but that the
  /// scale of an activation is chosen once for each of a layer's choices.
  static constexpr llvm::StringLiteral kCalibrationOptions =
      "range=mse granularity=channel grid=power_of_two rounding=gptq "
      "exponents=by_choice";

  /// How the front is shrunk, for people: "ebops to 7000, 4000 with
  /// effort=fast".
  std::string shrinkingText() const;
  /// The options of --mase-shrink that say how: "effort=fast".
  std::string shrinkOptions() const;

  /// Fills `identity`, of the network `function`.
  void identify(mlir::func::FuncOp function);

  /// What the study is called: the project, or "mase-search".
  std::string name() const;

  /// For the study: everything but the journal's hooks and the progress.
  StudyOptions studyOptions() const;

  /// Whether a search keeps what it did trial by trial where no option says so:
  /// a journal, log.json and all columns of trials.csv take some kB a trial.
  /// Not with more than kManyTrials trials of the evaluator, which runs ten
  /// thousand faster than they can be read.
  bool keepsTrials() const;
  static constexpr uint64_t kManyTrials = 10000;
  bool writesJournal() const {
    return options.resume || options.journal.value_or(keepsTrials());
  }
  ReportInput::TrialFiles trialFiles() const;

  /// The metric that `select` names, or the one that is wanted by default:
  /// accuracy where it is an objective, else the first objective; none where
  /// `select` is a trial's number.
  absl::StatusOr<std::optional<std::string>> selectedMetric() const;

  /// The trial that `select` names by its number.
  std::optional<uint64_t> selectedTrial() const;

  /// mase::checkStudy, with the place in the configuration.
  absl::Status checkStudy(const StudyOptions &study) const;

  /// Errors: `select` names neither a metric nor a trial that `study` can make.
  absl::Status checkSelect(const StudyOptions &study) const;
};

} // namespace mase

#endif // MASE_LIB_TUNING_SEARCHSETUP_H
