// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CodeGrid.h"

#include "mase/Numerics/Slices.h"

#include <algorithm>
#include <cmath>

namespace mase {

static std::optional<CodeGrid> gridOf(const UniformFormat &f) {
  UniformFormat plain;
  plain.width = f.width;
  plain.scale = f.scale;
  plain.isSigned = f.isSigned;
  plain.narrow = f.narrow;
  if (f != plain || f.width > CodeGrid::kMaxWidth)
    return std::nullopt;
  return CodeGrid{f.scale, float(f.minCode()), float(f.maxCode())};
}

std::optional<std::vector<CodeGrid>> codeGrids(const NumberFormat &format,
                                               size_t slices) {
  const UniformTensorFormat *uniform = format->uniform();
  if (!uniform ||
      (uniform->slices() > 0 && *uniform->axis != 0 && uniform->slices() != 1))
    return std::nullopt;
  std::vector<UniformFormat> formats = slicesOf(*uniform);
  std::vector<CodeGrid> grids;
  for (size_t i = 0; i < slices; ++i) {
    std::optional<CodeGrid> grid = gridOf(formats[formats.size() == 1 ? 0 : i]);
    if (!grid)
      return std::nullopt;
    grids.push_back(*grid);
  }
  return grids;
}

std::optional<CodeGrid> codeGrid(const NumberFormat &format) {
  const UniformTensorFormat *uniform = format->uniform();
  if (!uniform || uniform->slices() > 1)
    return std::nullopt;
  return gridOf(uniform->slice(0));
}

std::optional<FeatureGrids> featureGrids(const NumberFormat &format,
                                         const Step &step) {
  const UniformTensorFormat *uniform = format->uniform();
  const auto features = size_t(step.inRow());
  const int last = step.inShape.empty() ? 1 : int(step.inShape.size());
  if (!uniform ||
      (uniform->slices() > 1 && *uniform->axis != -1 && *uniform->axis != last))
    return std::nullopt;
  std::vector<UniformFormat> slices = slicesOf(*uniform);
  if (slices.size() != 1 && slices.size() != features)
    return std::nullopt;
  FeatureGrids result;
  result.whole = slices[0];
  for (const UniformFormat &slice : slices)
    result.whole.scale = std::min(result.whole.scale, slice.scale);
  for (size_t i = 0; i < features; ++i) {
    const UniformFormat &slice = slices[slices.size() == 1 ? 0 : i];
    int exponent = 0;
    if (!gridOf(slice) ||
        std::frexp(slice.scale / result.whole.scale, &exponent) != 0.5f)
      return std::nullopt;
    result.low.push_back(exponent - 1);
    result.bits.push_back(slice.width);
    result.whole.width =
        std::max(result.whole.width, exponent - 1 + slice.width);
  }
  if (result.whole.width > CodeGrid::kMaxWidth)
    return std::nullopt;
  return result;
}

CodeGrid codeGrid(const OpenFormat &format, bool isSigned) {
  UniformFormat f = format.known;
  f.isSigned = isSigned;
  return {1, float(f.minCode()), float(f.maxCode())};
}

NumberFormat closed(const OpenFormat &open, bool isSigned,
                    const std::vector<float> &scales) {
  UniformTensorFormat format;
  format.common = open.known;
  format.common.isSigned = isSigned;
  format.common.scale = scales[0];
  if (std::any_of(scales.begin(), scales.end(),
                  [&](float s) { return s != scales[0]; })) {
    format.axis = 0;
    format.scale = scales;
  }
  return NumberFormat(std::move(format));
}

float fittingPowerOfTwo(double value, double highest) {
  int exponent = 0;
  double mantissa = std::frexp(value / highest, &exponent);
  if (value == 0)
    return 1;
  if (mantissa == 0.5)
    --exponent; // a power of two itself
  return exp2i(std::clamp(exponent, -32, 32));
}

} // namespace mase
