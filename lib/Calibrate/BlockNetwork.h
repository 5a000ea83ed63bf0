// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A rounded network with the values of all its samples, in which single
// parameters change and only what depends on them is computed again.
#ifndef MASE_LIB_CALIBRATE_BLOCKNETWORK_H
#define MASE_LIB_CALIBRATE_BLOCKNETWORK_H

#include "Calibrator.h"
#include "Evaluate/Precision.h"

#include <memory>
#include <optional>
#include <vector>

namespace mase {

/// Sums of binary32 are exact below this.
constexpr double kExactSum = 0x1p24;

/// One weight or bias of a Linear.
struct Parameter {
  size_t step = 0;
  int64_t row = 0;
  int64_t input = -1; ///< -1: the bias
};

class BlockNetwork {
public:
  /// The parameters of `rounded` are on their grids.
  BlockNetwork(Network rounded, absl::Span<const LayerPrecision> precisions,
               const Blocks &x, const SoftTargets &targets, InstructionSet set);

  /// The loss summed over all samples.
  double loss() const;
  enum class Outcome : uint8_t {
    Kept,
    Worse,
    MuchWorse ///< beyond doubt after the first samples
  };
  /// Sets the parameter, to a value on its grid, if the loss falls.
  Outcome tryValue(const Parameter &parameter, float value);
  const Network &network() const { return net; }

private:
  /// How a step is computed again.
  enum class Mode : uint8_t {
    Integer, ///< a Linear's sums, by what has changed in its inputs
    Rows,    ///< feature by feature
    Fused, ///< the same, in one go with what it reads, which nothing else does
    Whole  ///< all of it
  };
  struct State {
    Mode mode = Mode::Whole;
    size_t root = 0; ///< the step whose state holds the values: Fused: another
    std::optional<IntegerLinear> linear;
    std::vector<float> columns; ///< Integer: codes [in, out]
    std::vector<float> bias;    ///< Integer: [out] where it isn't in the sums
    /// Integer: one Linear in integers is all that reads the values, and makes
    /// codes of the sums by itself: values are not kept up to date, and new
    /// sums are made when they are read.
    bool sumsAreRead = false;
    std::vector<RowOp> ops; ///< Rows, and from sums to values
    RowOp rounding;         ///< Rows: of the other operand
    std::vector<std::unique_ptr<ValueFormat>> formats;
    Blocks codes, sums, values;
    // Of the block at hand: what differs from the above.
    Blocks newSums, newValues;
    std::vector<int64_t> changed; ///< rows of newValues, ascending
    /// Integer: those of `codes`, their changes, [rows, 64], and room for more.
    std::vector<int64_t> changedCodes;
    Blocks codeDeltas;
    /// Integer, where anything has changed, all rows or one: the products that
    /// new sums have more, `deltas` [products, 64] with as many weights, each
    /// of the first row that has changed.
    const float *deltas = nullptr;
    std::vector<const float *> weights;
  };
  /// The parameter that is being tried; `net` has its new value.
  struct Trial {
    Parameter parameter;
    float codeDelta = 0; ///< Integer: what is added to its code
  };

  void prepare(size_t k);
  void prepareRows(size_t k);
  void findSumsThatAreRead();
  /// Whether the step can be done in one go with what it reads.
  bool fuses(size_t k) const;
  const State &stateOf(int value) const {
    return states[states[size_t(value)].root];
  }
  const float *rowOf(int value, int64_t block, int64_t r) const;
  const std::vector<int64_t> &changedRows(int value) const;
  /// Whether anything that the step reads has changed.
  bool isReached(const Step &step) const;
  void updateChanged(size_t k, int64_t block, const Trial &trial);
  void updateInteger(size_t k, int64_t block, bool keeps);
  void updateSums(size_t k, int64_t block);
  void updateRows(size_t k, int64_t block);
  void updateWhole(size_t k, int64_t block);
  /// The loss of a block under the trial; `keeps`: which stays.
  double lossUnder(const Trial &trial, int64_t block, bool keeps);
  double changedLoss(int64_t block);
  void keep(size_t first, int64_t block);
  float &parameterOf(const Parameter &parameter);
  void set(const Parameter &parameter, float value);

  Network net;
  std::vector<LayerPrecision> precisions;
  const Blocks &x;
  const SoftTargets &targets;
  const Kernels &kernels;
  const CalibrationKernels &calibration;
  StepRunner runner;
  std::vector<State> states;
  std::vector<double> blockLoss;
  std::vector<int> readers;       ///< countReaders
  std::vector<int64_t> unchanged; ///< always empty: of the input
  std::vector<float> ones = std::vector<float>(kLanes, 1.0f);
  std::vector<RowOp> rowOps;
};

} // namespace mase

#endif // MASE_LIB_CALIBRATE_BLOCKNETWORK_H
