// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Questions and answers in JSON, one line each.
#include "mase/Search/External/ExternalEvaluator.h"

#include "LineProcess.h"
#include "Text.h"

#include "mase/Support/Json.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <map>
#include <mutex>
#include <numeric>

using namespace mase;

struct ExternalEvaluator::Processes {
  /// The process of a worker; a worker uses only its own.
  LineProcess &of(unsigned worker, const std::vector<std::string> &command) {
    std::lock_guard lock(mutex);
    std::unique_ptr<LineProcess> &process = byWorker[worker];
    if (!process)
      process = std::make_unique<LineProcess>(command);
    return *process;
  }
  std::mutex mutex;
  std::map<unsigned, std::unique_ptr<LineProcess>> byWorker;
};

ExternalEvaluator::ExternalEvaluator(Options o, const Space &space,
                                     const SampledConfig &config)
    : options(std::move(o)), writer(config, space, ConfigStyle::Json),
      processes(std::make_unique<Processes>()) {
  for (const std::string &name : options.declared)
    infos.push_back({name, MetricGroup::Software});
}

ExternalEvaluator::~ExternalEvaluator() = default;

/// An answer as part of a message.
static std::string excerpt(llvm::StringRef line) {
  constexpr size_t kLength = 80;
  return "'" + line.take_front(kLength).str() +
         (line.size() > kLength ? "…'" : "'");
}

/// The metrics of an answer; a failure says what was wrong with it.
static TrialResult readMetrics(const llvm::json::Object &object,
                               llvm::StringRef line, uint64_t trial,
                               llvm::ArrayRef<std::string> declared) {
  if (const llvm::json::Value *error = object.get("error"))
    if (auto text = error->getAsString())
      return TrialResult::failure(text->empty() ? "it gave no reason"
                                                : text->str());
  if (const llvm::json::Value *echo = object.get("number"))
    if (auto number = echo->getAsInteger();
        !number || *number != int64_t(trial))
      return TrialResult::failure("the answer is not to trial " +
                                  std::to_string(trial) + ": " + excerpt(line));
  TrialResult result;
  result.metrics.assign(declared.size(), std::nan(""));
  // An llvm::json::Object has no order of its own; by name it has one.
  std::map<std::string, double> extra;
  for (const auto &[key, member] : object) {
    if (member.kind() == llvm::json::Value::Null || key == "number")
      continue;
    std::optional<double> number = member.getAsNumber();
    if (number && !std::isfinite(*number))
      return TrialResult::failure("metric '" + key.str() +
                                  "' is not finite in " + excerpt(line));
    auto it = llvm::find(declared, key.str());
    if (it == declared.end()) {
      // Remarks are welcome; only numbers are metrics.
      if (number)
        extra[key.str()] = *number;
      continue;
    }
    if (!number)
      return TrialResult::failure("metric '" + key.str() +
                                  "' is no number in " + excerpt(line));
    result.metrics[size_t(it - declared.begin())] = *number;
  }
  for (auto [name, metric] : llvm::zip_equal(declared, result.metrics))
    if (std::isnan(metric))
      return TrialResult::failure("metric " + quoted(name) + " is missing in " +
                                  excerpt(line));
  result.extraMetrics.assign(extra.begin(), extra.end());
  return result;
}

TrialResult ExternalEvaluator::evaluate(const EvaluationContext &context,
                                        const TrialRequest &trial) {
  double timeout = options.timeout;
  bool limitedByStudy = false;
  if (context.deadline) {
    double left = std::chrono::duration<double>(
                      *context.deadline - std::chrono::steady_clock::now())
                      .count();
    limitedByStudy = timeout <= 0 || left < timeout;
    // A trial that has begun gets the time to say something.
    if (limitedByStudy)
      timeout = std::max(left, 0.001);
  }
  std::string line = "{\"number\": ";
  appendUnsigned(line, trial.number);
  line += ", \"sampled_config\": ";
  writer.append(line, *trial.point);
  line += "}";
  LineProcess &process = processes->of(context.worker, options.command);
  absl::StatusOr<std::string> answer =
      process.ask(line, timeout, context.abandon);
  if (absl::IsCancelled(answer.status())) {
    TrialResult result = TrialResult::failure("abandoned");
    result.abandoned = true;
    return result;
  }
  if (limitedByStudy && absl::IsDeadlineExceeded(answer.status()))
    return TrialResult::failure("the search's time was up before '" +
                                options.command.front() + "' answered");
  if (!answer.ok())
    return TrialResult::failure(std::string(answer.status().message()));
  llvm::Expected<llvm::json::Value> value = parseJson(*answer);
  std::string why;
  if (!value)
    why = llvm::toString(value.takeError());
  else if (const llvm::json::Object *object = value->getAsObject())
    return readMetrics(*object, *answer, trial.number, options.declared);
  // What else it prints may be to nobody's question: start anew.
  process.stop();
  return TrialResult::failure(
      "expected a line with a JSON object of numbers, found " +
      excerpt(*answer) +
      (llvm::StringRef(why).starts_with("nested") ? ", " + why : ""));
}

