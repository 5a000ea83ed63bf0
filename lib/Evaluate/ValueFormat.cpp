// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ValueFormat.h"

#include "Kernels.h"

#include <cmath>

namespace mase {

ValueFormat::ValueFormat(NumberFormat f, std::vector<int64_t> sample)
    : number(std::move(f)), fixedPoint(number.fixedPoint()),
      shape(std::move(sample)) {
  shape.insert(shape.begin(), 1);
  for (int64_t size : shape)
    features *= size;
  if (const UniformTensorFormat *uniform = number->uniform())
    for (int64_t r = 0; r < features; ++r)
      rows.push_back(uniform->slice(uniform->sliceOf(r, shape)));
}

void ValueFormat::round(const float *x, float *y, int64_t blocks) const {
  if (!rows.empty()) {
    for (int64_t b = 0; b < blocks; ++b)
      for (const UniformFormat &row : rows)
        for (int l = 0; l < kLanes; ++l)
          *y++ = quantize(*x++, row);
    return;
  }
  // Other formats see whole samples.
  std::vector<int64_t> batch = shape;
  batch[0] = kLanes;
  std::vector<float> samples(size_t(kLanes * features));
  for (int64_t b = 0; b < blocks; ++b) {
    const float *from = x + b * features * kLanes;
    float *to = y + b * features * kLanes;
    for (int64_t r = 0; r < features; ++r)
      for (int l = 0; l < kLanes; ++l)
        samples[size_t(l * features + r)] = from[r * kLanes + l];
    number->quantize(samples, batch, absl::MakeSpan(samples));
    for (int64_t r = 0; r < features; ++r)
      for (int l = 0; l < kLanes; ++l)
        to[r * kLanes + l] = samples[size_t(l * features + r)];
  }
}

void ValueFormat::round(std::vector<float> &sample) const {
  number->quantize(sample, shape, absl::MakeSpan(sample));
}

void ValueFormat::toSteps(const float *x, const std::vector<int> &shift,
                          double *y, int64_t blocks) const {
  for (int64_t b = 0; b < blocks; ++b)
    for (size_t r = 0; r < rows.size(); ++r) {
      // Particles share the shifts of their features.
      double unit = std::ldexp(1.0, shift[r % shift.size()]);
      for (int l = 0; l < kLanes; ++l)
        *y++ = double(quantizeToCode(*x++, rows[r]) - rows[r].zeroPoint) * unit;
    }
}

} // namespace mase
