// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a search reads.
#ifndef MASE_LIB_TUNING_SEARCHINPUTS_H
#define MASE_LIB_TUNING_SEARCHINPUTS_H

#include "SearchSetup.h"

namespace mase {

/// The file, with the options that override it. Errors: the file's, and what
/// options or strategy cannot be.
absl::StatusOr<SearchConfig> readSearchConfig(const SearchOptions &options);

/// The data that `data=` or the configuration's `data_loader` names, checked
/// against the network, which has `results` results. Without labels it is an
/// error where they are needed; elsewhere all are 0.
absl::StatusOr<Dataset> readSearchData(const SearchOptions &options,
                                       const SearchConfig &config,
                                       const DataTarget &target,
                                       int64_t results, bool needsLabels);

/// The samples that `calibration=` or the configuration names for a network;
/// none where neither does.
absl::StatusOr<std::optional<Dataset>>
readCalibration(const SearchOptions &options, const SearchConfig &config,
                const DataTarget &target);

} // namespace mase

#endif // MASE_LIB_TUNING_SEARCHINPUTS_H
