// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The file under a journal.
#include "JournalFile.h"

#include "mase/Support/InputFile.h"
#include "mase/Support/Termination.h"

#include "absl/strings/str_cat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace mase;
using namespace mase::journal;

/// How far the disk may be behind before a search waits for it.
constexpr std::chrono::seconds kMostBehind(1);
/// Trials that come more often share an fsync, for it holds up writing.
constexpr std::chrono::milliseconds kLeastApart(10);

static std::string backupPath(llvm::StringRef path, uint64_t number) {
  return absl::StrCat(path.str(), ".bak",
                      number == 1 ? "" : std::to_string(number));
}

std::vector<Backup> journal::backupsOf(llvm::StringRef path) {
  namespace fs = llvm::sys::fs;
  std::vector<Backup> found;
  llvm::StringRef folder = llvm::sys::path::parent_path(path),
                  file = llvm::sys::path::filename(path);
  std::error_code code;
  for (fs::directory_iterator it(folder.empty() ? "." : folder, code), end;
       !code && it != end; it.increment(code)) {
    llvm::StringRef name = llvm::sys::path::filename(it->path());
    uint64_t number = 1;
    if (!name.consume_front(file) || !name.consume_front(".bak") ||
        // "007" is a name of somebody else's, and so is "1".
        (!name.empty() && (name.starts_with("0") ||
                           name.getAsInteger(10, number) || number < 2)))
      continue;
    found.push_back({number, backupPath(path, number)});
  }
  llvm::sort(found, [](const Backup &a, const Backup &b) {
    return a.number < b.number;
  });
  return found;
}

Backup journal::nextBackup(llvm::StringRef path,
                           llvm::ArrayRef<Backup> existing) {
  // Not the first name that is free: the lowest number is to be the oldest.
  uint64_t number = existing.empty() ? 1 : existing.back().number + 1;
  return {number, backupPath(path, number)};
}

static absl::Status writeError(llvm::StringRef path,
                               const std::string &reason) {
  return absl::UnavailableError(
      absl::StrCat("cannot write '", path.str(), "': ", reason));
}

absl::Status AppendFile::error(int code) const {
  return writeError(
      path, describeError(std::error_code(code, std::generic_category())));
}

/// False: the file was moved away while it was being opened.
absl::StatusOr<bool> AppendFile::tryOpen() {
  fd = ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0)
    return errno == EISDIR ? writeError(path, "expected a file, found a folder")
                           : error(errno);
  struct stat opened, named;
  if (::fstat(fd, &opened) != 0)
    return error(errno);
  if (!S_ISREG(opened.st_mode))
    return writeError(path, "expected a regular file");
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR)
      continue;
    if (errno == EWOULDBLOCK)
      return absl::UnavailableError(absl::StrCat(
          "'", path, "' is in use: another process is writing this journal"));
    return error(errno);
  }
  // Its name may have gone to another file before the lock was there.
  if (::stat(path.c_str(), &named) != 0 || named.st_ino != opened.st_ino ||
      named.st_dev != opened.st_dev) {
    ::close(fd);
    fd = -1;
    return false;
  }
  // As it is now: another process may have written until it gave up the lock.
  if (::fstat(fd, &opened) != 0)
    return error(errno);
  length = uint64_t(opened.st_size);
  return true;
}

