// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signal handlers, and what they clean up. All that a handler calls is
// async-signal-safe; what it reads are atomics in lists that only grow.
#include "mase/Support/Termination.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <sys/syscall.h>
#include <unistd.h>

using namespace mase;

namespace {

template <typename T> struct Slot {
  std::atomic<T> value{};
  Slot *next = nullptr;
};

/// A list whose slots are reused and never freed.
template <typename T> class Slots {
public:
  std::atomic<T> *take(T value) {
    for (Slot<T> *slot = first.load(); slot; slot = slot->next) {
      T empty{};
      if (slot->value.compare_exchange_strong(empty, value))
        return &slot->value;
    }
    auto *slot = new Slot<T>;
    slot->value = value;
    slot->next = first.load();
    while (!first.compare_exchange_weak(slot->next, slot)) {
    }
    return &slot->value;
  }

  /// Takes each value out and calls `use` with it.
  template <typename Use> void drain(Use use) {
    for (Slot<T> *slot = first.load(); slot; slot = slot->next)
      if (T value = slot->value.exchange(T{}))
        use(value);
  }

private:
  std::atomic<Slot<T> *> first{nullptr};
};

Slots<pid_t> groups;
Slots<char *> folders;

std::atomic<bool> isInterruptible{false}, stopWanted{false}, abandoned{false},
    ending{false};
std::atomic<int> scopes{0};

constexpr int kSignals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
struct sigaction before[NSIG];

} // namespace

/// Removes a folder's files and the folder, without memory of its own.
static void removeFolder(const char *path) {
  // A compiler that is being killed may still create a file.
  for (int attempt = 0; attempt < 5; ++attempt) {
    int fd = ::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
      return;
    alignas(8) char buffer[4096];
    long size;
    while ((size = ::syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0)
      for (long at = 0; at < size;) {
        // struct linux_dirent64: inode, offset, length (2 bytes), type (1),
        // name.
        uint16_t length;
        std::memcpy(&length, buffer + at + 16, sizeof(length));
        ::unlinkat(fd, buffer + at + 19, 0);
        at += length;
      }
    ::close(fd);
    if (::rmdir(path) == 0 || errno != ENOTEMPTY)
      return;
  }
}

static void onSignal(int signal) {
  int error = errno;
  if (signal == SIGINT && isInterruptible) {
    // The first, or the second?
    bool first = !stopWanted.exchange(true);
    if (first || !abandoned.exchange(true)) {
      errno = error;
      return;
    }
  }
  // One that comes while this one cleans up, in whatever thread, must not end
  // the process before that is done.
  if (ending.exchange(true)) {
    errno = error;
    return;
  }
  groups.drain([](pid_t group) { ::kill(-group, SIGKILL); });
  folders.drain([](char *path) { removeFolder(path); });
  // LLVM's own handler removes files after it has made way for the next signal.
  llvm::sys::RunInterruptHandlers();
  ::sigaction(signal, &before[signal], nullptr);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, signal);
  pthread_sigmask(SIG_UNBLOCK, &mask, nullptr);
  ::raise(signal);
  // Whoever had the handler before took it for no end: the next may be one.
  ending = false;
}

static void installHandlers() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action = {};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    for (int signal : kSignals) {
      ::sigaction(signal, nullptr, &before[signal]);
      // What is ignored, as by nohup or in the background, stays so.
      if (before[signal].sa_handler != SIG_IGN)
        ::sigaction(signal, &action, nullptr);
    }
  });
}

InterruptScope::InterruptScope() : outermost(scopes++ == 0) {
  if (!outermost)
    return;
  installHandlers();
  ::signal(SIGPIPE, SIG_IGN);
  stopWanted = abandoned = false;
  isInterruptible = true;
}

InterruptScope::~InterruptScope() {
  --scopes;
  if (!outermost)
    return;
  isInterruptible = stopWanted.load();
  // A message that nobody took is no reason to fail at the end.
  llvm::errs().clear_error();
}

const std::atomic<bool> &InterruptScope::stop() { return stopWanted; }
const std::atomic<bool> &InterruptScope::abandon() { return abandoned; }

void ScopedProcessGroup::set(pid_t group) {
  if (slot)
    slot->exchange(0);
  slot = nullptr;
  if (group == 0)
    return;
  installHandlers();
  slot = groups.take(group);
}

ScopedFolder::ScopedFolder(llvm::StringRef prefix) {
  llvm::SmallString<128> path;
  code = llvm::sys::fs::createUniqueDirectory(prefix, path);
  if (code)
    return;
  folder = path.str().str();
  installHandlers();
  slot = folders.take(::strdup(folder.c_str()));
}

ScopedFolder::~ScopedFolder() {
  if (!slot)
    return;
  removeFolder(folder.c_str());
  // Null where a handler has it at the moment.
  std::free(slot->exchange(nullptr));
}

void mase::reportFileSizeLimit() {
  static std::once_flag once;
  std::call_once(once, [] { ::signal(SIGXFSZ, SIG_IGN); });
}
