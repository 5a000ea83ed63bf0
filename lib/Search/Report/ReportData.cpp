// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The study as JSON for report.html. What each member means is what the
// scripts in report/ do with it.
#include "ReportPage.h"

#include "mase/Search/Indicators.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/JSON.h"

#include <charconv>

using namespace mase;
using namespace mase::report;

namespace {

/// What the commands may take.
constexpr size_t kCommandBytes = 1'000'000;

std::string utf8(llvm::StringRef text) {
  return llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text);
}

/// How much of a number there is.
enum class Digits {
  All,  ///< the shortest that read back
  Most, ///< those of binary32: dots need no more than a screen shows
};

/// null for what is no number to JSON.
void append(std::string &out, double value, Digits digits = Digits::All) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char text[64];
  // Many are small integers, and read so.
  if (std::fabs(value) < 1e5 && value == std::trunc(value)) {
    out.append(text, std::to_chars(text, std::end(text), int64_t(value)).ptr);
    return;
  }
  auto rounded = float(value);
  auto end = digits == Digits::Most && std::isfinite(rounded)
                 ? std::to_chars(text, text + sizeof(text), rounded)
                 : std::to_chars(text, text + sizeof(text), value);
  out.append(text, end.ptr);
}
void append(std::string &out, int64_t value) { out += std::to_string(value); }
void append(std::string &out, uint64_t value) { appendUnsigned(out, value); }

/// An array of what `append(out, item)` appends for each item.
template <typename Items, typename Append>
std::string arrayOf(const Items &items, Append append) {
  std::string out = "[";
  for (const auto &item : items) {
    out += out.size() > 1 ? "," : "";
    append(out, item);
  }
  return out + "]";
}

std::string choiceText(const Choice &choice) {
  if (const std::string *word = std::get_if<std::string>(&choice))
    return utf8(*word);
  return toJson(choice);
}

class Data {
public:
  Data(const ReportInput &input, llvm::raw_ostream &os)
      : input(input), writer(input), problem(writer.problem),
        result(writer.result), shown(shownTrials(input)),
        front(shownFront(result)), json(os) {}

  void print() {
    json.object([&] {
      json.attribute("numValues", problem.numValues());
      json.attribute("lastTrial",
                     result.trials.empty() ? 0 : result.trials.back().number);
      printMetrics();
      printBaseline();
      printKnobs();
      printConfig();
      printTrials();
      printFront();
      printPaths();
      printIndicators();
      printFailures();
    });
  }

private:
  void text(llvm::StringRef key, llvm::StringRef value) {
    json.attribute(key, utf8(value));
  }

  static std::string numbers(llvm::ArrayRef<double> values,
                             Digits digits = Digits::All) {
    return arrayOf(values, [&](std::string &out, double value) {
      append(out, value, digits);
    });
  }

  /// An attribute that is JSON already.
  void raw(llvm::StringRef key, llvm::StringRef value) {
    json.attributeBegin(key);
    json.rawValue(value);
    json.attributeEnd();
  }

  void printMetrics() {
    json.attributeArray("values", [&] {
      for (size_t v = 0; v < problem.numValues(); ++v)
        json.object([&] {
          text("name", shownValueName(problem, v));
          text("unit", shownValueUnit(problem, v));
          text("better", wantsLargerValue(problem, v) ? "larger" : "smaller");
        });
    });
    json.attributeArray("metrics", [&] {
      for (size_t m = 0; m < writer.names.size(); ++m)
        json.object([&] {
          text("name", writer.names[m]);
          text("unit", writer.unitOf(m));
          size_t o = llvm::find(writer.objectiveMetric, m) -
                     writer.objectiveMetric.begin();
          if (o == writer.objectiveMetric.size()) {
            json.attribute("objective", nullptr);
            json.attribute("better", nullptr);
            return;
          }
          json.attribute("objective", o);
          text("better", wantsLarger(problem, o) ? "larger" : "smaller");
        });
    });
  }

