// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What to say of a search that found nothing, or can find nothing.
#ifndef MASE_LIB_SEARCHPASS_NOFRONT_H
#define MASE_LIB_SEARCHPASS_NOFRONT_H

#include "SearchSetup.h"

namespace mase {

/// Why no trial is on the front: what failed, or which constraints the nearest
/// trial misses and by how much, and where the files are.
std::string noFrontText(const SearchSetup &setup, const StudyResult &result);

/// Errors: no point of the space keeps the constraints that need no evaluation,
/// with the nearest one. Spaces of many thousand points are not looked through.
absl::Status checkConstraints(const SearchSetup &setup);

/// Errors: the results' folder can't be made, or nothing can be written there.
absl::Status checkOutputDir(const SearchSetup &setup);

/// "; log.json, trials.csv and report.html are in '…'".
std::string filesText(const SearchSetup &setup);

} // namespace mase

#endif // MASE_LIB_SEARCHPASS_NOFRONT_H
