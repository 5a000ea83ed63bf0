// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The file under a journal: locked, appended to, and brought to the disk by a
// thread of its own.
#ifndef MASE_LIB_SEARCH_JOURNAL_JOURNALFILE_H
#define MASE_LIB_SEARCH_JOURNAL_JOURNALFILE_H

#include "absl/status/statusor.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mase::journal {

/// A file's earlier contents under another name: "FILE.bak" is the first,
/// "FILE.bak2" the second, and so on.
struct Backup {
  uint64_t number = 0;
  std::string path;
};

/// Those of the file `path` that are there, the oldest (the lowest number)
/// first.
std::vector<Backup> backupsOf(llvm::StringRef path);

/// The name that comes after `existing` ones.
Backup nextBackup(llvm::StringRef path, llvm::ArrayRef<Backup> existing);

class AppendFile {
public:
  /// Opens and locks `path`, which is created with its folder where it is
  /// missing.
  static absl::StatusOr<std::unique_ptr<AppendFile>>
  open(const std::string &path);
  ~AppendFile();

  absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>> read() const;
  uint64_t size() const { return length; }
  /// Cuts the file to `size` bytes.
  absl::Status truncate(uint64_t size);
  /// Gives the file another name.
  absl::Status rename(const std::string &to) const;

  /// Appends `text` whole, or nothing and returns why. The disk follows: the
  /// caller waits only where it is more than a second behind, or has failed.
  absl::Status append(llvm::StringRef text);
  /// Waits for the disk.
  absl::Status synchronize();

private:
  explicit AppendFile(std::string path) : path(std::move(path)) {}
  absl::StatusOr<bool> tryOpen();
  absl::Status error(int code) const;
  void syncLoop();

  using Clock = std::chrono::steady_clock;
  std::string path;
  int fd = -1;
  uint64_t length = 0;

  std::thread syncer;
  std::mutex mutex;
  std::condition_variable changed;
  // Guarded by the mutex. Counts appends; those up to `synced` are on the disk.
  uint64_t appended = 0, synced = 0;
  Clock::time_point oldest; ///< when the oldest unsynced append came
  int syncError = 0;
  bool stopping = false, hurry = false;
};

} // namespace mase::journal

#endif // MASE_LIB_SEARCH_JOURNAL_JOURNALFILE_H
