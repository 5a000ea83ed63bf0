// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// report.html: the template of report/ with a study in it. What can be read
// without scripts (head, front) is markup already; the scripts draw the rest.
#include "ReportPage.h"

#include "ReportFiles.h"

#include "mase/Support/Quoting.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/SHA256.h"

#include <array>

using namespace mase;
using namespace mase::report;

namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

/// "5,832".
std::string grouped(llvm::StringRef digits) {
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i && (digits.size() - i) % 3 == 0 &&
        llvm::all_of(digits, llvm::isDigit))
      text += ',';
    text += digits[i];
  }
  return text;
}

std::string grouped(uint64_t number) { return grouped(std::to_string(number)); }

std::string stopText(StopReason stop) {
  switch (stop) {
  case StopReason::Trials:
    return "all trials made";
  case StopReason::Exhausted:
    return "search space exhausted";
  case StopReason::Timeout:
    return "out of time";
  case StopReason::Patience:
    return "front no longer growing";
  case StopReason::Infeasible:
    return "no feasible proposals left";
  case StopReason::Interrupted:
    return "interrupted";
  }
  return "";
}

Facts studyFacts(const ReportInput &input) {
  const Problem &problem = *input.problem;
  const StudyResult &result = *input.result;
  Facts facts;
  std::string objectives;
  for (size_t v = 0; v < problem.numValues(); ++v)
    objectives +=
        (v ? ", " : "") +
        std::string(wantsLargerValue(problem, v) ? "maximise " : "minimise ") +
        shownValueName(problem, v);
  facts.push_back({"Objectives", objectives});
  std::string constraints;
  for (const Constraint &constraint : problem.constraints)
    constraints += (constraints.empty() ? "" : ", ") + constraint.text();
  if (!constraints.empty())
    facts.push_back({"Constraints", constraints});
  facts.push_back(
      {"Search space", grouped(problem.space.sizeText()) + " points, " +
                           grouped(problem.space.numKnobs()) + " knobs"});
  facts.push_back({"Sampler", result.sampler});
  size_t shrunk = result.numShrunk();
  facts.push_back({"Trials", grouped(result.trials.size() - shrunk)});
  size_t pruned = 0, infeasible = 0;
  for (const Trial &trial : result.trials) {
    pruned += trial.state == TrialState::Pruned;
    infeasible += trial.state == TrialState::Complete && trial.violation > 0;
  }
  auto count = [&](const char *name, uint64_t number) {
    if (number)
      facts.push_back({name, grouped(number)});
  };
  count("Failed", result.numFailed());
  count("Dropped early", pruned);
  count("Infeasible", infeasible);
  count("Shrunk networks", shrunk);
  count("Proposals turned down", result.numRejected);
  facts.push_back({"On the front", grouped(result.front.size())});
  facts.push_back({"Ended", stopText(result.stop)});
  llvm::append_range(facts, input.facts);
  return facts;
}

std::string factsMarkup(const Facts &facts) {
  std::string text;
  for (const auto &[name, value] : facts) {
    text += value.size() > 26 ? "<div class=\"long\"><dt>" : "<div><dt>";
    text += escapeMarkup(name) + "</dt><dd>" + escapeMarkup(value) +
            "</dd></div>\n";
  }
  return text;
}

/// "12 ms", "3.4 s", "5 min 12 s".
std::string durationText(double seconds) {
  char text[64];
  if (seconds < 1)
    std::snprintf(text, sizeof(text), "%.0f ms", seconds * 1e3);
  else if (seconds < 120)
    std::snprintf(text, sizeof(text), "%.1f s", seconds);
  else
    std::snprintf(text, sizeof(text), "%.0f min %02.0f s",
                  std::floor(seconds / 60), std::fmod(seconds, 60));
  return text;
}

