// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reading a journal back.
#ifndef MASE_LIB_SEARCH_JOURNAL_JOURNALREADER_H
#define MASE_LIB_SEARCH_JOURNAL_JOURNALREADER_H

#include "JournalFormat.h"

#include "absl/status/statusor.h"

#include <optional>

namespace mase::journal {

/// A trial that is in the journal.
struct JournalTrial {
  Trial trial;
  /// Position of each knob that was read, -1 of others. Empty once the trial
  /// has finished.
  std::vector<int32_t> positions;
  bool finished = false;
  /// Sum of the positive constraint values: the trial's violation if it is
  /// complete and nothing else is said.
  double constraintSum = 0;
  std::optional<double> violation;
};

struct Contents {
  std::vector<JournalTrial> trials; ///< by number
  /// How much of the file to keep; what follows is a torn line.
  size_t size = 0;
  /// The number of lines kept.
  uint64_t numLines = 0;
  /// Whether the header is there; a kill may have come between.
  bool hasHeader = false;
  /// Why the study came to its end, where it did and nothing came after that.
  std::optional<std::string> finished;
};

/// Reads `text`, the content of the journal `path`, whose study must be that of
/// `format`. Errors as Journal::open has them.
absl::StatusOr<Contents> read(llvm::StringRef text, llvm::StringRef path,
                              const Format &format);

/// Whether the journal is one of a study with trials that did not come to its
/// end (whatever study that is).
bool isUnfinished(llvm::StringRef text);

/// Whether the text is the beginning of a study's journal, and holds no trial.
bool hasNoTrials(llvm::StringRef text);

/// The first difference between the attributes of a journal's study (JSON by
/// key) and those of `format`, as "seed is '3' there, but '4' here"; empty
/// where there is none. `partial`: attributes may be missing.
std::string
firstDifference(llvm::ArrayRef<std::pair<std::string, std::string>> found,
                const Format &format, bool partial = false);

} // namespace mase::journal

#endif // MASE_LIB_SEARCH_JOURNAL_JOURNALREADER_H
