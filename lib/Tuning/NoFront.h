// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What to say of a search that found nothing, or can find nothing.
#ifndef MASE_LIB_TUNING_NOFRONT_H
#define MASE_LIB_TUNING_NOFRONT_H

#include "SearchSetup.h"

namespace mase {

/// Why no trial is on the front: what failed, or which constraints the nearest
/// trial misses and by how much, and where the files are.
std::string noFrontText(const SearchSetup &setup, const StudyResult &result);

/// A look for a point that keeps the constraints that need no evaluation.
struct ConstraintLook {
  std::string text; ///< what was found in how many points; empty: none is bound
  std::optional<LocatedText> warning; ///< none was found in a sample
};

/// Looks through the whole space, or a sample of one of many thousand points
/// and the neighbours of its best. Errors: no point of the whole keeps the
/// constraints, with the nearest one.
absl::StatusOr<ConstraintLook> lookAtConstraints(const SearchSetup &setup);

/// Errors: the results' folder can't be made, or nothing can be written there.
absl::Status checkOutputDir(const SearchSetup &setup);

/// "; log.json, trials.csv and report.html are in '…'".
std::string filesText(const SearchSetup &setup);

} // namespace mase

#endif // MASE_LIB_TUNING_NOFRONT_H