absl::StatusOr<std::unique_ptr<AppendFile>>
AppendFile::open(const std::string &path) {
  if (path.empty() || llvm::StringRef(path).contains('\0'))
    return absl::InvalidArgumentError("a journal takes the name of a file");
  llvm::StringRef folder = llvm::sys::path::parent_path(path);
  if (!folder.empty())
    if (std::error_code code = llvm::sys::fs::create_directories(folder))
      return writeError(path, "cannot create folder '" + folder.str() +
                                  "': " + describeError(code));
  reportFileSizeLimit();
  std::unique_ptr<AppendFile> file(new AppendFile(path));
  for (int attempt = 0; attempt < 100; ++attempt) {
    absl::StatusOr<bool> opened = file->tryOpen();
    if (!opened.ok())
      return opened.status();
    if (!*opened)
      continue;
    // The name of a new file is in its folder.
    if (file->length == 0) {
      int folderFd = ::open(folder.empty() ? "." : folder.str().c_str(),
                            O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (folderFd >= 0) {
        ::fsync(folderFd);
        ::close(folderFd);
      }
    }
    file->syncer = std::thread([f = file.get()] { f->syncLoop(); });
    return file;
  }
  return writeError(path, "other processes keep renaming it");
}

AppendFile::~AppendFile() {
  if (syncer.joinable()) {
    {
      std::lock_guard<std::mutex> lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    syncer.join();
  }
  if (fd >= 0)
    ::close(fd); // and unlock
}

absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>> AppendFile::read() const {
  auto buffer = llvm::MemoryBuffer::getOpenFile(
      fd, path, length, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return absl::UnavailableError(absl::StrCat(
        "cannot read '", path, "': ", describeError(buffer.getError())));
  return std::move(*buffer);
}

absl::Status AppendFile::truncate(uint64_t size) {
  if (::ftruncate(fd, off_t(size)) != 0)
    return error(errno);
  length = size;
  return absl::OkStatus();
}

absl::Status AppendFile::rename(const std::string &to) const {
  if (::rename(path.c_str(), to.c_str()) != 0)
    return absl::UnavailableError(absl::StrCat(
        "cannot rename '", path, "' to '", to,
        "': ", describeError(std::error_code(errno, std::generic_category()))));
  return absl::OkStatus();
}

absl::Status AppendFile::append(llvm::StringRef text) {
  if (text.empty())
    return absl::OkStatus();
  llvm::StringRef rest = text;
  while (!rest.empty()) {
    ssize_t written = ::write(fd, rest.data(), rest.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0) {
      int code = errno;
      // No part of a line stays behind, unless somebody else wrote after it.
      struct stat now;
      uint64_t partial = text.size() - rest.size();
      if (partial && ::fstat(fd, &now) == 0 &&
          uint64_t(now.st_size) == length + partial)
        (void)!::ftruncate(fd, off_t(length));
      return error(code);
    }
    rest = rest.drop_front(size_t(written));
  }
  length += text.size();

  std::unique_lock<std::mutex> lock(mutex);
  if (synced == appended++) {
    oldest = Clock::now();
    changed.notify_all();
  } else {
    changed.wait(lock, [&] {
      return syncError || synced == appended ||
             Clock::now() - oldest < kMostBehind;
    });
  }
  return syncError ? error(syncError) : absl::OkStatus();
}

absl::Status AppendFile::synchronize() {
  std::unique_lock<std::mutex> lock(mutex);
  hurry = true;
  changed.notify_all();
  changed.wait(lock, [&] { return syncError || synced == appended; });
  hurry = false;
  return syncError ? error(syncError) : absl::OkStatus();
}

void AppendFile::syncLoop() {
  std::unique_lock<std::mutex> lock(mutex);
  Clock::time_point begin{}; // of the last fsync
  for (;;) {
    changed.wait(lock, [&] { return stopping || synced != appended; });
    if (synced == appended || syncError)
      return;
    if (!hurry && !stopping) // whoever waits for the disk doesn't wait for this
      changed.wait_until(lock, begin + kLeastApart,
                         [&] { return stopping || hurry; });
    uint64_t target = appended;
    begin = Clock::now();
    lock.unlock();
    int code = 0;
    while (::fsync(fd) != 0) {
      if (errno == EINTR)
        continue;
      // Some file systems have nothing to wait for.
      if (errno != EINVAL && errno != ENOTSUP)
        code = errno;
      break;
    }
    lock.lock();
    synced = target;
    oldest = begin; // what came since is younger
    syncError = code;
    changed.notify_all();
  }
}