/// What depends on the clock or on how the search was run.
std::string runJson(const ReportInput &input) {
  const StudyResult &result = *input.result;
  Facts facts;
  facts.push_back({"Time", durationText(result.seconds)});
  uint64_t made = result.trials.size() - result.numResumed - result.numShrunk();
  if (result.numResumed)
    facts.push_back({"Resumed", grouped(result.numResumed) + " trials"});
  if (result.seconds > 0 && made > 0)
    facts.push_back(
        {"Trials per second",
         grouped(uint64_t(std::llround(double(made) / result.seconds)))});
  llvm::append_range(facts, input.runFacts);
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::json::OStream json(os);
  json.object([&] {
    json.attributeArray("facts", [&] {
      for (const auto &[name, value] : facts)
        json.array([&] {
          json.value(llvm::json::fixUTF8(name));
          json.value(llvm::json::fixUTF8(value));
        });
    });
  });
  return text;
}

/// JSON in a script element: no tag can begin or end in it.
std::string inScript(llvm::StringRef json) {
  std::string text;
  text.reserve(json.size());
  for (size_t at; (at = json.find('<')) != llvm::StringRef::npos;
       json = json.drop_front(at + 1)) {
    text += json.take_front(at);
    text += "\\u003c";
  }
  text += json;
  return text;
}

class FrontTable {
public:
  explicit FrontTable(const ReportInput &input)
      : input(input), writer(input), front(shownFront(writer.result)) {
    // Objectives first, then what else some member has.
    columns = writer.objectiveMetric;
    for (size_t m = 0; m < writer.names.size(); ++m)
      if (!llvm::is_contained(columns, m) &&
          llvm::any_of(rows(), [&](size_t i) {
            return !std::isnan(writer.valueOf(writer.result.trials[i], m));
          }))
        columns.push_back(m);
  }

  std::string head() const {
    std::string text = "<th scope=\"col\">trial</th>";
    for (size_t c = 0; c < columns.size(); ++c) {
      std::string small = writer.unitOf(columns[c]).str();
      if (c < writer.objectiveMetric.size())
        small += std::string(small.empty() ? "" : ", ") +
                 (wantsLarger(writer.problem, c) ? "max" : "min");
      text +=
          "<th scope=\"col\" data-metric=\"" + std::to_string(columns[c]) +
          "\">" + escapeMarkup(writer.names[columns[c]]) +
          (small.empty() ? "" : "<small> " + escapeMarkup(small) + "</small>") +
          "</th>";
    }
    return text;
  }

  std::string body() const {
    std::string text;
    for (size_t i : rows()) {
      const Trial &trial = writer.result.trials[i];
      text += "<tr><td>" + std::to_string(trial.number);
      if (trial.shrunk)
        text += "<small> from " + std::to_string(trial.shrunk->from) + ", ≤ " +
                grouped(uint64_t(trial.shrunk->budget)) + "</small>";
      text += "</td>";
      for (size_t m : columns)
        text += cell(writer.valueOf(trial, m), writer.errorOf(trial, m));
      text += "</tr>\n";
    }
    return text;
  }

  /// What the trials start from, as a row that is sorted with none of them.
  std::string foot() const {
    if (llvm::all_of(columns, [&](size_t m) {
          return std::isnan(metricAt(input.baseline, m));
        }))
      return {};
    std::string text = "<tfoot>\n<tr><th scope=\"row\">float32</th>";
    for (size_t m : columns)
      text +=
          cell(metricAt(input.baseline, m), metricAt(input.baselineErrors, m));
    return text + "</tr>\n</tfoot>\n";
  }

