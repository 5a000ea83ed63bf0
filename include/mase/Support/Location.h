// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where in a file something stands, and texts about it.
#ifndef MASE_SUPPORT_LOCATION_H
#define MASE_SUPPORT_LOCATION_H

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
  bool operator==(const SourceLocation &) const = default;
};

/// What is said of a place in a file.
struct LocatedText {
  SourceLocation location; ///< without a file: of no place
  std::string text;

  /// "file:line:column: text".
  std::string str() const;
  bool operator==(const LocatedText &) const = default;
};

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
