// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Knobs whose costs are known before a trial, in groups between which they add
// up.
#ifndef MASE_LIB_SEARCH_SAMPLERS_KNOBBLOCKS_H
#define MASE_LIB_SEARCH_SAMPLERS_KNOBBLOCKS_H

#include "LossScale.h"

#include "mase/Search/Sampler.h"

namespace mase {

/// The knobs of a space, divided so that each loss that is known before a trial
/// (SamplerOptions::foresee) is a sum over the blocks, in some LossScale: data
/// and weight bits of a layer multiply in its bit operations, so they share a
/// block, and layers add. Where a block would have too many joint choices its
/// knobs are taken for additive, which they are nearly.
class KnobBlocks {
public:
  /// `space` and `options` must outlive it.
  KnobBlocks(const Space &space, const SamplerOptions &options,
             const Point &base);

  struct Block {
    std::vector<size_t> knobs;
    /// Positions of these knobs, one list a joint choice.
    std::vector<std::vector<uint32_t>> choices;
    /// What each adds to the losses at the base, in their scales, and then to
    /// the excesses that bound more than a loss; NaN: not known.
    std::vector<Losses> known;
  };
  llvm::ArrayRef<Block> blocks() const { return list; }

  /// By loss and excess of a Block::known: above it, beyond the base, a
  /// constraint is broken; infinite: none bounds it.
  llvm::ArrayRef<double> limits() const { return bounds; }
  bool isKnown(size_t objective) const {
    return !std::isnan(atBase[objective]);
  }

private:
  Losses costsAt(const Point &point) const;
  void chooseScales();
  void group();
  void tabulate();
  void dropParallel();

  static constexpr size_t kMostJoint = 4096, kMostTested = 128;

  const Space &space;
  const SamplerOptions &options;
  Point base;
  std::vector<size_t> free;
  size_t numObjectives;
  Losses atBase; ///< losses and excesses
  std::vector<LossScale> scales;
  std::vector<std::pair<size_t, size_t>> together; ///< knobs, in free
  std::vector<Block> list;
  std::vector<double> bounds;
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_KNOBBLOCKS_H