  /// What the search starts from: a value and a standard error a metric, null
  /// where there is none; and how many samples all metrics are of.
  void printBaseline() {
    json.attribute("samples", input.samples);
    json.attributeBegin("baseline");
    if (input.baseline.empty())
      json.value(nullptr);
    else
      json.object([&] {
        for (auto [key, given] : {std::pair("values", &input.baseline),
                                  std::pair("errors", &input.baselineErrors)}) {
          std::vector<double> all = *given;
          all.resize(writer.names.size(), std::nan("")); // extra metrics
          raw(key, numbers(all));
        }
      });
    json.attributeEnd();
  }

  void printKnobs() {
    json.attributeArray("knobs", [&] {
      for (const Knob &knob : problem.space.knobs())
        json.object([&] {
          text("name", knob.name);
          json.attributeArray("choices", [&] {
            for (const Choice &choice : knob.choices)
              json.value(choiceText(choice));
          });
          if (!knob.parts.empty())
            json.attributeArray("parts", [&] {
              for (const std::vector<Choice> &values : knob.parts)
                json.array([&] {
                  for (const Choice &value : values)
                    json.value(choiceText(value));
                });
            });
        });
    });
  }

  /// Layers with a knob, each with its settings: a text, or a knob's number
  /// and, if the knob sets several keys, the key's.
  void printConfig() {
    auto hasKnob = [](auto &&self, const SampledConfig::Node &node) -> bool {
      return node.kind == SampledConfig::Node::Kind::Knob ||
             llvm::any_of(node.members, [&](const SampledConfig::Node &n) {
               return self(self, n);
             });
    };
    json.attributeArray("config", [&] {
      for (const SampledConfig::Node &layer : writer.config.root().members)
        if (hasKnob(hasKnob, layer))
          json.object([&] {
            text("name", layer.key);
            json.attributeArray("settings", [&] {
              if (layer.members.empty())
                printSetting("", layer);
              for (const SampledConfig::Node &member : layer.members)
                // MASE has everything below "config".
                printSetting(layer.members.size() == 1 && member.key == "config"
                                 ? ""
                                 : member.key,
                             member);
            });
          });
    });
  }

  void printSetting(const std::string &name, const SampledConfig::Node &node) {
    if (node.kind == SampledConfig::Node::Kind::Object) {
      for (const SampledConfig::Node &member : node.members)
        printSetting(name.empty() ? member.key : name + "/" + member.key,
                     member);
      return;
    }
    json.array([&] {
      json.value(utf8(name.empty() ? "setting" : name));
      if (node.kind == SampledConfig::Node::Kind::Knob) {
        json.value(node.knob);
        if (node.part)
          json.value(*node.part);
      } else if (std::holds_alternative<std::monostate>(node.value)) {
        json.value(nullptr);
      } else {
        json.value(choiceText(node.value));
      }
    });
  }

  void printTrials() {
    json.attributeObject("trials", [&] {
      raw("number", arrayOf(shown, [&](std::string &out, size_t i) {
            append(out, result.trials[i].number);
          }));
      // C: complete, I: complete but infeasible.
      std::string states;
      for (size_t i : shown)
        states += result.trials[i].violation > 0 ? 'I' : 'C';
      json.attribute("state", states);
      const Space &space = problem.space;
      json.attributeArray("points", [&] {
        for (size_t k = 0; k < space.numKnobs(); ++k)
          json.rawValue(arrayOf(shown, [&](std::string &out, size_t i) {
            const Point &point = result.trials[i].point;
            bool exists = !space.hasConditions() || space.isActive(point, k);
            append(out, exists ? int64_t(point[k]) : -1);
          }));
      });
      std::vector<bool> isFront(result.trials.size(), false);
      for (size_t i : front)
        isFront[i] = true;
      json.attributeArray("metrics", [&] {
        for (size_t m = 0; m < writer.names.size(); ++m)
          json.rawValue(arrayOf(shown, [&](std::string &out, size_t i) {
            append(out, writer.valueOf(result.trials[i], m),
                   isFront[i] ? Digits::All : Digits::Most);
          }));
      });
    });
  }

  void printFront() {
    // Positions among the trials of the page.
    json.attributeArray("front", [&] {
      for (size_t i : front)
        json.value(llvm::lower_bound(shown, i) - shown.begin());
    });
    json.attributeArray("commands", [&] {
      size_t bytes = 0;
      for (size_t i : llvm::ArrayRef(front).take_front(
               input.reproduceCommand ? kMostRows : 0)) {
        std::string command = utf8(input.reproduceCommand(result.trials[i]));
        bytes += command.size();
        if (bytes > kCommandBytes)
          break;
        json.value(command);
      }
    });
  }

