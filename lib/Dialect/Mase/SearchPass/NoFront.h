// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What to say of a search that found nothing.
#ifndef MASE_LIB_SEARCHPASS_NOFRONT_H
#define MASE_LIB_SEARCHPASS_NOFRONT_H

#include "SearchSetup.h"

namespace mase {

/// Why no trial is on the front: what failed, or which constraints the nearest
/// trial misses and by how much, and where the files are.
std::string noFrontText(const SearchSetup &setup, const StudyResult &result);

/// "; log.json, trials.csv and report.html are in '…'".
std::string filesText(const SearchSetup &setup);

} // namespace mase

#endif // MASE_LIB_SEARCHPASS_NOFRONT_H
