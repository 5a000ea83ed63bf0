// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lines of a journal: Optuna's operations, as JSON without spaces. Written
// with all that is constant made ready, so that a line is a few copies.
#ifndef MASE_LIB_SEARCH_JOURNAL_JOURNALFORMAT_H
#define MASE_LIB_SEARCH_JOURNAL_JOURNALFORMAT_H

#include "Scoring.h"

#include "mase/Search/Journal/Journal.h"

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mase::journal {

/// Optuna's codes of operations (JournalOperation), trial states and
/// directions.
enum Op : uint8_t {
  CreateStudy = 0,
  DeleteStudy = 1,
  StudyUserAttr = 2,
  StudySystemAttr = 3,
  CreateTrial = 4,
  SetParam = 5,
  SetState = 6,
  SetIntermediate = 7,
  TrialUserAttr = 8,
  TrialSystemAttr = 9
};
enum State : uint8_t {
  Running = 0,
  Complete = 1,
  Pruned = 2,
  Fail = 3,
  Waiting = 4
};

/// Who wrote a line. Always the same, also after resuming: Optuna takes the
/// end of a trial from any worker.
inline constexpr llvm::StringLiteral kWorker = "mase-opt";
/// Changes with what a journal holds.
inline constexpr llvm::StringLiteral kVersion = "1";

/// A float as Python's json writes it: as repr, but NaN, Infinity, -Infinity.
void appendNumber(std::string &out, double value);
/// `"2026-11-23T11:45:09.526163+00:00"`, with the quotes.
void appendTime(std::string &out, int64_t micros);

// Reading: each takes what it reads off the front of `text`, or returns false.
bool consumeNumber(llvm::StringRef &text, double &value);
bool consumeTime(llvm::StringRef &text, int64_t &micros);
bool consumeString(llvm::StringRef &text, std::string &value);

/// What is constant of a study's lines.
class Format {
public:
  Format(const JournalOptions &options, const Problem &problem,
         const SampledConfig &config);

  /// The lines of a new journal, with the study, its metrics' names and the
  /// attributes.
  const std::string &header() const { return headerText; }

  /// The attributes that tell one search from another, in the order of
  /// comparing; texts, or JSON arrays for several.
  struct Attribute {
    std::string key;
    std::string json;
  };
  std::vector<Attribute> identity;
  std::string studyName;

  const Problem &problem;
  llvm::ArrayRef<MetricInfo> metrics;

  /// `{"op_code":N,"worker_id":"mase-opt","trial_id":`, or `"study_id":0` for
  /// operations of studies.
  static std::string start(Op op);

  /// Operation 4.
  void appendCreate(std::string &out, int64_t startMicros) const;
  /// Operation 5. What follows the trial's id depends on knob and choice.
  void appendParam(std::string &out, uint64_t trial, size_t knob,
                   uint32_t choice) const;
  llvm::StringRef paramText(size_t knob, uint32_t choice) const {
    return paramTexts[knob][choice];
  }
  /// Operations 8, 9 and 6 of a result. `knownStart` is what the trial's
  /// operation 4 said; where the result says otherwise, the trial goes back to
  /// waiting and is started again, as only that sets the time.
  void appendResult(std::string &out, const Trial &trial,
                    int64_t knownStart) const;
  /// `{"fc1": {"config": …}}`.
  void appendSampledConfig(std::string &out, const Point &point) const {
    configWriter.append(out, point);
  }
  /// Operation 2 at the end.
  static void appendFinished(std::string &out, llvm::StringRef reason);

private:
  void addHeader(Op op, llvm::StringRef member, llvm::StringRef key,
                 llvm::StringRef json);
  void addIdentity(std::string key, std::string json);
  void appendMetrics(std::string &out, const Trial &trial,
                     MetricGroup group) const;
  void appendScaled(std::string &out, const Trial &trial) const;

  std::string headerText;
  std::vector<std::vector<std::string>> paramTexts; ///< by knob and choice
  std::vector<std::string> metricKeys;              ///< `"loss": `
  std::vector<size_t> objectiveMetric;
  Scoring scoring;
  SampledConfigWriter configWriter;
};

} // namespace mase::journal

#endif // MASE_LIB_SEARCH_JOURNAL_JOURNALFORMAT_H
