// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Datasets: samples of features with a class number each, from NPY, NPZ, CSV,
// ARFF and HDF5 files.
#ifndef MASE_DATA_DATASET_H
#define MASE_DATA_DATASET_H

#include "mase/Config/DataConfig.h"
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
  int64_t features = 0; ///< elements of a sample
  /// A sample's dimensions, whose product is `features`: [features] where the
  /// format has rows.
  std::vector<int64_t> sampleShape;
  std::vector<float> x; // [samples, features], row-major
  /// The file has labels. Without, `labels` is empty; with no samples it is
  /// empty, too.
  bool labelled = false;
  std::vector<int32_t> labels; // [samples] class numbers
  /// [features], or empty where the format has no names; HDF5's prefix "j_" is
  /// left out.
  std::vector<std::string> featureNames;
  /// The names of the labels 0, 1, …, or empty where they are numbers alone.
  std::vector<std::string> classNames;
  /// Where asked for (DataOptions): a hash of each sample as the file has it.
  std::vector<uint64_t> rowHashes;
  /// What whoever reads it should be told, without "warning: " before it.
  std::vector<std::string> warnings;
};

/// What samples must fit: a network.
struct DataTarget {
  std::vector<int64_t> inputShape; ///< of a sample
  /// The names of its results in order, or empty where it has none.
  std::vector<std::string> classNames;
};

struct DatasetOptions {
  /// Take the first samples only, this many at most.
  std::optional<int64_t> maxSamples;
  /// Applied to the features.
  std::optional<Scaler> scaler;
  /// The names of the classes 0, 1, …. Where the file names its classes, labels
  /// are numbered by them, whatever order the file has, and a name that is none
  /// of these is an error. Empty: in the file's order; where it has none (a
  /// CSV's label column) the names must be g, q, w, z, t, in this order.
  std::vector<std::string> classNames;
  /// The names of the labels 0, 1, … of a file that has none of its own.
  std::vector<std::string> fileClasses;
  /// Without, labels are left out, whatever they are.
  bool takesLabels = true;
  /// Let features through that are NaN or infinite. Otherwise each is an error:
  /// a search on such data finds what it finds by accident.
  bool allowNonFinite = false;
};

/// Reads a dataset. The format is known by the file's first bytes, else by its
/// extension (standard input, "-": CSV):
///  * NPY: float32 or float64 [n, ...]; a sample's elements in C order are its
///    features; no labels
///  * NPZ: members `x`, as NPY, and `y`, the class numbers: [n] or [n, 1] of an
///    integer, boolean or floating type; it may be missing. Both may have
///    another name that people give them (lib/Data/Members.h).
///  * CSV: a header row; the last column is the label, the others are features
///  * ARFF: the nominal attribute is the label, and names the classes; else the
///    numeric one called `class`, `label` or `target`; the others are features,
///    `?` is NaN. Rows may be sparse.
///  * HDF5: either dataset `t_allpar_new` of compound type; the features are
///  the
///    16 jet features (Jets.h) by name `j_...`, the label is one-hot in `j_g`,
///    `j_q`, `j_w`, `j_z`, `j_t`, other columns are ignored. Or datasets `x`
///    and `y` as in an NPZ file. Read in a process of its own: see Hdf5.cpp.
/// Features that are not finite, before or after scaling, are an error unless
/// options.allowNonFinite. Errors name the file and row and column (counted
/// from 0), for CSV line and column (counted from 1).
absl::StatusOr<Dataset> readDataset(llvm::StringRef path,
                                    const DatasetOptions &options = {});

/// The same of bytes that are no file's, as if they came from standard input.
absl::StatusOr<Dataset> parseDataset(llvm::StringRef bytes,
                                     const DatasetOptions &options = {});

/// Where samples come from, as options of commands name it.
struct DataOptions {
  /// A dataset's path, or a table that says more (parseInlineData).
  std::string data;
  /// A scaler's path, or empty; the table's own comes first.
  std::string scaler;
  int64_t samples = 0; ///< so many, of the split if there is one; 0: all
  /// Draws the samples; none: they are the first ones.
  std::optional<uint64_t> seed;
  bool allowNonFinite = false;
  std::string option = "data="; ///< what errors call the one for `data`
  bool takesLabels = true;      ///< without, they are left out
  bool mayBeEmpty = false;      ///< whether no sample is fine
  bool hashesRows = false;      ///< Dataset::rowHashes is wanted
  /// In place of `data`: what a configuration says.
  std::optional<DataConfig> config = std::nullopt;
};

/// Reads samples for a network, whose class names number the labels. A split is
/// what a seeded permutation of the file's rows leaves for it, in the file's
/// order: the first of `fractions` has the permutation's first rows, and so on,
/// each as many as its fraction, rounded. Splits of one file, seed and list of
/// fractions have no row in common. A scaler that is fitted on a split has the
/// mean and the standard deviation of each feature (the last dimension), in
/// binary64; 1 where all values are equal. Errors: those of the text and of
/// readDataset, a number of samples below 0, another shape, no sample.
absl::StatusOr<Dataset> readSamples(const DataOptions &options,
                                    const DataTarget &target);

/// How many of `samples` are also in `others`, by their hashes (with several
/// equal ones each counts). Datasets without hashes share none.
int64_t countShared(const Dataset &samples, const Dataset &others);

/// Class numbers, and what whoever reads them should be told.
struct Labels {
  std::vector<int32_t> numbers;
  std::vector<std::string> warnings;
};

/// Reads class numbers: an NPY file of them (as member `y` of an NPZ file), or
/// the labels of an NPZ, CSV, ARFF or HDF5 dataset (options.scaler is ignored,
/// and features may be what they are).
absl::StatusOr<Labels> readLabels(llvm::StringRef path,
                                  const DatasetOptions &options = {});

/// Applies the scaler, which has an entry for each feature, or for each of the
/// last dimension, to the dataset; an error where their numbers differ or both
/// name their features, but differently.
absl::Status scale(Dataset &dataset, const Scaler &scaler);

/// An error unless a network that takes samples of the shape `expected` can
/// take `dataset`'s: they have this shape, or one of both is flat and holds the
/// same number. `name` is what the message calls the dataset, `option` the
/// option that names another ("data=", "--input").
absl::Status checkSampleShape(llvm::StringRef name, llvm::StringRef option,
                              llvm::ArrayRef<int64_t> expected,
                              const Dataset &dataset);

/// An error unless there is one label for each of `samples` samples and all
/// labels are classes of a network with `results` results (ClassifierOutput):
/// below their number, or 0 and 1 where there is a single one.
absl::Status checkLabels(llvm::StringRef name, llvm::ArrayRef<int32_t> labels,
                         int64_t samples, int64_t results);

} // namespace mase

#endif // MASE_DATA_DATASET_H
