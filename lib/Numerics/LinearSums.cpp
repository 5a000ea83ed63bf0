// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the sums of a Linear are made of.
#include "mase/Numerics/LinearSums.h"

#include "mase/Numerics/Slices.h"

#include "absl/strings/str_cat.h"

#include <algorithm>
#include <cmath>

namespace mase {
namespace {

using Wide = unsigned __int128;

/// Whether a vector of `format` runs along `axis` of a matrix.
bool variesAlong(const UniformTensorFormat &format, int axis) {
  return format.slices() > 1 &&
         (*format.axis < 0 ? *format.axis + 2 : *format.axis) == axis;
}

/// The scales of `format` along `axis` as one scale times powers of two; none
/// if they are not. A format that doesn't vary there has exponents of 0.
std::optional<float> commonScale(const UniformTensorFormat &format, int axis,
                                 std::vector<int> &exponents) {
  if (format.scale.empty() || !variesAlong(format, axis))
    return format.slice(0).scale;
  float smallest = *std::min_element(format.scale.begin(), format.scale.end());
  for (size_t i = 0; i < format.scale.size(); ++i) {
    double ratio = double(format.scale[i]) / double(smallest);
    int exponent = 0;
    // A quotient that rounds to a power of two without being one would differ
    // from it by less than 2^-53, which two binary32 can't.
    if (std::frexp(ratio, &exponent) != 0.5)
      return std::nullopt;
    exponents[i] += exponent - 1;
  }
  return smallest;
}

/// The magnitude of the largest step of slice `i`.
Wide magnitude(const UniformTensorFormat &format, size_t i) {
  return Wide(format.slice(i).maxMagnitude());
}

size_t channel(const UniformTensorFormat &format, int axis, size_t i) {
  return variesAlong(format, axis) ? i : 0;
}

/// A vector of equal elements as one.
template <typename T> void collapse(std::vector<T> &values) {
  if (std::all_of(values.begin(), values.end(),
                  [&](T v) { return v == values.front(); }))
    values.resize(1);
}

int bitsOf(Wide magnitude, int shift) {
  // Far too many, and more than the type holds.
  int bits = signedBitsFor(magnitude);
  return magnitude == 0 ? bits : bits + shift;
}

} // namespace

std::optional<int> LinearSums::fracWidth() const {
  // Two fractions of 64 make a subnormal scale.
  int exponent = 0;
  if (scale.size() != 1 || std::frexp(scale[0], &exponent) != 0.5f)
    return std::nullopt;
  return 1 - exponent;
}

std::optional<std::string> LinearSums::illegal(int64_t in) const {
  if (width <= kMaxWidth)
    return std::nullopt;
  return absl::StrCat("the sum of ", in,
                      " products needs an accumulator of more than ", kMaxWidth,
                      " bits; expected narrower formats");
}

std::vector<int64_t> largestCodes(const UniformTensorFormat &format) {
  std::vector<int64_t> largest;
  for (const UniformFormat &slice : slicesOf(format))
    largest.push_back(std::max(slice.maxCode(), -slice.minCode()));
  return largest;
}

unsigned __int128 largestSum(absl::Span<const int64_t> weight,
                             absl::Span<const int64_t> largest) {
  Wide sum = 0;
  for (size_t i = 0; i < weight.size(); ++i) {
    uint64_t w = uint64_t(weight[i]);
    sum += Wide(weight[i] < 0 ? 0 - w : w) *
           Wide(largest[largest.size() == 1 ? 0 : i]);
  }
  return sum;
}

int sumBits(absl::Span<const int64_t> weight, absl::Span<const int64_t> largest,
            int shift, unsigned __int128 start) {
  Wide sum = largestSum(weight, largest);
  int bits = bitsOf(sum, shift);
  return bits > 126 ? bits : signedBitsFor((sum << shift) + start);
}

std::optional<LinearSums> linearSums(int64_t out, int64_t in,
                                     const UniformTensorFormat &data,
                                     const UniformTensorFormat &weight,
                                     const UniformTensorFormat *bias) {
  LinearSums sums;
  bool variesIn = variesAlong(data, 1) || variesAlong(weight, 1);
  sums.inputShift.assign(variesIn ? size_t(std::max<int64_t>(in, 1)) : 1, 0);
  std::optional<float> dataScale = commonScale(data, 1, sums.inputShift);
  std::optional<float> weightScale = commonScale(weight, 1, sums.inputShift);
  if (!dataScale || !weightScale)
    return std::nullopt;
  // One shift for all is part of the scale.
  int least = *std::min_element(sums.inputShift.begin(), sums.inputShift.end());
  for (int &shift : sums.inputShift)
    shift -= least;

  bool varies = variesAlong(weight, 0) || (bias && bias->slices() > 1);
  size_t channels = varies ? size_t(std::max<int64_t>(out, 1)) : 1;
  sums.productShift.assign(channels, 0);
  sums.biasShift.assign(channels, 0);
  sums.scale.assign(channels, 1);
  std::vector<double> product(channels);
  bool powers = isPowerOfTwo(*dataScale);
  for (size_t o = 0; o < channels; ++o) {
    float w = variesAlong(weight, 1)
                  ? *weightScale
                  : weight.slice(channel(weight, 0, o)).scale;
    powers &= isPowerOfTwo(w);
    product[o] = std::ldexp(double(*dataScale) * double(w), least);
    sums.scale[o] = float(product[o]);
  }
  auto biasSlice = [&](size_t o) {
    return bias->slice(bias->slices() > 1 ? o : 0);
  };
  if (bias) {
    bool sameGrid = true;
    for (size_t o = 0; o < channels; ++o) {
      float b = biasSlice(o).scale;
      sameGrid &= b == sums.scale[o];
      powers &= isPowerOfTwo(b);
    }
    sums.biasInSum = powers || sameGrid;
  }
  for (size_t o = 0; sums.biasInSum && powers && o < channels; ++o) {
    int shift = exponentOf(biasSlice(o).scale) - std::ilogb(product[o]);
    sums.biasShift[o] = std::max(shift, 0);
    sums.productShift[o] = std::max(-shift, 0);
    sums.scale[o] = float(std::ldexp(product[o], -sums.productShift[o]));
  }

  // Where nothing varies, one product stands for all of a sum.
  for (size_t o = 0; o < channels; ++o) {
    Wide products = 0, biasSteps = 0;
    int bits = 0;
    for (int64_t i = 0; i < (variesIn ? in : 1) && bits <= 120; ++i) {
      size_t k = size_t(i);
      Wide w = variesAlong(weight, 1)
                   ? magnitude(weight, k)
                   : magnitude(weight, channel(weight, 0, o));
      Wide term = magnitude(data, channel(data, 1, k)) * w;
      bits = std::max(bits, bitsOf(term, sums.inputShift[k]));
      if (bits <= 120)
        products += term << sums.inputShift[k];
      bits = std::max(bits, signedBitsFor(products));
    }
    // 33 + 33 bits of steps and 63 of inputs: fits but for absurd numbers.
    if (!variesIn)
      products *= Wide(std::max<int64_t>(in, 0));
    bits = std::max(bits, signedBitsFor(products));
    if (products == 0)
      sums.productShift[o] = 0; // no products, nothing to shift
    if (sums.biasInSum)
      biasSteps = Wide(biasSlice(o).maxMagnitude());
    bits = std::max({bits, bitsOf(products, sums.productShift[o]),
                     bitsOf(biasSteps, sums.biasShift[o])});
    if (bits <= 120)
      bits = signedBitsFor((products << sums.productShift[o]) +
                           (biasSteps << sums.biasShift[o]));
    sums.width = std::max(sums.width, bits);
  }
  collapse(sums.inputShift);
  collapse(sums.productShift);
  collapse(sums.biasShift);
  collapse(sums.scale);
  return sums;
}

} // namespace mase
