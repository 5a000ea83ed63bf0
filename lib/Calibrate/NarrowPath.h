// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One way down in a cost that knows whole tensors and units only: these get
// narrower, and units go.
#ifndef MASE_LIB_CALIBRATE_NARROWPATH_H
#define MASE_LIB_CALIBRATE_NARROWPATH_H

#include "Calibrating.h"
#include "PassedStops.h"

#include <limits>

namespace mase {

/// What is to be narrowed: the network with all units and with fewer and fewer
/// (removalPath), formats of Linears open where they may get narrower.
struct NarrowPaths {
  std::vector<RemovedUnits> stages;
  CalibrationOptions calibration;

  /// `rounded` was checked; samples x are finite.
  NarrowPaths(const Network &network,
              absl::Span<const LayerPrecision> precisions,
              absl::Span<const float> x, const ShrinkOptions &options,
              Distance distance);
  /// The stages where paths begin, each once.
  std::vector<size_t> starts(const ShrinkOptions &options) const;
};

class NarrowPath {
public:
  NarrowPath(const NarrowPaths &paths, absl::Span<const float> x,
             const Calibrator &reference, const ShrinkOptions &options,
             size_t stage);

  /// To each of `stops`, which fall.
  PassedStops walk(absl::Span<const int64_t> stops);

private:
  /// A calibrated network of one of the stages.
  struct Rounded {
    std::shared_ptr<const Calibrator> calibrator;
    Calibrating state;
  };
  /// A step down: a tensor a bit narrower, or the next stage.
  struct Candidate {
    size_t step = 0;
    OperandRole role = OperandRole::Weight;
    bool isStage = false;
    /// D that it added for each unit of cost when it was measured last.
    double price = -std::numeric_limits<double>::infinity();
    int64_t version = -1;                             ///< of the network then
    std::shared_ptr<const Rounded> rounded = nullptr; ///< of a stage
  };

  /// Of the stage with the widths that the present one has.
  std::shared_ptr<const Rounded> roundedAt(size_t stage) const;
  int64_t costOf(const Rounded &rounded) const;
  /// What is saved if a step's precision changes to that.
  int64_t saved(const Rounded &rounded, size_t step,
                const LayerPrecision &changed) const;
  /// The precision of the step with a width changed by `by`; none where there
  /// is no such.
  std::optional<LayerPrecision> changed(const Rounded &rounded, size_t step,
                                        OperandRole role, int by) const;
  /// Whether the step down exists; its price, then.
  bool measure(Candidate &candidate);
  /// The cheapest one, as the network is now, taken; false: there is none.
  bool descend();
  /// Widths of a copy grow again, as far as the budget goes.
  void spend(Rounded &rounded, int64_t budget) const;
  ShrunkNetwork result(Rounded rounded, int64_t budget) const;

  const NarrowPaths &paths;
  absl::Span<const float> x;
  const Calibrator &reference;
  const ShrinkOptions &options;
  size_t stage;
  std::shared_ptr<const Rounded> now;
  std::vector<Candidate> candidates;
  int64_t version = 0;
};

} // namespace mase

#endif // MASE_LIB_CALIBRATE_NARROWPATH_H
