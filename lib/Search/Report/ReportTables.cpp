// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of best trials and trials.csv, as Python prints them.
#include "ReportWriter.h"

#include "llvm/Support/Format.h"

#include <cstdio>
#include <numeric>
#include <utility>

using namespace mase;
using namespace mase::report;

namespace {

/// A table as tabulate's "orgtbl": an index column, a number column (right),
/// text columns (left); a column is at least its heading plus two wide.
std::string orgTable(llvm::ArrayRef<std::string> headings,
                     llvm::ArrayRef<std::vector<std::string>> rows,
                     size_t rightAligned) {
  std::vector<size_t> widths;
  for (size_t c = 0; c < headings.size(); ++c) {
    size_t width = headings[c].size() + 2;
    for (const std::vector<std::string> &row : rows)
      width = std::max(width, row[c].size());
    widths.push_back(width);
  }
  std::string out;
  auto line = [&](llvm::ArrayRef<std::string> cells) {
    for (size_t c = 0; c < cells.size(); ++c) {
      std::string pad(widths[c] - cells[c].size(), ' ');
      out += c < rightAligned ? "| " + pad + cells[c] + " "
                              : "| " + cells[c] + pad + " ";
    }
    out += "|\n";
  };
  line(headings);
  for (size_t c = 0; c < widths.size(); ++c)
    out += (c ? "+" : "|") + std::string(widths[c] + 2, '-');
  out += "|\n";
  for (const std::vector<std::string> &row : rows)
    line(row);
  return out;
}

} // namespace

std::string mase::withError(double value, double error) {
  // An error of 0 is that of samples that all agree, or of one: it does not
  // say that the value is certain.
  if (!(error > 0))
    return pythonRounded(value, 3);
  int decimals = 3;
  if (error < 1e-3)
    decimals = std::min(10, int(std::ceil(-std::log10(error))));
  std::string text;
  llvm::raw_string_ostream(text)
      << llvm::format("%.*f ± %.*f", decimals, value, decimals, error);
  return text;
}

std::string mase::metricsLine(const ReportInput &input, llvm::StringRef name,
                              llvm::ArrayRef<double> metrics,
                              llvm::ArrayRef<double> errors) {
  std::string line;
  for (auto [i, info] : llvm::enumerate(input.problem->evaluator->metrics())) {
    if (!isInTable(input, info.name) || i >= metrics.size() ||
        std::isnan(metrics[i]))
      continue;
    line += (line.empty() ? ": " : ", ") + info.name + " " +
            withError(metrics[i], i < errors.size() ? errors[i] : std::nan(""));
    if (!info.unit.empty())
      line += " " + info.unit;
  }
  if (line.empty())
    return line;
  if (input.samples)
    line += " on " + std::to_string(input.samples) + " samples";
  return name.str() + line + "\n";
}

std::string mase::report::frontTable(const ReportInput &input,
                                     llvm::ArrayRef<size_t> positions) {
  Writer writer(input);
  std::vector<std::vector<std::string>> rows;
  for (size_t position : positions) {
    const Trial &trial = writer.result.trials[writer.result.front[position]];
    PythonDict software, hardware, scaled;
    auto add = [&](PythonDict &dict) {
      return [&](size_t metric, double value) {
        if (isInTable(input, writer.names[metric]))
          dict.add(writer.pythonKeys[metric], pythonRounded(value, 3));
      };
    };
    writer.eachMetric(trial, MetricGroup::Software, add(software));
    writer.eachMetric(trial, MetricGroup::Hardware, add(hardware));
    writer.eachScaled(trial, add(scaled));
    rows.push_back({std::to_string(position), std::to_string(trial.number),
                    software.take().str(), hardware.take().str(),
                    scaled.take().str()});
  }
  return "Best trial(s):\n" + orgTable({"", "number", "software_metrics",
                                        "hardware_metrics", "scaled_metrics"},
                                       rows, /*rightAligned=*/2);
}

bool mase::report::isInTable(const ReportInput &input, llvm::StringRef metric) {
  return input.tableMetrics.empty() ||
         llvm::is_contained(input.tableMetrics, metric) ||
         llvm::any_of(input.problem->objectives,
                      [&](const Objective &o) { return o.name == metric; });
}

std::string mase::bestTrialsTable(const ReportInput &input) {
  std::vector<size_t> all(input.result->front.size());
  std::iota(all.begin(), all.end(), size_t(0));
  return frontTable(input, all);
}

