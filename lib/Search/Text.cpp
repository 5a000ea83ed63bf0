// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers and choices as JSON, Python and pandas write them.
#include "Text.h"

#include "mase/Search/Report/Report.h"
#include "mase/Search/Space.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/bit.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace mase;

/// Appends an integer that binary64 holds exactly, which many metrics are, as
/// "12.0". False: it is none, or one that is written with an exponent.
static bool appendInteger(std::string &out, double value) {
  if (!(std::fabs(value) < 0x1p53) || value == 0)
    return false;
  const auto integer = int64_t(value);
  if (double(integer) != value)
    return false;
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + 24, integer).ptr);
  out += ".0";
  return true;
}

namespace {
/// What came last of the numbers with some hash. A study's files repeat most
/// numbers, and the digits of one take a hundred times as long.
class KnownTexts {
public:
  /// Appends the text of `value`, not 0, which `write(first, last)` makes, as
  /// std::to_chars does: at most 31 characters.
  template <typename Write>
  void append(std::string &out, double value, Write write) {
    const auto bits = llvm::bit_cast<uint64_t>(value);
    Entry &entry = entries[bits * 0x9E3779B97F4A7C15 >> (64 - kLogEntries)];
    if (entry.bits != bits) {
      entry.size = char(write(entry.text, std::end(entry.text)) - entry.text);
      entry.bits = bits;
    }
    out.append(entry.text, size_t(entry.size));
  }

private:
  static constexpr int kLogEntries = 10;
  struct Entry {
    uint64_t bits = 0; ///< of +0, which is never looked up
    char size = 0;
    char text[31];
  };
  std::array<Entry, 1 << kLogEntries> entries;
};
} // namespace

void mase::appendPythonFloat(std::string &out, double value) {
  if (appendInteger(out, value))
    return;
  if (std::isnan(value)) {
    out += "nan";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-inf" : "inf";
  } else if (value == 0) {
    out += std::signbit(value) ? "-0.0" : "0.0";
  } else {
    static thread_local KnownTexts known;
    known.append(out, value, [&](char *first, char *last) {
      double magnitude = std::fabs(value);
      // Python switches to exponents outside [1e-4, 1e16).
      bool scientific = magnitude < 1e-4 || magnitude >= 1e16;
      return std::to_chars(first, last, value,
                           scientific ? std::chars_format::scientific
                                      : std::chars_format::fixed)
          .ptr;
    });
  }
}

std::string mase::pythonFloat(double value) {
  std::string text;
  appendPythonFloat(text, value);
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
    appendPythonFloat(out, value);
    return;
  }
  if (appendInteger(out, value))
    return;
  if (value == 0) {
    out += "0.0";
    return;
  }
  static thread_local KnownTexts known;
  known.append(out, value, [&](char *first, char *last) {
    constexpr int kDecimals = 10;
    char *end =
        std::to_chars(first, last, value, std::chars_format::fixed, kDecimals)
            .ptr;
    while (end[-1] == '0' && end[-2] != '.')
      --end;
    // What has rounded to zero has no sign.
    return llvm::StringRef(first, end - first) == "-0.0"
               ? std::copy_n("0.0", 3, first)
               : end;
  });
}

void mase::appendUnsigned(std::string &out, uint64_t value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + 24, value).ptr);
}

/// Puts `value` there with leading zeros; returns where it ends.
static char *putDigits(char *at, int64_t value, int width) {
  for (int k = width; k-- > 0; value /= 10)
    at[k] = char('0' + value % 10);
  return at + width;
}

/// "23:17:41.055122".
static void appendTimeOfDay(std::string &out, int64_t micros) {
  int64_t seconds = micros / 1000000;
  char text[15];
  char *at = putDigits(text, seconds / 3600 % 24, 2);
  *at++ = ':';
  at = putDigits(at, seconds / 60 % 60, 2);
  *at++ = ':';
  at = putDigits(at, seconds % 60, 2);
  *at++ = '.';
  at = putDigits(at, micros % 1000000, 6);
  out.append(text, at);
}

void mase::appendDateTime(std::string &out, int64_t micros, char separator) {
  int64_t day = micros / 86400000000;
  // Civil date of a day number (Howard Hinnant, "chrono-compatible low-level
  // date algorithms"), for days from 1970 on.
  int64_t z = day + 719468, era = z / 146097, doe = z - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int64_t mp = (5 * doy + 2) / 153, dayOfMonth = doy - (153 * mp + 2) / 5 + 1;
  int64_t month = mp < 10 ? mp + 3 : mp - 9;
  int64_t year = yoe + era * 400 + (month <= 2);
  char text[32];
  char *at = year < 10000 ? putDigits(text, year, 4)
                          : std::to_chars(text, std::end(text), year).ptr;
  *at++ = '-';
  at = putDigits(at, month, 2);
  *at++ = '-';
  at = putDigits(at, dayOfMonth, 2);
  *at++ = separator;
  out.append(text, at);
  appendTimeOfDay(out, micros);
}

void mase::appendDuration(std::string &out, int64_t micros) {
  out += std::to_string(micros / 86400000000) + " days ";
  appendTimeOfDay(out, micros);
}

template <typename T>
static void appendList(std::string &out, const std::vector<T> &list,
                       ConfigStyle style) {
  out += "[";
  for (size_t i = 0; i < list.size(); ++i) {
    out += i ? ", " : "";
    appendChoice(out, list[i], style);
  }
  out += "]";
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
    else if (!python && !std::isfinite(*d))
      out += "null";
    else
      appendPythonFloat(out, *d);
  } else if (const std::string *text = std::get_if<std::string>(&choice)) {
    if (python)
      appendPythonString(out, *text);
    else
      appendJsonString(out, *text, style == ConfigStyle::Pandas);
  } else if (const auto *list = std::get_if<std::vector<int64_t>>(&choice)) {
    appendList(out, *list, style);
  } else {
    appendList(out, std::get<std::vector<double>>(choice), style);
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
