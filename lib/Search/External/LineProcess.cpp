// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Starting, talking to and ending a child process. LLVM's Program.h redirects
// to files only.
#include "LineProcess.h"

#include "mase/Support/Quoting.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mase;

constexpr size_t kLongestAnswer = 1 << 20;
constexpr size_t kErrorTail = 4096;
/// What a program whose output ended has to go by itself, milliseconds.
constexpr int kGraceMillis = 1000;
/// How often to look whether the answer is still wanted, milliseconds.
constexpr int kLookMillis = 100;

static absl::Status systemError(llvm::StringRef what, int error) {
  return absl::UnavailableError(what.str() + ": " + llvm::sys::StrError(error));
}

static void closeEnd(int &fd) {
  if (fd >= 0)
    ::close(fd);
  fd = -1;
}

absl::Status LineProcess::start() {
  int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
  // Close-on-exec from the start: another worker may be starting its program.
  if (::pipe2(in, O_CLOEXEC) || ::pipe2(out, O_CLOEXEC) ||
      ::pipe2(err, O_CLOEXEC)) {
    int error = errno;
    for (int *pair : {in, out, err})
      for (int i : {0, 1})
        closeEnd(pair[i]);
    return systemError("cannot start " + quoted(command.front()), error);
  }
  std::error_code code = startInGroup(command, in[0], out[1], err[1], pid);
  closeEnd(in[0]);
  closeEnd(out[1]);
  closeEnd(err[1]);
  input = in[1];
  output = out[0];
  errors = err[0];
  received.clear();
  errorTail.clear();
  if (code) {
    pid = -1;
    stop();
    return systemError("cannot start " + quoted(command.front()), code.value());
  }
  group.set(pid);
  for (int fd : {input, output, errors})
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
  return absl::OkStatus();
}

void LineProcess::stop() {
  closeEnd(input);
  closeEnd(output);
  closeEnd(errors);
  if (pid > 0) {
    ::kill(-pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  pid = -1;
  group.set(0);
  received.clear();
}

absl::Status LineProcess::writeSome(llvm::StringRef &rest) {
  // A write to a program that is gone must not end this one: block SIGPIPE in
  // this thread, and take it away if it came.
  sigset_t pipe, before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  ssize_t written = ::write(input, rest.data(), rest.size());
  int error = errno;
  if (written < 0 && error == EPIPE) {
    timespec now = {0, 0};
    sigtimedwait(&pipe, nullptr, &now);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (written >= 0)
    rest = rest.drop_front(size_t(written));
  else if (error == EPIPE)
    return ended();
  else if (error != EAGAIN && error != EINTR)
    return systemError("cannot write to " + quoted(command.front()), error);
  return absl::OkStatus();
}

absl::StatusOr<bool> LineProcess::readOutput() {
  char buffer[1 << 14];
  ssize_t count = ::read(output, buffer, sizeof(buffer));
  if (count < 0)
    return errno == EAGAIN || errno == EINTR
               ? absl::StatusOr<bool>(true)
               : systemError("cannot read from " + quoted(command.front()),
                             errno);
  received.append(buffer, size_t(count));
  return count > 0;
}

void LineProcess::readErrors() {
  char buffer[1 << 12];
  ssize_t count = ::read(errors, buffer, sizeof(buffer));
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
    closeEnd(errors);
  if (count <= 0)
    return;
  errorTail.append(buffer, size_t(count));
  if (errorTail.size() > 2 * kErrorTail)
    errorTail.erase(0, errorTail.size() - kErrorTail);
}

/// How the program ended, and its last words.
absl::Status LineProcess::ended() {
  int status = 0;
  bool gone = false;
  for (int waited = 0; pid > 0 && waited < kGraceMillis; waited += 5) {
    if (::waitpid(pid, &status, WNOHANG) == pid) {
      gone = true;
      break;
    }
    ::usleep(5000);
  }
  while (errors >= 0) {
    size_t before = errorTail.size();
    readErrors();
    if (errorTail.size() == before)
      break;
  }
  std::string text = quoted(command.front());
  if (!gone)
    text += " closed its output without an answer";
  else if (WIFSIGNALED(status))
    text += std::string(" was ended by signal ") +
            std::to_string(WTERMSIG(status)) + " (" +
            ::strsignal(WTERMSIG(status)) + ")";
  else
    text += " ended with exit code " + std::to_string(WEXITSTATUS(status)) +
            " instead of an answer";
  llvm::StringRef last = llvm::StringRef(errorTail).rtrim();
  last = last.substr(last.rfind('\n') + 1).trim().take_front(300);
  if (!last.empty())
    text += ": " + last.str();
  if (gone) {
    // The group may outlive its leader.
    ::kill(-pid, SIGKILL);
    pid = -1;
    group.set(0);
  }
  return absl::UnavailableError(text);
}

absl::StatusOr<std::string>
LineProcess::converse(llvm::StringRef line, double timeout,
                      const std::atomic<bool> *abandon) {
  using Clock = std::chrono::steady_clock;
  auto start = Clock::now();
  auto passed = [&] {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  std::string message = line.str() + "\n";
  llvm::StringRef rest = message;
  for (;;) {
    if (size_t end = received.find('\n'); end != std::string::npos) {
      std::string answer = received.substr(0, end);
      received.erase(0, end + 1);
      return answer;
    }
    if (received.size() > kLongestAnswer)
      return absl::UnavailableError(quoted(command.front()) +
                                    " answered with a line of more than 1 MiB");
    if (abandon && *abandon)
      return absl::CancelledError();
    double left = timeout > 0 ? timeout - passed() : 3600;
    if (left <= 0) {
      std::string text;
      llvm::raw_string_ostream(text) << llvm::format("%g", timeout);
      return absl::DeadlineExceededError(
          quoted(command.front()) + " did not answer within " + text + " s");
    }
    pollfd fds[3] = {{output, POLLIN, 0},
                     {errors, POLLIN, 0},
                     {rest.empty() ? -1 : input, POLLOUT, 0}};
    // Rounded up, so that the last wait is not cut into many of 0 ms.
    int millis = int(std::min(left, 3600.0) * 1000) + 1;
    // A signal wakes one thread, which need not be this one.
    if (abandon)
      millis = std::min(millis, kLookMillis);
    if (::poll(fds, 3, millis) < 0) {
      if (errno == EINTR)
        continue;
      return systemError("cannot wait for " + quoted(command.front()), errno);
    }
    if (fds[1].revents)
      readErrors();
    if (fds[2].revents)
      if (absl::Status status = writeSome(rest); !status.ok())
        return status;
    if (fds[0].revents) {
      absl::StatusOr<bool> open = readOutput();
      if (!open.ok())
        return open.status();
      if (!*open)
        return ended();
    }
  }
}

absl::StatusOr<std::string> LineProcess::ask(llvm::StringRef line,
                                             double timeout,
                                             const std::atomic<bool> *abandon) {
  // What it printed after its last answer was not asked for: a program that is
  // out of step would give one trial's answer to the next.
  if (pid > 0) {
    absl::StatusOr<bool> open = readOutput();
    if (!open.ok() || !*open || !received.empty())
      stop();
  }
  if (pid <= 0)
    if (absl::Status status = start(); !status.ok())
      return status;
  absl::StatusOr<std::string> answer = converse(line, timeout, abandon);
  if (!answer.ok())
    stop();
  return answer;
}