void ExternalEvaluator::evaluateBatch(
    const EvaluationContext &context, llvm::ArrayRef<TrialRequest> trials,
    llvm::MutableArrayRef<TrialResult> results) {
  for (auto [trial, result] : llvm::zip_equal(trials, results))
    result = evaluate(context, trial);
}

EvaluatorList::EvaluatorList(
    std::vector<std::shared_ptr<TrialEvaluator>> evaluators)
    : parts(std::move(evaluators)) {
  for (const auto &part : parts)
    llvm::append_range(infos, part->metrics());
}

std::vector<double> EvaluatorList::staticMetrics(const Point &point) const {
  std::vector<double> all;
  for (const auto &part : parts) {
    std::vector<double> metrics = part->staticMetrics(point);
    metrics.resize(part->metrics().size(), std::nan(""));
    llvm::append_range(all, metrics);
  }
  return all;
}

double EvaluatorList::expectedSeconds() const {
  double sum = 0;
  for (const auto &part : parts) {
    double seconds = part->expectedSeconds();
    // One that takes nobody knows how long leaves the sum unknown.
    if (seconds <= 0)
      return 0;
    sum += seconds;
  }
  return sum;
}

size_t EvaluatorList::maxBatch() const {
  size_t most = 0;
  for (const auto &part : parts)
    if (size_t own = part->maxBatch())
      most = most ? std::min(most, own) : own;
  return most;
}

bool EvaluatorList::isRepeatable() const {
  return llvm::all_of(parts,
                      [](const auto &part) { return part->isRepeatable(); });
}

void EvaluatorList::evaluateBatch(const EvaluationContext &context,
                                  llvm::ArrayRef<TrialRequest> trials,
                                  llvm::MutableArrayRef<TrialResult> results) {
  // A part knows only its own metrics, so none may end a trial early.
  EvaluationContext own = context;
  own.isHopeless = nullptr;
  evaluate(trials, results,
           [&](TrialEvaluator &part, llvm::ArrayRef<TrialRequest> requests) {
             std::vector<TrialResult> answers(requests.size());
             part.evaluateBatch(own, requests, answers);
             return answers;
           });
}

TrialResult EvaluatorList::evaluateFromScratch(const TrialRequest &trial) {
  TrialResult result;
  evaluate(trial, result,
           [&](TrialEvaluator &part, llvm::ArrayRef<TrialRequest> requests) {
             std::vector<TrialResult> answers;
             for (const TrialRequest &request : requests)
               answers.push_back(part.evaluateFromScratch(request));
             return answers;
           });
  return result;
}

void EvaluatorList::evaluate(llvm::ArrayRef<TrialRequest> trials,
                             llvm::MutableArrayRef<TrialResult> results,
                             EvaluatePart evaluatePart) {
  std::vector<size_t> open(trials.size());
  std::iota(open.begin(), open.end(), size_t(0));
  size_t first = 0;
  for (const auto &part : parts) {
    std::vector<TrialRequest> requests;
    for (size_t i : open)
      requests.push_back(trials[i]);
    std::vector<TrialResult> answers = evaluatePart(*part, requests);
    std::vector<size_t> next;
    for (auto [i, answer] : llvm::zip_equal(open, answers)) {
      TrialResult &result = results[i];
      if (answer.state != TrialState::Complete) {
        result = std::move(answer);
        continue;
      }
      result.metrics.resize(first, std::nan(""));
      llvm::append_range(result.metrics, answer.metrics);
      if (!answer.errors.empty()) {
        result.errors.resize(first, std::nan(""));
        llvm::append_range(result.errors, answer.errors);
      }
      llvm::append_range(result.extraMetrics, answer.extraMetrics);
      next.push_back(i);
    }
    open = std::move(next);
    first += part->metrics().size();
  }
  for (size_t i : open)
    for (const auto &[name, value] : results[i].extraMetrics)
      if (metricIndex(name) < infos.size()) {
        results[i] = TrialResult::failure("metric " + quoted(name) +
                                          " is measured by the search itself");
        break;
      }
}
