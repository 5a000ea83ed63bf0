// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Number formats of a step's values, ready to round them in blocks of samples.
#ifndef MASE_LIB_EVALUATE_VALUEFORMAT_H
#define MASE_LIB_EVALUATE_VALUEFORMAT_H

#include "mase/Numerics/NumberFormat.h"

#include <memory>
#include <vector>

namespace mase {

/// A format of values of one shape. Fixed point of a whole tensor has kernels
/// (Rounder, RowOp); what else there is takes its time here.
class ValueFormat {
public:
  /// `shape` is a sample's.
  ValueFormat(NumberFormat format, std::vector<int64_t> shape);

  const NumberFormat &format() const { return number; }
  const std::optional<FixedPointFormat> &fixed() const { return fixedPoint; }
  /// Whether every value is at least +0.
  bool isNonNegative() const { return number->isNonNegative(); }

  /// y = x rounded; both in blocks (Kernels.h), and may be the same.
  void round(const float *x, float *y, int64_t blocks) const;
  /// Rounds one sample's values in place.
  void round(std::vector<float> &sample) const;
  /// y[r] = (code - zero point) * 2^shift[r], exact; `shift` has one element,
  /// or one for each feature of a particle. Uniform formats only.
  void toSteps(const float *x, const std::vector<int> &shift, double *y,
               int64_t blocks) const;

private:
  NumberFormat number;
  std::optional<FixedPointFormat> fixedPoint;
  std::vector<int64_t> shape;      ///< [1, sample...]
  std::vector<UniformFormat> rows; ///< of uniform formats: of each feature
  int64_t features = 1;
};

} // namespace mase

#endif // MASE_LIB_EVALUATE_VALUEFORMAT_H
