// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Source locations of configuration files and errors that name them.
#include "mase/Support/Location.h"

using namespace mase;

std::string SourceLocation::str() const {
  if (!isValid())
    return file;
  return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string mase::formatError(const SourceLocation &location,
                              const llvm::Twine &message) {
  std::string where = location.str();
  return where.empty() ? message.str() : where + ": " + message.str();
}

absl::Status mase::errorAt(const SourceLocation &location,
                           const llvm::Twine &message) {
  return absl::InvalidArgumentError(formatError(location, message));
}
