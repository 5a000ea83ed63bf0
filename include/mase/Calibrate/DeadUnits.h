// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Hidden units on which no result depends, taken out: every input gives the
// bits that it gave.
//
// A unit is a result of a Linear that goes through functions of single features
// to one other Linear and nowhere else. It can go where that one sums integers
// and either all its weights of the unit are zero, or the unit is constant, its
// own weights being zero: a constant that rounds to zero adds nothing, another
// is moved into the reader's bias if the bias' format has the sum. Sums in
// binary32 keep their units: 0 times infinity is no zero.
#ifndef MASE_CALIBRATE_DEADUNITS_H
#define MASE_CALIBRATE_DEADUNITS_H

#include "mase/Calibrate/RemoveUnits.h"

namespace mase {

struct DeadUnits {
  /// The smaller network; of a Linear whose units are all dead one stays.
  RemovedUnits smaller;
  int64_t unread = 0;   ///< units that were read with weights of zero
  int64_t constant = 0; ///< units that were constant
  /// Units that are unread, too, but by a Linear that sums in binary32.
  int64_t inFloat = 0;
};

/// Removes dead units of a network with `precisions`, one a step. `keeps` names
/// steps whose results keep all features; empty: none.
///
/// Errors: another number of precisions than steps.
absl::StatusOr<DeadUnits>
removeDeadUnits(const Network &network,
                const std::vector<LayerPrecision> &precisions,
                const std::vector<bool> &keeps = {});

} // namespace mase

#endif // MASE_CALIBRATE_DEADUNITS_H
