// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A study's journal: what is written when.
#include "mase/Search/Journal/Journal.h"

#include "JournalFile.h"
#include "JournalFormat.h"
#include "JournalReader.h"

#include "absl/strings/str_cat.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"

#include <chrono>

using namespace mase;
using namespace mase::journal;

/// Lines are handed on in portions of about this size: whole trials.
constexpr size_t kPortion = 1 << 20;

/// So many journals of earlier searches stay beside a new one's.
constexpr size_t kMostBackups = 5;

static int64_t nowMicros() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch())
      .count();
}

class Journal::Impl {
public:
  Impl(const JournalOptions &options, const Problem &problem,
       const SampledConfig &config)
      : path(options.path), space(problem.space),
        format(options, problem, config) {}

  absl::Status open(JournalOptions::Mode mode) {
    auto opened = AppendFile::open(path);
    if (!opened.ok())
      return opened.status();
    file = *std::move(opened);
    if (file->size() == 0) {
      if (mode == JournalOptions::Mode::Resume)
        warnings.push_back("nothing to resume: '" + path +
                           "' is missing or empty; starting anew");
      return file->append(format.header());
    }
    auto buffer = file->read();
    if (!buffer.ok())
      return buffer.status();
    llvm::StringRef text = (*buffer)->getBuffer();
    return mode == JournalOptions::Mode::New ? replace(text) : resume(text);
  }

  absl::Status started(llvm::ArrayRef<Trial> trials) {
    for (const Trial &trial : trials) {
      if (trial.number < numCreated) {
        if (absl::Status status = startAgain(trial); !status.ok())
          return status;
        continue;
      }
      if (trial.number != numCreated)
        return outOfOrder("started", trial.number);
      int64_t start = trial.startMicros ? trial.startMicros : nowMicros();
      format.appendCreate(buffer, start);
      for (size_t k = 0; k < space.numKnobs(); ++k)
        if (!space.hasConditions() || space.isActive(trial.point, k))
          format.appendParam(buffer, trial.number, k, trial.point[k]);
      unfinished[numCreated++] = {start, {}};
      if (absl::Status status = handOn(kPortion); !status.ok())
        return status;
    }
    return handOn(1);
  }

  absl::Status finished(llvm::ArrayRef<const Trial *> trials) {
    for (const Trial *trial : trials) {
      auto it = unfinished.find(trial->number);
      if (it == unfinished.end())
        return outOfOrder("finished", trial->number);
      format.appendResult(buffer, *trial, it->second.start);
      unfinished.erase(it);
      if (absl::Status status = handOn(kPortion); !status.ok())
        return status;
    }
    return handOn(1);
  }

  absl::Status close(llvm::StringRef stopReason) {
    if (!file)
      return absl::OkStatus();
    if (!stopReason.empty() && stopReason != finishedReason)
      Format::appendFinished(buffer, stopReason);
    absl::Status status = handOn(1);
    if (status.ok())
      status = file->synchronize();
    file.reset();
    return status;
  }

  std::vector<Trial> resumed;
  std::vector<std::string> warnings;

private:
  /// A new study in the place of another file: whatever holds more than the
  /// beginning of a study without trials stays, under another name.
  absl::Status replace(llvm::StringRef text) {
    if (hasNoTrials(text)) {
      if (absl::Status status = file->truncate(0); !status.ok())
        return status;
      return file->append(format.header());
    }
    // The lock is on the file, so nobody else moves it meanwhile.
    std::vector<Backup> earlier = backupsOf(path);
    std::string backup = nextBackup(path, earlier).path;
    if (absl::Status status = file->rename(backup); !status.ok())
      return status;
    warnings.push_back("'" + path + "' was the journal of " +
                       (isUnfinished(text)
                            ? "a search that did not come to its end"
                            : "an earlier search") +
                       "; it is now '" + backup + "'" + dropOldest(earlier));
    // The name is free, unless another process was quicker.
    file.reset();
    return open(JournalOptions::Mode::New);
  }

  /// Removes those of `earlier` that are too many beside one more; what to say
  /// of it.
  static std::string dropOldest(llvm::ArrayRef<Backup> earlier) {
    namespace fs = llvm::sys::fs;
    std::string dropped;
    bool isSeveral = false;
    while (earlier.size() >= kMostBackups) {
      const std::string &oldest = earlier.front().path;
      earlier = earlier.drop_front();
      // A folder, or what cannot be removed, is left alone.
      if (!fs::is_regular_file(oldest) || fs::remove(oldest))
        continue;
      isSeveral = !dropped.empty();
      dropped += (isSeveral ? "', '" : "'") + oldest;
    }
    if (dropped.empty())
      return dropped;
    return absl::StrCat("; ", dropped, "' ", isSeveral ? "are" : "is",
                        " removed, for the newest ", kMostBackups, " are kept");
  }

