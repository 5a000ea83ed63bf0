// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reading a journal back. Lines are expected as they were written and compared
// as text; what looks otherwise is parsed to find out what it is.
#include "JournalReader.h"

#include "mase/Support/Json.h"

#include "absl/strings/str_cat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <cmath>

using namespace mase;
using namespace mase::journal;
namespace json = llvm::json;

/// JSON as Python's json writes it: NaN and infinities, which no JSON has,
/// become null.
static std::optional<json::Value> parsePython(llvm::StringRef line) {
  std::string fixed;
  if (line.contains("NaN") || line.contains("Infinity")) {
    bool quoted = false;
    for (size_t i = 0; i < line.size(); ++i) {
      llvm::StringRef rest = line.drop_front(i);
      if (!quoted &&
          (rest.consume_front("NaN") || rest.consume_front("Infinity") ||
           rest.consume_front("-Infinity"))) {
        fixed += "null";
        i = rest.begin() - line.begin() - 1;
        continue;
      }
      fixed += line[i];
      if (quoted && line[i] == '\\' && i + 1 < line.size())
        fixed += line[++i];
      else if (line[i] == '"')
        quoted = !quoted;
    }
    line = fixed;
  }
  llvm::Expected<json::Value> value = parseJson(line);
  if (value)
    return std::move(*value);
  llvm::consumeError(value.takeError());
  return std::nullopt;
}

namespace {

class Reader {
public:
  Reader(llvm::StringRef text, llvm::StringRef path, const Format &format)
      : text(text), path(path), format(format), space(format.problem.space) {
    for (size_t k = 0; k < space.numKnobs(); ++k)
      for (uint32_t c = 0; c < space.knobs()[k].choices.size(); ++c)
        params[format.paramText(k, c)] = {k, c};
    for (auto [i, metric] : llvm::enumerate(format.metrics))
      metricIndex[metric.name] = i;
    for (Op op :
         {CreateTrial, SetParam, SetState, TrialUserAttr, TrialSystemAttr})
      starts[op] = Format::start(op);
  }

  absl::StatusOr<Contents> read() {
    llvm::StringRef rest = text;
    if (rest.consume_front(format.header())) {
      contents.hasHeader = true;
      studySeen = true;
      lineNumber = llvm::count(format.header(), '\n');
    }
    while (!rest.empty()) {
      contents.size = text.size() - rest.size();
      contents.numLines = lineNumber++;
      size_t end = rest.find('\n');
      if (end == llvm::StringRef::npos)
        return finish(); // torn
      line = rest.take_front(end);
      rest = rest.drop_front(end + 1);
      if (quick())
        continue;
      std::optional<json::Value> value = parsePython(line);
      if (!value && rest.empty())
        return finish(); // torn
      if (!value || !value->getAsObject())
        return error("expected a JSON object, found '" + excerpt() + "'");
      if (absl::Status status = other(*value->getAsObject()); !status.ok())
        return status;
    }
    contents.size = text.size();
    contents.numLines = lineNumber;
    return finish();
  }

private:
  absl::Status error(llvm::StringRef what) const {
    return absl::FailedPreconditionError(
        absl::StrCat(path.str(), ":", lineNumber, ": ", what.str()));
  }
  absl::Status anotherSearch(llvm::StringRef difference) const {
    return absl::FailedPreconditionError(
        absl::StrCat("'", path.str(),
                     "' is the journal of another search: ", difference.str()));
  }
  std::string excerpt() const {
    return line.take_front(40).str() + (line.size() > 40 ? "…" : "");
  }

  absl::StatusOr<Contents> finish() {
    if (!contents.hasHeader)
      if (absl::Status status = checkHeader(/*atEnd=*/true); !status.ok())
        return status;
    return std::move(contents);
  }

  /// Once all lines of the header have come by: there are trials, or no more
  /// lines.
  absl::Status checkHeader(bool atEnd) {
    // A process that was killed while it wrote the header left a part of it.
    bool partial = contents.trials.empty() && atEnd &&
                   attributes.size() < format.identity.size();
    std::string difference = firstDifference(attributes, format, partial);
    if (!difference.empty())
      return anotherSearch(difference);
    if (partial)
      return absl::OkStatus();
    contents.hasHeader = true;
    return absl::OkStatus();
  }

  // Lines as they are written -------------------------------------------------

  /// Takes the line if it is one that this program writes, where it does.
  bool quick() {
    if (!contents.hasHeader)
      return false;
    llvm::StringRef rest = line;
    if (rest.consume_front(starts[SetParam]))
      return param(rest);
    if (rest.consume_front(starts[TrialUserAttr]))
      return userAttr(rest);
    if (rest.consume_front(starts[SetState]))
      return state(rest);
    if (rest.consume_front(starts[CreateTrial]))
      return create(rest);
    if (rest.consume_front(starts[TrialSystemAttr]))
      return openTrial(rest) &&
             rest.consume_front(",\"system_attr\":{\"constraints\":[") &&
             numbers(rest, constraints) && rest == "}}" && addConstraints();
    return false;
  }

