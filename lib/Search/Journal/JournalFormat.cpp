// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lines of a journal.
#include "JournalFormat.h"

#include "Text.h"

#include "mase/Search/Report/Report.h"
#include "mase/Support/Json.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"

#include <charconv>
#include <cmath>

using namespace mase;
using namespace mase::journal;

void journal::appendNumber(std::string &out, double value) {
  if (std::isnan(value))
    out += "NaN";
  else if (std::isinf(value))
    out += value < 0 ? "-Infinity" : "Infinity";
  else
    appendPythonFloat(out, value);
}

void journal::appendTime(std::string &out, int64_t micros) {
  out += '"';
  appendDateTime(out, micros, 'T');
  out += "+00:00\"";
}

bool journal::consumeNumber(llvm::StringRef &text, double &value) {
  // from_chars knows JSON's numbers and Python's words for the others.
  auto [end, error] = std::from_chars(text.begin(), text.end(), value);
  if (error != std::errc())
    return false;
  text = text.drop_front(end - text.begin());
  return true;
}

bool journal::consumeTime(llvm::StringRef &text, int64_t &micros) {
  // As appendTime writes it, d a digit.
  constexpr llvm::StringLiteral kShape("\"dddd-dd-ddTdd:dd:dd.dddddd+00:00\"");
  if (text.size() < kShape.size())
    return false;
  for (auto [c, shape] : llvm::zip(text, kShape))
    if (shape == 'd' ? !llvm::isDigit(c) : c != shape)
      return false;
  auto field = [&](size_t at, size_t digits) {
    int64_t value = 0;
    for (char c : text.substr(at, digits))
      value = 10 * value + (c - '0');
    return value;
  };
  int64_t year = field(1, 4), month = field(6, 2), day = field(9, 2);
  int64_t hour = field(12, 2), minute = field(15, 2), second = field(18, 2);
  if (month < 1 || month > 12)
    return false;
  // The day number of a civil date (Howard Hinnant, "chrono-compatible
  // low-level date algorithms"): the inverse of appendDateTime.
  int64_t y = year - (month <= 2), era = y / 400, yoe = y - era * 400;
  int64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  int64_t days = era * 146097 + doe - 719468;
  micros = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000000 +
           field(21, 6);
  text = text.drop_front(kShape.size());
  return true;
}

bool journal::consumeString(llvm::StringRef &text, std::string &value) {
  if (!text.starts_with("\""))
    return false;
  size_t end = 1;
  bool escaped = false;
  for (; end < text.size() && text[end] != '"'; ++end)
    if (text[end] == '\\') {
      escaped = true;
      ++end;
    }
  if (end >= text.size())
    return false;
  llvm::StringRef quoted = text.take_front(end + 1);
  text = text.drop_front(end + 1);
  if (!escaped) {
    value = quoted.drop_front().drop_back().str();
    return true;
  }
  llvm::Expected<llvm::json::Value> parsed = parseJson(quoted);
  if (!parsed) {
    llvm::consumeError(parsed.takeError());
    return false;
  }
  value = parsed->getAsString()->str();
  return true;
}

/// The choice as Python's json writes it.
static void appendPythonJson(std::string &out, const Choice &choice) {
  if (const double *number = std::get_if<double>(&choice))
    appendNumber(out, *number);
  else
    appendChoice(out, choice, ConfigStyle::Json);
}

static std::string choiceList(llvm::ArrayRef<Choice> choices) {
  std::string out = "[";
  for (auto [i, choice] : llvm::enumerate(choices)) {
    out += i ? ", " : "";
    appendPythonJson(out, choice);
  }
  return out + "]";
}

static std::string jsonString(llvm::StringRef text) {
  std::string out;
  appendJsonString(out, text, /*escapeSlash=*/false);
  return out;
}

static std::string jsonList(llvm::ArrayRef<std::string> items) {
  return "[" + llvm::join(llvm::map_range(items, jsonString), ",") + "]";
}

/// What tells a knob from another of the same name: its choices and when it
/// exists.
static std::string knobText(const Space &space, const Knob &knob) {
  std::string out = choiceList(knob.choices);
  if (knob.condition) {
    const Knob &parent = space.knobs()[knob.condition->parent];
    std::vector<Choice> where;
    for (uint32_t choice : knob.condition->choices)
      where.push_back(parent.choices[choice]);
    out += " where '" + parent.name + "' is one of " + choiceList(where);
  }
  return out;
}

