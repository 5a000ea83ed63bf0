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
      : in(weight.size() / out), out(out), weight(std::move(weight)),
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
    start.resize(out);
    shift.resize(out);
    for (size_t o = 0; o < out; ++o) {
      start[o] = int64_t(uint64_t(start[o]) << sums.biasShiftOf(o));
      shift[o] = sums.productShiftOf(o);
    }
    if (fits)
      pairUp();
  }

  /// The sums of rows of `steps`: `sums` has [rows][outputs].
  void run(llvm::ArrayRef<int64_t> steps, llvm::MutableArrayRef<int64_t> sums) {
    const ProductLoop now = loop(steps.size() / in);
    if (fits) {
      scratch.resize(now.rows * now.pairs() * 2);
      kernels().shortProducts(now, pairs.data(), steps.data(), scratch.data(),
                              sums.data());
    } else {
      // Modulo 2^64, as sums are that need more bits on the way.
      kernels().longProducts(now, weight.data(), steps.data(), sums.data());
    }
  }

private:
  ProductLoop loop(size_t rows) const {
    return {rows, in, out, start.data(), shift.data()};
  }

  void pairUp() {
    constexpr size_t kOutputs = ProductLoop::kOutputs;
    const ProductLoop now = loop(0);
    pairs.resize(now.groups() * now.pairs() * kOutputs * 2);
    for (size_t o = 0; o < out; ++o)
      for (size_t i = 0; i < in; ++i)
        pairs[((o / kOutputs * now.pairs() + i / 2) * kOutputs + o % kOutputs) *
                  2 +
              i % 2] = int16_t(weight[o * in + i]);
  }

  size_t in, out;
  bool fits = true;
  std::vector<int64_t> weight, start, shift;
  std::vector<int16_t> pairs, scratch; ///< shortProducts': the weights, its own
};

} // namespace mase::interpreter

#endif // MASE_LIB_EXECUTION_INTERPRETERPRODUCTS_H
