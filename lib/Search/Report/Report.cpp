// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// best.json and log.json, as pandas prints them.
#include "ReportWriter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"

#include <cmath>

using namespace mase;
using namespace mase::report;

namespace {

/// An object of floats at the third level as pandas prints it; `each` visits
/// its members.
template <typename Each>
void appendPandasDict(std::string &out, const Writer &writer, Each each) {
  out += '{';
  bool empty = true;
  each([&](size_t metric, double value) {
    if (!empty)
      out += ',';
    empty = false;
    out += writer.jsonKeys[metric];
    appendPandasFloat(out, value);
  });
  out += empty ? "\n\n        }" : "\n        }";
}

void appendPandasMetrics(std::string &out, const Writer &writer,
                         const Trial &trial, MetricGroup group) {
  appendPandasDict(out, writer,
                   [&](auto visit) { writer.eachMetric(trial, group, visit); });
}

void appendPandasScaled(std::string &out, const Writer &writer,
                        const Trial &trial) {
  appendPandasDict(out, writer,
                   [&](auto visit) { writer.eachScaled(trial, visit); });
}

/// The column of Optuna's data frame that holds constraint values.
void appendPandasConstraints(std::string &out, llvm::ArrayRef<double> values) {
  out += ",\n        \"system_attrs_constraints\":";
  if (values.empty()) {
    out += "null";
    return;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    out += i ? ",\n            " : "[\n            ";
    appendPandasFloat(out, values[i]);
  }
  out += "\n        ]";
}

} // namespace

std::string mase::bestJson(const ReportInput &input) {
  Writer writer(input);
  SampledConfigWriter configWriter(writer.config, writer.problem.space,
                                   ConfigStyle::Pandas, 2);
  std::string out = "{";
  size_t row = 0;
  for (size_t i : writer.result.front) {
    const Trial &trial = writer.result.trials[i];
    out += row ? ",\n    \"" : "\n    \"";
    appendUnsigned(out, row++);
    out += "\":{\n        \"number\":";
    appendUnsigned(out, trial.number);
    if (trial.shrunk) {
      out += ",\n        \"shrunk_from\":";
      appendUnsigned(out, trial.shrunk->from);
      out += ",\n        \"budget\":";
      appendUnsigned(out, uint64_t(trial.shrunk->budget));
    }
    out += ",\n        \"value\":[";
    for (size_t v = 0; v < trial.values.size(); ++v) {
      out += v ? ",\n            " : "\n            ";
      appendPandasFloat(out, trial.values[v]);
    }
    out += "\n        ],\n        \"software_metrics\":";
    appendPandasMetrics(out, writer, trial, MetricGroup::Software);
    out += ",\n        \"hardware_metrics\":";
    appendPandasMetrics(out, writer, trial, MetricGroup::Hardware);
    out += ",\n        \"scaled_metrics\":";
    appendPandasScaled(out, writer, trial);
    out += ",\n        \"sampled_config\":";
    configWriter.append(out, trial.point);
    out += "\n    }";
  }
  return out + "\n}\n";
}

