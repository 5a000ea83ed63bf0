// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Numerics/ReduceSums.h"

#include "mase/Numerics/Slices.h"

#include <algorithm>

namespace mase {

std::optional<UniformTensorFormat> formatOfFeatures(UniformTensorFormat format,
                                                    int64_t rank) {
  if (rank == 2 || format.slices() == 0)
    return format;
  if ((*format.axis < 0 ? *format.axis + rank : *format.axis) == rank - 1) {
    format.axis = -1;
    return format;
  }
  if (format.slices() > 1)
    return std::nullopt;
  return toUniformTensor(format.slice(0));
}

std::optional<ReduceSums> reduceSums(int64_t particles, bool isMean,
                                     const UniformTensorFormat &data) {
  ReduceSums sums;
  sums.scale.clear();
  unsigned __int128 largest = 0;
  for (const UniformFormat &slice : slicesOf(data)) {
    double scale = slice.scale;
    sums.scale.push_back(float(isMean ? scale / double(particles) : scale));
    if (!(sums.scale.back() > 0))
      return std::nullopt;
    largest = std::max(largest, (unsigned __int128)slice.maxMagnitude() *
                                    (unsigned __int128)particles);
  }
  if (std::all_of(sums.scale.begin(), sums.scale.end(),
                  [&](float s) { return s == sums.scale.front(); }))
    sums.scale.resize(1);
  sums.width = signedBitsFor(largest);
  return sums;
}

} // namespace mase
