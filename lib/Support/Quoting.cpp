// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names as text of other languages.
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdio>

using namespace mase;

/// Characters that end lines or turn the direction of the text around them, so
/// that a reader sees another program than the compiler.
static bool isInvisible(llvm::UTF32 code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad ||
         code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
         (code >= 0xe0000 && code <= 0xe007f);
}

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

namespace {
constexpr size_t kLongestShown = 200, kShownHead = 120, kShownTail = 60;

/// Whether `c` goes on with a character of UTF-8.
bool isContinuation(char c) { return (uint8_t(c) & 0xc0) == 0x80; }

void appendVisible(std::string &out, llvm::StringRef text,
                   llvm::StringRef kept = "") {
  const auto *next = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  const auto *end = reinterpret_cast<const llvm::UTF8 *>(text.end());
  while (next != end) {
    const llvm::UTF8 *start = next;
    llvm::UTF32 code = 0;
    bool isValid =
        llvm::convertUTF8Sequence(&next, end, &code, llvm::strictConversion) ==
        llvm::conversionOK;
    if (!isValid)
      next = start + 1;
    for (const llvm::UTF8 *byte = start; byte != next; ++byte) {
      if (isValid && (!isInvisible(code) || kept.contains(char(*byte)))) {
        out += char(*byte);
        continue;
      }
      out += '\\';
      out += llvm::hexdigit(*byte >> 4);
      out += llvm::hexdigit(*byte & 15);
    }
  }
}
} // namespace

std::string mase::escaped(llvm::StringRef text) {
  std::string out;
  if (text.size() <= kLongestShown) {
    appendVisible(out, text);
    return out;
  }
  size_t head = kShownHead, tail = text.size() - kShownTail;
  while (head > kShownHead - 3 && isContinuation(text[head]))
    --head;
  while (tail < text.size() - kShownTail + 3 && isContinuation(text[tail]))
    ++tail;
  appendVisible(out, text.take_front(head));
  out += "…";
  appendVisible(out, text.drop_front(tail));
  return out;
}

std::string mase::toVisible(llvm::StringRef text) {
  std::string out;
  appendVisible(out, text, /*kept=*/"\n\t");
  return out;
}

std::string mase::quoted(llvm::StringRef text) {
  std::string out = "'" + escaped(text) + "'";
  if (text.size() > kLongestShown)
    out += " (" +
           std::to_string(text.size() - llvm::count_if(text, isContinuation)) +
           " characters)";
  return out;
}

//===----------------------------------------------------------------------===//
// C and C++
//===----------------------------------------------------------------------===//

std::string mase::toComment(llvm::StringRef text) {
  constexpr size_t kMaxBytes = 400;
  std::string out;
  llvm::raw_string_ostream os(out);
  const auto *next = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  const auto *end = reinterpret_cast<const llvm::UTF8 *>(text.end());
  char previous = 0;
  while (next != end) {
    if (out.size() > kMaxBytes) {
      os << "…";
      break;
    }
    const llvm::UTF8 *start = next;
    llvm::UTF32 code = 0;
    if (llvm::convertUTF8Sequence(&next, end, &code, llvm::strictConversion) !=
        llvm::conversionOK) {
      next = start + 1;
      os << llvm::format("\\x%02x", unsigned(*start));
      previous = 0;
      continue;
    }
    const char c = code < 0x80 ? char(code) : 0;
    const bool isDelimiter =
        (c == '/' && previous == '*') || (c == '*' && previous == '/');
    const bool isTrigraph = c == '?' && previous == '?';
    if (isInvisible(code) || c == '\\' || isDelimiter || isTrigraph) {
      os << (code < 0x100     ? llvm::format("\\x%02x", code)
             : code < 0x10000 ? llvm::format("\\u%04x", code)
                              : llvm::format("\\U%08x", code));
      previous = 0;
      continue;
    }
    os << llvm::StringRef(reinterpret_cast<const char *>(start), next - start);
    previous = c;
  }
  return out;
}