static const char *word(Direction direction) {
  return direction == Direction::Maximize ? "maximize" : "minimize";
}

std::string Format::start(Op op) {
  bool ofStudy = op <= CreateTrial && op != CreateStudy;
  std::string out = "{\"op_code\":";
  appendUnsigned(out, op);
  out += ",\"worker_id\":\"" + kWorker.str() + "\",";
  if (op != CreateStudy)
    out += ofStudy ? "\"study_id\":0," : "\"trial_id\":";
  return out;
}

void Format::addHeader(Op op, llvm::StringRef member, llvm::StringRef key,
                       llvm::StringRef json) {
  headerText += start(op);
  headerText += "\"" + member.str() + "\":{" + jsonString(key) + ":";
  headerText += json;
  headerText += "}}\n";
}

void Format::addIdentity(std::string key, std::string json) {
  addHeader(StudyUserAttr, "user_attr", key, json);
  identity.push_back({std::move(key), std::move(json)});
}

Format::Format(const JournalOptions &options, const Problem &problem,
               const SampledConfig &config)
    : studyName(options.studyName), problem(problem),
      metrics(problem.evaluator->metrics()), scoring(problem),
      configWriter(config, problem.space, ConfigStyle::Json) {
  for (const Objective &objective : problem.objectives)
    objectiveMetric.push_back(problem.evaluator->metricIndex(objective.name));
  for (const MetricInfo &metric : metrics)
    metricKeys.push_back(jsonString(metric.name) + ":");

  for (const Knob &knob : problem.space.knobs()) {
    std::string distribution =
        jsonString("{\"name\": \"CategoricalDistribution\", \"attributes\": "
                   "{\"choices\": " +
                   choiceList(knob.choices) + "}}");
    std::vector<std::string> &texts = paramTexts.emplace_back();
    for (size_t c = 0; c < knob.choices.size(); ++c)
      texts.push_back(",\"param_name\":" + jsonString(knob.name) +
                      ",\"param_value_internal\":" + std::to_string(c) +
                      ",\"distribution\":" + distribution + "}");
  }

  std::vector<std::string> names, objectives, constraints, metricTexts, knobs;
  headerText = start(CreateStudy) + "\"study_name\":" + jsonString(studyName) +
               ",\"directions\":[";
  for (size_t i = 0; i < problem.numValues(); ++i) {
    headerText += i ? "," : "";
    headerText += problem.direction(i) == Direction::Maximize ? '2' : '1';
    names.push_back(problem.sumScaledMetrics ? "sum of scaled metrics"
                                             : problem.objectives[i].name);
  }
  headerText += "]}\n";
  addHeader(StudySystemAttr, "system_attr", "study:metric_names",
            jsonList(names));
  addIdentity("mase_journal", jsonString(kVersion));
  for (const auto &[key, value] : options.identity)
    addIdentity(key, jsonString(value));
  for (const Objective &objective : problem.objectives)
    objectives.push_back(objective.name + ", " +
                         (problem.sumScaledMetrics
                              ? ""
                              : word(objective.direction) + std::string(", ")) +
                         "scale " + pythonFloat(objective.scale));
  if (problem.sumScaledMetrics)
    objectives.push_back(std::string("their sum, ") +
                         word(problem.sumDirection));
  for (const Constraint &constraint : problem.constraints)
    constraints.push_back(constraint.text());
  for (const MetricInfo &metric : metrics)
    metricTexts.push_back(metric.name + (metric.group == MetricGroup::Software
                                             ? ", software"
                                             : ", hardware"));
  for (const Knob &knob : problem.space.knobs())
    knobs.push_back("[" + jsonString(knob.name) + "," +
                    jsonString(knobText(problem.space, knob)) + "]");
  addIdentity("objectives", jsonList(objectives));
  addIdentity("constraints", jsonList(constraints));
  addIdentity("metrics", jsonList(metricTexts));
  addIdentity("knobs", "[" + llvm::join(knobs, ",") + "]");
}

void Format::appendCreate(std::string &out, int64_t startMicros) const {
  static const std::string begin = start(CreateTrial) + "\"datetime_start\":";
  out += begin;
  appendTime(out, startMicros);
  out += "}\n";
}

