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

/// Parameters of one row of a Linear that change together.
struct RowChange {
  size_t step = 0;
  int64_t row = 0;
  /// The input (-1: the bias) and the new value, on its grid.
  std::vector<std::pair<int64_t, float>> values;
};

/// One feature's codes in a Linear's input: of so many bits, 2^low times as far
/// apart as those of the whole input. No bits: it is always 0.
struct FeatureGrid {
  int low = 0, bits = 0;
  bool operator==(const FeatureGrid &) const = default;
};

/// Another grid of a feature, and the layer's biases with it.
struct GridChange {
  size_t step = 0;
  int64_t feature = 0;
  FeatureGrid grid;
  std::vector<float> bias; ///< as many as the layer has
};

/// Whether the step has weights to move.
bool isRefinable(const Step &step, const LayerPrecision &precision);
/// Whether its biases can be moved, too. (Rounding in one direction may move
/// what is on the grid already.)
bool movesBias(const Step &step, const LayerPrecision &precision);

class BlockNetwork {
public:
  /// The parameters of `rounded` that can be moved are rounded first, for
  /// steps are counted from there.
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
  Outcome tryValue(const Parameter &parameter, float value) {
    return tryRow({parameter.step, parameter.row, {{parameter.input, value}}});
  }
  /// Makes the change if the loss, summed over all samples, rises by less than
  /// `allowed`.
  Outcome tryRow(const RowChange &change, double allowed = 0);
  Outcome tryGrid(const GridChange &change, double allowed);
  const Network &network() const { return net; }

  /// Whether a Linear's sums are followed as integers; what follows is of such
  /// steps.
  bool isInteger(size_t step) const {
    return states[step].mode == Mode::Integer;
  }
  bool areAllInteger() const { return !firstOther(); }
  /// The first Linear that isn't followed so.
  const Step *firstOther() const {
    for (size_t k = 0; k < states.size(); ++k)
      if (net.steps[k].kind == Step::Kind::Linear && !isInteger(k))
        return &net.steps[k];
    return nullptr;
  }
  /// The loss of each sample, as it is; and what it would be if `row`'s sums
  /// had so many units more, of one particle. [blocks, 64], 0 after the last
  /// sample.
  const Blocks &sampleLosses() const { return losses; }
  void probe(size_t step, int64_t row, int64_t particle, float units,
             Blocks &to);
  /// The input's codes, in those of the whole input, particle after particle.
  const Blocks &codes(size_t step) const { return states[step].codes; }
  float code(size_t step, int64_t row, int64_t input) const {
    return states[step].columns[size_t(input * net.steps[step].outRow() + row)];
  }
  /// What one of the sums is worth.
  float unit(size_t step, int64_t row) const {
    return states[step].linear->scale[size_t(row)];
  }
  /// The codes of the whole input, as they were given.
  const UniformFormat &inputFormat(size_t step) const {
    return states[step].input;
  }
  const FeatureGrid &grid(size_t step, int64_t feature) const {
    return states[step].grids[size_t(feature)];
  }
  /// By how much the feature's codes would rise in the mean.
  double meanCodeDelta(size_t step, int64_t feature, const FeatureGrid &grid);

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
    std::vector<float> columns;     ///< Integer: codes [inRow, outRow]
    UniformFormat input;            ///< Integer: the whole input's codes
    std::vector<FeatureGrid> grids; ///< Integer: [inRow]
    /// As kernels read them, [in].
    std::vector<float> gridScale, gridLowest, gridHighest, gridStep;
    std::vector<double>
        rowSums;              ///< Integer: [outRow], the largest there can be
    std::vector<float> scale; ///< Integer: [out]
    std::vector<float> bias;  ///< Integer: [out] where it isn't in the sums
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
    /// Integer: those of `codes`, their changes, [rows, 64], and room for all
    /// and a row of ones.
    std::vector<int64_t> changedCodes;
    Blocks codeDeltas;
    /// Integer, where anything has changed, all rows or one: the products that
    /// new sums have more, `deltas` [products, 64] with as many weights, each
    /// of the first row that has changed.
    const float *deltas = nullptr;
    std::vector<const float *> weights;
  };
  /// The change that is being tried; `net` has its new values.
  struct Trial {
    size_t step = 0;
    int64_t row = 0;               ///< that changes; not of a feature
    int64_t particle = -1;         ///< the only one whose row does; -1: all
    std::vector<int64_t> inputs;   ///< Integer: of which codes change; -1: bias
    std::vector<float> codeDeltas; ///< what is added to them
    /// Integer: whose codes change, and what is added to the biases' [out].
    int64_t feature = -1;
    std::vector<float> biasDeltas;
  };

  void roundParameters(size_t k);
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
  CodeChange codeChange(State &state, int64_t block, int64_t row, bool keeps);
  /// The codes of one row of the input anew, from sums or values; the change
  /// is in `codeDeltas`' first row. Whether any differs.
  bool changeFeature(size_t k, int64_t block, int64_t row, bool keeps);
  void setGrid(State &state, int64_t feature, const FeatureGrid &grid);
  void updateChanged(size_t k, int64_t block, const Trial &trial, bool keeps);
  void updateInteger(size_t k, int64_t block, bool keeps);
  /// `count` rows from `first` on, of one particle.
  void updateSums(size_t k, int64_t block, int64_t first, int64_t count);
  void updateRows(size_t k, int64_t block);
  void updateWhole(size_t k, int64_t block);
  /// The loss of a block under the trial; `keeps`: which stays.
  double lossUnder(const Trial &trial, int64_t block, bool keeps);
  double changedLoss(int64_t block);
  void keep(size_t first, int64_t block);
  /// Keeps the trial if it raises the loss by less than `allowed`.
  Outcome judge(const Trial &trial, double allowed);
  /// How many of its units the bias's code rises; 0 where it has none.
  float biasDelta(size_t k, int64_t row, float value) const;
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
  Blocks losses;                  ///< of each sample
  float *each = nullptr;          ///< where those of the block at hand go
  std::vector<int> readers;       ///< countReaders
  std::vector<int64_t> unchanged; ///< always empty: of the input
  std::vector<float> ones = std::vector<float>(kLanes, 1.0f);
  std::vector<RowOp> rowOps;
};

} // namespace mase

#endif // MASE_LIB_CALIBRATE_BLOCKNETWORK_H
