// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where in a configuration file something stands, and error messages that say
// so.
#ifndef MASE_SUPPORT_LOCATION_H
#define MASE_SUPPORT_LOCATION_H

#include "absl/status/status.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <string>

namespace mase {

/// A position in a text. Lines and columns count from 1 (columns in
/// characters, as toml++ counts them); line 0 means "not from a file".
struct SourceLocation {
  std::string file;
  int line = 0;
  int column = 0;

  bool isValid() const { return line > 0; }
  /// "file:line:column", or just the file where there is no line.
  std::string str() const;
};

/// "file:line:column: message".
std::string formatError(const SourceLocation &location,
                        const llvm::Twine &message);

/// An InvalidArgument status whose message is formatError's.
absl::Status errorAt(const SourceLocation &location,
                     const llvm::Twine &message);

/// A status' message, as LLVM's strings.
inline llvm::StringRef messageOf(const absl::Status &status) {
  return {status.message().data(), status.message().size()};
}

/// A value of a configuration: its default until a file sets it.
template <typename T> struct Setting {
  T value{};
  SourceLocation location; ///< valid where a file set it

  bool isSet() const { return location.isValid(); }
  const T &operator*() const { return value; }
  const T *operator->() const { return &value; }
};

} // namespace mase

#endif // MASE_SUPPORT_LOCATION_H
