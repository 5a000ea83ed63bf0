// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How much a point with uncertain losses is expected to improve what is known.
#ifndef MASE_LIB_SEARCH_SAMPLERS_ACQUISITION_H
#define MASE_LIB_SEARCH_SAMPLERS_ACQUISITION_H

#include "mase/Search/Front.h"
#include "mase/Search/Random.h"

#include "llvm/ADT/ArrayRef.h"

#include <vector>

namespace mase {

/// For independent normal losses: with one objective the expected improvement
/// (Jones, Schonlau & Welch 1998), with two the expected improvement of the
/// hypervolume, exact (Emmerich, Deutz & Klinkenberg 2011), with more the
/// expected improvement of a random scalarisation, by sampling (ParEGO,
/// Knowles 2006).
class Acquisition {
public:
  /// `losses` are those that are known (not empty), `random` draws the
  /// scalarisation.
  Acquisition(llvm::ArrayRef<Losses> losses, RandomStream random);

  /// The same where `losses` are only the front of what is known, which lies
  /// between `low` and `high`.
  Acquisition(llvm::ArrayRef<Losses> losses, llvm::ArrayRef<double> low,
              llvm::ArrayRef<double> high, RandomStream random);

  /// One mean and one standard deviation per objective.
  double operator()(const float *means, const float *deviations) const;

private:
  double scalarise(const double *losses) const;

  size_t numObjectives;
  std::vector<double> low;
  /// Two objectives: the front by the first, and the reference point.
  std::vector<std::pair<double, double>> front;
  double reference[2] = {0, 0};
  double best = 0; ///< one objective, or the scalarisation
  std::vector<double> weights;
  std::vector<double> draws; ///< of standard normals, by sample and objective
};

} // namespace mase

#endif // MASE_LIB_SEARCH_SAMPLERS_ACQUISITION_H
