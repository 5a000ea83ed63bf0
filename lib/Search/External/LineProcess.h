// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program that answers lines with lines.
#ifndef MASE_LIB_SEARCH_EXTERNAL_LINEPROCESS_H
#define MASE_LIB_SEARCH_EXTERNAL_LINEPROCESS_H

#include "mase/Support/Termination.h"

#include "absl/status/statusor.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <atomic>
#include <string>
#include <vector>

namespace mase {

/// A child process with pipes to its standard input, output and error. It and
/// what it starts form a process group of their own, so that all of it can be
/// ended.
class LineProcess {
public:
  explicit LineProcess(std::vector<std::string> command)
      : command(std::move(command)) {}
  ~LineProcess() { stop(); }
  LineProcess(const LineProcess &) = delete;
  LineProcess &operator=(const LineProcess &) = delete;

  /// Sends `line` (and a line break) and returns the next line that comes back,
  /// without its break; starts the program if it is not running. Errors: it
  /// cannot be started, it ended (with its exit code or signal and the last
  /// line of its standard error), no answer within `timeout` seconds (0: waits
  /// for ever), an answer of more than 1 MiB; Cancelled once `abandon` is true.
  /// After an error the program is gone, and the next call starts another; so
  /// it does where more has come than was asked for.
  absl::StatusOr<std::string> ask(llvm::StringRef line, double timeout,
                                  const std::atomic<bool> *abandon = nullptr);

  /// Ends the program and all that it started.
  void stop();

private:
  absl::Status start();
  absl::StatusOr<std::string> converse(llvm::StringRef line, double timeout,
                                       const std::atomic<bool> *abandon);
  /// Writes what the pipe takes of `rest`.
  absl::Status writeSome(llvm::StringRef &rest);
  /// Reads what is there; false at the end of the output.
  absl::StatusOr<bool> readOutput();
  void readErrors();
  absl::Status ended();

  std::vector<std::string> command;
  int pid = -1;
  ScopedProcessGroup group;
  int input = -1, output = -1, errors = -1; ///< our ends
  std::string received;                     ///< of the output, not yet taken
  std::string errorTail;                    ///< the end of standard error
};

} // namespace mase

#endif // MASE_LIB_SEARCH_EXTERNAL_LINEPROCESS_H
