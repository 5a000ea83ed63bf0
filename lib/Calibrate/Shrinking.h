// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A network on its way to fewer effective bit operations: the moves of
// mase/Calibrate/Shrink.h, one kind a sweep.
#ifndef MASE_LIB_CALIBRATE_SHRINKING_H
#define MASE_LIB_CALIBRATE_SHRINKING_H

#include "BlockNetwork.h"
#include "RowModel.h"

#include <limits>
#include <random>

namespace mase {

class Shrinking {
public:
  /// What there is to say of a network, so that it can be had again.
  struct State {
    std::vector<Step> steps;
    std::vector<std::vector<FeatureGrid>> grids; ///< by step
    std::mt19937_64 random;
  };

  /// All Linears of `network` are followed as integers.
  Shrinking(BlockNetwork &network, absl::Span<const LayerPrecision> precisions,
            int64_t samples, const CalibrationKernels &kernels);
  /// Of the order in which rows are visited.
  void seed(uint64_t value) { random.seed(value); }

  /// Effective bit operations.
  int64_t cost() const { return currentCost; }
  /// Samples from which curvatures come, in blocks.
  int64_t curvatureBlocks = 1;
  /// Nothing may make it dearer than this.
  int64_t limit = std::numeric_limits<int64_t>::max();
  /// Whether a hidden unit may go: its last weight, or all its bits.
  bool mayRemoveUnits = true;

  void moveGrids(double lambda);
  void moveRows(double lambda);

  State state() const;
  void restore(const State &state);
  /// The precisions with which the network computes what it does here.
  std::vector<LayerPrecision> precisions() const;

private:
  struct Layer {
    size_t step;
    std::vector<CodeGrid> weight; ///< [out]
    std::vector<CodeGrid> bias;   ///< [out], or empty: binary32
    size_t reader = 0; ///< the step, a Linear, that reads a row; 0: none
    std::vector<double> readerScale; ///< what a row is multiplied by up to
                                     ///< there, or to the results
    bool readsUnits = false;         ///< inputs are hidden units
  };

  double probeOf(const Layer &layer, int64_t row) const;
  const Step &stepOf(const Layer &layer) const {
    return network.network().steps[layer.step];
  }
  int64_t codeOf(const Layer &layer, int64_t row, int64_t input) const {
    return int64_t(network.code(layer.step, row, input));
  }
  /// A bias that is `units` of the sums higher, on its grid.
  float movedBias(const Layer &layer, int64_t row, double units) const;
  /// F falls, or the change isn't made; `saved`: bit operations.
  bool tryRow(const RowChange &change, double lambda, int64_t saved);
  /// Whether the change takes the last weight of a hidden unit, in its row or
  /// in the column that reads it.
  bool removesUnit(const Layer &layer, const RowChange &change) const;
  bool mayRemoveColumn(const Layer &layer, int64_t feature) const;
  int64_t columnBits(const Layer &layer, int64_t feature) const;
  int64_t costOf(const Layer &layer) const;
  bool tryGrid(const Layer &layer, int64_t feature, const FeatureGrid &grid,
               double lambda, int64_t saved);
  void moveGrid(const Layer &layer, int64_t feature, double lambda);
  void removeColumn(const Layer &layer, int64_t feature);

  /// What rows are modelled with: codes and a row of ones.
  void prepareInputs(const Layer &layer);
  /// Slopes and curvatures of the loss along a row's sums of one particle.
  void probeParticle(const Layer &layer, int64_t row, int64_t particle,
                     float units);
  void modelRow(const Layer &layer, int64_t row, double lambda);
  void moveRow(const Layer &layer, int64_t row, double lambda);
  std::vector<size_t> shuffled(size_t n);

  BlockNetwork &network;
  absl::Span<const LayerPrecision> given;
  int64_t samples;
  const CalibrationKernels &kernels;
  std::mt19937_64 random;
  std::vector<Layer> layers; ///< along the network
  int64_t currentCost = 0;

  // Of the row at hand.
  Blocks inputs, weighted, up, down, slope;
  RowModel model;
  double meanSlope = 0, meanCurvature = 0;
  std::vector<double> mixed; ///< E[h x]
  std::vector<double> sums;
};

} // namespace mase

#endif // MASE_LIB_CALIBRATE_SHRINKING_H