void Format::appendParam(std::string &out, uint64_t trial, size_t knob,
                         uint32_t choice) const {
  static const std::string begin = start(SetParam);
  out += begin;
  appendUnsigned(out, trial);
  out += paramTexts[knob][choice];
  out += '\n';
}

void Format::appendFinished(std::string &out, llvm::StringRef reason) {
  out += start(StudyUserAttr) +
         "\"user_attr\":{\"finished\":" + jsonString(reason) + "}}\n";
}

void Format::appendMetrics(std::string &out, const Trial &trial,
                           MetricGroup group) const {
  out += '{';
  bool first = true;
  auto add = [&](llvm::StringRef key, double value) {
    out += first ? "" : ",";
    first = false;
    out += key;
    appendNumber(out, value);
  };
  for (size_t i = 0; i < trial.metrics.size(); ++i)
    if (metrics[i].group == group && !std::isnan(trial.metrics[i]))
      add(metricKeys[i], trial.metrics[i]);
  if (group == MetricGroup::Software)
    for (const auto &[name, value] : trial.extraMetrics)
      add(jsonString(name) + ":", value);
  out += '}';
}

void Format::appendScaled(std::string &out, const Trial &trial) const {
  out += '{';
  if (!trial.values.empty())
    for (auto [i, objective] : llvm::enumerate(problem.objectives)) {
      out += i ? "," : "";
      out += metricKeys[objectiveMetric[i]];
      appendNumber(out, objective.scale * trial.metrics[objectiveMetric[i]]);
    }
  out += '}';
}

void Format::appendResult(std::string &out, const Trial &trial,
                          int64_t knownStart) const {
  static const std::string userAttr = start(TrialUserAttr),
                           systemAttr = start(TrialSystemAttr),
                           setState = start(SetState);
  std::string id;
  appendUnsigned(id, trial.number);
  auto attribute = [&](const char *name) {
    out += userAttr;
    out += id;
    out += ",\"user_attr\":{\"";
    out += name;
    out += "\":";
  };
  attribute("software_metrics");
  appendMetrics(out, trial, MetricGroup::Software);
  out += "}}\n";
  attribute("hardware_metrics");
  appendMetrics(out, trial, MetricGroup::Hardware);
  out += "}}\n";
  attribute("scaled_metrics");
  appendScaled(out, trial);
  out += "}}\n";
  attribute("sampled_config");
  configWriter.append(out, trial.point);
  out += "}}\n";
  if (!trial.reason.empty()) {
    attribute("failure");
    appendJsonString(out, trial.reason, /*escapeSlash=*/false);
    out += "}}\n";
  }
  double violation = 0;
  std::vector<double> constraints = scoring.constraintValues(trial.metrics);
  if (!constraints.empty()) {
    out += systemAttr;
    out += id;
    out += ",\"system_attr\":{\"constraints\":[";
    for (auto [i, value] : llvm::enumerate(constraints)) {
      out += i ? "," : "";
      appendNumber(out, value);
      violation += value > 0 ? value : 0;
    }
    out += "]}}\n";
  }
  // What the reader takes it to be.
  if (trial.state != TrialState::Complete)
    violation = 0;
  if (violation != trial.violation) {
    attribute("violation");
    appendNumber(out, trial.violation);
    out += "}}\n";
  }
  auto state = [&](State code) {
    out += setState;
    out += id;
    out += ",\"state\":";
    out += char('0' + code);
  };
  if (trial.startMicros != knownStart) {
    state(Waiting);
    out += ",\"values\":null}\n";
    state(Running);
    out += ",\"values\":null,\"datetime_start\":";
    appendTime(out, trial.startMicros);
    out += "}\n";
  }
  state(trial.state == TrialState::Complete ? Complete
        : trial.state == TrialState::Pruned ? Pruned
                                            : Fail);
  if (trial.values.empty()) {
    out += ",\"values\":null";
  } else {
    out += ",\"values\":[";
    for (auto [i, value] : llvm::enumerate(trial.values)) {
      out += i ? "," : "";
      appendNumber(out, value);
    }
    out += ']';
  }
  out += ",\"datetime_complete\":";
  appendTime(out, trial.completeMicros);
  out += "}\n";
}
