// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `nsgaii` and `nsgaiii`: evolution with non-dominated sorting (Deb, Pratap,
// Agarwal & Meyarivan 2002; Deb & Jain 2014).
#ifndef MASE_LIB_SEARCH_SAMPLERS_NSGASAMPLER_H
#define MASE_LIB_SEARCH_SAMPLERS_NSGASAMPLER_H

#include "ConstrainedRanks.h"
#include "QmcSampler.h"

#include "mase/Search/Random.h"
#include "mase/Search/Sampler.h"

namespace mase {

/// The defaults were chosen on a family of bit-width problems.
struct NsgaParameters {
  /// Parents that are kept.
  size_t population = 20;
  /// Children made of one population, whatever the number of jobs.
  size_t batch = 4;
  /// Members of the population from which on there are children; points of
  /// `qmc` before.
  size_t startup = 10;
  /// How often a child has two parents rather than one.
  double crossover = 0.7;
  /// Expected number of knobs that mutate, beside the mutations of children
  /// that were tried.
  double mutations = 0.5;
};

/// Which members of the first rank that does not fit as a whole survive.
enum class NsgaSurvival : uint8_t {
  Crowding,      ///< NSGA-II: those with the most room around them
  ReferenceLines ///< NSGA-III: those near lines that have few members
};

/// Children of parents that won binary tournaments by rank of non-domination
/// (then by crowding distance or by members on their reference line): each knob
/// from either parent, then a few mutated to another choice. A child that was
/// tried is mutated until it is new. The population are the best of all that
/// was tried, by Deb's constrained order.
class NsgaSampler : public Sampler {
public:
  NsgaSampler(NsgaSurvival survival, const Space &space,
              const SamplerOptions &options,
              const NsgaParameters &parameters = NsgaParameters());

  llvm::StringRef name() const override {
    return survival == NsgaSurvival::Crowding ? "nsgaii" : "nsgaiii";
  }
  size_t batchSize() const override { return parameters.batch; }
  std::vector<Point> ask(uint64_t firstNumber, size_t count) override;
  void tell(llvm::ArrayRef<Observation> observations) override;

private:
  struct Member {
    Point point;
    Outcome outcome;
    size_t rank = 0;
    /// Crowding distance; NSGA-III: minus the members on the same line.
    double room = 0;
  };

  Point child(RandomStream &random);
  const Member &tournament(RandomStream &random) const;
  void mutate(Point &point, size_t k, RandomStream &random) const;
  void select(uint64_t number);

  const Space &space;
  NsgaSurvival survival;
  SamplerOptions options;
  NsgaParameters parameters;
  UnseenPoints unseen;
  QmcSampler first;         ///< the first population
  std::vector<size_t> free; ///< knobs with more than one choice
  std::vector<Member> members;
  std::vector<Losses> lines; ///< NSGA-III's reference directions
};

/// Das & Dennis (1998): all vectors of `dimensions` non-negative multiples of
/// 1/divisions that add up to 1.
std::vector<Losses> dasDennis(size_t dimensions, size_t divisions);

/// NSGA-III's choice among the members of a rank: positions in `losses` of
/// `count` of those from `accepted` on, the earlier being taken already.
std::vector<size_t> selectByLines(llvm::ArrayRef<Losses> losses,
                                  size_t accepted, size_t count,
                                  llvm::ArrayRef<Losses> lines,
                                  RandomStream &random);

/// The line that is nearest to each of `losses`, after moving the ideal point
/// to 0 and scaling by the intercepts.
std::vector<size_t> nearestLines(llvm::ArrayRef<Losses> losses,
                                 llvm::ArrayRef<Losses> lines);

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_NSGASAMPLER_H
