// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mase/Numerics/Slices.h"

#include <algorithm>

namespace mase {

std::vector<UniformFormat> slicesOf(const UniformTensorFormat &format) {
  std::vector<UniformFormat> slices;
  for (size_t i = 0; i < std::max<size_t>(format.slices(), 1); ++i)
    slices.push_back(format.slice(i));
  return slices;
}

std::vector<int64_t> stepsOf(absl::Span<const float> values,
                             absl::Span<const int64_t> shape,
                             const UniformTensorFormat &format) {
  std::vector<UniformFormat> slices = slicesOf(format);
  std::vector<int64_t> steps(values.size());
  for (size_t i = 0; i < steps.size(); ++i) {
    const UniformFormat &slice = slices[format.sliceOf(int64_t(i), shape)];
    steps[i] = quantizeToCode(values[i], slice) - slice.zeroPoint;
  }
  return steps;
}

} // namespace mase
