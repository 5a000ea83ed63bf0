// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The open ops of a schedule and the knobs that they make.
#ifndef MASE_LIB_TUNING_COLLECT_H
#define MASE_LIB_TUNING_COLLECT_H

#include "mase/Tuning/Schedule.h"

#include "mlir/Dialect/Transform/IR/TransformOps.h"

namespace mase::schedule {

struct Collected {
  std::vector<Schedule::Entry> entries;
  std::vector<Knob> knobs;
};

/// Walks the schedule from `entry`, through the sequences that it includes.
absl::StatusOr<Collected> collectKnobs(mlir::transform::NamedSequenceOp entry);

/// What the search calls an option.
Choice toChoice(mlir::Attribute option);

/// "file:line:column: message" at `loc`.
absl::Status errorAtLoc(mlir::Location loc, const llvm::Twine &message);

} // namespace mase::schedule

#endif // MASE_LIB_TUNING_COLLECT_H
