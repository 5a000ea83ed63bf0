// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers and strings as JSON, Python and pandas write them.
#include "Text.h"

#include "mase/Search/Report.h"
#include "mase/Search/Space.h"

#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace mase;

std::string mase::pythonFloat(double value) {
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return value < 0 ? "-inf" : "inf";
  if (value == 0)
    return std::signbit(value) ? "-0.0" : "0.0";
  char digits[64];
  double magnitude = std::fabs(value);
  // Python switches to exponents outside [1e-4, 1e16).
  bool scientific = magnitude < 1e-4 || magnitude >= 1e16;
  auto end = std::to_chars(digits, digits + sizeof(digits), value,
                           scientific ? std::chars_format::scientific
                                      : std::chars_format::fixed);
  std::string text(digits, end.ptr);
  if (!scientific && text.find('.') == std::string::npos)
    text += ".0";
  return text;
}

std::string mase::pythonRounded(double value, int decimals) {
  if (!std::isfinite(value))
    return pythonFloat(value);
  // printf rounds the exact binary value, as Python's round does.
  char digits[400];
  std::snprintf(digits, sizeof(digits), "%.*f", decimals, value);
  return pythonFloat(std::strtod(digits, nullptr));
}

void mase::appendPandasFloat(std::string &out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  if (std::fabs(value) >= 1e16) {
    out += pythonFloat(value);
    return;
  }
  char digits[64];
  char *end = std::to_chars(digits, digits + sizeof(digits), value,
                            std::chars_format::fixed, 10)
                  .ptr;
  while (end[-1] == '0' && end[-2] != '.')
    --end;
  llvm::StringRef text(digits, end - digits);
  out.append(text == "-0.0" ? "0.0" : text.str());
}

void mase::appendUnsigned(std::string &out, uint64_t value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + 24, value).ptr);
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

void mase::appendDateTime(std::string &out, int64_t micros, char separator) {
  int64_t seconds = micros / 1000000, day = seconds / 86400;
  int64_t inDay = seconds % 86400;
  // Civil date of a day number (Howard Hinnant, "chrono-compatible low-level
  // date algorithms"), for days from 1970 on.
  int64_t z = day + 719468, era = z / 146097, doe = z - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int64_t mp = (5 * doy + 2) / 153, dayOfMonth = doy - (153 * mp + 2) / 5 + 1;
  int64_t month = mp < 10 ? mp + 3 : mp - 9;
  int64_t year = yoe + era * 400 + (month <= 2);
  char text[80];
  std::snprintf(text, sizeof(text), "%04d-%02d-%02d%c%02d:%02d:%02d.%06d",
                int(year), int(month), int(dayOfMonth), separator,
                int(inDay / 3600), int(inDay / 60 % 60), int(inDay % 60),
                int(micros % 1000000));
  out += text;
}

void mase::appendChoice(std::string &out, const Choice &choice,
                        ConfigStyle style) {
  bool python = style == ConfigStyle::Python;
  if (std::holds_alternative<std::monostate>(choice)) {
    out += python ? "None" : "null";
  } else if (const bool *b = std::get_if<bool>(&choice)) {
    out += python ? (*b ? "True" : "False") : (*b ? "true" : "false");
  } else if (const int64_t *i = std::get_if<int64_t>(&choice)) {
    out += std::to_string(*i);
  } else if (const double *d = std::get_if<double>(&choice)) {
    if (style == ConfigStyle::Pandas)
      appendPandasFloat(out, *d);
    else
      out += !python && !std::isfinite(*d) ? "null" : pythonFloat(*d);
  } else if (python) {
    appendPythonString(out, std::get<std::string>(choice));
  } else {
    appendJsonString(out, std::get<std::string>(choice),
                     style == ConfigStyle::Pandas);
  }
}

std::string mase::toJson(const Choice &choice) {
  std::string out;
  appendChoice(out, choice, ConfigStyle::Json);
  return out;
}

std::string mase::toPython(const Choice &choice) {
  std::string out;
  appendChoice(out, choice, ConfigStyle::Python);
  return out;
}