  std::string note() const {
    size_t all = writer.result.front.size();
    if (all == 0)
      return "No trial is complete and keeps the constraints.";
    std::string text = writer.problem.numValues() == 1
                           ? "The best trial."
                           : "Trials that no other trial beats in every "
                             "objective; one for each pair of values.";
    if (writer.problem.numValues() > 2)
      text = "Trials that no other trial beats in every objective.";
    if (all > rows().size())
      text +=
          " " + grouped(rows().size()) + " of " + grouped(all) + " are listed.";
    if (input.samples > 0 && hasErrors())
      text += " ±: the standard error of figures on " +
              grouped(uint64_t(input.samples)) + " samples.";
    return text;
  }

private:
  bool hasErrors() const {
    return llvm::any_of(columns, [&](size_t m) {
      return metricAt(input.baselineErrors, m) > 0 ||
             llvm::any_of(rows(), [&](size_t i) {
               return writer.errorOf(writer.result.trials[i], m) > 0;
             });
    });
  }

  /// A value and, where there is one, its standard error. (One of 0 is that of
  /// samples that all agree: it does not say that the value is certain.)
  static std::string cell(double value, double error) {
    std::string text = "<td>" + readable(value);
    if (error > 0 && std::isfinite(value)) {
      char digits[32];
      std::snprintf(digits, sizeof(digits), "%.2g", error);
      text += "<small> ± " + std::string(digits) + "</small>";
    }
    return text + "</td>";
  }

  llvm::ArrayRef<size_t> rows() const {
    return llvm::ArrayRef(front).take_front(kMostRows);
  }

  const ReportInput &input;
  Writer writer;
  std::vector<size_t> front;
  std::vector<size_t> columns;
};

/// `text` with each @name@ of `values` replaced. Values are not looked into.
std::string
fillIn(llvm::StringRef text,
       llvm::ArrayRef<std::pair<llvm::StringRef, std::string>> values) {
  std::string out;
  while (!text.empty()) {
    auto [before, rest] = text.split('@');
    out += before;
    auto [name, after] = rest.split('@');
    auto value = llvm::find_if(
        values, [&, name = name](auto &v) { return v.first == name; });
    if (value != values.end()) {
      out += value->second;
      text = after;
    } else {
      // An @ that means itself (in "@media").
      out += before.size() < text.size() ? "@" : "";
      text = rest;
    }
  }
  return out;
}

} // namespace

std::string mase::report::readable(double value) {
  if (!std::isfinite(value))
    return std::isnan(value) ? "–" : value < 0 ? "−∞" : "∞";
  char digits[32];
  std::snprintf(digits, sizeof(digits), "%.6g", value);
  llvm::StringRef text(digits);
  return text.starts_with("-") ? "−" + text.drop_front().str() : text.str();
}

std::string mase::reportHtml(const ReportInput &input) {
  std::string script =
      "\"use strict\";\n(() => {\n" + std::string(kPageScript) + "})();\n";
  auto digest = llvm::SHA256::hash(llvm::ArrayRef(
      reinterpret_cast<const uint8_t *>(script.data()), script.size()));
  const StudyResult &result = *input.result;
  std::string title = input.title.empty() ? "mase-opt" : input.title;
  std::string notes = result.samplerNote;
  size_t complete = llvm::count_if(result.trials, [](const Trial &t) {
    return t.state == TrialState::Complete;
  });
  if (size_t shown = shownTrials(input).size(); shown < complete)
    notes += (notes.empty() ? "The figures show " : " The figures show ") +
             grouped(shown) + " of " + grouped(complete) +
             " trials: the front, and others chosen without regard to their "
             "values. All numbers are of all trials.";
  FrontTable front(input);
  return fillIn(
      kPageTemplate,
      {{"title", escapeMarkup(title)},
       {"heading", escapeMarkup(title) + " <small>search report</small>"},
       {"style", kPageStyle},
       {"script-hash", "sha256-" + llvm::encodeBase64(digest)},
       {"script", script},
       {"facts", factsMarkup(studyFacts(input))},
       {"notes", escapeMarkup(notes)},
       {"front-note", escapeMarkup(front.note())},
       {"front-head", front.head()},
       {"front-rows", front.body()},
       {"front-foot", front.foot()},
       {"study", inScript(studyJson(input))},
       {"run", inScript(runJson(input))}});
}
