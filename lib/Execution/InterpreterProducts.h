// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Codes and exact sums of their products, as the interpreter's models of both
// levels compute them. A *step* is a code less its zero point.
#ifndef MASE_LIB_EXECUTION_INTERPRETERPRODUCTS_H
#define MASE_LIB_EXECUTION_INTERPRETERPRODUCTS_H

#include "InterpreterKernels.h"

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
    fixedCodes = {double(exp2i(fixed->fracWidth)), double(fixed->minCode()),
                  double(fixed->maxCode()), fixed->rounding == Rounding::Floor};
  }

  /// What the kernels do, if one fixed-point format is all that there is.
  std::optional<FixedCodes> fixed() const {
    return isFixed ? std::optional(fixedCodes) : std::nullopt;
  }

  /// The codes of a buffer's numbers, one for each of them.
  void codesOf(const Buffer *x, llvm::MutableArrayRef<int64_t> result) const {
    convert(x, result, /*lessZeroPoint=*/false);
  }
  void stepsOf(const Buffer *x, llvm::MutableArrayRef<int64_t> result) const {
    convert(x, result, /*lessZeroPoint=*/true);
  }
  /// The code of `x`, were it element `index` of `buffer`.
  int64_t operator()(float x, const Buffer *buffer, size_t index) const {
    return quantizeToCode(x, slices[sliceOf(format, buffer, index)]);
  }

private:
  void convert(const Buffer *x, llvm::MutableArrayRef<int64_t> result,
               bool lessZeroPoint) const {
    // What most formats are; such a one has no zero point.
    if (isFixed)
      return kernels().quantize(result.size(), x->floats.data(), fixedCodes,
                                result.data());
    for (auto [i, code] : llvm::enumerate(result)) {
      const UniformFormat &slice = slices[sliceOf(format, x, i)];
      code = quantizeToCode(x->floats[i], slice);
      if (lessZeroPoint)
        code -= slice.zeroPoint;
    }
  }

  UniformTensorFormat format;
  std::vector<UniformFormat> slices;
  bool isFixed = false;
  FixedCodes fixedCodes;
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

  /// Calls `use(element, output, sum)` for each sum of rows of `steps`.
  template <typename Use> void run(llvm::ArrayRef<int64_t> steps, Use use) {
    const InterpreterKernels &kernel = kernels();
    const size_t out = start.size();
    shortSums.resize(out);
    longSums.resize(out);
    for (size_t n = 0; n < steps.size() / in; ++n) {
      llvm::ArrayRef<int64_t> row = steps.slice(n * in, in);
      if (fits) {
        shortSteps.assign(row.begin(), row.end());
        kernel.shortProducts(in, out, shortSteps.data(), shortWeight.data(),
                             shortSums.data());
        llvm::transform(shortSums, longSums.begin(),
                        [](int32_t sum) { return uint64_t(int64_t(sum)); });
      } else {
        // Modulo 2^64, as sums are that need more bits on the way.
        kernel.longProducts(in, out, row.data(), weight.data(),
                            longSums.data());
      }
      for (size_t o = 0; o < out; ++o)
        use(n * out + o, o,
            int64_t((longSums[o] << shift[o]) + uint64_t(start[o])));
    }
  }

private:
  size_t in;
  bool fits = true;
  std::vector<int64_t> weight, start;
  std::vector<int> shift;
  std::vector<int16_t> shortWeight, shortSteps;
  std::vector<int32_t> shortSums;
  std::vector<uint64_t> longSums;
};

} // namespace mase::interpreter

#endif // MASE_LIB_EXECUTION_INTERPRETERPRODUCTS_H