  /// The trial that `rest` names, if it has not finished.
  JournalTrial *openTrial(llvm::StringRef &rest) {
    uint64_t id;
    if (rest.consumeInteger(10, id) || id >= contents.trials.size() ||
        contents.trials[id].finished)
      return nullptr;
    return current = &contents.trials[id];
  }

  bool create(llvm::StringRef rest) {
    int64_t start;
    if (!rest.consume_front("\"datetime_start\":") ||
        !consumeTime(rest, start) || rest != "}")
      return false;
    JournalTrial &trial = contents.trials.emplace_back();
    trial.trial.number = contents.trials.size() - 1;
    trial.trial.startMicros = start;
    trial.positions.assign(space.numKnobs(), -1);
    contents.finished.reset();
    return true;
  }

  bool param(llvm::StringRef rest) {
    if (!openTrial(rest))
      return false;
    auto it = params.find(rest);
    if (it == params.end())
      return false;
    auto [knob, choice] = it->second;
    int32_t &position = current->positions[knob];
    if (position >= 0 && uint32_t(position) != choice)
      return false;
    position = int32_t(choice);
    return true;
  }

  bool userAttr(llvm::StringRef rest) {
    if (!openTrial(rest) || !rest.consume_front(",\"user_attr\":{\""))
      return false;
    if (rest.consume_front("software_metrics\":"))
      return metrics(rest, MetricGroup::Software);
    if (rest.consume_front("hardware_metrics\":"))
      return metrics(rest, MetricGroup::Hardware);
    if (rest.consume_front("scaled_metrics\":{"))
      return rest.ends_with("}}}");
    if (rest.consume_front("sampled_config\":")) {
      if (!toPoint())
        return false;
      scratch.clear();
      format.appendSampledConfig(scratch, current->trial.point);
      return rest.consume_front(scratch) && rest == "}}";
    }
    if (rest.consume_front("failure\":"))
      return consumeString(rest, current->trial.reason) && rest == "}}";
    return rest.consume_front("violation\":") &&
           consumeNumber(rest, current->violation.emplace()) && rest == "}}";
  }

  bool metrics(llvm::StringRef rest, MetricGroup group) {
    if (!rest.consume_front("{"))
      return false;
    Trial &trial = current->trial;
    // Written again by a process that was killed before the trial's end.
    if (group == MetricGroup::Software) {
      trial.metrics.clear();
      trial.extraMetrics.clear();
      trial.reason.clear();
      current->constraintSum = 0;
      current->violation.reset();
    }
    while (!rest.consume_front("}")) {
      double value;
      if (!consumeString(rest, scratch) || !rest.consume_front(":") ||
          !consumeNumber(rest, value))
        return false;
      rest.consume_front(",");
      auto it = metricIndex.find(scratch);
      if (it != metricIndex.end() &&
          format.metrics[it->second].group == group) {
        if (it->second >= trial.metrics.size())
          trial.metrics.resize(it->second + 1, std::nan(""));
        trial.metrics[it->second] = value;
      } else if (group == MetricGroup::Software) {
        trial.extraMetrics.emplace_back(scratch, value);
      } else {
        return false;
      }
    }
    return rest == "}}";
  }

  /// "1.0,2.0]"
  static bool numbers(llvm::StringRef &rest, std::vector<double> &values) {
    values.clear();
    do {
      double value;
      if (!consumeNumber(rest, value))
        return false;
      values.push_back(value);
    } while (rest.consume_front(","));
    return rest.consume_front("]");
  }

  bool addConstraints() {
    current->constraintSum = 0;
    for (double value : constraints)
      current->constraintSum += value > 0 ? value : 0;
    return true;
  }

  bool state(llvm::StringRef rest) {
    unsigned code;
    if (!openTrial(rest) || !rest.consume_front(",\"state\":") ||
        rest.consumeInteger(10, code) || !rest.consume_front(",\"values\":"))
      return false;
    Trial &trial = current->trial;
    if (rest.consume_front("["))
      return numbers(rest, trial.values) &&
             trial.values.size() == format.problem.numValues() &&
             finishTrial(code, rest);
    if (!rest.consume_front("null"))
      return false;
    if (code == Waiting)
      return rest == "}";
    if (code == Running)
      return rest.consume_front(",\"datetime_start\":") &&
             consumeTime(rest, trial.startMicros) && rest == "}";
    trial.values.clear();
    return finishTrial(code, rest);
  }

  bool finishTrial(unsigned code, llvm::StringRef rest) {
    Trial &trial = current->trial;
    if (code != Complete && code != Pruned && code != Fail)
      return false;
    trial.state = code == Complete ? TrialState::Complete
                  : code == Pruned ? TrialState::Pruned
                                   : TrialState::Fail;
    if ((code == Complete) != !trial.values.empty())
      return false;
    if (!rest.consume_front(",\"datetime_complete\":") ||
        !consumeTime(rest, trial.completeMicros) || rest != "}" || !toPoint())
      return false;
    trial.violation = current->violation.value_or(
        trial.state == TrialState::Complete ? current->constraintSum : 0);
    current->finished = true;
    current->positions = {};
    return true;
  }

