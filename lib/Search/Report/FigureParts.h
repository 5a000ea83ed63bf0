// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What front.svg is drawn with.
#ifndef MASE_LIB_SEARCH_REPORT_FIGUREPARTS_H
#define MASE_LIB_SEARCH_REPORT_FIGUREPARTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <utility>
#include <vector>

namespace mase::report {

/// A direction of the plane: numbers to places, with its ticks.
struct Axis {
  std::string title;
  double low = 0, high = 1, from = 0, to = 1;

  // Halves: the difference of two finite numbers may be none.
  double at(double value) const {
    return from + (value / 2 - low / 2) / (high / 2 - low / 2) * (to - from);
  }

  bool holds(double value) const { return value >= low && value <= high; }

  /// Takes `values` in, with a little air.
  void cover(llvm::ArrayRef<double> values);

  /// Multiples of 1, 2 or 5 times a power of ten, at most `count` or so.
  std::vector<std::pair<double, std::string>> ticks(int count) const;
};

/// A place in the figure, to a tenth of a pixel.
std::string place(double value);

std::string point(double x, double y);

/// Metric names as words.
std::string words(llvm::StringRef name);

/// Dark to bright, for shades of grey and colour-blind readers too (five
/// stops, the ends and quarters of Viridis).
std::string shade(double share);

} // namespace mase::report

#endif // MASE_LIB_SEARCH_REPORT_FIGUREPARTS_H
