// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Output files that are either written whole or not at all.
#include "mase/Support/AtomicFile.h"

#include "mase/Support/InputFile.h"
#include "mase/Support/Termination.h"

#include "absl/strings/str_cat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <set>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = llvm::sys::fs;

namespace mase {

static absl::Status writeError(llvm::StringRef path,
                               const std::string &reason) {
  std::string name = path == "-" ? "standard output" : "'" + path.str() + "'";
  return absl::UnavailableError(
      absl::StrCat("cannot write ", name, ": ", reason));
}

static absl::Status writeError(llvm::StringRef path, std::error_code code) {
  return writeError(path, describeError(code));
}

/// The folder that a file is in, "." where the path names none.
static llvm::StringRef folderOf(llvm::StringRef path) {
  llvm::StringRef folder = llvm::sys::path::parent_path(path);
  return folder.empty() ? "." : folder;
}

/// Brings the bytes of `fd` to the disk; where the file can't do that (pipes,
/// some file systems) there is nothing to wait for.
static std::error_code synchronize(int fd) {
  while (::fsync(fd) != 0) {
    if (errno == EINTR)
      continue;
    if (errno == EINVAL || errno == EROFS || errno == ENOTSUP)
      break;
    return std::error_code(errno, std::generic_category());
  }
  return {};
}

/// Creates a new file in `folder`. Its name isn't made from the destination's,
/// so it is no longer than file systems allow. (llvm::sys::fs::createUniqueFile
/// would replace every '%' of the folder's name too.)
static std::error_code createTemporary(llvm::StringRef folder, int &fd,
                                       llvm::SmallVectorImpl<char> &name) {
  static std::atomic<unsigned> counter = 0;
  std::error_code code = std::make_error_code(std::errc::file_exists);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    name.assign(folder.begin(), folder.end());
    llvm::sys::path::append(name, ".mase-" + llvm::Twine(::getpid()) + "-" +
                                      llvm::Twine(counter++) + ".tmp");
    code = fs::openFileForWrite(name, fd, fs::CD_CreateNew);
    if (code == std::errc::file_exists)
      continue;
    if (code)
      return code;
    // The lock says that it isn't abandoned. Before it was there, another
    // process may have thought so, and have removed the file.
    while (::flock(fd, LOCK_EX) != 0 && errno == EINTR) {
    }
    struct stat status;
    if (::fstat(fd, &status) == 0 && status.st_nlink > 0)
      return {};
    ::close(fd);
  }
  return code;
}

/// Removes what createTemporary made for processes that were killed: nobody
/// holds their lock. Once for each folder.
static void removeAbandoned(llvm::StringRef folder) {
  static std::mutex mutex;
  static std::set<std::string> seen;
  {
    std::lock_guard lock(mutex);
    if (!seen.insert(folder.str()).second)
      return;
  }
  std::error_code code;
  std::vector<std::string> found;
  for (fs::directory_iterator it(folder, code), end; !code && it != end;
       it.increment(code)) {
    llvm::StringRef name = llvm::sys::path::filename(it->path());
    unsigned pid, number;
    if (name.consume_front(".mase-") && !name.consumeInteger(10, pid) &&
        name.consume_front("-") && !name.consumeInteger(10, number) &&
        name == ".tmp")
      found.push_back(it->path());
  }
  for (const std::string &path : found) {
    int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
      continue;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0)
      ::unlink(path.c_str());
    ::close(fd);
  }
}