  /// The current trial's point, once all its knobs have been read.
  bool toPoint() {
    Point &point = current->trial.point;
    point.assign(space.numKnobs(), 0);
    for (auto [position, choice] : llvm::zip_equal(current->positions, point))
      choice = position < 0 ? 0 : uint32_t(position);
    for (size_t k = 0; k < point.size(); ++k)
      if (space.isActive(point, k) != (current->positions[k] >= 0))
        return false;
    return true;
  }

  // Other lines ---------------------------------------------------------------

  absl::Status other(const json::Object &object) {
    std::optional<int64_t> op = object.getInteger("op_code");
    std::optional<llvm::StringRef> worker = object.getString("worker_id");
    if (!op || !worker)
      return error("expected an operation of Optuna's journal with op_code and "
                   "worker_id, found '" +
                   excerpt() + "'");
    if (*op >= 0 && *op <= StudySystemAttr)
      return studyLine(*op, object);
    if (!contents.hasHeader) {
      if (!studySeen)
        return error("expected the operation that creates the study, found "
                     "'" +
                     excerpt() + "'");
      if (absl::Status status = checkHeader(/*atEnd=*/false); !status.ok())
        return status;
      if (quick())
        return absl::OkStatus();
    }
    std::string by = *worker == kWorker ? ""
                                        : " by another program (worker '" +
                                              worker->str() + "')";
    if (*op == CreateTrial)
      return error("trial " + std::to_string(contents.trials.size()) +
                   " was added" + (by.empty() ? " in another way" : by) +
                   "; expected only trials of this search");
    std::optional<int64_t> trial = object.getInteger("trial_id");
    bool known =
        trial && *trial >= 0 && uint64_t(*trial) < contents.trials.size();
    if (*op == SetIntermediate || *op == SetParam || *op == SetState ||
        *op == TrialUserAttr || *op == TrialSystemAttr) {
      // Optuna passes over what comes after a trial's end, and over attributes
      // that it doesn't know.
      bool attribute = *op == TrialUserAttr || *op == TrialSystemAttr;
      if (!by.empty() && known &&
          (attribute || contents.trials[*trial].finished))
        return absl::OkStatus();
      std::string number = trial ? " " + std::to_string(*trial) : "";
      if (!by.empty())
        return error("trial" + number + " was changed" + by +
                     "; expected only trials of this search");
    }
    return error("unexpected operation " + std::to_string(*op) + by + ": '" +
                 excerpt() + "'");
  }

  absl::Status studyLine(int64_t op, const json::Object &object) {
    if (op == CreateStudy) {
      llvm::StringRef name = object.getString("study_name").value_or("");
      if (studySeen && name == format.studyName)
        return absl::OkStatus(); // Optuna's create_study(load_if_exists=True)
      if (studySeen)
        return error("another study, '" + name.str() +
                     "', was added; expected only '" + format.studyName + "'");
      studySeen = true;
      if (name != format.studyName)
        return anotherSearch("its name is '" + name.str() + "' there, but '" +
                             format.studyName + "' here");
      return absl::OkStatus();
    }
    if (op == DeleteStudy)
      return error("the study was deleted");
    const json::Object *attr =
        object.getObject(op == StudyUserAttr ? "user_attr" : "system_attr");
    if (op != StudyUserAttr || !attr)
      return absl::OkStatus();
    for (const auto &[key, value] : *attr) {
      std::string name = llvm::StringRef(key).str(),
                  text = llvm::formatv("{0}", value).str();
      if (name == "finished" && value.getAsString()) {
        contents.finished = value.getAsString()->str();
        continue;
      }
      auto it = llvm::find_if(
          attributes, [&](const auto &pair) { return pair.first == name; });
      if (it == attributes.end())
        attributes.emplace_back(name, text);
      else
        it->second = text;
    }
    return absl::OkStatus();
  }

  llvm::StringRef text, path, line;
  const Format &format;
  const Space &space;
  uint64_t lineNumber = 0;
  std::string starts[TrialSystemAttr + 1];
  llvm::StringMap<std::pair<size_t, uint32_t>> params;
  llvm::StringMap<size_t> metricIndex;
  JournalTrial *current = nullptr;
  std::string scratch;
  std::vector<double> constraints;
  bool studySeen = false;
  std::vector<std::pair<std::string, std::string>> attributes;
  Contents contents;
};

} // namespace

absl::StatusOr<Contents> journal::read(llvm::StringRef text,
                                       llvm::StringRef path,
                                       const Format &format) {
  return Reader(text, path, format).read();
}

bool journal::hasNoTrials(llvm::StringRef text) {
  std::string study = Format::start(CreateStudy);
  return llvm::StringRef(study).starts_with(text.take_front(study.size())) &&
         !text.contains(Format::start(CreateTrial));
}

bool journal::isUnfinished(llvm::StringRef text) {
  std::string finished =
      Format::start(StudyUserAttr) + "\"user_attr\":{\"finished\":";
  size_t end = text.rfind(finished);
  if (end != llvm::StringRef::npos)
    text = text.drop_front(end);
  return text.contains(Format::start(CreateTrial));
}
