// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Errors that know where in a file the mistake is.
#ifndef MASE_SUPPORT_ERROR_H
#define MASE_SUPPORT_ERROR_H

#include "mase/Support/Location.h"

#include "absl/status/status.h"

namespace mase {

/// An InvalidArgument status about a place, which is a payload beside the
/// message.
absl::Status errorAt(const SourceLocation &location,
                     const llvm::Twine &message);

/// The message of a status with the place that errorAt gave it.
LocatedText locatedText(const absl::Status &status);

/// The same as one text: "file:line:column: message".
std::string messageOf(const absl::Status &status);

} // namespace mase

#endif // MASE_SUPPORT_ERROR_H
