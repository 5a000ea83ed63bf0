// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Axes, places and shades.
#include "FigureParts.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mase::report;

void Axis::cover(llvm::ArrayRef<double> values) {
  if (values.empty())
    return;
  constexpr double kMost = std::numeric_limits<double>::max();
  auto [least, most] = std::minmax_element(values.begin(), values.end());
  double half = *most / 2 - *least / 2;
  if (half <= 0)
    half = std::max(std::abs(*least) / 2, 1e-9);
  low = std::max(*least - 0.08 * half, -kMost);
  high = std::min(*most + 0.08 * half, kMost);
}

std::vector<std::pair<double, std::string>> Axis::ticks(int count) const {
  double least = high / count - low / count;
  double power = std::pow(10, std::floor(std::log10(least)));
  double step = power;
  for (double m : {1.0, 2.0, 5.0, 10.0})
    if (step = m * power; step >= least)
      break;
  int decimals = std::max(0, -int(std::floor(std::log10(step) + 1e-9)));
  bool plain = decimals <= 8 && std::max(std::abs(low), std::abs(high)) < 1e7;
  std::vector<std::pair<double, std::string>> result;
  double first = std::ceil(low / step - 1e-9);
  int numTicks = int(std::floor(high / step + 1e-9) - first) + 1;
  for (int t = 0; t < numTicks; ++t) {
    double i = first + t;
    char text[64];
    std::snprintf(text, sizeof(text), plain ? "%.*f" : "%.*g",
                  plain ? decimals : 4, i == 0 ? 0.0 : i * step);
    llvm::StringRef number(text);
    result.push_back({i * step, number.starts_with("-")
                                    ? "−" + number.drop_front().str()
                                    : number.str()});
  }
  return result;
}

std::string mase::report::place(double value) {
  char text[48];
  std::snprintf(text, sizeof(text), "%.1f", value);
  llvm::StringRef number(text);
  number.consume_back(".0");
  return number == "-0" ? "0" : number.str();
}

std::string mase::report::point(double x, double y) {
  return place(x) + " " + place(y);
}

std::string mase::report::words(llvm::StringRef name) {
  std::string text = name.str();
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string mase::report::shade(double share) {
  constexpr double stops[][3] = {{68, 1, 84},
                                 {59, 82, 139},
                                 {33, 145, 140},
                                 {94, 201, 98},
                                 {253, 231, 37}};
  double at = std::clamp(share, 0.0, 1.0) * 4;
  int i = std::min(3, int(at));
  char text[16];
  auto mix = [&](int c) {
    return int(
        std::lround(stops[i][c] + (at - i) * (stops[i + 1][c] - stops[i][c])));
  };
  std::snprintf(text, sizeof(text), "#%02x%02x%02x", mix(0), mix(1), mix(2));
  return text;
}
