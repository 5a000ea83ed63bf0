// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Uniform formats of whole tensors: slices, and what they may hold.
#include "mase/Numerics/NumberFormat.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>

namespace mase {

size_t UniformTensorFormat::slices() const {
  return std::max({width.size(), scale.size(), zeroPoint.size()});
}

UniformFormat UniformTensorFormat::slice(size_t i) const {
  UniformFormat result = common;
  if (!width.empty())
    result.width = width[i];
  if (!scale.empty())
    result.scale = scale[i];
  if (!zeroPoint.empty())
    result.zeroPoint = zeroPoint[i];
  return result;
}

int UniformTensorFormat::maxWidth() const {
  return width.empty() ? common.width
                       : *std::max_element(width.begin(), width.end());
}

int UniformTensorFormat::storageWidth() const {
  return common.bipolar ? common.storageWidth() : maxWidth();
}

bool UniformTensorFormat::isNonNegative() const {
  size_t n = std::max<size_t>(slices(), 1);
  for (size_t i = 0; i < n; ++i)
    if (slice(i).minSteps() < 0)
      return false;
  return true;
}

namespace {
std::optional<FixedPointFormat> toFixedPoint(const UniformFormat &format) {
  if (format.zeroPoint != 0 || format.narrow || format.bipolar ||
      format.overflow != Overflow::Saturate || format.zeroPointFirst ||
      (format.rounding != Rounding::NearestEven &&
       format.rounding != Rounding::Floor) ||
      !isPowerOfTwo(format.scale))
    return std::nullopt;
  int fracWidth = -exponentOf(format.scale);
  if (fracWidth < FixedPointFormat::kMinFracWidth ||
      fracWidth > FixedPointFormat::kMaxFracWidth)
    return std::nullopt;
  return FixedPointFormat{format.width, fracWidth, format.isSigned,
                          format.rounding};
}
} // namespace

std::optional<FixedPointFormat> UniformTensorFormat::fixedPoint() const {
  std::optional<FixedPointFormat> first = fixedPoint(0);
  for (size_t i = 1; first && i < slices(); ++i)
    if (fixedPoint(i) != first)
      return std::nullopt;
  return first;
}

std::optional<FixedPointFormat>
UniformTensorFormat::fixedPoint(size_t i) const {
  return toFixedPoint(slice(i));
}

size_t sliceOf(int64_t index, absl::Span<const int64_t> shape, int axis) {
  size_t at = size_t(axis < 0 ? axis + int(shape.size()) : axis);
  int64_t inner = 1;
  for (size_t d = at + 1; d < shape.size(); ++d)
    inner *= shape[d];
  return size_t(index / inner % shape[at]);
}

size_t UniformTensorFormat::sliceOf(int64_t index,
                                    absl::Span<const int64_t> shape) const {
  return slices() == 0 ? 0 : mase::sliceOf(index, shape, *axis);
}

std::optional<std::string>
UniformTensorFormat::mismatch(absl::Span<const int64_t> shape) const {
  if (slices() == 0)
    return std::nullopt;
  int at = *axis < 0 ? *axis + int(shape.size()) : *axis;
  if (at < 0 || at >= int(shape.size()))
    return absl::StrCat("expected a tensor with an axis ", *axis,
                        ", found one of rank ", shape.size());
  int64_t size = shape[size_t(at)];
  if (size >= 0 && size_t(size) != slices())
    return absl::StrCat("expected ", size, " slices along axis ", *axis,
                        ", found a number format of ", slices());
  return std::nullopt;
}

std::optional<std::string> UniformTensorFormat::invalid() const {
  size_t n = slices();
  for (auto [what, size] :
       {std::pair("widths", width.size()), std::pair("scales", scale.size()),
        std::pair("zero points", zeroPoint.size())})
    if (size != 0 && size != n)
      return absl::StrCat("expected as many ", what, " as there are slices (",
                          n, "), found ", size);
  if (n > 0 && !axis)
    return "expected an axis for the slices, found none";
  if (common.narrow && common.overflow == Overflow::Wrap)
    return "expected 'narrow' or wrapping overflow, found both: a code that "
           "wraps can be the one that 'narrow' leaves out";
  if (common.zeroPointFirst && common.overflow == Overflow::Wrap)
    return "expected 'zero_point_first' or wrapping overflow, found both: it "
           "clamps before it rounds";
  for (size_t i = 0; i < std::max<size_t>(n, 1); ++i) {
    UniformFormat f = slice(i);
    std::string where = n > 0 ? absl::StrCat(" in slice ", i) : "";
    if (f.width < 1 || f.width > UniformFormat::kMaxWidth)
      return absl::StrCat("expected a width of 1 to ", UniformFormat::kMaxWidth,
                          ", found ", f.width, where);
    if (f.bipolar && (f.width != 1 || !f.isSigned || f.narrow))
      return "expected a signed width of 1 for a bipolar format";
    if (f.narrow && f.width == 1)
      return absl::StrCat("expected a width of 2 or more with 'narrow', found "
                          "1",
                          where, ": one code is left");
    if (f.zeroPointFirst && f.width > 24)
      return absl::StrCat("expected a width of up to 24 with "
                          "'zero_point_first', found ",
                          f.width, where,
                          ": its codes are computed in binary32");
    if (!(f.scale > 0) || !std::isnormal(f.scale))
      return absl::StrCat("expected a positive, normal scale, found ", f.scale,
                          where);
    if (f.zeroPoint < f.minCode() || f.zeroPoint > f.maxCode())
      return absl::StrCat("expected a zero point of ", f.minCode(), " to ",
                          f.maxCode(), ", found ", f.zeroPoint, where);
    if (std::isinf(float(f.maxMagnitude()) * f.scale))
      return absl::StrCat("expected values that binary32 holds, found up to ",
                          f.maxMagnitude(), " * ", f.scale, where);
  }
  return std::nullopt;
}

UniformTensorFormat toUniformTensor(const UniformFormat &format) {
  UniformTensorFormat result;
  result.common = format;
  return result;
}

UniformTensorFormat toUniformTensor(const FixedPointFormat &format) {
  return toUniformTensor(toUniform(format));
}

} // namespace mase