static void printLog(const ReportInput &input, llvm::raw_ostream &os) {
  Writer writer(input);
  SampledConfigWriter configWriter(writer.config, writer.problem.space,
                                   ConfigStyle::Pandas, 2);
  bool reasons = hasReasons(writer.result), shrunk = hasShrunk(writer.result);
  std::vector<std::string> valueKeys;
  for (size_t v = 0; v < writer.problem.numValues(); ++v)
    valueKeys.push_back(",\n        \"" + valueName(writer.problem, v) + "\":");
  std::string timings;
  for (const std::string &name : writer.timings) {
    timings += timings.empty()
                   ? ",\n        \"user_attrs_timing_metrics\":[\n            "
                   : ",\n            ";
    appendJsonString(timings, name, /*escapeSlash=*/true);
  }
  timings += timings.empty() ? "" : "\n        ]";
  Buffer buffer(os);
  std::string &out = buffer.text;
  out = "{";
  bool first = true;
  for (const Trial &trial : writer.result.trials) {
    out += first ? "\n    \"" : ",\n    \"";
    first = false;
    appendUnsigned(out, trial.number);
    out += "\":{\n        \"number\":";
    appendUnsigned(out, trial.number);
    for (size_t v = 0; v < valueKeys.size(); ++v) {
      out += valueKeys[v];
      appendPandasFloat(out,
                        trial.values.empty() ? std::nan("") : trial.values[v]);
    }
    auto ofShrunk = [&](const char *key, auto number) {
      if (!shrunk)
        return;
      out += key;
      if (trial.shrunk)
        appendUnsigned(out, uint64_t(number(*trial.shrunk)));
      else
        out += "null";
    };
    ofShrunk(",\n        \"user_attrs_budget\":",
             [](const Shrunk &s) { return s.budget; });
    if (reasons) {
      out += ",\n        \"user_attrs_failure\":";
      if (trial.reason.empty())
        out += "null";
      else
        appendJsonString(out, trial.reason, /*escapeSlash=*/true);
    }
    out += ",\n        \"user_attrs_hardware_metrics\":";
    appendPandasMetrics(out, writer, trial, MetricGroup::Hardware);
    out += ",\n        \"user_attrs_sampled_config\":";
    configWriter.append(out, trial.point);
    out += ",\n        \"user_attrs_scaled_metrics\":";
    appendPandasScaled(out, writer, trial);
    ofShrunk(",\n        \"user_attrs_shrunk_from\":",
             [](const Shrunk &s) { return s.from; });
    out += ",\n        \"user_attrs_software_metrics\":";
    appendPandasMetrics(out, writer, trial, MetricGroup::Software);
    out += timings;
    if (!writer.problem.constraints.empty())
      appendPandasConstraints(out, writer.constraintValues(trial));
    out += ",\n        \"state\":\"";
    out += stateName(trial.state);
    out += "\",\n        \"datetime_start\":";
    appendUnsigned(out, uint64_t(trial.startMicros / 1000));
    out += ",\n        \"datetime_complete\":";
    appendUnsigned(out, uint64_t(trial.completeMicros / 1000));
    out += ",\n        \"duration\":";
    appendUnsigned(out,
                   uint64_t((trial.completeMicros - trial.startMicros) / 1000));
    out += "\n    }";
    buffer.handOn();
  }
  out += "\n}\n";
}

std::string mase::logJson(const ReportInput &input) {
  return asString(input, printLog);
}

absl::Status mase::writeReports(const ReportInput &input,
                                llvm::StringRef directory, AtomicFiles &files) {
  auto write = [&](llvm::StringRef name, auto print) {
    llvm::SmallString<128> path(directory);
    llvm::sys::path::append(path, name);
    return files.write(path, [&](llvm::raw_ostream &os) { print(input, os); },
                       {.createDirectories = true});
  };
  using TrialFiles = ReportInput::TrialFiles;
  if (input.trialFiles == TrialFiles::All)
    if (absl::Status status = write("log.json", printLog); !status.ok())
      return status;
  if (input.trialFiles != TrialFiles::None)
    if (absl::Status status = write(
            "trials.csv",
            input.trialFiles == TrialFiles::All ? printCsv : printCompactCsv);
        !status.ok())
      return status;
  auto whole = [](std::string (*text)(const ReportInput &)) {
    return [text](const ReportInput &in, llvm::raw_ostream &os) {
      os << text(in);
    };
  };
  if (input.writesResults) {
    if (absl::Status status = write("results.json", whole(resultsJson));
        !status.ok())
      return status;
    if (absl::Status status = write("results.csv", whole(resultsCsv));
        !status.ok())
      return status;
  }
  if (absl::Status status = write("best.json", whole(bestJson)); !status.ok())
    return status;
  if (absl::Status status = write("front.svg", whole(frontSvg)); !status.ok())
    return status;
  return write("report.html", whole(reportHtml));
}
