// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pareto dominance: fronts, ranks and hypervolume of loss vectors (every
// component is to be minimised; callers flip signs).
#ifndef MASE_SEARCH_FRONT_H
#define MASE_SEARCH_FRONT_H

#include "llvm/ADT/ArrayRef.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mase {

using Losses = std::vector<double>;

/// `a` is nowhere worse than `b` and somewhere better.
bool dominates(llvm::ArrayRef<double> a, llvm::ArrayRef<double> b);

/// Indices of the vectors that no other dominates, ascending; of equal vectors
/// only the first.
std::vector<size_t> paretoFront(llvm::ArrayRef<Losses> losses);

/// Volume dominated by `losses` and bounded by `reference`, exact: a sweep for
/// two objectives, WFG (While, Bradstreet & Barone 2012) for more. Points that
/// are not better than the reference everywhere add nothing.
double hypervolume(llvm::ArrayRef<Losses> losses,
                   llvm::ArrayRef<double> reference);

/// Greedy hypervolume subset selection (Guerreiro, Fonseca & Paquete 2016):
/// positions in `losses` of `count` vectors, in the order of being chosen.
/// Equal vectors are taken only after all distinct ones.
std::vector<size_t> hypervolumeSubset(llvm::ArrayRef<Losses> losses,
                                      llvm::ArrayRef<double> reference,
                                      size_t count);

/// The same with a reference a tenth beyond the worst of `losses` (Ozaki et al.
/// 2020): the members to take of a rank that fits only in part. Not empty.
std::vector<size_t> hypervolumeSubset(llvm::ArrayRef<Losses> losses,
                                      size_t count);

/// Non-domination ranks, kept up to date as vectors are added (efficient
/// non-domination level update, Li, Deb, Zhang & Kwong 2014): adding costs the
/// sizes of the fronts that the vector passes and moves.
class NonDominatedRanks {
public:
  /// Adds vector number size().
  void add(Losses losses);
  size_t size() const { return all.size(); }
  const Losses &operator[](size_t i) const { return all[i]; }
  /// The fronts, best first; each holds vector numbers in the order of coming
  /// in. Equal vectors share a front.
  llvm::ArrayRef<std::vector<uint32_t>> fronts() const { return levels; }

private:
  std::vector<Losses> all;
  std::vector<std::vector<uint32_t>> levels;
};

} // namespace mase

#endif // MASE_SEARCH_FRONT_H
