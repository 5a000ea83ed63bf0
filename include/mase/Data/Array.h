// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Arrays and NPY, NumPy's file format for one array
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
#ifndef MASE_DATA_ARRAY_H
#define MASE_DATA_ARRAY_H

#include "mase/Support/AtomicFile.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mase {

/// A dense binary32 array in C order; shape {} is a single number.
struct Array {
  std::vector<int64_t> shape;
  std::vector<float> data; // as many as the product of shape
};

/// "[3, 4]", for messages.
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// Reads an NPY file (format version 1, 2 or 3; C or Fortran order; any rank)
/// of little-endian float32 or float64; float64 is rounded to binary32, to
/// nearest even, beyond its range to infinity. Any other element type, a
/// damaged or truncated file and bytes after the array are errors. "-" is
/// standard input.
absl::StatusOr<Array> readNpy(llvm::StringRef path);

/// The same from bytes in memory. `name` is what messages call them.
absl::StatusOr<Array> parseNpy(llvm::StringRef bytes, const std::string &name);

/// Class numbers: an NPY array [n] or [n, 1] of any little-endian integer,
/// boolean or floating type. Values that are no int32 are an error, with the
/// row.
absl::StatusOr<std::vector<int32_t>> parseNpyLabels(llvm::StringRef bytes,
                                                    const std::string &name);

/// Prints an NPY file of little-endian float32 in C order (version 1; the data
/// begin at a multiple of 64 bytes). `data` has the product of `shape`
/// elements.
void printNpy(llvm::raw_ostream &os, llvm::ArrayRef<int64_t> shape,
              llvm::ArrayRef<float> data);

/// Writes an NPY file, whole or not at all (AtomicFile.h). "-" is standard
/// output.
absl::Status writeNpy(llvm::StringRef path, llvm::ArrayRef<int64_t> shape,
                      llvm::ArrayRef<float> data);
inline absl::Status writeNpy(llvm::StringRef path, const Array &array) {
  return writeNpy(path, array.shape, array.data);
}

/// An NPY file of float32 whose rows come in any order and from several
/// threads; written whole or not at all.
class NpyRowsFile {
public:
  /// Rows of this shape, of which the number need not be known.
  static absl::StatusOr<std::unique_ptr<NpyRowsFile>>
  open(llvm::StringRef path, llvm::ArrayRef<int64_t> rowShape);

  /// Whole rows from the number `first` on.
  absl::Status write(int64_t first, llvm::ArrayRef<float> rows);
  /// After all `rows` rows.
  absl::Status commit(int64_t rows);

private:
  NpyRowsFile() = default;
  std::unique_ptr<AtomicFile> file;
  std::vector<int64_t> shape; ///< of all rows, of which one is
  uint64_t begin = 0;         ///< of the elements
  int64_t width = 1;
};

} // namespace mase

#endif // MASE_DATA_ARRAY_H
