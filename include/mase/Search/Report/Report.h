// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A study's results as files and text: best.json and log.json in MASE's shape
// (pandas' to_json with ten decimals), trials.csv with the columns of Optuna's
// trials_dataframe(), MASE's "Best trial(s):" table, a page to look at
// (report.html) and a figure for a paper (front.svg).
#ifndef MASE_SEARCH_REPORT_REPORT_H
#define MASE_SEARCH_REPORT_REPORT_H

#include "mase/Search/SampledConfig.h"
#include "mase/Search/Study.h"
#include "mase/Support/AtomicFile.h"

#include "absl/status/status.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace mase {

/// What the writers need; all referred to must outlive it.
struct ReportInput {
  const Problem *problem = nullptr;
  const StudyResult *result = nullptr;
  const SampledConfig *config = nullptr;
  /// Metrics that the table prints (objectives are printed in any case);
  /// empty: all. Files carry all.
  std::vector<std::string> tableMetrics;

  /// What the page and the figure are about, as in "jsc-new": the network.
  std::string title = {};
  /// What the page's head says beside what the study knows (sampler, trials,
  /// size of the space, objectives): name and text, as in {"seed", "0"}. The
  /// same for every run of the same search.
  std::vector<std::pair<std::string, std::string>> facts = {};
  /// The same for what may differ from run to run (jobs, machine, date).
  std::vector<std::pair<std::string, std::string>> runFacts = {};
  /// The metrics of what the search starts from (the network in float32), one
  /// for each of the evaluator's metrics; NaN or missing: not measured. Tables,
  /// page and figure show them beside the trials'.
  std::vector<double> baseline = {};
  /// The standard errors of `baseline`, one for each of its values; NaN: none
  /// (a cost, a loss).
  std::vector<double> baselineErrors = {};
  /// How many samples the software metrics are of; 0: none.
  int64_t samples = 0;
  /// The files of all trials.
  enum class TrialFiles : uint8_t {
    None,
    Compact, ///< trials.csv, with numbers, choices and wanted metrics alone
    All      ///< log.json and trials.csv as MASE and Optuna have them
  };
  TrialFiles trialFiles = TrialFiles::All;
  /// Whether there are results.json and results.csv, and the metrics that the
  /// table of results prints (like tableMetrics).
  bool writesResults = false;
  std::vector<std::string> resultsMetrics = {};
  /// The command that applies a trial's configuration; empty: none is shown.
  std::function<std::string(const Trial &)> reproduceCommand = {};
};

/// "Best trial(s):" and a table (org style) of the front by trial number:
/// number, software_metrics, hardware_metrics, scaled_metrics, as Python
/// prints dicts of floats rounded to three decimals.
std::string bestTrialsTable(const ReportInput &input);

/// The same for people: the trials in the order of their first objective, best
/// first. Where MASE's table is wider than `columns` (0: any width will do), it
/// is one of trial numbers, objectives and what else fits, unscaled, with
/// units.
std::string consoleTable(const ReportInput &input, size_t columns);

/// "float32: accuracy 0.764 ± 0.009, loss 0.712 nats on 2000 samples" and a
/// newline: the metrics that the table shows (as baseline and baselineErrors
/// have them) of what `name` says.
std::string metricsLine(const ReportInput &input, llvm::StringRef name,
                        llvm::ArrayRef<double> metrics,
                        llvm::ArrayRef<double> errors);

/// "0.764 ± 0.009": three decimals, or as many as show the error's first
/// digit; without an error (NaN, or 0 where samples do not differ) as the table
/// prints numbers.
std::string withError(double value, double error);

/// trials.csv where there are very many: a row a trial with its number, state,
/// the metrics that the table prints (six digits) and the choice of each knob;
/// below 200 bytes for a dozen knobs.
std::string compactTrialsCsv(const ReportInput &input);

/// best.json: the front by trial number; keys "0", "1", … with number, (of
/// shrunk ones shrunk_from, budget,) value, software_metrics, hardware_metrics,
/// scaled_metrics, sampled_config.
std::string bestJson(const ReportInput &input);

/// log.json: every trial; values_0, … (or value), user_attrs_…, state,
/// datetime_start, datetime_complete and duration (milliseconds). Failed
/// trials have nulls and user_attrs_failure; where some are shrunk, all have
/// user_attrs_shrunk_from and user_attrs_budget, null for the others; where a
/// clock measures metrics, user_attrs_timing_metrics names them; where the
/// problem has constraints, system_attrs_constraints has a number for each,
/// positive where it is broken.
std::string logJson(const ReportInput &input);

/// trials.csv: number, values_0, …, datetime_start, datetime_complete,
/// duration, params_<knob>, …, user_attrs_…, (user_attrs_timing_metrics,
/// system_attrs_constraints,) state.
std::string trialsCsv(const ReportInput &input);

/// report.html: one page that needs no network and no other file. Times, and
/// what else may differ between runs of the same search, are in one line, the
/// JSON object with id "run"; the rest is the same bytes. Where there are more
/// trials than a page holds (20,000, fewer in large spaces), those that are
/// drawn are chosen by a hash of their numbers, and the page says so; front,
/// hypervolume, importances and sensitivities are those of all.
std::string reportHtml(const ReportInput &input);

/// front.svg: all trials and the front in the plane of the first two values
/// (one value: the best one over trials). The same bytes every time.
std::string frontSvg(const ReportInput &input);

/// Every trial as a row of numbers, in the order of the space (not of the
/// trials). results.json: a list of objects with the names and units of the
/// usual loop around MASE's passes ("acc", "loss", "latency" in seconds a
/// sample, "flop" as thop counts, "model-size" in bytes; null: not measured),
/// then "number", "state", ("shrunk_from", "budget",) "front", "knobs" (by key)
/// and "metrics" by their own names and in their own units, "errors", the
/// standard errors of those that have one, and "timings", the names of those
/// that a clock gave. Last, where there is one, the baseline: its number is
/// null, its state "BASELINE". results.csv: the same in columns
/// ("accuracy_error" for an error).
std::string resultsJson(const ReportInput &input);
std::string resultsCsv(const ReportInput &input);

/// The same as a table for people, objectives first; a metric that is the same
/// for all trials is said below it, and so are those that have no room in
/// `columns` (0: any number).
std::string resultsTable(const ReportInput &input, size_t columns = 0);

/// Writes best.json, (log.json, trials.csv, results.json, results.csv,)
/// report.html and front.svg into `directory`, which is created with its
/// parents; `files` puts them in their places.
absl::Status writeReports(const ReportInput &input, llvm::StringRef directory,
                          AtomicFiles &files);

/// A float as Python's repr prints it: shortest digits that read back, "8.0",
/// "1e-05", "nan".
std::string pythonFloat(double value);
/// Rounded to `decimals` as Python's round does, then as pythonFloat.
std::string pythonRounded(double value, int decimals);
/// As pandas' to_json(double_precision=10) prints it: at most ten decimals,
/// trailing zeros cut but for one ("8.0"); null for NaN and infinities.
void appendPandasFloat(std::string &out, double value);

} // namespace mase

#endif // MASE_SEARCH_REPORT_REPORT_H
