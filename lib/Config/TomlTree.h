// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// TOML as an ordered tree: toml++ sorts tables by key, but MASE's regular
// expressions are tried in the order of the file, so members are put back into
// it. Keeps toml++ inside one source file.
#ifndef MASE_LIB_CONFIG_TOMLTREE_H
#define MASE_LIB_CONFIG_TOMLTREE_H

#include "mase/Config/QuantizeConfig.h"
#include "mase/Support/Error.h"

#include "absl/status/statusor.h"
#include "llvm/ADT/ArrayRef.h"

#include <string>
#include <vector>

namespace mase::toml_tree {

struct Member;

struct Node {
  enum class Kind : uint8_t {
    Table,
    Array,
    String,
    Integer,
    Float,
    Bool,
    Date
  };
  Kind kind = Kind::Table;
  SourceLocation location;
  std::string string;
  int64_t integer = 0;
  double real = 0;
  bool boolean = false;
  std::vector<Node> elements;  ///< of an array
  std::vector<Member> members; ///< of a table, in the order of the file

  bool isTable() const { return kind == Kind::Table; }
  /// A member by key, or null.
  const Node *find(llvm::StringRef key) const;
  /// "the string 'x'", "the integer 3", "a table": for "found …" in errors.
  std::string describe() const;
};

struct Member {
  std::string key;
  SourceLocation location; ///< of the key
  Node value;
};

/// Parses TOML; `columnShift` is added to the columns of the first line (for
/// text that was wrapped).
absl::StatusOr<Node> parse(llvm::StringRef text, llvm::StringRef file,
                           int columnShift = 0);

/// The inline table `text`, the value of the option `origin`.
absl::StatusOr<Node> parseInline(llvm::StringRef text, llvm::StringRef origin);

/// A file's text. Errors name the path and the reason.
absl::StatusOr<std::string> readFile(llvm::StringRef path);

/// "expected <what>, found <node>" at the node.
absl::Status expected(const Node &node, const llvm::Twine &what);

/// The node as a table, or the error.
absl::Status requireTable(const Member &member);

/// The error of the first member whose key isn't in `valid`: "unknown key 'x'
/// in [table]; nearest: …".
absl::Status checkKeys(const Node &table, llvm::StringRef tableName,
                       llvm::ArrayRef<std::string> valid);

/// A scalar or a list of numbers as a configuration value ("NA" is
/// std::monostate).
absl::StatusOr<ConfigValue> toValue(const Node &node);

} // namespace mase::toml_tree

#endif // MASE_LIB_CONFIG_TOMLTREE_H