void mase::report::printCsv(const ReportInput &input, llvm::raw_ostream &os) {
  Writer writer(input);
  const Space &space = writer.problem.space;
  SampledConfigWriter configWriter(writer.config, space, ConfigStyle::Python);
  bool reasons = hasReasons(writer.result), shrunk = hasShrunk(writer.result);
  size_t numValues = writer.problem.numValues();
  // Optuna's columns of parameters are sorted by name.
  std::vector<size_t> order(space.numKnobs());
  std::iota(order.begin(), order.end(), size_t(0));
  llvm::sort(order, [&](size_t a, size_t b) {
    return space.knobs()[a].name < space.knobs()[b].name;
  });
  Buffer buffer(os);
  std::string &out = buffer.text;
  out = "number";
  for (size_t v = 0; v < numValues; ++v)
    out += "," + valueName(writer.problem, v);
  out += ",datetime_start,datetime_complete,duration";
  std::vector<std::vector<std::string>> choiceTexts(space.numKnobs());
  for (size_t k : order) {
    out += ',';
    appendCsvField(out, "params_" + space.knobs()[k].name);
    for (const Choice &choice : space.knobs()[k].choices) {
      std::string &text = choiceTexts[k].emplace_back();
      if (const std::string *word = std::get_if<std::string>(&choice))
        appendCsvField(text, *word);
      else if (!std::holds_alternative<std::monostate>(choice))
        appendChoice(text, choice, ConfigStyle::Python);
    }
  }
  out += shrunk ? ",user_attrs_budget" : "";
  out += reasons ? ",user_attrs_failure" : "";
  out += ",user_attrs_hardware_metrics,user_attrs_sampled_config,"
         "user_attrs_scaled_metrics,";
  out += shrunk ? "user_attrs_shrunk_from," : "";
  out += "user_attrs_software_metrics,";
  std::string timings;
  for (const std::string &name : writer.timings) {
    timings += timings.empty() ? "[" : ", ";
    appendPythonString(timings, name);
  }
  if (!timings.empty()) {
    std::string list = std::exchange(timings, "");
    appendCsvField(timings, list + "]");
    timings += ',';
    out += "user_attrs_timing_metrics,";
  }
  out += writer.problem.constraints.empty()
             ? "state\n"
             : "system_attrs_constraints,state\n";

  std::string sampled;
  PythonDict software, hardware, scaled;
  for (const Trial &trial : writer.result.trials) {
    appendUnsigned(out, trial.number);
    for (size_t v = 0; v < numValues; ++v) {
      out += ',';
      if (!trial.values.empty())
        appendPythonFloat(out, trial.values[v]);
    }
    out += ',';
    appendDateTime(out, trial.startMicros);
    out += ',';
    appendDateTime(out, trial.completeMicros);
    out += ',';
    appendDuration(out, trial.completeMicros - trial.startMicros);
    for (size_t k : order) {
      out += ',';
      if (!space.hasConditions() || space.isActive(trial.point, k))
        out += choiceTexts[k][trial.point[k]];
    }
    if (shrunk) {
      out += ',';
      if (trial.shrunk)
        appendUnsigned(out, uint64_t(trial.shrunk->budget));
    }
    if (reasons) {
      out += ',';
      appendCsvField(out, trial.reason);
    }
    auto add = [&](PythonDict &dict) {
      return [&](size_t metric, double value) {
        dict.add(writer.pythonKeys[metric], value);
      };
    };
    writer.eachMetric(trial, MetricGroup::Software, add(software));
    writer.eachMetric(trial, MetricGroup::Hardware, add(hardware));
    writer.eachScaled(trial, add(scaled));
    out += ',';
    appendCsvField(out, hardware.take());
    out += ',';
    sampled.clear();
    configWriter.append(sampled, trial.point);
    appendCsvField(out, sampled);
    out += ',';
    appendCsvField(out, scaled.take());
    out += ',';
    if (shrunk) {
      if (trial.shrunk)
        appendUnsigned(out, trial.shrunk->from);
      out += ',';
    }
    appendCsvField(out, software.take());
    out += ',';
    out += timings;
    if (!writer.problem.constraints.empty()) {
      std::string list;
      for (double value : writer.constraintValues(trial))
        list += (list.empty() ? "[" : ", ") + pythonFloat(value);
      appendCsvField(out, list.empty() ? list : list + "]");
      out += ',';
    }
    out += stateName(trial.state);
    out += '\n';
    buffer.handOn();
  }
}

std::string mase::trialsCsv(const ReportInput &input) {
  return asString(input, printCsv);
}
