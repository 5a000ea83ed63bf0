// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Progress bars and lines.
#include "mase/Search/Progress.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/Process.h"

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

class ProgressPrinter {
public:
  ProgressPrinter(llvm::raw_ostream &os, bool isTerminal)
      : os(os), isTerminal(isTerminal) {}

  void operator()(const Progress &p) {
    if (p.finished) {
      os << (isTerminal ? "\r\x1b[2K" : "") << line(p) << "\n";
      os.flush();
      return;
    }
    if (isTerminal) {
      if (p.seconds < last + 0.1)
        return;
      last = p.seconds;
      os << "\r\x1b[2K" << bar(p) << line(p);
      os.flush();
    } else if (p.seconds >= next) {
      while (p.seconds >= next)
        next *= 2;
      os << line(p) << "\n";
      os.flush();
    }
  }

private:
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

  static std::string bar(const Progress &p) {
    constexpr int kWidth = 20;
    int full = int(fraction(p) * kWidth);
    return "[" + std::string(full, '#') + std::string(kWidth - full, '.') +
           "] ";
  }

  static std::string line(const Progress &p) {
    std::string text;
    llvm::raw_string_ostream s(text);
    s << p.trials;
    if (p.budget && !p.finished)
      s << "/" << p.budget;
    s << (p.trials == 1 ? " trial" : " trials");
    if (p.resumed)
      s << " (" << p.resumed << " resumed)";
    double made = double(p.trials - p.resumed);
    double rate = p.seconds > 0 ? made / p.seconds : 0;
    if (made > 0)
      s << ", " << shortCount(rate) << " trials/s";
    if (p.finished)
      s << llvm::format(", %.2f s", p.seconds);
    else if (double left = secondsLeft(p); left < HUGE_VAL)
      s << ", " << clock(left) << " left";
    if (p.failed)
      s << ", " << p.failed << " failed";
    for (size_t i = 0; i < p.best.size() && i < p.bestNames.size(); ++i)
      s << (i ? ", " : "; best ") << p.bestNames[i]
        << llvm::format(" %.4g", p.best[i]);
    if (p.best.size() > 1)
      s << "; front " << p.frontSize;
    return text;
  }

  llvm::raw_ostream &os;
  bool isTerminal;
  double last = 0;
  double next = 10;
};

} // namespace

std::function<void(const Progress &)> mase::makeProgress(llvm::raw_ostream &os,
                                                         bool isTerminal) {
  auto printer = std::make_shared<ProgressPrinter>(os, isTerminal);
  return [printer](const Progress &progress) { (*printer)(progress); };
}

std::function<void(const Progress &)> mase::makeProgress() {
  return makeProgress(llvm::errs(),
                      llvm::sys::Process::StandardErrIsDisplayed());
}
