// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Widths of terminals and texts.
#include "mase/Search/Console.h"

#include "llvm/Support/Process.h"
#include "llvm/Support/Unicode.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace mase;

unsigned mase::consoleColumns() {
  // llvm::sys::Process::StandardErrColumns() knows COLUMNS alone, which few
  // shells export and no window changes.
  // One that calls itself dumb knows no cursor.
  if (!llvm::sys::Process::StandardErrIsDisplayed() ||
      llvm::sys::Process::GetEnv("TERM") == "dumb")
    return 0;
  struct winsize size = {};
  bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;
  return known && size.ws_col ? size.ws_col : 80;
}

size_t mase::shownWidth(llvm::StringRef text) {
  int width = llvm::sys::unicode::columnWidthUTF8(text);
  return width < 0 ? text.size() : size_t(width);
}

/// Bytes of the letter that `text` begins with.
static size_t letterSize(llvm::StringRef text) {
  size_t size = 1;
  while (size < text.size() && (text[size] & 0xc0) == 0x80)
    ++size;
  return size;
}

std::string mase::clipped(llvm::StringRef text, size_t columns) {
  if (shownWidth(text) <= columns)
    return text.str();
  if (columns == 0)
    return {};
  size_t size = 0;
  for (size_t next; size < text.size(); size += next) {
    next = letterSize(text.drop_front(size));
    if (shownWidth(text.take_front(size + next)) >= columns)
      break;
  }
  return text.take_front(size).rtrim().str() + "…";
}

std::string mase::wrapped(llvm::StringRef text, size_t columns) {
  if (columns == 0)
    return text.str();
  std::string out;
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    bool ends = line.size() < text.size();
    size_t indent = std::min(line.find_first_not_of(' '), line.size());
    out.append(indent, ' ');
    line = line.drop_front(indent);
    size_t width = indent;
    for (bool isFirst = true; !line.empty(); isFirst = false) {
      auto [word, after] = line.split(' ');
      size_t own = shownWidth(word);
      if (!isFirst && width + 1 + own > columns) {
        width = indent + 2;
        out += '\n';
        out.append(width, ' ');
      } else if (!isFirst) {
        out += ' ';
        ++width;
      }
      out += word;
      width += own;
      line = after;
    }
    out += ends ? "\n" : "";
    text = rest;
  }
  return out;
}

std::string mase::shownValue(double value, llvm::StringRef unit) {
  // From 1000 on four digits are too few for a fraction, and %g would turn to
  // exponents where they are too few for the whole part.
  double size = std::abs(value);
  char digits[32];
  std::snprintf(digits, sizeof(digits),
                size >= 1e3 && size < 1e15 ? "%.0f" : "%.4g", value);
  return digits + (unit.empty() ? "" : " " + unit.str());
}

std::string mase::shownDuration(double seconds) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1e", seconds);
  // 0.9996 ms are 1 ms, not 1000 us.
  double rounded = std::strtod(text, nullptr);
  struct Unit {
    double below;   ///< seconds
    double seconds; ///< that one of it takes
    const char *format;
  };
  constexpr Unit units[] = {{1e-3, 1e-6, "%.3g us"},
                            {1, 1e-3, "%.3g ms"},
                            {120, 1, "%.3g s"},
                            {7200, 60, "%.0f minutes"},
                            {172800, 3600, "%.0f hours"}};
  const Unit *unit = std::find_if(
      std::begin(units), std::end(units),
      [&](const Unit &candidate) { return rounded < candidate.below; });
  if (unit == std::end(units))
    return shownValue(std::round(seconds / 86400), "days");
  double exact = unit->seconds < 60 ? rounded : seconds;
  std::snprintf(text, sizeof(text), unit->format, exact / unit->seconds);
  return text;
}
