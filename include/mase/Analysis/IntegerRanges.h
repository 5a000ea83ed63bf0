// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which codes and sums the integers of a network can be.
#ifndef MASE_ANALYSIS_INTEGERRANGES_H
#define MASE_ANALYSIS_INTEGERRANGES_H

#include "mase/Dialect/Mase/IR/QuantizeChain.h"
#include "mase/Numerics/Uniform.h"

#include "llvm/ADT/DenseMap.h"

namespace mase {

/// A closed interval of integers.
struct Interval {
  int64_t low = 0, high = 0;

  bool operator==(const Interval &) const = default;
  bool contains(Interval other) const {
    return low <= other.low && other.high <= high;
  }
};

/// The integers that an op takes its codes for: storage has no sign, the reader
/// says.
struct Reading {
  unsigned width = 0; ///< at most 64, 63 without a sign
  bool isSigned = true;

  Interval range() const {
    return isSigned
               ? Interval{INT64_MIN >> (64 - width), INT64_MAX >> (64 - width)}
               : Interval{0, INT64_MAX >> (63 - width)};
  }
  bool isWide() const { return range().high > INT32_MAX; }
};

/// The sums of a mase.int_linear as a function of codes as they are stored:
///   sum[o] = ((sum_i code[i] * weight[o * in + i]) << shiftOf(o)) + init[o]
struct StoredSums {
  /// Steps of the weights, shifted where features have a grid of their own.
  llvm::SmallVector<int64_t> weight;
  /// The bias, less what the codes' zero points add up to; empty: 0.
  llvm::SmallVector<int64_t> init;
  /// None, one or one an output.
  llvm::SmallVector<int64_t> productShift;
  /// Signed bits that hold every sum of any codes, and all on the way to it.
  /// Above 64, weights and init are modulo 2^64, as the sums then are.
  int width = 0;

  int64_t shiftOf(size_t o) const {
    return productShift.empty()
               ? 0
               : productShift[productShift.size() == 1 ? 0 : o];
  }
};

/// The sums of a `linear` whose weight and bias are constant, of sizes that are
/// known.
StoredSums getStoredSums(IntLinearOp linear);

/// What a quantise or requantize rounds, element by element:
/// quantize(relu?(fma?(f32(x) * worth, scale, shift))). Lists have one element
/// for all, or one for each of a sample.
struct Quantization {
  /// The ops that it takes in: of those of a chain the ones whose results
  /// nothing else reads.
  llvm::SmallVector<mlir::Operation *> absorbed;
  mlir::Value input; ///< x, behind flatten
  /// x are integers in these intervals, one an element; empty: x are f32, any
  /// value at all, NaN included.
  llvm::SmallVector<Interval> sums;
  /// How x are read, where they are integers.
  Reading reading;
  /// What the integers are worth, 1 for f32.
  llvm::SmallVector<float> worth = {1};
  /// Both or neither, one an element.
  llvm::SmallVector<float> scale, shift;
  int64_t features = 0; ///< of scale and shift before they were expanded
  bool relu = false;
  std::vector<UniformFormat> formats;
  int64_t size = 0; ///< elements of a sample

  float worthOf(size_t i) const { return worth[worth.size() == 1 ? 0 : i]; }
  const UniformFormat &formatOf(size_t i) const {
    return formats[formats.size() == 1 ? 0 : i];
  }
  /// What the elements have in common: not width, scale and zero point.
  const UniformFormat &common() const { return formats.front(); }
  /// The steps that the codes of element `i` may be.
  Interval steps(size_t i) const {
    const UniformFormat &format = formatOf(i);
    return {relu ? 0 : format.minSteps(), format.maxSteps()};
  }
};

/// An analysis of a function whose ops are of the integer level: intervals of
/// its codes and sums, one for each element of a sample. They hold for every
/// input. Where sizes or parameters are not known, nothing is.
class IntegerRanges {
public:
  explicit IntegerRanges(mlir::Operation *function);

  /// The integers that `value` can be; empty where nothing is known.
  llvm::ArrayRef<Interval> of(mlir::Value value) const;

  /// What a reader finds in `codes`: as they were written, or any that it can
  /// read.
  llvm::SmallVector<Interval> asRead(mlir::Value codes, Reading reading) const;

  /// What `op`, a quantise or requantize, rounds. Of one with constant
  /// parameters.
  Quantization getQuantization(mlir::Operation *op) const;

private:
  llvm::SmallVector<Interval> sumsOf(IntLinearOp linear) const;
  llvm::SmallVector<Interval> sumsOf(IntReduceOp reduce) const;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<Interval>> ranges;
};

/// How `op` reads the codes of its operand; none for an op that reads none.
std::optional<Reading> getReading(mlir::Operation *op);

} // namespace mase

#endif // MASE_ANALYSIS_INTEGERRANGES_H
