// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a Linear's rounding depends on beside its weights' format: what the
// float network gives there, and what the layer sees.
#ifndef MASE_LIB_CALIBRATE_LEASTSQUARES_H
#define MASE_LIB_CALIBRATE_LEASTSQUARES_H

#include "Blocks.h"
#include "CalibrationKernels.h"
#include "mase/Evaluate/Network.h"

#include <vector>

namespace mase {

/// A Linear's sums z in the float network, as integers of 16 bits times a power
/// of two a row, so that sums over samples are exact. (The rounding, 2^-16 of
/// the row's largest sum, vanishes beside that of the layer.)
struct FloatSums {
  /// Rows 0 to out - 1: z >> 8; then as many of z & 255; then ones.
  Blocks parts;
  std::vector<double> unit; ///< [out]
  std::vector<double> mean; ///< [out]

  /// `z`: of each particle.
  FloatSums(const Blocks &z, const CalibrationKernels &kernels);
  /// What it would be of a row that is `factor`, a power of two, times as
  /// large.
  void rescale(int64_t row, double factor) {
    unit[size_t(row)] *= factor;
    mean[size_t(row)] *= factor;
  }
};

/// The least squares fit of a Linear to its float sums on the inputs that it
/// sees (Calibrate.h, step 2). Inputs are in the order of falling H_ii.
struct LeastSquares {
  int64_t in = 0, out = 0;
  std::vector<int64_t> order;     ///< the input that stands at each place
  std::vector<double> factor;     ///< [in, in]: L with H = L^T L, lower half
  std::vector<double> normalised; ///< L[j][i] / L[j][j]
  std::vector<double> pivot;      ///< L[j][j]^2
  std::vector<double> target;     ///< W* [in, lanes], in `order`
  int64_t lanes = 0;              ///< `out`, rounded up to a multiple of 8
  std::vector<double> meanInput;  ///< E[x_q], of inputs as they are numbered
  std::vector<double> variance;   ///< their variances
  bool singular = false;          ///< H was, without a ridge

  /// `x` holds the inputs' values (of each particle) divided by `unit`,
  /// integers of at most a byte if `bytes`, and zeros after the last sample.
  LeastSquares(const Step &step, const FloatSums &sums, const Blocks &x,
               double unit, bool bytes, double ridge,
               const CalibrationKernels &kernels);
};

} // namespace mase

#endif // MASE_LIB_CALIBRATE_LEASTSQUARES_H
