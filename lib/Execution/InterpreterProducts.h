// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Codes and exact sums of their products, as the interpreter's models of both
// levels compute them. A *step* is a code less its zero point.
#ifndef MASE_LIB_EXECUTION_INTERPRETERPRODUCTS_H
#define MASE_LIB_EXECUTION_INTERPRETERPRODUCTS_H

#include "mase/Execution/Interpreter.h"
#include "mase/Numerics/CodeScale.h"
#include "mase/Numerics/LinearSums.h"
#include "mase/Numerics/Slices.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace mase::interpreter {

/// The slice of element `index` of a tensor of which `first` is the batch.
template <typename Sliced>
size_t sliceOf(const Sliced &sliced, const Buffer *buffer, size_t index) {
  return sliced.sliceOf(int64_t(index),
                        {buffer->shape.data(), buffer->shape.size()});
}

/// Numbers to the codes of a uniform format.
class ToCode {
public:
  explicit ToCode(UniformTensorFormat uniform)
      : format(std::move(uniform)), slices(slicesOf(format)) {
    std::optional<FixedPointFormat> fixed = format.fixedPoint();
    isFixed = fixed.has_value();
    if (!isFixed)
      return;
    scale = double(exp2i(fixed->fracWidth));
    low = double(fixed->minCode());
    high = double(fixed->maxCode());
    rounding = fixed->rounding;
  }

  /// The code of element `index`.
  int64_t operator()(float x, const Buffer *buffer, size_t index) const {
    // What most formats are, without the cases of the others.
    if (isFixed)
      return int64_t(quantizeToCode(x, scale, low, high, rounding));
    return quantizeToCode(x, slices[sliceOf(format, buffer, index)]);
  }
  int64_t stepOf(float x, const Buffer *buffer, size_t index) const {
    if (isFixed)
      return (*this)(x, buffer, index);
    const UniformFormat &slice = slices[sliceOf(format, buffer, index)];
    return quantizeToCode(x, slice) - slice.zeroPoint;
  }

private:
  UniformTensorFormat format;
  std::vector<UniformFormat> slices;
  bool isFixed = false;
  double scale = 1, low = 0, high = 0;
  Rounding rounding = Rounding::NearestEven;
};

/// Sums of products of a Linear: rows of `in` steps times [out, in] weights.
class IntegerProducts {
public:
  /// `weight` are steps, [out, in]; `bias` those of the bias, or empty.
  IntegerProducts(std::vector<int64_t> weight, std::vector<int64_t> bias,
                  const LinearSums &sums, const UniformTensorFormat &data,
                  size_t out)
      : in(weight.size() / out), weight(std::move(weight)),
        start(std::move(bias)) {
    int64_t largest = 0, largestStep = 0;
    for (auto [k, step] : llvm::enumerate(this->weight)) {
      step = int64_t(uint64_t(step) << sums.inputShiftOf(k % in));
      largest = std::max(largest, step < 0 ? ~step + 1 : step);
      fits &= step == int16_t(step);
    }
    for (const UniformFormat &slice : slicesOf(data))
      largestStep = std::max(largestStep, slice.maxMagnitude());
    // Most are short: a vector holds more of them.
    fits &= largestStep <= INT16_MAX &&
            __int128(largest) * largestStep * int64_t(in) <= INT32_MAX;
    if (fits)
      shortWeight.assign(this->weight.begin(), this->weight.end());
    start.resize(out);
    for (size_t o = 0; o < out; ++o) {
      start[o] = int64_t(uint64_t(start[o]) << sums.biasShiftOf(o));
      shift.push_back(sums.productShiftOf(o));
    }
  }

  /// Calls `use(element, output, sum)` for each sum; `stepAt(i)` are the data.
  template <typename StepAt, typename Use>
  void run(size_t rows, StepAt stepAt, Use use) {
    if (fits)
      compute<int16_t, int32_t>(rows, shortWeight, shortSteps, stepAt, use);
    else
      // Modulo 2^64, as sums are that need more bits on the way.
      compute<int64_t, uint64_t>(rows, weight, steps, stepAt, use);
  }

private:
  template <typename Step, typename Sum, typename StepAt, typename Use>
  void compute(size_t rows, const std::vector<Step> &w, std::vector<Step> &x,
               StepAt stepAt, Use use) {
    x.resize(rows * in);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = Step(stepAt(i));
    for (size_t n = 0; n < rows; ++n)
      for (size_t o = 0; o < start.size(); ++o) {
        Sum sum = 0;
        for (size_t i = 0; i < in; ++i)
          sum += Sum(x[n * in + i]) * Sum(w[o * in + i]);
        auto whole = uint64_t(int64_t(sum)) << shift[o];
        use(n * start.size() + o, o, int64_t(whole + uint64_t(start[o])));
      }
  }

  size_t in;
  bool fits = true;
  std::vector<int64_t> weight, start, steps;
  std::vector<int> shift;
  std::vector<int16_t> shortWeight, shortSteps;
};

} // namespace mase::interpreter

#endif // MASE_LIB_EXECUTION_INTERPRETERPRODUCTS_H
