// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs that end with this process, however it ends. posix_spawn has no
// place for the one call (prctl) that this takes.
#include "mase/Support/Termination.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Program.h"

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <fcntl.h>
#include <mutex>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace mase;

namespace {

/// A thread that lasts as long as the process: a child's death signal comes
/// with the end of the thread that forked it, and those of a pool end earlier.
class LastingThread {
public:
  LastingThread() {
    // What is sent to the process is for the other threads.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([this] { loop(); }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  /// Runs `work` there and waits for it.
  void run(llvm::function_ref<void()> work) {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return !task; });
    bool isDone = false;
    task = work;
    done = &isDone;
    changed.notify_all();
    changed.wait(lock, [&] { return isDone; });
  }

private:
  void loop() {
    std::unique_lock<std::mutex> lock(mutex);
    for (;;) {
      changed.wait(lock, [&] { return bool(task); });
      task();
      task = nullptr;
      *done = true;
      changed.notify_all();
    }
  }

  std::mutex mutex;
  std::condition_variable changed;
  llvm::function_ref<void()> task; ///< null: none
  bool *done = nullptr;
};

/// All that a child needs, made before the fork: after it only what is
/// async-signal-safe may be called.
struct Start {
  const char *program;
  char *const *arguments, *const *environment;
  int files[3]; ///< its standard input, output and error
  int report;   ///< where its error goes; closed by a successful exec
  pid_t parent;
};

/// The child, up to its program.
[[noreturn]] void beProgram(const Start &start) {
  auto fail = [&](int error) {
    (void)!::write(start.report, &error, sizeof(error));
    ::_exit(127);
  };
  ::setpgid(0, 0);
  // SIGKILL gives this process' handlers no chance to end its children.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // It may be gone already: then nobody sends that signal any more.
  if (::getppid() != start.parent)
    ::_exit(127);
  // Where a file is in the way of another's number, it moves out of it first.
  int files[3];
  for (int i = 0; i < 3; ++i) {
    files[i] = ::fcntl(start.files[i], F_DUPFD_CLOEXEC, 3);
    if (files[i] < 0)
      fail(errno);
  }
  for (int i = 0; i < 3; ++i)
    if (::dup2(files[i], i) < 0)
      fail(errno);
  struct sigaction byDefault = {};
  byDefault.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number)
    ::sigaction(number, &byDefault, nullptr);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::execve(start.program, start.arguments, start.environment);
  fail(errno);
  ::_exit(127);
}

/// Forks, and waits until the program runs; its number, or -1 and `error`.
pid_t startProgram(Start start, int &error) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    error = errno;
    return -1;
  }
  // Standard files that this process has closed are in the child's way.
  start.report = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 3);
  ::close(ends[1]);
  start.parent = ::getpid();
  pid_t pid = start.report < 0 ? -1 : ::fork();
  if (pid == 0)
    beProgram(start);
  error = pid < 0 ? errno : 0;
  if (start.report >= 0)
    ::close(start.report);
  if (pid > 0) {
    ssize_t got;
    while ((got = ::read(ends[0], &error, sizeof(error))) < 0 && errno == EINTR)
      ;
    if (got == sizeof(error)) {
      while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR)
        ;
      pid = -1;
    } else {
      error = 0;
    }
  }
  ::close(ends[0]);
  return pid;
}

} // namespace

std::error_code mase::startInGroup(llvm::ArrayRef<std::string> command,
                                   int input, int output, int errors,
                                   pid_t &pid,
                                   llvm::ArrayRef<std::string> variables) {
  std::string program = command.front();
  if (!llvm::StringRef(program).contains('/')) {
    llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName(program);
    if (!found)
      return found.getError();
    program = *found;
  }
  std::vector<char *> arguments, environment;
  for (const std::string &word : command)
    arguments.push_back(const_cast<char *>(word.c_str()));
  arguments.push_back(nullptr);
  auto isReplaced = [&](llvm::StringRef entry) {
    return llvm::any_of(variables, [&](llvm::StringRef variable) {
      return variable.split('=').first == entry.split('=').first;
    });
  };
  for (char **entry = environ; *entry; ++entry)
    if (!isReplaced(*entry))
      environment.push_back(*entry);
  for (const std::string &variable : variables)
    environment.push_back(const_cast<char *>(variable.c_str()));
  environment.push_back(nullptr);
  int error = 0;
  Start start{program.c_str(),
              arguments.data(),
              environment.data(),
              {input, output, errors},
              -1,
              0};
  // Never destroyed: it may be waiting while the process ends.
  static auto *thread = new LastingThread;
  thread->run([&] { pid = startProgram(start, error); });
  return std::error_code(error, std::generic_category());
}
