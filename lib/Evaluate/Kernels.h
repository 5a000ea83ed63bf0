// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The evaluator's loops over samples, one build per instruction set.
//
// Activations are stored in blocks of 64 samples, feature major within a block:
// feature r of lane l of block b is at data[(b * rows + r) * 64 + l]. All
// loops run over all lanes; what the lanes after the last sample hold is of no
// consequence.
//
// "Exact" sums are sums of values of fixed-point formats that are all
// multiples of one power of two and stay below 2^24 (2^53) of it, in binary32
// (binary64): every partial sum is exact, in any order.
#ifndef MASE_LIB_EVALUATE_KERNELS_H
#define MASE_LIB_EVALUATE_KERNELS_H

#include "mase/Numerics/FixedPoint.h"
#include "mase/Numerics/InstructionSet.h"
#include "mase/Numerics/ShiftRounding.h"

#include <cstdint>

namespace mase {

class ValueFormat;

constexpr int kLanes = 64;

/// A rounding to a fixed-point format of at most kMaxWidth bits that stays in
/// binary32: x is clamped to [lo, hi], and rounded to a multiple of `step` by
/// adding `shift`.
struct Rounder {
  static constexpr int kMaxWidth = kMaxShiftRoundedBits;
  float lo, hi, shift, step;
  bool floor;
};

/// One operation on the features of a value.
struct RowOp {
  enum class Kind : uint8_t {
    AddRow,    ///< x + a[r]
    Affine,    ///< fma(x, a[r], b[r])
    Relu,      ///< x > 0 ? x : +0
    LeakyRelu, ///< x > 0 ? x : alpha x
    Clip,      ///< x < alpha ? alpha : x > beta ? beta : x
    Tanh,
    Sigmoid,   ///< 1 / (1 + exp(-x))
    Round,     ///< to a format of at most Rounder::kMaxWidth bits
    RoundWide, ///< to any fixed-point format
    RoundAny,  ///< by `any`; no kernel's: Workspace does it
    Add,       ///< with a[r], or with `other`, …
    Sub,       ///< … rounded with `otherRounding` where that is set
    Mul,
    Div,
  };
  Kind kind;
  bool otherIsLhs = false;
  const float *a = nullptr, *b = nullptr;
  float alpha = 0, beta = 0;        ///< LeakyRelu, Clip
  const float *other = nullptr;     ///< a value of the same shape
  Rounder rounder = {};             ///< Round
  FixedPointFormat format = {};     ///< RoundWide
  const ValueFormat *any = nullptr; ///< RoundAny
  /// Add, Sub, Mul, Div: how `other` is rounded first.
  const RowOp *otherRounding = nullptr;
};

/// Where the result of a chain goes.
struct Destination {
  enum class Kind : uint8_t {
    Raw,     ///< binary32 as it is
    Rounded, ///< rounded to a format, as binary32
    Bytes    ///< codes of at most 8 bits, four features in 32 bits
  };
  Kind kind;
  Rounder rounder = {};
  /// Bytes: what is added to each code to make it a byte of [0, 255].
  int offset = 0;
  void *data = nullptr;
};

/// source -> [+ bias[r]] -> [fma(., scale[r], shift[r])] -> [relu] -> copies
struct Chain {
  const float *source;
  int64_t rows, blocks;
  const float *bias, *scale, *shift; ///< null: left out
  bool relu;
  const Destination *destinations;
  int numDestinations;
  /// Bytes have row order[r] in the place of row r; null: each in its own.
  const int64_t *order;

  int64_t rowAt(int64_t place) const { return order ? order[place] : place; }
};

struct Kernels {
  /// y[o] = sum_i x[i] w[o][i], exact; `w` is [out, in].
  void (*linearExact)(const float *x, const float *w, float *y, int64_t in,
                      int64_t out, int64_t blocks);
  /// y[o] = bias[o] (null: +0), then fma(x[i], w[o][i], y[o]) in order of i.
  void (*linearFma)(const float *x, const float *w, const float *bias, float *y,
                    int64_t in, int64_t out, int64_t blocks);
  /// As linearExact, in binary64.
  void (*linearExact64)(const double *x, const double *w, double *y, int64_t in,
                        int64_t out, int64_t blocks);
  /// y = float(x[r] + bias[r]) (bias null: no addition).
  void (*finish64)(const double *x, const double *bias, float *y, int64_t rows,
                   int64_t blocks);
  /// y[o] = float(((sum_i xCode[i] wCode[o][i]) << productShift) + bias[o])
  /// * scale in 64-bit integers, xCode = x * toCode.
  void (*linearInteger)(const double *x, double toCode, const int64_t *w,
                        const int64_t *bias, int productShift, float scale,
                        float *y, int64_t in, int64_t out, int64_t blocks);
  /// y = the value of x in `format`, in binary64 (exact).
  void (*round64)(const float *x, const FixedPointFormat &format, double *y,
                  int64_t rows, int64_t blocks);
  void (*chain)(const Chain &chain);
  /// Applies `ops` to x, row by row, into y.
  void (*rowOps)(const float *x, const RowOp *ops, int numOps, float *y,
                 int64_t rows, int64_t blocks);
  void (*softmax)(const float *x, float *y, int64_t rows, int64_t blocks);
  void (*logSoftmax)(const float *x, float *y, int64_t rows, int64_t blocks);

  /// Null where the instruction set has no fast dot product of bytes.
  /// y[o] = scale * (init[o] + sum_g sum_k x[g].u8[k] w[o][g].s8[k]); `groups`
  /// is the number of features / 4, rounded up.
  void (*linearBytes)(const uint32_t *x, const uint32_t *w, const int32_t *init,
                      float scale, float *y, int64_t groups, int64_t out,
                      int64_t blocks);
};

const Kernels &kernelsFor(InstructionSet set);

} // namespace mase

#endif // MASE_LIB_EVALUATE_KERNELS_H
