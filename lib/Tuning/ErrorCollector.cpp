// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Diagnostics as text.
#include "mase/Tuning/ErrorCollector.h"

#include "mase/Support/Error.h"

#include "mlir/IR/Location.h"
#include "llvm/ADT/STLExtras.h"
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

absl::Status ErrorCollector::status() const {
  if (lines.empty())
    return absl::InvalidArgumentError("failed without saying why");
  std::string text = lines.front().text;
  for (const LocatedText &line : llvm::drop_begin(lines))
    text += "; " + line.str();
  return errorAt(lines.front().location, text);
}

void ErrorCollector::add(Diagnostic &diagnostic) {
  // Upstream's messages may hold line breaks, or nothing.
  std::string message = diagnostic.str();
  LocatedText line;
  for (StringRef part : llvm::split(message, '\n'))
    if (part = part.trim(); !part.empty())
      line.text += (line.text.empty() ? "" : " ") + part.str();
  if (line.text.empty())
    return;
  auto position = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>();
  if (position && position.getFilename() == file)
    line.location = {file, int(position.getLine()), int(position.getColumn())};
  // A handle's error is repeated by what holds it.
  if (!llvm::is_contained(lines, line))
    lines.push_back(std::move(line));
}
