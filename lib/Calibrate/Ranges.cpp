// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Ranges.h"

#include "CodeGrid.h"

#include <cmath>

namespace mase {

using Range = CalibrationOptions::Range;

double rangeOf(std::vector<double> magnitudes,
               const CalibrationOptions &options) {
  if (options.range != Range::Percentile)
    return *std::max_element(magnitudes.begin(), magnitudes.end());
  auto rank =
      int64_t(std::ceil(double(magnitudes.size()) * options.percentile / 100)) -
      1;
  auto at = magnitudes.begin() +
            std::clamp<int64_t>(rank, 0, int64_t(magnitudes.size()) - 1);
  std::nth_element(magnitudes.begin(), at, magnitudes.end());
  return *at;
}

std::vector<float> candidateScales(const OpenFormat &format, double largest,
                                   double highestCode, Range range) {
  // Below the normal numbers of binary32 nothing is gained.
  auto bounded = [](double scale) {
    return float(std::clamp(scale, 0x1p-32, 0x1p32));
  };
  bool powers = format.powerOfTwo;
  double fitting = powers ? double(fittingPowerOfTwo(largest, highestCode))
                   : largest > 0 ? largest / highestCode
                                 : 1.0;
  if (range != Range::SquaredError)
    return {bounded(fitting)};
  std::vector<float> scales;
  // Between powers of two eight steps, of 2^(1/8).
  constexpr double kEighths[] = {1,
                                 0.91700404320467121743,
                                 0.84089641525371454303,
                                 0.77110541270397041181,
                                 0.70710678118654752440,
                                 0.64841977732550483296,
                                 0.59460355750136053336,
                                 0.54525386633262882960};
  for (int halvings = 0; halvings <= 4; ++halvings)
    for (double eighth : kEighths) {
      if ((powers || halvings == 4) && eighth != 1)
        break;
      scales.push_back(bounded(std::ldexp(fitting * eighth, -halvings)));
    }
  return scales;
}

NumberFormat dataFormat(const OpenFormat &format,
                        const std::vector<const Blocks *> &values,
                        bool rectified, int moved,
                        const CalibrationOptions &options,
                        const CalibrationKernels &kernels) {
  float least = 0, greatest = 0;
  std::vector<double> magnitudes;
  for (const Blocks *v : values)
    for (int64_t b = 0; b < v->blocks(); ++b)
      for (int64_t r = 0; r < v->rows(); ++r) {
        const float *row = v->row(b, r);
        for (int l = 0; l < v->lanes(b); ++l) {
          float x = rectified && row[l] < 0 ? 0 : row[l];
          if (!std::isfinite(x))
            continue;
          least = std::min(least, x);
          greatest = std::max(greatest, x);
          if (options.range == Range::Percentile)
            magnitudes.push_back(std::fabs(double(x)));
        }
      }
  bool isSigned = format.isSigned.value_or(least < 0);
  CodeGrid grid = codeGrid(format, isSigned);
  // An unsigned format clamps what is negative, at any scale.
  double largest =
      isSigned ? double(std::max(-least, greatest)) : double(greatest);
  if (options.range == Range::Percentile && !magnitudes.empty())
    largest = rangeOf(std::move(magnitudes), options);
  double bestError = 0, best = 0;
  for (float scale :
       candidateScales(format, largest, double(grid.highest), options.range)) {
    double error = 0;
    if (options.range == Range::SquaredError)
      for (const Blocks *v : values)
        error += kernels.squaredError(v->data(), v->rows(), v->samples(), scale,
                                      grid.lowest, grid.highest);
    if (best == 0 || error < bestError) {
      best = double(scale);
      bestError = error;
    }
  }
  best = std::clamp(std::ldexp(best, moved), 0x1p-32, 0x1p32);
  return closed(format, isSigned, {float(best)});
}

} // namespace mase
