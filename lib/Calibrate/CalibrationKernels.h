// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calibration's loops over samples and over weights, one build per instruction
// set. All builds give the same bits: sums are exact, or their order is fixed
// by partial sums whose number does not depend on the vectors of the machine.
//
// Activations are in the evaluator's blocks (Evaluate/Kernels.h): feature r of
// lane l of block b is at data[(b * rows + r) * 64 + l].
#ifndef MASE_LIB_CALIBRATE_CALIBRATIONKERNELS_H
#define MASE_LIB_CALIBRATE_CALIBRATIONKERNELS_H

#include "mase/Metrics/Metrics.h"
#include "mase/Numerics/InstructionSet.h"

#include <cstdint>

namespace mase {

/// Rows of weights on their way to codes, several grids for each. All arrays
/// but `factor` and `pivot` have `lanes` doubles for each input, a lane being a
/// row on one of its grids.
struct Feedback {
  static constexpr int kGroup = 8;     ///< `lanes` is a multiple of it
  static constexpr int kMaxGroups = 4; ///< lanes that run together
  int64_t in, lanes;
  /// [in, in], row j holds L[j][i] / L[j][j] for i < j, where L is the factor
  /// that `factorize` makes; null: no feedback, each weight by itself.
  const double *factor;
  const double *pivot;   ///< [in]: L[j][j]^2; null: all 1
  const double *target;  ///< [in, lanes]
  const double *step;    ///< [lanes]: of the grid
  const double *lowest;  ///< [lanes]: code
  const double *highest; ///< [lanes]
  double *codes;         ///< [in, lanes]: the result
  double *cost;          ///< [lanes]: (q - w) H (q - w)^T
  double *errors;        ///< scratch of in * kGroup * kMaxGroups
};

/// A block's rows of a Linear's sums, [rows, 64], to which products are added,
/// and what the next Linear reads of them: sum * scale, or fma(sum, scale,
/// bias), then a ReLU or none. All sums are integers below 2^24.
struct SumChange {
  float *sums; ///< where what changes is kept: sums + sum_k deltas[k] w[k]
  const float *deltas;   ///< [products, 64]
  const float *const *w; ///< w[k] points to a weight for each row
  int64_t products;
  const float *scale; ///< [rows]
  const float *bias;  ///< [rows], or null
  bool relu;
};

/// Codes that a block's rows have, [rows, 64], and get. A row's grid is `step`
/// codes wide, `scale` in values; scales differ by powers of two.
struct CodeChange {
  const float *scale, *lowest, *highest, *step; ///< [rows]
  float *codes;     ///< where what changes is kept: the new ones
  float *deltas;    ///< new ones less old, of the rows that differ one by one;
                    ///< there is room for all
  int64_t *changed; ///< which those are
  bool keeps;       ///< what changes
};

struct CalibrationKernels {
  /// sums[i * rowsB + j] = sum over samples of a[i] * b[j]. `bytes`: every
  /// value is an integer of magnitude at most 255, and sums are exact;
  /// otherwise they are exact as long as they stay below 2^53 units.
  /// `symmetric`: a is b, and only j <= i is wanted.
  void (*gram)(const float *a, int64_t rowsA, const float *b, int64_t rowsB,
               int64_t blocks, bool bytes, bool symmetric, double *sums);
  /// The same of any values, in sums of 256 products that are rounded to
  /// binary32.
  void (*gramRounded)(const float *a, int64_t rowsA, const float *b,
                      int64_t rowsB, int64_t blocks, bool symmetric,
                      double *sums);
  /// codes = round(x / scale), clamped, as integral binary32 of at most 24
  /// bits; NaN gives 0.
  void (*toCodes)(const float *x, float scale, float lowest, float highest,
                  float *codes, int64_t count);
  /// The same codes plus `offset`, which makes them bytes, four features a
  /// word; what is after the last feature is 0.
  void (*toBytes)(const float *x, float scale, float lowest, float highest,
                  int offset, int64_t rows, int64_t blocks, uint32_t *bytes);
  /// The sum of (x - q(x))^2 over lanes below `samples`, in 64 partial sums,
  /// one a lane, added in order.
  double (*squaredError)(const float *x, int64_t rows, int64_t samples,
                         float scale, float lowest, float highest);
  /// h [n, n], positive definite, lower half: replaced by L with H = L^T L,
  /// L[j][i] for i <= j.
  void (*factorize)(double *h, int64_t n);
  /// b [n, lanes]: replaced by w with H w = b for each lane. `lanes` is a
  /// multiple of 8.
  void (*solve)(const double *factor, int64_t n, double *b, int64_t lanes);
  void (*feedback)(const Feedback &problem);
  /// Of one block, from losses where a value moves by `units` up and down and
  /// from those where it is: slope = (up - down) / (2 units), and curvature,
  /// (up - 2 here + down) / units^2, no less than 0.
  void (*differences)(const float *here, const float *up, const float *down,
                      float units, float *slope, float *curvature);
  /// y = x * weight for rows of one block, added to y if `adds`.
  void (*weigh)(const float *x, const float *weight, int64_t rows, bool adds,
                float *y);
  /// Codes as `toCodes` of a block's rows of values; how many rows differ.
  int64_t (*changeCodes)(const float *x, int64_t rows, const CodeChange &codes);
  /// The same of changed sums.
  int64_t (*changeCodesOfSums)(const SumChange &x, int64_t rows,
                               const CodeChange &codes);
  /// y[o] = x[o] + sum_k delta[k] * w[k][o] for `rows` outputs and one block,
  /// w[k] pointing to as many weights. Exact: integers below 2^24.
  void (*addProducts)(const float *x, const float *delta, const float *const *w,
                      int64_t inputs, float *y, int64_t rows);
  /// Probabilities of what a network gives, [blocks, classes, 64].
  void (*probabilities)(const float *values, ClassifierOutput output,
                        int64_t blocks, float *p);
  /// The cross-entropy of `values` against the probabilities p, summed over the
  /// samples of each block; and that of each sample, unless `each` is null
  /// ([blocks, 64], 0 after the last one).
  void (*crossEntropy)(const float *values, ClassifierOutput output,
                       const float *p, int64_t samples, double *sums,
                       float *each);
  /// The same of sums over `rows` results of weight * (value - target)^2.
  void (*weightedSquares)(const float *values, int64_t rows,
                          const float *targets, const float *weights,
                          int64_t samples, double *sums, float *each);
};

const CalibrationKernels &calibrationKernels(InstructionSet set);

} // namespace mase

#endif // MASE_LIB_CALIBRATE_CALIBRATIONKERNELS_H
