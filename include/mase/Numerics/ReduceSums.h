// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums over particles whose values have integer codes, and formats of
// particles.
#ifndef MASE_NUMERICS_REDUCESUMS_H
#define MASE_NUMERICS_REDUCESUMS_H

#include "mase/Numerics/NumberFormat.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace mase {

/// `format` of a tensor of `rank` dimensions, of which the first is the batch
/// and the last the features, for the features alone: its slices, if it has
/// any, are of the axis -1. None where particles have slices of their own. A
/// tensor without particles (rank 2) has its format as it is.
std::optional<UniformTensorFormat> formatOfFeatures(UniformTensorFormat format,
                                                    int64_t rank);

/// acc[f] = sum_p (c[p][f] - z[f]), y[f] = fl(fl(acc[f]) * scale[f]).
struct ReduceSums {
  /// One element, or one for each feature.
  std::vector<float> scale = {1};
  /// Signed bits that hold every sum.
  int width = 0;

  float scaleOf(size_t f) const { return scale[scale.size() == 1 ? 0 : f]; }
};

/// The sums of `particles` values of each feature, which have `data`
/// (formatOfFeatures). Of a mean, the scale is the format's divided by their
/// number, rounded to binary32. None where that is 0: then binary32 numbers are
/// added.
std::optional<ReduceSums> reduceSums(int64_t particles, bool isMean,
                                     const UniformTensorFormat &data);

/// What a mean of binary32 numbers multiplies their sum with.
inline float meanFactor(int64_t particles) { return 1 / float(particles); }

} // namespace mase

#endif // MASE_NUMERICS_REDUCESUMS_H
