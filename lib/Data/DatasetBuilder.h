// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The sink that makes a Dataset.
#ifndef MASE_LIB_DATA_DATASETBUILDER_H
#define MASE_LIB_DATA_DATASETBUILDER_H

#include "Readers.h"

namespace mase {

/// Collects the first `maxRows` rows.
class DatasetBuilder : public RowSink {
public:
  explicit DatasetBuilder(int64_t maxRows) : maxRows(maxRows) {}

  absl::Status begin(const RowsHeader &header) override;
  absl::Status features(llvm::ArrayRef<float> rows) override;
  absl::Status labels(llvm::ArrayRef<int32_t> labels) override;
  absl::Status classes(llvm::ArrayRef<FoundClass> classes,
                       bool isOrdered) override;

  /// What came. Labels are numbered as `classNames` has their names; where it
  /// is empty as the file's order of names has them, or as the jets' classes.
  /// Errors: an unknown name, names without an order.
  absl::StatusOr<Dataset> finish(llvm::ArrayRef<std::string> classNames);

private:
  absl::Status nameClasses(llvm::ArrayRef<std::string> classNames);

  int64_t maxRows;
  Dataset dataset;
  std::vector<FoundClass> found;
  bool isOrdered = false, isCounted = false;
};

} // namespace mase

#endif // MASE_LIB_DATA_DATASETBUILDER_H