absl::StatusOr<std::unique_ptr<AtomicFile>>
AtomicFile::open(llvm::StringRef path, AtomicFileOptions options) {
  std::unique_ptr<AtomicFile> file(new AtomicFile());
  file->path = path.str();
  if (path == "-") {
    // Not llvm::outs(): its destructor aborts the program after an error.
    llvm::outs().flush();
    file->fd = STDOUT_FILENO;
    file->stream =
        std::make_unique<llvm::raw_fd_ostream>(file->fd, /*shouldClose=*/false);
    return file;
  }
  if (path.empty())
    return absl::InvalidArgumentError("the name of an output file is empty");
  if (path.contains('\0'))
    return absl::InvalidArgumentError(
        "the name of an output file contains a zero byte");
  if (llvm::sys::path::is_separator(path.back()))
    return writeError(path, "expected a file, found the name of a folder");

  fs::file_status status;
  std::error_code code = fs::status(path, status);
  if (code && code != std::errc::no_such_file_or_directory)
    return writeError(path, code);

  if (fs::exists(status)) {
    if (fs::is_directory(status))
      return writeError(path, "expected a file, found a folder");
    if (::access(file->path.c_str(), W_OK) != 0)
      return writeError(path, std::error_code(errno, std::generic_category()));
    if (!fs::is_regular_file(status)) {
      code = fs::openFileForWrite(path, file->fd, fs::CD_OpenExisting);
      if (code)
        return writeError(path, code);
      file->stream = std::make_unique<llvm::raw_fd_ostream>(
          file->fd, /*shouldClose=*/true);
      return file;
    }
    llvm::SmallString<128> real;
    code = fs::real_path(path, real);
    if (code)
      return writeError(path, code);
    file->target = real.str().str();
  } else {
    llvm::StringRef folder = folderOf(path);
    if (!fs::exists(folder)) {
      if (!options.createDirectories)
        return writeError(path, "folder '" + folder.str() + "' doesn't exist");
      code = fs::create_directories(folder);
      if (code)
        return writeError(path, "cannot create folder '" + folder.str() +
                                    "': " + describeError(code));
    }
    file->target = path.str();
  }

  removeAbandoned(folderOf(file->target));
  reportFileSizeLimit();
  llvm::SmallString<128> temporary;
  code = createTemporary(folderOf(file->target), file->fd, temporary);
  if (code)
    return writeError(path, "cannot create a file in folder '" +
                                folderOf(file->target).str() +
                                "': " + describeError(code));
  llvm::sys::RemoveFileOnSignal(temporary);
  file->temporary = temporary.str().str();
  file->stream =
      std::make_unique<llvm::raw_fd_ostream>(file->fd, /*shouldClose=*/true);
  if (fs::exists(status) && ::fchmod(file->fd, status.permissions()) != 0)
    return writeError(path, std::error_code(errno, std::generic_category()));
  return file;
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() {
  if (stream) {
    stream->flush();
    // A stream destroyed with an error pending ends the program.
    stream->clear_error();
    stream.reset();
  }
  if (!temporary.empty()) {
    ::unlink(temporary.c_str());
    llvm::sys::DontRemoveFileOnSignal(temporary);
    temporary.clear();
  }
}

/// Starts to bring all that has been written to `fd` to the disk.
static void startWriteback(int fd) {
#ifdef SYNC_FILE_RANGE_WRITE
  // A failure leaves it to synchronize().
  (void)::sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
#endif
}

void AtomicFile::startSynchronizing() {
  stream->flush();
  startWriteback(fd);
}

absl::Status AtomicFile::writeAt(uint64_t offset, llvm::StringRef bytes) {
  if (temporary.empty()) {
    std::lock_guard lock(keeping);
    kept.resize(std::max(kept.size(), size_t(offset + bytes.size())));
    llvm::copy(bytes, kept.begin() + ptrdiff_t(offset));
    return absl::OkStatus();
  }
  // Bytes after which the disk is given something to do.
  constexpr uint64_t kStep = 1 << 24;
  const uint64_t before = written.fetch_add(bytes.size());
  const bool isStep = before / kStep != (before + bytes.size()) / kStep;
  while (!bytes.empty()) {
    ssize_t count = ::pwrite(fd, bytes.data(), bytes.size(), off_t(offset));
    if (count < 0 && errno != EINTR)
      return writeError(path, std::error_code(errno, std::generic_category()));
    if (count > 0) {
      bytes = bytes.drop_front(size_t(count));
      offset += uint64_t(count);
    }
  }
  if (isStep)
    startWriteback(fd);
  return absl::OkStatus();
}

absl::Status AtomicFile::commit() {
  if (!stream)
    return writeError(path, "the file has been committed before");
  *stream << kept;
  stream->flush();
  std::error_code code = stream->error();
  if (!code)
    code = synchronize(fd);
  // Close here, not in the destructor: network file systems report a full disk
  // as late as that.
  if (!code && path != "-") {
    stream->close();
    code = stream->error();
  }
  if (!code && !temporary.empty()) {
    code = fs::rename(temporary, target);
    if (!code) {
      llvm::sys::DontRemoveFileOnSignal(temporary);
      temporary.clear();
    }
  }
  discard();
  return code ? writeError(path, code) : absl::OkStatus();
}

absl::Status
AtomicFiles::write(llvm::StringRef path,
                   llvm::function_ref<void(llvm::raw_ostream &)> write,
                   AtomicFileOptions options) {
  constexpr size_t kMostOpen = 64;
  if (files.size() == kMostOpen)
    if (absl::Status status = commitFirst(); !status.ok())
      return status;
  absl::StatusOr<std::unique_ptr<AtomicFile>> file =
      AtomicFile::open(path, options);
  if (!file.ok())
    return file.status();
  write((*file)->os());
  (*file)->startSynchronizing();
  files.push_back(*std::move(file));
  return absl::OkStatus();
}

absl::Status AtomicFiles::commitFirst() {
  std::unique_ptr<AtomicFile> file = std::move(files.front());
  files.pop_front();
  return file->commit();
}

absl::Status AtomicFiles::commit() {
  while (!files.empty())
    if (absl::Status status = commitFirst(); !status.ok())
      return status;
  return absl::OkStatus();
}

absl::Status writeFile(llvm::StringRef path,
                       llvm::function_ref<void(llvm::raw_ostream &)> write,
                       AtomicFileOptions options) {
  absl::StatusOr<std::unique_ptr<AtomicFile>> file =
      AtomicFile::open(path, options);
  if (!file.ok())
    return file.status();
  write((*file)->os());
  return (*file)->commit();
}

absl::Status writeFile(llvm::StringRef path, llvm::StringRef content,
                       AtomicFileOptions options) {
  return writeFile(
      path, [&](llvm::raw_ostream &os) { os << content; }, options);
}

} // namespace mase
