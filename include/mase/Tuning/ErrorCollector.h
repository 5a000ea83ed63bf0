// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The errors of a context as text.
#ifndef MASE_TUNING_ERRORCOLLECTOR_H
#define MASE_TUNING_ERRORCOLLECTOR_H

#include "mase/Support/Location.h"

#include "absl/status/status.h"
#include "mlir/IR/Diagnostics.h"

#include <string>
#include <vector>

namespace mase {

/// Keeps errors instead of printing them, while it lives; drops warnings and
/// remarks.
class ErrorCollector : public mlir::ScopedDiagnosticHandler {
public:
  /// Errors at positions in `file` keep them.
  explicit ErrorCollector(mlir::MLIRContext *context,
                          llvm::StringRef file = "");

  /// All errors on one line, at the place of the first.
  absl::Status status() const;

private:
  void add(mlir::Diagnostic &diagnostic);

  std::string file;
  std::vector<LocatedText> lines;
};

} // namespace mase

#endif // MASE_TUNING_ERRORCOLLECTOR_H
