// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The sums of a Linear whose input and weight have integer codes: which
// integers they are, and what they are worth (semantics.md, sections 1 and 1b).
#ifndef MASE_NUMERICS_LINEARSUMS_H
#define MASE_NUMERICS_LINEARSUMS_H

#include "mase/Numerics/NumberFormat.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mase {

/// acc[o] = (sum_i ((c_x[i] - z_x[i]) * (c_w[o][i] - z_w[o])) << inputShift[i])
///          << productShift[o])  +  (c_b[o] - z_b[o]) << biasShift[o]
/// y[o] = fl(fl(acc[o]) * scale[o]), or fma(fl(acc[o]), scale[o], b[o]) where
/// the bias is not on the sum's grid.
struct LinearSums {
  static constexpr int kMaxWidth = 64;

  /// One element, or one for each input feature: a power of two by which its
  /// scale is a multiple of the smallest.
  std::vector<int> inputShift = {0};
  /// One element, or one for each output channel.
  std::vector<int> productShift = {0};
  std::vector<int> biasShift = {0};
  std::vector<float> scale = {1};
  /// There is a bias, and its codes are added to the integers. A bias that is
  /// not is added by the fma.
  bool biasInSum = false;
  /// Signed bits that hold every sum which codes of these formats can have.
  int width = 0;

  int inputShiftOf(size_t i) const {
    return inputShift[inputShift.size() == 1 ? 0 : i];
  }
  int productShiftOf(size_t o) const {
    return productShift[productShift.size() == 1 ? 0 : o];
  }
  int biasShiftOf(size_t o) const {
    return biasShift[biasShift.size() == 1 ? 0 : o];
  }
  float scaleOf(size_t o) const { return scale[scale.size() == 1 ? 0 : o]; }

  /// The fraction bits of the sums where all have a scale of one power of two.
  std::optional<int> fracWidth() const;

  /// Why a sum of `in` products is not legal; none if it is.
  std::optional<std::string> illegal(int64_t in) const;
};

/// The sums of a Linear with a weight of [out, in]; `bias` is null where there
/// is none, or where it has no integer codes and is added as a binary32.
///
/// None where the layer is not computed in integers (semantics.md, section 1:
/// then it is a chain of fma): a scale for each input feature that is not a
/// common one times powers of two. `width` may exceed kMaxWidth: see `illegal`.
std::optional<LinearSums> linearSums(int64_t out, int64_t in,
                                     const UniformTensorFormat &data,
                                     const UniformTensorFormat &weight,
                                     const UniformTensorFormat *bias);

/// The largest magnitude of a code of each slice of `format`, as codes are
/// stored; one element where all slices are the same.
std::vector<int64_t> largestCodes(const UniformTensorFormat &format);

/// The largest magnitude of sum_i c[i] * weight[i] over all |c[i]| <=
/// largest[i], which has one element for each weight or one for all: what a sum
/// with these very weights may come to.
unsigned __int128 largestSum(absl::Span<const int64_t> weight,
                             absl::Span<const int64_t> largest);

/// Signed bits that hold the same shifted left and then added to anything in
/// [-start, start].
int sumBits(absl::Span<const int64_t> weight, absl::Span<const int64_t> largest,
            int shift, unsigned __int128 start);

} // namespace mase

#endif // MASE_NUMERICS_LINEARSUMS_H
