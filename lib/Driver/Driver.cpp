// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The start of a tool, and diagnostics without a place.
#include "mase/Driver/Driver.h"

#include "mase/Support/InputFile.h"
#include "mase/Support/Quoting.h"

#include "mlir/IR/Location.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/WithColor.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <cstdlib>
#include <unistd.h>

using namespace mlir;

static std::vector<int> ignoredSignals() {
  std::vector<int> ignored;
  for (int signal :
       {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGUSR1, SIGUSR2}) {
    struct sigaction action = {};
    if (::sigaction(signal, nullptr, &action) == 0 &&
        action.sa_handler == SIG_IGN)
      ignored.push_back(signal);
  }
  return ignored;
}

static StringRef toolName;

/// --help and --version print to a stream of LLVM's and exit; its destructor
/// would end the program with a message and a way of its own.
static void checkOutput() {
  llvm::raw_fd_ostream &os = llvm::outs();
  os.flush();
  std::error_code code = os.error();
  if (!code)
    return;
  os.clear_error();
  llvm::WithColor::error(llvm::errs(), toolName)
      << "cannot write standard output: " << mase::describeError(code) << "\n";
  ::_exit(1);
}

mase::InitTool::InitTool(int &argc, char **&argv, StringRef tool)
    : ignored(ignoredSignals()), init(argc, argv) {
  for (int signal : ignored)
    ::signal(signal, SIG_IGN);
  // Made after the stream, and so called before it is destroyed.
  llvm::outs();
  toolName = tool;
  std::atexit(checkOutput);
  llvm::cl::SetVersionPrinter([tool = tool.str()](raw_ostream &os) {
    os << tool << " " << MASE_VERSION << "\n"
       << "built with LLVM and MLIR " << LLVM_VERSION_STRING << "\n";
  });
}

static raw_ostream &printSeverity(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error:
    return llvm::WithColor::error();
  case DiagnosticSeverity::Warning:
    return llvm::WithColor::warning();
  case DiagnosticSeverity::Note:
    return llvm::WithColor::note();
  case DiagnosticSeverity::Remark:
    return llvm::WithColor::remark();
  }
  return llvm::errs();
}

/// A message in the form of ours. What the parser of a pass's options says
/// begins with its own name and ends with a line of its own.
static std::string messageOf(const Diagnostic &diagnostic) {
  std::string text = diagnostic.str();
  StringRef message = StringRef(text).rtrim();
  if (!message.consume_front("<Pass-Options-Parser>: "))
    return message.str();
  if (!message.consume_front("no such option "))
    return message.str();
  // Of a pipeline it says in further lines where.
  auto [name, where] = message.split('\n');
  where = where.trim();
  return ("no pass option '" + name +
          "' here; --help lists those of every pass" +
          (where.empty() ? "" : " (" + where.str() + ")"))
      .str();
}

LogicalResult mase::printWithoutLine(StringRef tool, Diagnostic &diagnostic) {
  // Whose it is, where it has no line.
  auto owner = [&](Diagnostic &d) -> std::optional<StringRef> {
    if (isa<UnknownLoc>(d.getLocation()))
      return tool;
    auto loc = d.getLocation()->findInstanceOf<FileLineColLoc>();
    if (loc && loc.getLine() == 0)
      return loc.getFilename().getValue();
    return std::nullopt;
  };
  if (!owner(diagnostic))
    return failure();
  auto print = [&](Diagnostic &d) {
    std::string message = messageOf(d);
    // LLVM's parser of an option's value has printed what is wrong with it.
    if (message.empty())
      return;
    llvm::errs() << owner(d).value_or(*owner(diagnostic)) << ": ";
    printSeverity(d.getSeverity()) << toVisible(message) << "\n";
  };
  print(diagnostic);
  for (Diagnostic &note : diagnostic.getNotes())
    print(note);
  return success();
}