  absl::Status resume(llvm::StringRef text) {
    absl::StatusOr<Contents> contents = read(text, path, format);
    if (!contents.ok())
      return contents.status();
    if (contents->size < text.size()) {
      warnings.push_back(absl::StrCat(
          path, ":", contents->numLines + 1, ": cut the last line, of which ",
          text.size() - contents->size, " bytes had been written"));
      if (absl::Status status = file->truncate(contents->size); !status.ok())
        return status;
    }
    if (!contents->hasHeader) {
      warnings.push_back("nothing to resume: '" + path +
                         "' has no trials yet; starting anew");
      if (absl::Status status = file->truncate(0); !status.ok())
        return status;
      return file->append(format.header());
    }
    if (contents->finished)
      finishedReason = *contents->finished;
    numCreated = contents->trials.size();
    for (JournalTrial &trial : contents->trials) {
      if (trial.finished)
        resumed.push_back(std::move(trial.trial));
      else
        unfinished[trial.trial.number] = {trial.trial.startMicros,
                                          std::move(trial.positions)};
    }
    return absl::OkStatus();
  }

  /// A trial that the journal has: it must be the same; a kill may have come
  /// between its lines.
  absl::Status startAgain(const Trial &trial) {
    auto it = unfinished.find(trial.number);
    if (it == unfinished.end())
      return absl::OkStatus(); // finished: the study compares those
    std::vector<int32_t> &positions = it->second.positions;
    if (positions.empty())
      return outOfOrder("started", trial.number);
    for (size_t k = 0; k < space.numKnobs(); ++k) {
      bool active = space.isActive(trial.point, k);
      if (positions[k] >= 0 &&
          (!active || uint32_t(positions[k]) != trial.point[k]))
        return absl::FailedPreconditionError(
            absl::StrCat("cannot resume '", path, "': trial ", trial.number,
                         " is another point there than this search would try"));
      if (positions[k] < 0 && active)
        format.appendParam(buffer, trial.number, k, trial.point[k]);
    }
    positions.clear();
    return absl::OkStatus();
  }

  absl::Status outOfOrder(const char *what, uint64_t number) const {
    return absl::InternalError(absl::StrCat("'", path, "': trial ", number,
                                            " was ", what, " out of order"));
  }

  absl::Status handOn(size_t least) {
    if (buffer.size() < least)
      return absl::OkStatus();
    absl::Status status = file->append(buffer);
    buffer.clear();
    finishedReason.clear();
    return status;
  }

  struct Unfinished {
    int64_t start = 0;
    /// Of a trial that was read: what is there of its point.
    std::vector<int32_t> positions;
  };
  std::string path;
  const Space &space;
  Format format;
  std::unique_ptr<AppendFile> file;
  std::string buffer;
  uint64_t numCreated = 0;
  llvm::DenseMap<uint64_t, Unfinished> unfinished;
  std::string finishedReason;
};

Journal::Journal(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
Journal::~Journal() = default;

absl::StatusOr<std::unique_ptr<Journal>>
Journal::open(const JournalOptions &options, const Problem &problem,
              const SampledConfig &config) {
  auto impl = std::make_unique<Impl>(options, problem, config);
  if (absl::Status status = impl->open(options.mode); !status.ok())
    return status;
  return std::unique_ptr<Journal>(new Journal(std::move(impl)));
}

std::vector<Trial> Journal::takeResumed() { return std::move(impl->resumed); }

llvm::ArrayRef<std::string> Journal::warnings() const { return impl->warnings; }

absl::Status Journal::started(llvm::ArrayRef<Trial> trials) {
  return impl->started(trials);
}

absl::Status Journal::finished(llvm::ArrayRef<const Trial *> trials) {
  return impl->finished(trials);
}

absl::Status Journal::close(llvm::StringRef stopReason) {
  return impl->close(stopReason);
}

llvm::StringRef mase::journalText(StopReason reason) {
  switch (reason) {
  case StopReason::Trials:
    return "trials";
  case StopReason::Exhausted:
    return "exhausted";
  case StopReason::Timeout:
    return "timeout";
  case StopReason::Patience:
    return "patience";
  case StopReason::Infeasible:
    return "infeasible";
  case StopReason::Interrupted:
    return "";
  }
  return "";
}
