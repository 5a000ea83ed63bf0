// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the writers of a study's files and tables share.
#ifndef MASE_LIB_SEARCH_REPORT_REPORTWRITER_H
#define MASE_LIB_SEARCH_REPORT_REPORTWRITER_H

#include "Scoring.h"
#include "Text.h"

#include "mase/Search/Report/Report.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>

namespace mase::report {

/// One of a list that may be short: NaN behind its end.
inline double metricAt(llvm::ArrayRef<double> values, size_t m) {
  return m < values.size() ? values[m] : std::nan("");
}

/// What all writers share: metrics by group, names ready for printing.
class Writer {
public:
  explicit Writer(const ReportInput &input)
      : problem(*input.problem), result(*input.result), config(*input.config),
        metrics(problem.evaluator->metrics()), scoring(problem) {
    for (const Objective &objective : problem.objectives)
      objectiveMetric.push_back(problem.evaluator->metricIndex(objective.name));
    for (const MetricInfo &metric : metrics) {
      names.push_back(metric.name);
      if (metric.isTiming)
        timings.push_back(metric.name);
    }
    // What trials have beside that, in the order of coming up.
    for (const Trial &trial : result.trials)
      for (const auto &[name, value] : trial.extraMetrics)
        if (llvm::none_of(metrics, [&](auto &m) { return m.name == name; }) &&
            extraNumbers.try_emplace(name, names.size()).second)
          names.push_back(name);
    for (const std::string &name : names) {
      appendJsonString(jsonKeys.emplace_back("\n            "), name,
                       /*escapeSlash=*/true);
      jsonKeys.back() += ':';
      appendPythonString(pythonKeys.emplace_back(), name);
      pythonKeys.back() += ": ";
    }
  }

  static double metricOf(const Trial &trial, size_t i) {
    return metricAt(trial.metrics, i);
  }

  /// Calls `visit(metric, value)`, `metric` an index of `names`, for the
  /// metrics of `group` that were measured. Extra metrics are software metrics
  /// and come after the declared ones.
  template <typename Visit>
  void eachMetric(const Trial &trial, MetricGroup group, Visit visit) const {
    for (size_t i = 0; i < metrics.size(); ++i)
      if (double value = metricOf(trial, i);
          metrics[i].group == group && !std::isnan(value))
        visit(i, value);
    if (group == MetricGroup::Software)
      for (const auto &[name, value] : trial.extraMetrics)
        if (auto it = extraNumbers.find(name);
            it != extraNumbers.end() && !std::isnan(value))
          visit(it->second, value);
  }

  /// Metric `m` of `names`; NaN where the trial has none.
  double valueOf(const Trial &trial, size_t m) const {
    if (m < metrics.size())
      return metricOf(trial, m);
    for (const auto &[name, value] : trial.extraMetrics)
      if (name == names[m])
        return value;
    return std::nan("");
  }

  /// The standard error of the same; NaN: none, or not known.
  static double errorOf(const Trial &trial, size_t m) {
    return metricAt(trial.errors, m);
  }

  /// The unit of metric `m` of `names`; empty: none.
  llvm::StringRef unitOf(size_t m) const {
    return m < metrics.size() ? llvm::StringRef(metrics[m].unit)
                              : llvm::StringRef();
  }

  /// What Optuna calls a trial's constraint values: positive where it is
  /// beyond the bound, otherwise how far it is within, relative to
  /// max(1, |bound|). Empty where one of the metrics was not measured.
  std::vector<double> constraintValues(const Trial &trial) const {
    return scoring.constraintValues(trial.metrics);
  }

  /// The same for the objectives, scaled. A trial without values has none.
  template <typename Visit>
  void eachScaled(const Trial &trial, Visit visit) const {
    if (trial.values.empty())
      return;
    for (size_t i = 0; i < objectiveMetric.size(); ++i)
      visit(objectiveMetric[i],
            problem.objectives[i].scale * metricOf(trial, objectiveMetric[i]));
  }

  const Problem &problem;
  const StudyResult &result;
  const SampledConfig &config;
  llvm::ArrayRef<MetricInfo> metrics;
  std::vector<size_t> objectiveMetric;
  Scoring scoring;
  /// Names of the evaluator's metrics, then of the extra ones.
  std::vector<std::string> names;
  llvm::StringMap<size_t> extraNumbers;
  /// Metrics that a clock has measured: files say so.
  std::vector<std::string> timings;
  /// Names of metrics as they start a member of a dict.
  std::vector<std::string> jsonKeys, pythonKeys;
};

/// Collects text and hands it on in portions: logs are long.
class Buffer {
public:
  explicit Buffer(llvm::raw_ostream &os) : os(os) { text.reserve(2 * kSize); }
  ~Buffer() { os << text; }
  void handOn() {
    if (text.size() < kSize)
      return;
    os << text;
    text.clear();
  }
  std::string text;

private:
  static constexpr size_t kSize = 1 << 16;
  llvm::raw_ostream &os;
};

/// A Python dict whose keys are ready.
class PythonDict {
public:
  void add(llvm::StringRef key, llvm::StringRef value) {
    addKey(key);
    text += value;
  }
  void add(llvm::StringRef key, double value) {
    addKey(key);
    appendPythonFloat(text, value);
  }
  /// The whole, for as long as it takes no other; a new one starts.
  llvm::StringRef take() {
    std::swap(text, whole);
    text = "{";
    return whole += '}';
  }

private:
  void addKey(llvm::StringRef key) {
    text += text.size() > 1 ? ", " : "";
    text += key;
  }

  std::string text = "{", whole;
};

inline const char *stateName(TrialState state) {
  switch (state) {
  case TrialState::Complete:
    return "COMPLETE";
  case TrialState::Pruned:
    return "PRUNED";
  case TrialState::Fail:
    return "FAIL";
  }
  return "FAIL";
}

inline std::string valueName(const Problem &problem, size_t i) {
  return problem.numValues() == 1 ? "value" : "values_" + std::to_string(i);
}

inline bool hasReasons(const StudyResult &result) {
  return llvm::any_of(result.trials,
                      [](const Trial &t) { return !t.reason.empty(); });
}

inline bool hasShrunk(const StudyResult &result) {
  return result.numShrunk() > 0;
}

/// MASE's table of the front's members at these positions of it. The first
/// column is the position, which is a trial's key in best.json.
std::string frontTable(const ReportInput &input,
                       llvm::ArrayRef<size_t> positions);

/// Whether a table shows the metric: an objective, or one that was asked for.
bool isInTable(const ReportInput &input, llvm::StringRef metric);

void printCsv(const ReportInput &input, llvm::raw_ostream &os);
void printCompactCsv(const ReportInput &input, llvm::raw_ostream &os);

template <typename Print>
std::string asString(const ReportInput &input, Print print) {
  std::string text;
  llvm::raw_string_ostream os(text);
  print(input, os);
  return text;
}

} // namespace mase::report

#endif // MASE_LIB_SEARCH_REPORT_REPORTWRITER_H
