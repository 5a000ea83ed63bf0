// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Progress bars and lines.
#include "mase/Search/Progress.h"

#include "mase/Search/Console.h"

#include "llvm/Support/Format.h"

#include <algorithm>
#include <cmath>
#include <memory>

using namespace mase;

namespace {

/// "850", "12.3 k", "1.20 M".
std::string shortCount(double n) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (n < 1000)
    os << llvm::format("%.0f", n);
  else if (n < 1e6)
    os << llvm::format("%.1f k", n / 1e3);
  else
    os << llvm::format("%.2f M", n / 1e6);
  return text;
}

/// "0:42", "1:02:03".
std::string clock(double seconds) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto s = static_cast<unsigned long long>(std::clamp(seconds, 0.0, 1e12));
  if (s >= 3600)
    os << s / 3600
       << llvm::format(":%02u:%02u", unsigned(s / 60 % 60), unsigned(s % 60));
  else
    os << s / 60 << llvm::format(":%02u", unsigned(s % 60));
  return text;
}

/// What a line shows. Narrow terminals get less of it.
struct Shown {
  int bar = 20; ///< its length
  bool resumed = true, rate = true, front = true, word = true, left = true,
       failed = true;
  size_t name = SIZE_MAX; ///< columns for the name of each objective
};

class ProgressPrinter {
public:
  ProgressPrinter(llvm::raw_ostream &os, std::function<unsigned()> columns)
      : os(os), columns(std::move(columns)) {}

  void operator()(const Progress &p) {
    unsigned width = columns ? columns() : 0;
    if (p.finished) {
      erase(width);
      os << wrapped(line(p, Shown()), width) << "\n";
      os.flush();
      return;
    }
    if (width) {
      if (p.seconds < last + 0.1)
        return;
      last = p.seconds;
      erase(width);
      // The last column stays free: some terminals wrap there.
      std::string text = fitting(p, width - 1);
      os << text;
      drawn = shownWidth(text);
      os.flush();
    } else if (p.seconds >= next) {
      while (p.seconds >= next)
        next *= 2;
      os << line(p, Shown()) << "\n";
      os.flush();
    }
  }

private:
  /// Takes the line away. In a window that has become narrower than it, it
  /// takes several rows, and the cursor is in the last of them.
  void erase(unsigned width) {
    if (width == 0)
      return;
    if (size_t above = drawn ? (drawn - 1) / width : 0)
      os << "\x1b[" << above << "A\r\x1b[J";
    else
      os << "\r\x1b[2K";
    drawn = 0;
  }

  /// The line with as much as `width` columns hold.
  static std::string fitting(const Progress &p, size_t width) {
    using Change = void (*)(Shown &);
    constexpr Change changes[] = {[](Shown &) {},
                                  [](Shown &s) { s.bar = 10; },
                                  [](Shown &s) { s.bar = 0; },
                                  [](Shown &s) { s.resumed = s.rate = false; },
                                  [](Shown &s) { s.front = false; },
                                  [](Shown &s) { s.word = false; },
                                  [](Shown &s) { s.name = 14; },
                                  [](Shown &s) { s.left = false; },
                                  [](Shown &s) { s.name = 8; },
                                  [](Shown &s) { s.failed = false; },
                                  [](Shown &s) { s.name = 4; },
                                  [](Shown &s) { s.name = 0; }};
    Shown shown;
    std::string text;
    for (Change change : changes) {
      change(shown);
      text = bar(p, shown.bar) + line(p, shown);
      if (shownWidth(text) <= width)
        return text;
    }
    return clipped(text, width);
  }

  static double fraction(const Progress &p) {
    double done = p.budget ? double(p.trials) / double(p.budget) : 0;
    if (p.timeout > 0)
      done = std::max(done, p.seconds / p.timeout);
    return std::min(done, 1.0);
  }

  /// Until the budget is made or the time is up; infinite if nobody knows.
  static double secondsLeft(const Progress &p) {
    double left = p.timeout > 0 ? p.timeout - p.seconds : HUGE_VAL;
    if (p.budget && p.trials > p.resumed)
      left = std::min(left, p.seconds * double(p.budget - p.trials) /
                                double(p.trials - p.resumed));
    return left;
  }

  static std::string bar(const Progress &p, int width) {
    if (width == 0)
      return {};
    int full = int(fraction(p) * width);
    return "[" + std::string(full, '#') + std::string(width - full, '.') + "] ";
  }

  static std::string line(const Progress &p, const Shown &shown) {
    std::string text;
    llvm::raw_string_ostream s(text);
    s << p.trials;
    if (p.budget && !p.finished)
      s << "/" << p.budget;
    if (shown.word)
      s << (p.trials == 1 ? " trial" : " trials");
    if (p.resumed && shown.resumed)
      s << " (" << p.resumed << " resumed)";
    double made = double(p.trials - p.resumed);
    double rate = p.seconds > 0 ? made / p.seconds : 0;
    if (made > 0 && shown.rate)
      s << ", " << shortCount(rate) << " trials/s";
    if (p.finished)
      s << llvm::format(", %.2f s", p.seconds);
    else if (double left = secondsLeft(p); left < HUGE_VAL && shown.left)
      s << ", " << clock(left) << " left";
    if (p.failed && shown.failed)
      s << ", " << p.failed << " failed";
    bool whole = shown.name == SIZE_MAX;
    for (size_t i = 0; i < p.best.size() && i < p.bestNames.size(); ++i) {
      s << (i ? ", " : whole ? "; best " : ": ");
      std::string name = clipped(p.bestNames[i], shown.name);
      s << name << (name.empty() ? "" : " ")
        << shownValue(p.best[i], whole && i < p.bestUnits.size()
                                     ? llvm::StringRef(p.bestUnits[i])
                                     : llvm::StringRef());
    }
    if (p.best.size() > 1 && shown.front)
      s << "; front " << p.frontSize;
    return text;
  }

  llvm::raw_ostream &os;
  std::function<unsigned()> columns;
  double last = 0;
  double next = 10;
  size_t drawn = 0; ///< columns of the line that is there
};

} // namespace

std::function<void(const Progress &)>
mase::makeProgress(llvm::raw_ostream &os, std::function<unsigned()> columns) {
  auto printer = std::make_shared<ProgressPrinter>(os, std::move(columns));
  return [printer](const Progress &progress) { (*printer)(progress); };
}

std::function<void(const Progress &)> mase::makeProgress() {
  return makeProgress(llvm::errs(), consoleColumns);
}
