// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers and choices as JSON, Python and pandas write them.
#include "Text.h"

#include "mase/Search/Report/Report.h"
#include "mase/Search/Space.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

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
  if (!(std::fabs(value) < 0x1p53) || value != std::trunc(value) || value == 0)
    return false;
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + 24, int64_t(value)).ptr);
  out += ".0";
  return true;
}

namespace {
/// What came last of the numbers with some hash. A study's files repeat most
/// numbers, and the shortest digits of one take a hundred times as long.
struct KnownText {
  uint64_t bits = 0; ///< of +0, which is never looked up
  char size = 0;
  char text[31];
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
    static thread_local std::array<KnownText, 1024> known;
    const auto bits = llvm::bit_cast<uint64_t>(value);
    KnownText &entry = known[bits * 0x9E3779B97F4A7C15 >> 54];
    if (entry.bits != bits) {
      double magnitude = std::fabs(value);
      // Python switches to exponents outside [1e-4, 1e16).
      bool scientific = magnitude < 1e-4 || magnitude >= 1e16;
      auto end = std::to_chars(entry.text, std::end(entry.text), value,
                               scientific ? std::chars_format::scientific
                                          : std::chars_format::fixed);
      entry.bits = bits;
      entry.size = char(end.ptr - entry.text);
    }
    out.append(entry.text, size_t(entry.size));
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
  constexpr size_t kDecimals = 10;
  // Few digits that are nearest to a small value are its decimals, too, and
  // come faster.
  if (std::fabs(value) < 0x1p18 && std::fabs(value) >= 1e-4) {
    const size_t before = out.size();
    appendPythonFloat(out, value);
    if (out.size() - out.find('.', before) <= kDecimals + 1)
      return;
    out.resize(before);
  }
  char digits[64];
  char *last = digits + sizeof(digits);
  char *end = std::to_chars(digits, last, value, std::chars_format::fixed,
                            int(kDecimals))
                  .ptr;
  while (end[-1] == '0' && end[-2] != '.')
    --end;
  llvm::StringRef text(digits, end - digits);
  out += text == "-0.0" ? "0.0" : text;
}

void mase::appendUnsigned(std::string &out, uint64_t value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + 24, value).ptr);
}

static void appendDigits(std::string &out, int64_t value, size_t width) {
  std::string digits = std::to_string(value);
  out.append(std::max(width, digits.size()) - digits.size(), '0');
  out += digits;
}

/// "23:17:41.055122".
static void appendTimeOfDay(std::string &out, int64_t micros) {
  int64_t seconds = micros / 1000000;
  appendDigits(out, seconds / 3600 % 24, 2);
  out += ':';
  appendDigits(out, seconds / 60 % 60, 2);
  out += ':';
  appendDigits(out, seconds % 60, 2);
  out += '.';
  appendDigits(out, micros % 1000000, 6);
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
  appendDigits(out, year, 4);
  out += '-';
  appendDigits(out, month, 2);
  out += '-';
  appendDigits(out, dayOfMonth, 2);
  out += separator;
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
