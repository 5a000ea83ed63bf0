// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the C++ that C has, too, to its notation.
#include "CText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace {

bool isNameChar(char c) { return isAlnum(c) || c == '_'; }

/// Of the literal that `text` begins with.
size_t lengthOfString(StringRef text) {
  size_t end = 1;
  while (end < text.size() && text[end] != '"')
    end += text[end] == '\\' ? 2 : 1;
  return end + 1;
}

class Translator {
public:
  Translator(StringRef code, StringRef prefix, const StringSet<> &names)
      : rest(code), scope(prefix.str() + "_rt_"), names(names) {}

  std::string run() {
    while (!rest.empty()) {
      if (rest.starts_with("//")) {
        copy(rest.find('\n'));
      } else if (rest.front() == '"') {
        copy(lengthOfString(rest));
      } else if (isDigit(rest.front())) {
        copy(rest.find_if([](char c) { return !isNameChar(c) && c != '.'; }));
      } else if (isNameChar(rest.front())) {
        word();
      } else if (rest.starts_with("} // namespace")) {
        drop(rest.find('\n') + 1);
      } else if (rest.starts_with("};") && !defined.empty()) {
        text += "} " + scope + defined.str();
        defined = enumeration = StringRef();
        drop(1);
      } else {
        copy(1);
      }
    }
    return std::move(text);
  }

private:
  StringRef rest;
  std::string text, scope;
  const StringSet<> &names;
  /// The structure or enumeration that is being defined, if it is one.
  StringRef defined, enumeration;
  StringSet<> pointers; ///< that were references

  void copy(size_t count) {
    text += rest.take_front(count);
    rest = rest.drop_front(std::min(count, rest.size()));
  }
  void drop(size_t count) { rest = rest.drop_front(count); }

  StringRef takeName() {
    StringRef name = rest.take_while(isNameChar);
    rest = rest.drop_front(name.size());
    return name;
  }

  void word() {
    const bool isMember =
        StringRef(text).ends_with(".") || StringRef(text).ends_with("->");
    const bool beginsLine = text.empty() || text.back() == '\n';
    StringRef name = takeName();
    if (rest.consume_front("::"))
      return scoped(name);
    if (name == "namespace")
      return drop(rest.find('\n') + 1);
    if (name == "MASE_HOST_DEVICE")
      return drop(1);
    if (name == "enum" && rest.consume_front(" class ")) {
      defined = enumeration = takeName();
      drop(rest.find('{'));
      text += "typedef enum ";
    } else if (name == "struct" && rest.contains('{')) {
      drop(1);
      defined = takeName();
      text += "typedef struct";
    } else if (!enumeration.empty()) {
      text += scope + enumeration.str() + "_" + name.str();
    } else if (name == "constexpr") {
      // A function is `inline`, too.
      if (rest[rest.find_first_of("(=;")] == '(')
        drop(1);
      else
        text += beginsLine ? "static const" : "const";
    } else if (is_contained({"inline", "MASE_ALWAYS_INLINE", "MASE_DEVICE"},
                            name)) {
      text += "MASE_INLINE";
    } else if (isType(name) && rest.starts_with("(")) {
      text += "(" + name.str() + ")";
    } else if (name.consume_front("__builtin_")) {
      if (rest.consume_front("()") || rest.consume_front("(\"\")"))
        text += name == "inff" ? "INFINITY" : "NAN";
      else
        text += name;
    } else if (pointers.contains(name) && rest.consume_front(".")) {
      text += name.str() + "->" + takeName().str();
      rest.consume_front("()"); // what is computed there is stored here
    } else if (names.contains(name) && !isMember) {
      text += scope + name.str();
      if (rest.consume_front(" &")) {
        StringRef reference = takeName();
        pointers.insert(reference);
        text += " *" + reference.str();
      }
    } else {
      text += name;
    }
  }

  static bool isType(StringRef name) {
    return is_contained({"float", "double", "int", "int8_t", "uint8_t",
                         "int16_t", "int32_t", "uint32_t", "int64_t",
                         "uint64_t"},
                        name);
  }

  /// The name after `space::`.
  void scoped(StringRef space) {
    if (is_contained({"std", "mase", "detail"}, space))
      return;
    StringRef name = takeName();
    if (space != "rt")
      text += scope + space.str() + "_" + name.str();
    else if (name == "toFloat")
      text += "(float)";
    else if (name == "kInfinity")
      text += "INFINITY"; // C has no constant variables for tables
    else if (name == "kNaN")
      text += "NAN";
    else
      text += scope + name.str();
  }
};

} // namespace

std::string mase::cpp::toC(StringRef code, StringRef prefix,
                           const StringSet<> &names) {
  return Translator(code, prefix, names).run();
}

std::string mase::cpp::withPrefix(StringRef text, StringRef prefix) {
  std::string result;
  auto copy = [&](size_t count) {
    result += text.take_front(count);
    text = text.drop_front(std::min(count, text.size()));
  };
  while (!text.empty()) {
    StringRef name = text.take_while(isNameChar);
    if (text.starts_with("// ")) {
      copy(text.find('\n'));
    } else if (text.front() == '"') {
      copy(lengthOfString(text));
    } else if (name.empty()) {
      copy(1);
    } else {
      text = text.drop_front(name.size());
      if (name.consume_front("net_"))
        result += prefix.str() + "_";
      else if (name.consume_front("NET_"))
        result += prefix.upper() + "_";
      result += name;
    }
  }
  return result;
}
