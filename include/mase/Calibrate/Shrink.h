// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fewer effective bit operations by rounding alone.
//
// A network in integers is changed such that F = D + lambda * C falls, D the
// mean Kullback-Leibler divergence of its answers from the float network's
// (nats), C its effective bit operations (EffectiveBits: for each weight whose
// code is not 0 the bits from its highest set bit to the lowest, times the bits
// of its input), as lambda rises by a factor at a time. What changes:
//  * the grid of one feature of a Linear's input: its lowest bit goes, its
//    highest, or all of it; biases take over the mean;
//  * the codes of one row of weights, to the minimum of a quadratic model of D
//    in them plus lambda * C. Its gradient and curvature come from probes of
//    the whole network, the row's sums moved up and down.
// Every change is judged on the integers of the whole network, as `refine`
// judges them, and stays only if F falls. A weight of a Linear that computes
// each of a sample's particles alike counts as often as there are particles;
// curvatures of their sums are taken to be products of one number each. Results
// that are no classes have no divergence: D is the squared error then
// (Distance).
//
// Other costs know neither single weights nor features. These fall as whole
// tensors get narrower, a bit at a time, and hidden units are removed
// (RemoveUnits.h): of all these steps always the one that adds least to D for
// each unit of cost that it saves, everything behind it being calibrated anew.
// Within a budget tensors get wider again where that helps, and rows of weights
// go to the minimum of the model above without a price.
//
// Results depend on the arguments alone, not on the machine's instruction set.
#ifndef MASE_CALIBRATE_SHRINK_H
#define MASE_CALIBRATE_SHRINK_H

#include "mase/Calibrate/RemoveUnits.h"

#include <atomic>
#include <memory>

namespace mase {

struct ShrinkOptions {
  /// What is spent, as Analysis/Cost.h counts it.
  enum class Cost : uint8_t {
    EffectiveBitOperations,
    BitOperations,
    PackedBytes, ///< of the parameters
    Macs
  };
  enum class Effort : uint8_t {
    Fast, ///< of the samples the first 2,816, lambda doubled
    Full  ///< all samples, lambda times 1.15
  };
  Cost cost = Cost::EffectiveBitOperations;
  /// What of it is allowed; >= 0.
  int64_t budget = 0;
  /// What the network costs beside the Linears and Affines that `costOf` sees.
  int64_t fixedCost = 0;
  /// Greater ones at which a network is kept, too.
  std::vector<int64_t> stops;
  Effort effort = Effort::Full;
  /// Whether hidden units may go. Without that, and effective bit operations,
  /// each keeps a bit, a weight in its row and one in the column that reads it,
  /// if it has them.
  bool units = true;
  /// Steps whose results keep all features where units are removed; empty:
  /// none.
  std::vector<bool> keeps;
  /// Paths, of each budget the network nearest to the float one is kept, the
  /// first of equals. 0: as many as pay, 1 of effective bit operations, else 6.
  /// Of effective bit operations they have the seeds from `seed` on; of other
  /// costs units are gone where a path begins, to a D of .0015 in the second
  /// one, 2.5 times as much in each that follows (a path that would begin as
  /// another one isn't walked; with Macs all are one).
  int starts = 0;
  /// Threads; results do not depend on it.
  int jobs = 1;
  /// What D is; absent: `distanceOf` the network.
  std::optional<Distance> distance;
  /// Of the order in which rows are visited.
  uint64_t seed = 0;
  /// Once it is true, the network as far as it got is the last of the result.
  const std::atomic<bool> *interrupt = nullptr;
  /// Which build of the kernels runs (same bits); absent: the best one.
  std::optional<InstructionSet> instructionSet;
};

/// The network within one of the budgets.
struct ShrunkNetwork {
  int64_t budget = 0;
  int64_t cost = 0;
  double divergence = 0; ///< D, on the samples
  int64_t weights = 0, zeroWeights = 0;
  /// Hidden units, and those of them that anything reads.
  int64_t units = 0, liveUnits = 0;
  /// The mean width of an input, each as often as weights other than 0 read it.
  double meanWidth = 0;
  /// Parameters on the grids of `precisions`.
  Network network;
  std::vector<LayerPrecision> precisions; ///< one per step
  /// Where units were removed: which, and the float network without them.
  std::shared_ptr<const RemovedUnits> removed;
};

struct Shrinkage {
  Distance distance = Distance::Divergence; ///< what D is
  int64_t costBefore = 0;
  double divergenceBefore = 0;
  /// Of each stop that was reached and of the budget, in falling order. A
  /// network within the budget stays what it is.
  std::vector<ShrunkNetwork> networks;
  /// Interrupted: the last network is above the budget, with the least F so
  /// far.
  bool isPartial = false;
  /// The budget cannot be met, and this is the least that was reached; the
  /// networks are those of the stops before it.
  std::optional<int64_t> least;
  std::vector<std::string> warnings; ///< samples left out
};

/// What the steps of a network cost under `precisions`: Linears, and Affines as
/// BatchNorms of binary32.
int64_t costOf(const Network &network,
               absl::Span<const LayerPrecision> precisions,
               ShrinkOptions::Cost cost);

/// What D is if nobody says it: the squared error where there is a single
/// result that is no probability, which may be any quantity, else the
/// divergence.
Distance distanceOf(const Network &network);

/// Shrinks `rounded`, a network in integers under `precisions`, until its cost
/// is within the budget; what its answers on the samples x [samples,
/// inFeatures] should be `network` says, in binary32. Samples with a value that
/// is not finite are left out.
///
/// Effective bit operations: formats of weights and biases stay; inputs get a
/// width and a scale for each feature, finer or wider than before none. Other
/// costs: integers of one width a tensor get other scales, and are narrower,
/// but not below 2 bits; other formats stay.
///
/// Errors: as Evaluator::create; no finite sample; a negative budget; negative
/// starts; multiplications to be saved where units may not go; a Linear whose
/// input has no integer codes of scales that are powers of two apart, or whose
/// weights have none of one scale a row, or, with effective bit operations,
/// whose sums binary32 does not hold.
absl::StatusOr<Shrinkage> shrink(const Network &network, const Network &rounded,
                                 absl::Span<const LayerPrecision> precisions,
                                 absl::Span<const float> x,
                                 const ShrinkOptions &options);

/// `network`, a float one, as it is to be where shrinking begins: calibrated
/// with inputs of 8 bits and weights of 6, codes then on grids of 8 (what ends
/// in zeros costs no effective bit operations); weights of 8 for other costs.
/// `options` say the cost, what D is, and by the effort how many of the samples
/// are looked at; errors are those of `calibrate`.
absl::StatusOr<Calibration>
calibrateToShrink(const Network &network, absl::Span<const float> x,
                  const ShrinkOptions &options = {});
/// How `calibrateToShrink` does it, as a mase.calibration says it.
inline constexpr const char *kShrinkingCalibration =
    "range=mse granularity=channel grid=power_of_two rounding=gptq exponents=2";

} // namespace mase

#endif // MASE_CALIBRATE_SHRINK_H
