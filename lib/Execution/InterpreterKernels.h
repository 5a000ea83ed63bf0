// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter's inner loops, over the elements of samples, one build per
// instruction set: they call what Numerics defines, which without FMA and
// rounding instructions is many operations (so no library's inline functions
// may come in here).
#ifndef MASE_LIB_EXECUTION_INTERPRETERKERNELS_H
#define MASE_LIB_EXECUTION_INTERPRETERKERNELS_H

#include "mase/Numerics/InstructionSet.h"

#include <cstddef>
#include <cstdint>

namespace mase::interpreter {

/// A fixed-point format of the whole tensor: value * scale, rounded, clamped.
struct FixedCodes {
  double scale = 1, low = 0, high = 0;
  bool floor = false;
};

/// Sums to codes: value = (sum - zero point) * sumScale, an affine function
/// unless `scale` is null, ReLU, rounding.
struct RequantizeLoop {
  size_t rows, features;
  unsigned width;            ///< of the sums: the low bits count
  const int64_t *zeroPoints; ///< [features], as all that follow
  const float *sumScales;
  const float *scale, *shift; ///< or null
  bool relu;
  FixedCodes format;
};

/// Sums of products of a Linear.
struct ProductLoop {
  size_t rows, in, out;
  const int64_t *start, *shift; ///< [out]

  /// Outputs side by side in the weights of shortProducts, which are
  /// [groups of outputs][pairs of inputs][kOutputs][2], 0 where there is no
  /// input or output.
  static constexpr size_t kOutputs = 16;
  size_t pairs() const { return (in + 1) / 2; }
  size_t groups() const { return (out + kOutputs - 1) / kOutputs; }
};

struct InterpreterKernels {
  /// sums[o], from what it holds: the chain of fma(x[i], weight[i][o], sum) in
  /// order of the inputs.
  void (*linear)(size_t in, size_t out, const float *x, const float *weight,
                 float *sums);
  /// y = fma(x, scale, shift), [rows][features].
  void (*affine)(size_t rows, size_t features, const float *x,
                 const float *scale, const float *shift, float *y);
  void (*quantize)(size_t size, const float *x, const FixedCodes &format,
                   int64_t *codes);
  /// The integers that the low `width` bits of `stored` are.
  void (*readCodes)(size_t size, const int64_t *stored, unsigned width,
                    bool isSigned, int64_t *codes);
  /// y = float(code) * scale.
  void (*dequantize)(size_t size, const int64_t *codes, float scale, float *y);
  void (*requantize)(const RequantizeLoop &loop, const int64_t *sums,
                     int64_t *codes);
  /// sums[r][o] = (steps[r] . weight[o] << shift[o]) + start[o] where steps and
  /// weights fit 16 bits and the products' sum 32: exact. `scratch` has
  /// [rows][pairs of inputs][2].
  void (*shortProducts)(const ProductLoop &loop, const int16_t *pairs,
                        const int64_t *steps, int16_t *scratch, int64_t *sums);
  /// The same modulo 2^64; weight is [out][in].
  void (*longProducts)(const ProductLoop &loop, const int64_t *weight,
                       const int64_t *steps, int64_t *sums);
};

const InterpreterKernels &interpreterKernels(InstructionSet set);

/// Those that the interpreter runs.
inline const InterpreterKernels &kernels() {
  return interpreterKernels(bestInstructionSet());
}

} // namespace mase::interpreter

#endif // MASE_LIB_EXECUTION_INTERPRETERKERNELS_H