std::string mase::toStringLiteral(llvm::StringRef text) {
  std::string out = "\"";
  for (char c : text) {
    // "??" starts a trigraph.
    if (c == '"' || c == '\\' || c == '?')
      out += '\\';
    if (llvm::isPrint(c)) {
      out += c;
      continue;
    }
    char digits[8];
    std::snprintf(digits, sizeof(digits), "\\%03o", unsigned(uint8_t(c)));
    out += digits;
  }
  return out + '"';
}

//===----------------------------------------------------------------------===//
// Files that other programs read
//===----------------------------------------------------------------------===//

void mase::appendCsvField(std::string &out, llvm::StringRef text) {
  if (text.find_first_of(",\"\n\r") == llvm::StringRef::npos) {
    out += text;
    return;
  }
  out += '"';
  for (size_t quote; (quote = text.find('"')) != llvm::StringRef::npos;) {
    out += text.take_front(quote + 1);
    out += '"';
    text = text.drop_front(quote + 1);
  }
  out += text;
  out += '"';
}

std::string mase::toCsvLine(llvm::ArrayRef<std::string> fields) {
  std::string line;
  for (const std::string &field : fields) {
    if (&field != fields.begin())
      line += ',';
    appendCsvField(line, field);
  }
  return line + '\n';
}

void mase::appendJsonString(std::string &out, llvm::StringRef text,
                            bool escapeSlash) {
  std::string fixed;
  if (!llvm::json::isUTF8(text)) {
    fixed = llvm::json::fixUTF8(text);
    text = fixed;
  }
  auto escape = [&](unsigned unit) {
    char digits[8];
    std::snprintf(digits, sizeof(digits), "\\u%04x", unit);
    out += digits;
  };
  out += '"';
  const auto *bytes = reinterpret_cast<const llvm::UTF8 *>(text.data());
  for (size_t i = 0; i < text.size();) {
    unsigned char c = bytes[i];
    if (c >= 0x80) {
      const llvm::UTF8 *next = bytes + i;
      llvm::UTF32 code = 0xfffd;
      if (llvm::convertUTF8Sequence(&next, bytes + text.size(), &code,
                                    llvm::lenientConversion) !=
          llvm::conversionOK)
        next = bytes + i + 1;
      i = next - bytes;
      if (code >= 0x10000) {
        escape(0xd800 + ((code - 0x10000) >> 10));
        escape(0xdc00 + ((code - 0x10000) & 0x3ff));
      } else {
        escape(code);
      }
      continue;
    }
    ++i;
    switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '/':
      out += escapeSlash ? "\\/" : "/";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\t':
      out += "\\t";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    default:
      if (c < 0x20)
        escape(c);
      else
        out += char(c);
    }
  }
  out += '"';
}

void mase::appendPythonString(std::string &out, llvm::StringRef text) {
  // Python prefers single quotes unless only they would need escaping.
  char quote = text.contains('\'') && !text.contains('"') ? '"' : '\'';
  out += quote;
  for (char c : text) {
    if (c == quote || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char digits[8];
      std::snprintf(digits, sizeof(digits), "\\x%02x",
                    unsigned(static_cast<unsigned char>(c)));
      out += digits;
    } else {
      out += c;
    }
  }
  out += quote;
}

std::string mase::escapeMarkup(llvm::StringRef text) {
  std::string valid =
      llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text);
  std::string out;
  for (char c : valid) {
    switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    case '\'':
      out += "&#39;";
      break;
    default:
      // Control characters are no part of XML.
      if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t')
        out += c;
      else
        out += "\xef\xbf\xbd";
    }
  }
  return out;
}

std::string mase::toShellWord(llvm::StringRef text) {
  auto isPlain = [](char c) {
    return llvm::isAlnum(c) || llvm::StringRef("%+,-./:=@_").contains(c);
  };
  if (!text.empty() && llvm::all_of(text, isPlain))
    return text.str();
  std::string out = "'";
  for (char c : text) {
    if (c == '\'')
      out += "'\\''";
    else if (c != 0)
      out += c;
  }
  return out + "'";
}
