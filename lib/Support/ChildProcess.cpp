// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Work that may crash, in a process of its own.
#include "mase/Support/ChildProcess.h"

#include "absl/strings/str_cat.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Process.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <new>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mase {

static constexpr int kOutOfMemory = 3;

/// Bytes of address space that this process has, or 0.
static uint64_t addressSpace() {
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * llvm::sys::Process::getPageSizeEstimate();
}

static void limit(int resource, uint64_t value) {
  struct rlimit old;
  if (getrlimit(resource, &old) != 0)
    return;
  rlim_t wanted = value;
  if (old.rlim_max != RLIM_INFINITY && wanted > old.rlim_max)
    wanted = old.rlim_max;
  if (old.rlim_cur != RLIM_INFINITY && wanted > old.rlim_cur)
    wanted = old.rlim_cur;
  struct rlimit now = {wanted, old.rlim_max};
  setrlimit(resource, &now);
}

using Send = llvm::function_ref<void(llvm::StringRef)>;

/// The length that ends an answer, and the largest of a block.
static constexpr uint64_t kEnd = ~uint64_t(0);
static constexpr uint64_t kMaxBlock = uint64_t(1) << 26;

/// The child from its beginning to its end.
[[noreturn]] static void beChild(llvm::function_ref<void(Send)> work,
                                 ChildLimits limits, int pipe) {
  // The handlers are the parent's: they would remove its unfinished files.
  for (int number = 1; number < NSIG; ++number)
    if (number != SIGPIPE)
      std::signal(number, SIG_DFL);
  std::signal(SIGPIPE, SIG_IGN);
  // libc's last words after a damaged heap are none of the user's.
  if (int null = open("/dev/null", O_WRONLY); null >= 0)
    dup2(null, STDERR_FILENO);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, limits.seconds);
  if (uint64_t used = addressSpace())
    limit(RLIMIT_AS, used + limits.bytes);
  std::set_new_handler([] { _exit(kOutOfMemory); });

  auto put = [&](const void *data, size_t left) {
    const char *at = static_cast<const char *>(data);
    while (left > 0) {
      ssize_t written = write(pipe, at, left);
      if (written < 0 && errno != EINTR)
        _exit(1);
      if (written > 0) {
        at += written;
        left -= written;
      }
    }
  };
  work([&](llvm::StringRef block) {
    uint64_t length = block.size();
    put(&length, sizeof(length));
    put(block.data(), block.size());
  });
  // An answer that breaks off is none.
  put(&kEnd, sizeof(kEnd));
  _exit(0);
}

static absl::Status systemError(llvm::StringRef what) {
  return absl::InternalError(
      absl::StrCat(what.str(), ": ", std::strerror(errno)));
}

/// Whether as many bytes came.
static bool receive(int pipe, void *data, size_t left) {
  char *at = static_cast<char *>(data);
  while (left > 0) {
    ssize_t got = read(pipe, at, left);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return false;
    at += got;
    left -= got;
  }
  return true;
}

/// Hands on what comes; whether it came to its end, and `wanted` turns false
/// where no more is.
static bool receiveBlocks(int pipe,
                          llvm::function_ref<bool(llvm::StringRef)> take,
                          bool &wanted) {
  std::string block;
  while (true) {
    uint64_t length = 0;
    if (!receive(pipe, &length, sizeof(length)))
      return false;
    if (length == kEnd)
      return true;
    // A damaged heap may say anything.
    if (length > kMaxBlock)
      return false;
    block.resize(length);
    if (!receive(pipe, block.data(), length))
      return false;
    if (!take(block)) {
      wanted = false;
      return false;
    }
  }
}

absl::Status
streamFromChild(llvm::function_ref<void(Send)> work,
                llvm::function_ref<bool(llvm::StringRef block)> receive,
                ChildLimits limits) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return systemError("cannot make a pipe");
  pid_t child = fork();
  if (child < 0) {
    absl::Status status = systemError("cannot start a process");
    close(ends[0]);
    close(ends[1]);
    return status;
  }
  if (child == 0) {
    // Or it would never learn that nobody reads.
    close(ends[0]);
    beChild(work, limits, ends[1]);
  }
  close(ends[1]);
  bool wanted = true;
  bool isWhole = receiveBlocks(ends[0], receive, wanted);
  close(ends[0]);
  if (!isWhole && !wanted)
    kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    ;
  if (!wanted)
    return absl::OkStatus();
  // (Where SIGCHLD is ignored the child's end has no status.)
  if (isWhole && WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return absl::OkStatus();
  if (WIFEXITED(status) && WEXITSTATUS(status) == kOutOfMemory)
    return absl::ResourceExhaustedError(
        absl::StrCat("it took more than ", limits.bytes, " bytes of memory"));
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
    return absl::ResourceExhaustedError(
        absl::StrCat("it took more than ", limits.seconds, " s"));
  if (!WIFSIGNALED(status))
    return absl::InternalError("it failed");
  std::string name = strsignal(WTERMSIG(status));
  name.front() = std::tolower(name.front());
  return absl::InternalError(absl::StrCat("it crashed (", name, ")"));
}

} // namespace mase
