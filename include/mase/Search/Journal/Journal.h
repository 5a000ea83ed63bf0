// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A study's journal: every trial, on the disk as soon as it is known, in the
// line format of Optuna's JournalStorage, so that a search which was killed
// can go on and Optuna's tools can look at one while it runs.
#ifndef MASE_SEARCH_JOURNAL_JOURNAL_H
#define MASE_SEARCH_JOURNAL_JOURNAL_H

#include "mase/Search/SampledConfig.h"
#include "mase/Search/Study.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mase {

struct JournalOptions {
  enum class Mode : uint8_t {
    /// A new study. A journal at `path` is renamed to `path`.bak first (.bak2,
    /// …: the number after the highest there), unless its study made no trial.
    /// The newest five of them stay; warnings() names those that are removed.
    New,
    /// Goes on with the journal at `path`; a new one where there is none.
    Resume
  };
  std::string path;
  Mode mode = Mode::New;
  /// What Optuna calls the study: load_study(study_name=…).
  std::string studyName;
  /// What else makes a search the same search, as names and texts: network,
  /// data, seed, sampler, …. Kept as user attributes of the study; the
  /// problem's knobs, objectives, constraints and metrics are added under
  /// those names (as "knobs", …), which are taken.
  std::vector<std::pair<std::string, std::string>> identity;
};

/// An open journal. Lines are only ever appended.
///
/// What it guarantees: all lines of a trial's result are in the file (one
/// write(2) holds them whole) before finished() returns, so a process that is
/// killed loses no trial that finished() was called for. Every call of
/// finished() is followed by an fsync of what it wrote. It runs on a thread of
/// its own, again as long as there is something unsynced: calls that come
/// within 10 ms, or while the disk is busy, share the next one, and finished()
/// waits where the oldest unsynced line is older than a second. A machine that
/// loses power therefore loses at most the trials of the last second or of one
/// fsync, whichever is longer, and those are evaluated again. close() waits for
/// the disk.
///
/// One process at a time: the file is locked (flock) while the journal is open.
class Journal {
public:
  /// Opens, locks and reads the journal; creates its folder where it is
  /// missing. `problem` and `config` must outlive it. Errors, all with the
  /// path: another process has it open; it belongs to another search (with the
  /// first difference); a line that is no JSON, or that another program added
  /// (with its number); and the operating system's.
  static absl::StatusOr<std::unique_ptr<Journal>>
  open(const JournalOptions &options, const Problem &problem,
       const SampledConfig &config);

  ~Journal();
  Journal(const Journal &) = delete;
  Journal &operator=(const Journal &) = delete;

  /// The finished trials that were read, by number, exactly as finished() got
  /// them (but for unmeasured metrics at the end): for StudyOptions::resumed.
  /// To be called once.
  std::vector<Trial> takeResumed();

  /// What a user should know of opening it, one line each: a torn line that
  /// was cut, a journal that was renamed, nothing to resume.
  llvm::ArrayRef<std::string> warnings() const;

  /// For StudyOptions::started. Trials come by ascending number from 0 on, one
  /// after the other; those that the journal has are compared, not written.
  absl::Status started(llvm::ArrayRef<Trial> trials);

  /// For StudyOptions::finished: trials that have been started, in any order.
  absl::Status finished(llvm::ArrayRef<const Trial *> trials);

  /// Waits until all is on the disk and gives up the lock. `stopReason` says
  /// that the study came to its end and why; empty: it was interrupted.
  absl::Status close(llvm::StringRef stopReason = {});

private:
  class Impl;
  explicit Journal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// A stop reason for Journal::close: "trials", "exhausted", …; empty for
/// StopReason::Interrupted.
llvm::StringRef journalText(StopReason reason);

} // namespace mase

#endif // MASE_SEARCH_JOURNAL_JOURNAL_H
