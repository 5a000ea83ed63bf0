// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Output files that are either written whole or not at all.
#ifndef MASE_SUPPORT_ATOMICFILE_H
#define MASE_SUPPORT_ATOMICFILE_H

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

namespace mase {

struct AtomicFileOptions {
  /// Create the file's folder (and its parents) where they are missing.
  /// Otherwise a missing folder is an error.
  bool createDirectories = false;
};

/// A file being written. The bytes go to a temporary file in the folder of the
/// destination; commit() brings them to the disk and renames it. Without
/// commit(), and when the process is ended by a signal, the temporary file is
/// removed and the destination stays as it was. What processes that had no time
/// for that (SIGKILL) left in the folder, the next one that writes a file there
/// removes: temporary files are locked while they are written.
///
/// The path "-" is standard output. It and other destinations that are no
/// regular files (devices, pipes) are written to directly. A symbolic link
/// stays, its target is replaced; an existing file's permissions are kept.
///
/// Errors are complete messages that name the path: a missing folder, a folder
/// in the file's place, no permission, a full disk.
class AtomicFile {
public:
  /// Opens `path` for writing. Whatever can be found out before the first byte
  /// is written (permissions, folders) is reported here.
  static absl::StatusOr<std::unique_ptr<AtomicFile>>
  open(llvm::StringRef path, AtomicFileOptions options = {});

  ~AtomicFile();
  AtomicFile(const AtomicFile &) = delete;
  AtomicFile &operator=(const AtomicFile &) = delete;

  /// Where the content goes. Errors of writing are kept and returned by
  /// commit(). Not to be used after it.
  llvm::raw_fd_ostream &os() { return *stream; }

  /// In place of os(): puts bytes where they belong, in any order and from
  /// several threads; what is left out up to the last byte is zeros. What has
  /// been written is on its way to the disk while more is made. Where a
  /// destination is written to directly, bytes are kept until commit().
  absl::Status writeAt(uint64_t offset, llvm::StringRef bytes);

  /// Starts to bring what has been written to os() to the disk; commit() has
  /// the less to wait for the later it is called.
  void startSynchronizing();

  /// Puts the file in its place. To be called once, after the last write; a
  /// file whose commit() failed has been discarded.
  absl::Status commit();

private:
  AtomicFile() = default;
  void discard();

  std::string path;      // as the user named it, for messages
  std::string target;    // what is renamed to; empty: written directly
  std::string temporary; // empty: written directly, or no longer there
  int fd = -1;           // what the stream writes to
  std::unique_ptr<llvm::raw_fd_ostream> stream;
  std::atomic<uint64_t> written = 0; // by writeAt
  std::mutex keeping;
  std::string kept; // of writeAt, for what is written to directly
};

/// Files that are made one after the other: the disk takes one while the next
/// is made, and they come to their places in order. What has not is discarded
/// with this.
class AtomicFiles {
public:
  /// Calls `write` with the stream of a file for `path`. May put files in their
  /// places that were written before, so that few are open at a time, and says
  /// what goes wrong with these.
  absl::Status write(llvm::StringRef path,
                     llvm::function_ref<void(llvm::raw_ostream &)> write,
                     AtomicFileOptions options = {});

  /// Puts all files in their places, up to one that cannot be.
  absl::Status commit();

private:
  absl::Status commitFirst();

  std::deque<std::unique_ptr<AtomicFile>> files;
};

/// Writes a whole file: calls `write` with its stream, then commits.
absl::Status writeFile(llvm::StringRef path,
                       llvm::function_ref<void(llvm::raw_ostream &)> write,
                       AtomicFileOptions options = {});

/// The same for content that is at hand.
absl::Status writeFile(llvm::StringRef path, llvm::StringRef content,
                       AtomicFileOptions options = {});

} // namespace mase

#endif // MASE_SUPPORT_ATOMICFILE_H
