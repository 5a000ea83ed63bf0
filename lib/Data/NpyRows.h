// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Features of an NPY file, a block of rows at a time.
#ifndef MASE_LIB_DATA_NPYROWS_H
#define MASE_LIB_DATA_NPYROWS_H

#include "NpyHeader.h"
#include "Readers.h"

namespace mase {

class NpyRows {
public:
  /// The array [n, ...] of float32 or float64 at the beginning of `head`, in a
  /// file of `fileSize` bytes. Other arrays are errors.
  static absl::StatusOr<NpyRows> create(llvm::StringRef head, uint64_t fileSize,
                                        const std::string &name);

  const NpyHeader &header() const { return npy; }
  /// For the sink; without labels.
  RowsHeader rowsHeader(uint64_t fileBytes) const;

  /// Bytes of a row, and of as many rows as are best read at once.
  uint64_t rowBytes() const { return width * npy.elementSize; }
  uint64_t blockBytes() const;
  /// Gives the sink rows in C order, as they stand in the file: any number of
  /// whole ones.
  absl::Status sendRows(llvm::StringRef bytes, RowSink &sink);
  /// Gives the sink the first `rows` of all rows, `data`, in either order, and
  /// calls `release`, from any thread, with what has been read.
  absl::Status sendAll(llvm::StringRef data, int64_t rows, RowSink &sink,
                       llvm::function_ref<void(llvm::StringRef)> release);

private:
  NpyHeader npy;
  uint64_t width = 0; ///< elements of a row
  std::vector<float> block;
};

} // namespace mase

#endif // MASE_LIB_DATA_NPYROWS_H
