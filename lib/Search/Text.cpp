// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers and choices as JSON, Python and pandas write them.
#include "Text.h"

#include "mase/Search/Report/Report.h"
#include "mase/Search/Space.h"
#include "mase/Support/Quoting.h"

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
    else
      out += !python && !std::isfinite(*d) ? "null" : pythonFloat(*d);
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
