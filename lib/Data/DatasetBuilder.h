// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The sink that makes a Dataset.
#ifndef MASE_LIB_DATA_DATASETBUILDER_H
#define MASE_LIB_DATA_DATASETBUILDER_H

#include "Readers.h"

namespace mase {

/// Collects the first `maxRows` rows, without their labels if these are not
/// taken. What is derived from it may take the features elsewhere.
class DatasetBuilder : public RowSink {
public:
  DatasetBuilder(int64_t maxRows, bool takesLabels,
                 llvm::ArrayRef<std::string> fileClasses)
      : maxRows(maxRows), takesLabels(takesLabels), fileClasses(fileClasses) {}

  absl::Status begin(const RowsHeader &header) override;
  absl::Status features(llvm::ArrayRef<float> rows) override;
  absl::Status labels(llvm::ArrayRef<int32_t> labels) override;
  absl::Status classes(llvm::ArrayRef<FoundClass> classes,
                       bool isOrdered) override;

  /// What came. Labels are numbered as `classNames` has their names; where it
  /// is empty as the file's order of names has them, or as the jets' classes,
  /// with a warning that says so. Errors: an unknown name, names without an
  /// order. `name` is what the warning calls the file.
  absl::StatusOr<Dataset> finish(llvm::ArrayRef<std::string> classNames,
                                 const std::string &name);

protected:
  /// Counts elements that have come, of which it says how many are wanted.
  int64_t accept(int64_t came);
  /// Elements that were.
  int64_t accepted() const { return elements; }

  Dataset dataset;

private:
  absl::Status nameClasses(llvm::ArrayRef<std::string> classNames,
                           const std::string &name);
  /// Gives labels the numbers that their names have among `names`.
  absl::Status renumber(llvm::ArrayRef<std::string> names, bool areNetworks);

  int64_t maxRows, elements = 0;
  uint64_t expected = 0; ///< rows
  bool takesLabels;
  llvm::ArrayRef<std::string> fileClasses; ///< where the file has none
  std::vector<FoundClass> found;
  bool isOrdered = false, isCounted = false;
};

} // namespace mase

#endif // MASE_LIB_DATA_DATASETBUILDER_H
