// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A search's trials as the writers of reports want them.
#ifndef MASE_LIB_TUNING_SEARCHREPORT_H
#define MASE_LIB_TUNING_SEARCHREPORT_H

#include "SearchSetup.h"

#include "mase/Search/Report/Report.h"

namespace mase {

/// What the files and tables say of `result`. The three must outlive it.
ReportInput searchReport(mlir::ModuleOp module, const SearchSetup &setup,
                         const StudyResult &result);

/// "hypervolume 76.1 % of the box from worst to best: accuracy 0.2 to 0.69, …"
/// and a newline; nothing with one objective.
std::string hypervolumeText(const Problem &problem, const StudyResult &result);

} // namespace mase

#endif // MASE_LIB_TUNING_SEARCHREPORT_H
