// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The only file that sees toml++ (built without its exceptions).
#include "TomlTree.h"

#include "mase/Support/FileKind.h"
#include "mase/Support/InputFile.h"
#include "mase/Support/NearestNames.h"
#include "mase/Support/Quoting.h"

#include "absl/strings/str_replace.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <toml++/toml.h>

#include <algorithm>

using namespace mase;
using namespace mase::toml_tree;

namespace {

/// Turns toml++'s tables into ordered ones.
class Converter {
public:
  Converter(llvm::StringRef file, int columnShift)
      : file(file), columnShift(columnShift) {}

  Node convert(const toml::node &node) const {
    Node result;
    result.location = locate(node.source());
    if (const toml::table *table = node.as_table()) {
      for (const auto &[key, value] : *table)
        result.members.push_back(
            {std::string(key.str()), locate(key.source()), convert(value)});
      std::sort(result.members.begin(), result.members.end(),
                [](const Member &a, const Member &b) {
                  return std::pair(a.location.line, a.location.column) <
                         std::pair(b.location.line, b.location.column);
                });
    } else if (const toml::array *array = node.as_array()) {
      result.kind = Node::Kind::Array;
      for (const toml::node &element : *array)
        result.elements.push_back(convert(element));
    } else if (const auto *string = node.as_string()) {
      result.kind = Node::Kind::String;
      result.string = string->get();
    } else if (const auto *integer = node.as_integer()) {
      result.kind = Node::Kind::Integer;
      result.integer = integer->get();
    } else if (const auto *real = node.as_floating_point()) {
      result.kind = Node::Kind::Float;
      result.real = real->get();
    } else if (const auto *boolean = node.as_boolean()) {
      result.kind = Node::Kind::Bool;
      result.boolean = boolean->get();
    } else {
      result.kind = Node::Kind::Date;
    }
    return result;
  }

  SourceLocation locate(const toml::source_region &region) const {
    return locate(region.begin);
  }
  SourceLocation locate(const toml::source_position &position) const {
    int line = int(position.line), column = int(position.column);
    if (line == 1)
      column = std::max(1, column + columnShift);
    return {file.str(), line, column};
  }

private:
  llvm::StringRef file;
  int columnShift;
};

} // namespace

const Node *Node::find(llvm::StringRef key) const {
  for (const Member &member : members)
    if (member.key == key)
      return &member.value;
  return nullptr;
}

std::string Node::describe() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  switch (kind) {
  case Kind::Table:
    os << "a table";
    break;
  case Kind::Array:
    os << (elements.empty() ? "an empty list" : "a list");
    break;
  case Kind::String:
    os << "the string '" << string << "'";
    break;
  case Kind::Integer:
    os << "the integer " << integer;
    break;
  case Kind::Float:
    os << "the number " << llvm::format("%g", real);
    break;
  case Kind::Bool:
    os << (boolean ? "true" : "false");
    break;
  case Kind::Date:
    os << "a date or time";
    break;
  }
  return text;
}

/// Tables nest once per part of a dotted key and once per bracket; toml++
/// reads, copies and frees them recursively, and each key of a line makes all
/// of its tables anew. So both are bounded before it sees them: a scan that
/// knows strings and comments, and nothing else of TOML.
static absl::Status checkNesting(llvm::StringRef text, llvm::StringRef file) {
  constexpr unsigned kMaxParts = 50, kMaxBrackets = 30;
  unsigned parts = 0, brackets = 0, line = 1;
  size_t lineBegin = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '\n') {
      ++line;
      lineBegin = at + 1;
      parts = 0;
    } else if (c == '#') {
      at = std::min(text.find('\n', at), text.size()) - 1;
    } else if (c == '"' || c == '\'') {
      llvm::StringRef rest = text.substr(at);
      std::string quote(rest.starts_with(std::string(3, c)) ? 3 : 1, c);
      size_t end = at + quote.size();
      while (end < text.size() && !text.substr(end).starts_with(quote)) {
        if (text[end] == '\n') {
          if (quote.size() == 1)
            return absl::OkStatus(); // not closed: toml++ will say so
          ++line;
          lineBegin = end + 1;
        }
        end += c == '"' && text[end] == '\\' ? 2 : 1;
      }
      at = end + quote.size() - 1;
    } else if (c == '.') {
      ++parts;
    } else if (c == '[' || c == '{') {
      ++brackets;
      parts = 0;
    } else if (c == ']' || c == '}') {
      brackets -= brackets > 0;
      parts = 0;
    } else if (c == ',' || c == '=') {
      parts = 0;
    }
    if (parts >= kMaxParts || brackets > kMaxBrackets)
      return errorAt(
          {file.str(), int(line), int(at - lineBegin) + 1},
          parts >= kMaxParts
              ? "the key has more than 50 parts; keys may not nest so deep"
              : "there are more than 30 open brackets; values may not nest so "
                "deep");
  }
  return absl::OkStatus();
}

