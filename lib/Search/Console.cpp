// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Widths of terminals and texts.
#include "mase/Search/Console.h"

#include "llvm/Support/Process.h"
#include "llvm/Support/Unicode.h"

#include <cstdio>
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
    size_t width = 0;
    while (!line.empty()) {
      auto [word, after] = line.split(' ');
      size_t own = shownWidth(word);
      if (width && width + 1 + own > columns) {
        out += "\n  ";
        width = 2;
      } else if (width) {
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
  char digits[32];
  std::snprintf(digits, sizeof(digits), "%.4g", value);
  return digits + (unit.empty() ? "" : " " + unit.str());
}
