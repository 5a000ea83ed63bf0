// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What becomes of this process' work when a signal ends it. (Temporary files of
// AtomicFile are removed by LLVM's handlers, which come after these.)
#ifndef MASE_SUPPORT_TERMINATION_H
#define MASE_SUPPORT_TERMINATION_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <atomic>
#include <string>
#include <sys/types.h>
#include <system_error>

namespace mase {

/// While one lives, SIGINT (Ctrl-C) does not end the process: the first sets
/// stop(), the second abandon(), the third does what it did before. Once there
/// was one it stays so after the scope, for what was found is still to be
/// written. Of scopes within another, on any thread, only the outermost counts:
/// who runs within a search is part of one of its trials, and ends it.
///
/// From the first scope on SIGPIPE is ignored: whoever reads our messages may
/// go, and the work goes on.
class InterruptScope {
public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope &) = delete;
  InterruptScope &operator=(const InterruptScope &) = delete;

  /// Whether no other one lived when this one began.
  bool isOutermost() const { return outermost; }

  /// Begin nothing more.
  static const std::atomic<bool> &stop();
  /// Wait for nothing that has begun.
  static const std::atomic<bool> &abandon();

private:
  bool outermost;
};

/// A group of processes that is killed when a signal (SIGHUP, SIGINT, SIGQUIT,
/// SIGTERM) ends this one.
class ScopedProcessGroup {
public:
  ScopedProcessGroup() = default;
  ~ScopedProcessGroup() { set(0); }
  ScopedProcessGroup(const ScopedProcessGroup &) = delete;
  ScopedProcessGroup &operator=(const ScopedProcessGroup &) = delete;

  /// The group's number; 0: none.
  void set(pid_t group);

private:
  std::atomic<pid_t> *slot = nullptr;
};

/// A new folder for temporary files, which is removed with the files in it by
/// the destructor, and when a signal ends this process.
class ScopedFolder {
public:
  /// Creates a folder in the system's place for temporary files. `path()` is
  /// empty where that failed, and `error` says why.
  explicit ScopedFolder(llvm::StringRef prefix);
  ~ScopedFolder();
  ScopedFolder(const ScopedFolder &) = delete;
  ScopedFolder &operator=(const ScopedFolder &) = delete;

  const std::string &path() const { return folder; }
  std::error_code error() const { return code; }

private:
  std::string folder;
  std::error_code code;
  std::atomic<char *> *slot = nullptr;
};

/// Starts `command` in a process group of its own, with no signal blocked or
/// ignored and with these files as its standard input, output and error;
/// `variables` ("NAME=value") beside this process' environment, whose they
/// replace. Ctrl-C at the terminal doesn't reach it, and it is killed when this
/// process ends, be it by SIGKILL (what it has started itself is not). The
/// program is looked up on the PATH.
std::error_code startInGroup(llvm::ArrayRef<std::string> command, int input,
                             int output, int errors, pid_t &pid,
                             llvm::ArrayRef<std::string> variables = {});

/// Writing beyond the limit of a file's size fails from now on, instead of
/// ending the process without a word (SIGXFSZ).
void reportFileSizeLimit();

} // namespace mase

#endif // MASE_SUPPORT_TERMINATION_H
