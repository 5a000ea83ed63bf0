// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The search space over a network's precisions: knobs from a configuration's
// seeds, and what a point means for each layer.
#ifndef MASE_LIB_TUNING_PRECISIONSPACE_H
#define MASE_LIB_TUNING_PRECISIONSPACE_H

#include "mase/Analysis/Activations.h"
#include "mase/Analysis/Cost.h"
#include "mase/Config/SearchConfig.h"
#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"
#include "mase/Evaluate/Network.h"
#include "mase/Search/SampledConfig.h"
#include "mase/Search/Space.h"

#include "absl/status/statusor.h"

namespace mase {

/// One precision that a layer may take.
struct LayerChoice {
  PrecisionAttr precision; ///< null: binary32
  LayerPrecision formats;  ///< the same for the evaluator
  ActivationFormats activations;
  Cost cost;
  absl::Status illegal; ///< why it cannot be evaluated; ok: it can
};

/// A quantisable layer with the knobs that set it.
struct LayerKnobs {
  QuantizableOpInterface op;
  mlir::Operation *operation() const {
    return QuantizableOpInterface(op).getOperation();
  }
  std::string name;
  /// Indices of the space's knobs for this layer, first most significant in
  /// `choices`; layers that are tied share them.
  std::vector<size_t> knobs;
  std::vector<size_t> radices;
  /// One for each combination of the knobs' choices; one alone if no knob.
  std::vector<LayerChoice> choices;

  size_t choiceAt(const Point &point) const;
};

struct PrecisionSpace {
  Space space;
  SampledConfig sampledConfig;
  std::vector<LayerKnobs> layers; ///< in the order of the IR
  /// For each knob of precisions, the keys that it sets.
  std::vector<std::vector<std::string>> knobKeys;
  /// What a user should know of the seeds.
  std::vector<LocatedText> warnings;
  /// The same of seeds that no layer takes, which may well be meant.
  std::optional<LocatedText> idleSeeds;

  /// A choice whose scale calibration must find; none: there is none.
  std::optional<LocatedText> open;

  /// `network` gives the layers, `config` their seeds. Errors, with their
  /// places: a seed for what is neither a layer nor a layer type, a layer with
  /// too many combinations or without a legal one, nothing to search (unless it
  /// `mayBeEmpty`).
  static absl::StatusOr<PrecisionSpace> create(mlir::MLIRContext *context,
                                               const LayerMap &network,
                                               const SearchConfig &config,
                                               bool mayBeEmpty = false);

  /// The points that `config` wants tried first: baselines (every width at 8,
  /// 4, 2 or the nearest choice, then all layers in float that may be), then
  /// its list. Errors: a layer, a key or a value that the space doesn't have, a
  /// knob that a configuration says nothing of.
  absl::StatusOr<std::vector<Point>>
  enqueuedPoints(const SearchConfig &config) const;
};

} // namespace mase

#endif // MASE_LIB_TUNING_PRECISIONSPACE_H