absl::StatusOr<Node> toml_tree::parse(llvm::StringRef text,
                                      llvm::StringRef file, int columnShift) {
  if (absl::Status status = checkNesting(text, file); !status.ok())
    return status;
  Converter converter(file, columnShift);
  toml::parse_result parsed =
      toml::parse(std::string_view(text.data(), text.size()),
                  std::string_view(file.data(), file.size()));
  if (!parsed) {
    const toml::parse_error &error = parsed.error();
    std::string_view what = error.description();
    FileKind kind = detectFileKind(text);
    std::string other = kind != FileKind::Toml && kind != FileKind::Text &&
                                kind != FileKind::Empty
                            ? "; expected a TOML file" + foundFileKind(text)
                            : "";
    return errorAt(converter.locate(error.source()),
                   "toml syntax: " +
                       llvm::Twine(llvm::StringRef(what.data(), what.size())) +
                       other);
  }
  return converter.convert(parsed.table());
}

absl::StatusOr<std::string> toml_tree::readFile(llvm::StringRef path) {
  absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>> buffer = readInput(path);
  if (!buffer.ok())
    return absl::Status(
        buffer.status().code(),
        absl::StrReplaceAll(buffer.status().message(),
                            {{"cannot read ", "cannot read configuration "}}));
  llvm::StringRef text = (*buffer)->getBuffer();
  // Another kind of text has a syntax error, which parse explains.
  if (detectFileKind(text) <= FileKind::Binary && !text.empty())
    return absl::InvalidArgumentError(
        "cannot read configuration " + inputName(path) +
        ": expected a TOML file" + foundFileKind(text));
  return text.str();
}

absl::Status toml_tree::expected(const Node &node, const llvm::Twine &what) {
  return errorAt(node.location,
                 "expected " + what + ", found " + node.describe());
}

absl::Status toml_tree::requireTable(const Member &member) {
  if (member.value.isTable())
    return absl::OkStatus();
  return expected(member.value, "a table for " + quoted(member.key));
}

absl::Status toml_tree::checkKeys(const Node &table, llvm::StringRef tableName,
                                  llvm::ArrayRef<std::string> valid) {
  for (const Member &member : table.members)
    if (!llvm::is_contained(valid, member.key))
      return errorAt(member.location, "unknown key " + quoted(member.key) +
                                          " in [" + tableName + "]" +
                                          nearestNamesText(member.key, valid));
  return absl::OkStatus();
}

/// A list of numbers.
static absl::StatusOr<ConfigValue> toList(const Node &node) {
  std::vector<int64_t> integers;
  std::vector<double> reals;
  for (const Node &element : node.elements) {
    if (element.kind == Node::Kind::Integer) {
      integers.push_back(element.integer);
      reals.push_back(double(element.integer));
    } else if (element.kind == Node::Kind::Float) {
      reals.push_back(element.real);
    } else {
      return expected(element, "a number in a list");
    }
  }
  if (integers.size() == reals.size())
    return ConfigValue(std::move(integers));
  return ConfigValue(std::move(reals));
}

absl::StatusOr<ConfigValue> toml_tree::toValue(const Node &node) {
  switch (node.kind) {
  case Node::Kind::String:
    if (node.string == "NA")
      return ConfigValue();
    return ConfigValue(node.string);
  case Node::Kind::Integer:
    return ConfigValue(node.integer);
  case Node::Kind::Float:
    return ConfigValue(node.real);
  case Node::Kind::Bool:
    return ConfigValue(node.boolean);
  case Node::Kind::Array:
    return toList(node);
  default:
    return expected(node, "a string, a number or a boolean");
  }
}
