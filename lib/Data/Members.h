// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What people call features and labels in NPZ and HDF5 files.
#ifndef MASE_LIB_DATA_MEMBERS_H
#define MASE_LIB_DATA_MEMBERS_H

#include "mase/Data/Dataset.h"

#include "absl/status/statusor.h"
#include "llvm/ADT/ArrayRef.h"

#include <string>

namespace mase {

/// The members of a file that are its features and its labels.
struct Members {
  std::string x;
  std::string y;       ///< empty: the file has no labels
  std::string classes; ///< their names; empty: it has none
};

/// Chooses among the names `found`: `x`, else the only one of `X`, `features`,
/// `data`, `x_test`, `X_test`, `x_val`, `X_val`, `x_train`, `X_train`; and `y`,
/// else the only one of `Y`, `labels`, `label`, `target`, `targets`, `y_test`,
/// `y_val`, `y_train`; and `classes`, else `class_names`. An error, which lists
/// what was found, if there are no features, or several that could be meant.
absl::StatusOr<Members> chooseMembers(llvm::ArrayRef<std::string> found,
                                      const std::string &name);

/// An error unless there are as many labels as samples.
absl::Status checkSamples(int64_t samples, int64_t labels,
                          const Members &members, const std::string &name);

} // namespace mase

#endif // MASE_LIB_DATA_MEMBERS_H
