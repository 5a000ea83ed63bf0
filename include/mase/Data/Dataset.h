// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Datasets: samples of features with a class number each, from NPY, NPZ, CSV
// and HDF5 files.
#ifndef MASE_DATA_DATASET_H
#define MASE_DATA_DATASET_H

#include "mase/Data/Scaler.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mase {

struct Dataset {
  int64_t samples = 0;
  int64_t features = 0;
  std::vector<float> x;        // [samples, features], row-major
  std::vector<int32_t> labels; // [samples] class numbers >= 0, or empty
  /// [features], or empty where the format has no names; HDF5's prefix "j_" is
  /// left out.
  std::vector<std::string> featureNames;
};

struct DatasetOptions {
  /// Take the first samples only, this many at most.
  std::optional<int64_t> maxSamples;
  /// Applied to the features.
  std::optional<Scaler> scaler;
  /// The names of the classes 0, 1, ... in a CSV's label column. Empty: g, q,
  /// w, z, t where the column holds these, else it holds class numbers.
  std::vector<std::string> classNames;
};

/// Reads a dataset. The format is known by the file's first bytes, else by its
/// extension (standard input, "-": CSV):
///  * NPY: float32 or float64 [n, features]; no labels
///  * NPZ: members `x`, as NPY, and `y` (integers [n]; may be missing)
///  * CSV: a header row; the last column is the label, the others are features
///  * HDF5: dataset `t_allpar_new` of compound type; the features are the 16
///  jet
///    features (Jets.h) by name `j_...`, the label is one-hot in `j_g`, `j_q`,
///    `j_w`, `j_z`, `j_t`. Other columns are ignored.
/// Errors name the file, for CSV line and column (counted from 1) as well.
absl::StatusOr<Dataset> readDataset(llvm::StringRef path,
                                    const DatasetOptions &options = {});

/// Reads class numbers: an NPY file of integers [n], or the labels of an NPZ,
/// CSV or HDF5 dataset (options.scaler is ignored).
absl::StatusOr<std::vector<int32_t>>
readLabels(llvm::StringRef path, const DatasetOptions &options = {});

/// Applies the scaler to the dataset; an error where the numbers of features
/// differ or both name their features, but differently.
absl::Status scale(Dataset &dataset, const Scaler &scaler);

/// An error unless a network with `expected` inputs can take samples with
/// `found` features; `name` is what the message calls the dataset.
absl::Status checkFeatureCount(llvm::StringRef name, int64_t expected,
                               int64_t found);

/// An error unless there is one label for each of `samples` samples and all
/// labels are in [0, classes).
absl::Status checkLabels(llvm::StringRef name, llvm::ArrayRef<int32_t> labels,
                         int64_t samples, int64_t classes);

} // namespace mase

#endif // MASE_DATA_DATASET_H