  /// Positions among the trials of the page: what a path begins with, if the
  /// page draws it, and what came of it, with budgets.
  void printPaths() {
    std::vector<ShrunkPath> paths = pathsOf(result);
    if (paths.empty())
      return;
    auto position = [&](size_t i) -> std::optional<int64_t> {
      auto at = llvm::lower_bound(shown, i);
      if (at == shown.end() || *at != i)
        return std::nullopt;
      return at - shown.begin();
    };
    json.attributeArray("paths", [&] {
      for (const ShrunkPath &path : paths)
        json.object([&] {
          json.attribute("from", result.trials[path.start].number);
          json.attribute("start", position(path.start));
          json.attributeArray("trials", [&] {
            for (size_t i : path.trials)
              if (auto at = position(i))
                json.array([&] {
                  json.value(*at);
                  json.value(result.trials[i].shrunk->budget);
                });
          });
        });
    });
  }

  void printIndicators() {
    printCurve(hypervolumeCurve(problem, result.trials));
    KnobImportances importances = knobImportances(problem, result.trials);
    json.attributeObject("importances", [&] {
      raw("overall", numbers(importances.overall, Digits::Most));
      json.attributeArray("perObjective", [&] {
        for (const std::vector<double> &shares : importances.perObjective)
          json.rawValue(numbers(shares, Digits::Most));
      });
      json.attribute("numTrials", importances.numTrials);
      json.attribute("numTop", importances.numTop);
    });
    json.attributeArray("sensitivity", [&] {
      for (const LayerSensitivity &layer :
           layerSensitivities(problem, result.trials))
        json.object([&] {
          text("name", layer.layer);
          json.attribute("pairs", layer.numPairs);
          raw("change", numbers(layer.meanChange, Digits::Most));
        });
    });
  }

  /// The share of the box after each step; with one value, the best one.
  void printCurve(const HypervolumeCurve &curve) {
    bool single = problem.numValues() == 1;
    double box = curve.box();
    json.attributeObject("curve", [&] {
      std::vector<double> reference;
      for (auto [v, loss] : llvm::enumerate(curve.reference))
        reference.push_back(metricOfLoss(problem, v, loss));
      raw("reference", numbers(reference));
      json.attribute("complete", curve.complete);
      json.attributeArray("steps", [&] {
        // Boxes without a volume, and infinite ones, have no shares.
        if (!single && !(box > 0 && std::isfinite(box)))
          return;
        for (const HypervolumeCurve::Step &step : curve.steps)
          json.array([&] {
            json.value(step.trial);
            std::string text;
            append(text,
                   single ? metricOfLoss(problem, 0,
                                         curve.reference[0] - step.volume)
                          : step.volume / box,
                   Digits::Most);
            json.rawValue(text);
          });
      });
    });
  }

  /// Reasons by the first trial that gave them.
  void printFailures() {
    struct Group {
      uint64_t count = 0, first = 0;
      TrialState state = TrialState::Fail;
    };
    llvm::MapVector<llvm::StringRef, Group> groups;
    for (const Trial &trial : result.trials) {
      if (trial.state == TrialState::Complete)
        continue;
      Group &group = groups[trial.reason];
      if (group.count++ == 0) {
        group.first = trial.number;
        group.state = trial.state;
      }
    }
    constexpr size_t kMostReasons = 50;
    json.attributeArray("failures", [&] {
      size_t printed = 0;
      for (const auto &[reason, group] : groups) {
        if (printed++ == kMostReasons)
          break;
        json.object([&] {
          text("reason", reason);
          text("state", group.state == TrialState::Fail ? "failed" : "dropped");
          json.attribute("count", group.count);
          json.attribute("first", group.first);
        });
      }
    });
  }

  const ReportInput &input;
  Writer writer;
  const Problem &problem;
  const StudyResult &result;
  std::vector<size_t> shown, front;
  llvm::json::OStream json;
};

} // namespace

std::string mase::report::studyJson(const ReportInput &input) {
  std::string text;
  llvm::raw_string_ostream os(text);
  Data(input, os).print();
  return text;
}
