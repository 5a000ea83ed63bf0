// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Diagnostics as text.
#include "mase/Tuning/ErrorCollector.h"

#include "mase/Support/Location.h"

#include "mlir/IR/Location.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mase;

ErrorCollector::ErrorCollector(MLIRContext *context, StringRef file)
    : ScopedDiagnosticHandler(context), file(file) {
  setHandler([this](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      add(diagnostic);
    return success();
  });
}

std::string ErrorCollector::text() const {
  return lines.empty() ? "failed without saying why" : llvm::join(lines, "; ");
}

void ErrorCollector::add(Diagnostic &diagnostic) {
  // Upstream's messages may hold line breaks, or nothing.
  std::string message = diagnostic.str(), line;
  for (StringRef part : llvm::split(message, '\n'))
    if (part = part.trim(); !part.empty())
      line += (line.empty() ? "" : " ") + part.str();
  if (line.empty())
    return;
  auto position = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>();
  if (position && position.getFilename() == file)
    line = formatError(
        {file, int(position.getLine()), int(position.getColumn())}, line);
  // A handle's error is repeated by what holds it.
  if (!llvm::is_contained(lines, line))
    lines.push_back(std::move(line));
}
