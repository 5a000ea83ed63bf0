// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `qmc`: a scrambled Sobol' sequence, one coordinate a knob (Sobol' 1967; Joe
// & Kuo 2008; scrambling: Matousek 1998; for searches: Bergstra & Bengio 2012).
#ifndef MASE_LIB_SEARCH_SAMPLERS_QMCSAMPLER_H
#define MASE_LIB_SEARCH_SAMPLERS_QMCSAMPLER_H

#include "UnseenPoints.h"

#include "mase/Search/Sampler.h"

#include <array>

namespace mase {

/// Points of a Sobol' sequence whose direction numbers went through a random
/// linear map (lower triangular, over bits) and whose points are shifted by
/// random bits: evenly spread in every prefix of 2^m points, other points for
/// every seed. Coordinate u of a knob with C choices picks choice floor(u C).
/// Points that were tried are skipped. Knobs beyond the table of direction
/// numbers are drawn at random.
class QmcSampler : public Sampler {
public:
  QmcSampler(const Space &space, uint64_t seed);

  llvm::StringRef name() const override { return "qmc"; }
  size_t batchSize() const override { return 0; }
  std::vector<Point> ask(uint64_t firstNumber, size_t count) override;
  void tell(llvm::ArrayRef<Observation> observations) override;

private:
  static constexpr unsigned kBits = 32;
  /// After so many tried points in a row the sequence has nothing to add and
  /// random points are cheaper to find.
  static constexpr unsigned kMaxSkips = 64;

  /// The next point of the sequence.
  Point next();

  const Space &space;
  uint64_t seed;
  UnseenPoints unseen;
  std::vector<size_t> free; ///< knobs with more than one choice
  /// By coordinate and bit of the point's number, scrambled.
  std::vector<std::array<uint32_t, kBits>> directions;
  std::vector<uint32_t> state; ///< the current point's coordinates
  uint64_t position = 0;       ///< number of the next point
  bool worn = false;           ///< only random points from here on
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_QMCSAMPLER_H
