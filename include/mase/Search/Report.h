// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A study's results as files and text: best.json and log.json in MASE's shape
// (pandas' to_json with ten decimals), trials.csv with the columns of Optuna's
// trials_dataframe(), and MASE's "Best trial(s):" table.
#ifndef MASE_SEARCH_REPORT_H
#define MASE_SEARCH_REPORT_H

#include "mase/Search/SampledConfig.h"
#include "mase/Search/Study.h"

#include "absl/status/status.h"
#include "llvm/ADT/StringRef.h"

#include <string>
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
};

/// "Best trial(s):" and a table (org style) of the front by trial number:
/// number, software_metrics, hardware_metrics, scaled_metrics, as Python
/// prints dicts of floats rounded to three decimals.
std::string bestTrialsTable(const ReportInput &input);

/// best.json: the front by trial number; keys "0", "1", … with number, value,
/// software_metrics, hardware_metrics, scaled_metrics, sampled_config.
std::string bestJson(const ReportInput &input);

/// log.json: every trial; values_0, … (or value), user_attrs_…, state,
/// datetime_start, datetime_complete and duration (milliseconds). Failed
/// trials have nulls and user_attrs_failure.
std::string logJson(const ReportInput &input);

/// trials.csv: number, values_0, …, datetime_start, datetime_complete,
/// duration, params_<knob>, …, user_attrs_…, state.
std::string trialsCsv(const ReportInput &input);

/// Writes best.json, log.json and trials.csv into `directory`, which is
/// created with its parents. Each file appears whole or not at all.
absl::Status writeReports(const ReportInput &input, llvm::StringRef directory);

/// A float as Python's repr prints it: shortest digits that read back, "8.0",
/// "1e-05", "nan".
std::string pythonFloat(double value);
/// Rounded to `decimals` as Python's round does, then as pythonFloat.
std::string pythonRounded(double value, int decimals);
/// As pandas' to_json(double_precision=10) prints it: at most ten decimals,
/// trailing zeros cut but for one ("8.0"); null for NaN and infinities.
void appendPandasFloat(std::string &out, double value);

} // namespace mase

#endif // MASE_SEARCH_REPORT_H
