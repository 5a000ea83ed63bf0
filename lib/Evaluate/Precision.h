// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How a layer computes under one precision: which sum is exact, and the
// parameters in the form that its kernel reads.
#ifndef MASE_LIB_EVALUATE_PRECISION_H
#define MASE_LIB_EVALUATE_PRECISION_H

#include "Kernels.h"
#include "ValueFormat.h"
#include "mase/Evaluate/Network.h"
#include "mase/Numerics/LinearSums.h"

#include "absl/status/status.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mase {

/// The rounding to `format`, which has at most Rounder::kMaxWidth bits.
Rounder rounderFor(const FixedPointFormat &format);

/// A Round, RoundWide or RoundAny operation.
RowOp roundingTo(const ValueFormat &format);

/// Where a Linear's sum is exact (semantics.md, section 1).
enum class SumMode : uint8_t {
  Float,   ///< nowhere: binary32 fma in input order from the bias
  Exact32, ///< in binary32
  Bytes,   ///< in binary32, computed from bytes in 32-bit integers
  Exact64, ///< in binary64
  Integer, ///< in 64-bit integers
  Steps64, ///< of steps, code - zero point, in binary64; then scales
  Steps    ///< the same in 64-bit integers
};

/// The weights of a Linear in one format (or as they are), in the forms that
/// its modes read.
struct WeightSet {
  std::optional<NumberFormat> number;
  std::optional<FixedPointFormat> format; ///< of fixed point
  std::vector<float> values;              ///< [out, in], rounded to the format
  std::vector<double> values64;           ///< the same, exact
  std::vector<int64_t> codes;             ///< [out, in]
  std::vector<uint32_t> bytes; ///< [out, ceil(in / 4)], four codes each
  std::vector<int32_t> start;  ///< [out]: -128 * (sum of the row's codes)
  std::vector<int32_t> zeros;  ///< [out]
  double largestRow = 0;       ///< max over outputs of sum_i |code|
  bool fitsBytes = false;      ///< every code is in [-128, 127]
  bool readsBytes = false;     ///< some plan multiplies `bytes`

  WeightSet(const Step &step, std::optional<NumberFormat> format);

  /// Makes `bytes`, with the inputs in an order: order[k] is the k-th; empty:
  /// as they come.
  void pack(absl::Span<const int64_t> order);
};

/// The bias of a Linear in one format (or as it is).
struct BiasSet {
  std::optional<NumberFormat> number;
  std::optional<FixedPointFormat> format; ///< of fixed point
  /// Rounded to the format; of particles, for each.
  std::vector<float> values;
  std::vector<double> values64; ///< the same of one, exact
  std::vector<int64_t> codes;
  double largest = 0; ///< max |code|

  BiasSet(const Step &step, std::optional<NumberFormat> format);
};

/// The sums of a Linear whose formats are not all fixed point of whole tensors
/// (LinearSums), ready for the kernels.
struct StepSums {
  std::vector<int> inputShift;  ///< of the input's steps
  std::vector<double> weight64; ///< Steps64: [out, in], shifted
  std::vector<int64_t> weight;  ///< Steps: the same
  std::vector<double> bias64;   ///< Steps64: [out] or empty, in the sum's unit
  std::vector<int64_t> bias;    ///< Steps: the same
  std::vector<float> scale;     ///< [out]
  std::vector<float> realBias; ///< [out]: y = fma(sum, scale, realBias); empty:
                               ///< y = sum * scale
};

/// A Linear under one precision.
struct LinearPlan {
  SumMode mode = SumMode::Float;
  const WeightSet *weight = nullptr;
  const BiasSet *bias = nullptr;           ///< null: the layer has none
  std::optional<FixedPointFormat> dataIn;  ///< of fixed point
  std::shared_ptr<const ValueFormat> data; ///< null: binary32
  std::shared_ptr<const StepSums> steps;   ///< Steps64, Steps
  float scale = 1;                         ///< Bytes, Integer: the sum's unit
  int productShift = 0;                    ///< Integer
  std::vector<int64_t> shifted; ///< Integer: the bias in the sum's unit

  /// The bias is added after the sum, by the chain that follows.
  bool addsBiasLater() const {
    return bias && (mode == SumMode::Exact32 || mode == SumMode::Bytes);
  }
};

/// Dimensions of the tensor that `step` reads, with the batch.
int64_t rankOf(const Step &step);

/// The sums of a Linear whose formats are uniform; none where they are of
/// binary32.
std::optional<LinearSums> linearSumsOf(const Step &step,
                                       const LayerPrecision &precision);

/// Chooses the mode; `hasBytes`: there is a kernel for them.
LinearPlan planLinear(const Step &step, const WeightSet &weight,
                      const BiasSet *bias,
                      std::shared_ptr<const ValueFormat> data, bool hasBytes);

/// Whether `precision` can be computed: widths and fractions within bounds, an
/// accumulator of at most 64 bits.
absl::Status checkPrecision(const Step &step, const LayerPrecision &precision);

} // namespace mase

#endif // MASE_LIB_EVALUATE_PRECISION_H
