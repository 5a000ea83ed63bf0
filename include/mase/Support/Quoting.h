// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names of layers, functions, metrics and files come from outside: whatever
// prints one into another language does so through a function of this header.
//
// Each takes any bytes at all (line ends, quotes, control characters, invalid
// UTF-8, nothing) and gives text that its language reads as one thing: a
// comment stays a comment, a field a field, a word a word.
#ifndef MASE_SUPPORT_QUOTING_H
#define MASE_SUPPORT_QUOTING_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

#include <string>

namespace mase {

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

/// `text` as messages show it, on a terminal, say. Text that can be seen stays,
/// UTF-8 included; the bytes of anything else (line ends, control characters,
/// those that turn the direction of text, invalid UTF-8) become `\0A`. Of what
/// is longer than 200 bytes the middle is left out: "beginning…end".
std::string escaped(llvm::StringRef text);

/// A whole message with what can't be seen as such escapes, line ends and tabs
/// aside; nothing is left out.
std::string toVisible(llvm::StringRef text);

/// A name as escaped() has it in single quotes; where the middle is missing
/// with the length behind it: "'beginning…end' (100000 characters)".
std::string quoted(llvm::StringRef text);

//===----------------------------------------------------------------------===//
// C, C++ and CUDA
//===----------------------------------------------------------------------===//

/// `text` for one line of a comment of C or C++, of either kind. Printable text
/// stays, UTF-8 included. Characters that end a line or that cannot be seen
/// (control characters, line separators, those that turn the direction of
/// text, invalid UTF-8) become escapes such as `\x0a` and `\u2028`; so do
/// backslashes (a line that ends in one goes on), the `/` of `*/` and `/*`, and
/// the second `?` of a trigraph. Of a very long text the beginning stays.
std::string toComment(llvm::StringRef text);

/// A string literal with its quotes. Everything but printable ASCII is an octal
/// escape, so no source encoding matters.
std::string toStringLiteral(llvm::StringRef text);

/// `name` as an identifier of at most 64 characters of ASCII. Letters and
/// digits stay, other characters of UTF-8 become `uXXXX`, runs of anything else
/// `_`. A name gets `prefix` where it would start with no letter, has no
/// lower-case letter (macros), or is taken: a keyword of C or C++, a macro or
/// type of their usual headers, one of CUDA's names, a standard function, or
/// what our printed code calls its own. A longer name is cut, and ends in a
/// hash of all of it. Applied to its result, the function changes nothing.
///
/// Different names can give one identifier; see IdentifierScope.
std::string toIdentifier(llvm::StringRef name, llvm::StringRef prefix);

/// Identifiers that are each given once.
class IdentifierScope {
public:
  /// toIdentifier(name, prefix), with `_2`, `_3`, … where that was given
  /// before.
  std::string unique(llvm::StringRef name, llvm::StringRef prefix);

private:
  llvm::StringSet<> used;
};

//===----------------------------------------------------------------------===//
// Files that other programs read
//===----------------------------------------------------------------------===//

/// A CSV field (RFC 4180), quoted where needed.
void appendCsvField(std::string &out, llvm::StringRef text);

/// Fields of one line, with its end.
std::string toCsvLine(llvm::ArrayRef<std::string> fields);

/// A JSON string in ASCII (others as \uXXXX; invalid UTF-8 as U+FFFD), as
/// Python's json module writes it; pandas escapes '/', too. Elsewhere
/// llvm::json writes JSON.
void appendJsonString(std::string &out, llvm::StringRef text, bool escapeSlash);

/// A string as Python's repr prints it.
void appendPythonString(std::string &out, llvm::StringRef text);

/// Text between tags and in quoted attributes of HTML, SVG and other XML.
std::string escapeMarkup(llvm::StringRef text);

/// A word of a POSIX shell's command line: as it is where nothing in it is
/// special, else in single quotes. NUL, which no word can hold, is left out.
std::string toShellWord(llvm::StringRef text);

} // namespace mase

#endif // MASE_SUPPORT_QUOTING_H
