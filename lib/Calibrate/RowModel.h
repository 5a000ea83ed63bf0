// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A row of weights as a quadratic problem over integer codes.
#ifndef MASE_LIB_CALIBRATE_ROWMODEL_H
#define MASE_LIB_CALIBRATE_ROWMODEL_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mase {

/// The loss as codes move by d: g^T d + d^T h d / 2; and what codes cost.
struct RowModel {
  size_t n = 0;
  std::vector<double> gradient; ///< [n]
  std::vector<double>
      curvature;             ///< [n, n], symmetric, positive on the diagonal
  std::vector<double> price; ///< [n]: of one effective bit of the code
  int64_t lowest = 0, highest = 0;
  std::vector<int64_t> codes; ///< [n]

  /// Moves codes to where loss + price is least that single moves, and pairs of
  /// them, find; `gradient` is that of the result. The inputs whose codes moved
  /// in the order in which they first did.
  std::vector<size_t> minimise();

private:
  struct Move {
    double gain = 0; ///< below 0
    size_t input = 0;
    int64_t code = 0;
  };
  /// The best code of an input under a gradient of `g`; its present one has a
  /// gain of 0.
  Move best(size_t i, double g) const;
  double gain(size_t i, int64_t code, double g) const;
  void apply(const Move &move);
};

} // namespace mase

#endif // MASE_LIB_CALIBRATE_ROWMODEL_H
