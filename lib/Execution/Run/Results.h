// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the results of samples go.
#ifndef MASE_LIB_EXECUTION_RUN_RESULTS_H
#define MASE_LIB_EXECUTION_RUN_RESULTS_H

#include "mase/Data/Array.h"

#include "absl/status/status.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <memory>
#include <shared_mutex>

namespace mase {

/// Results of samples, [n, ...], in a file, or in memory, or both. They come in
/// any order and from several threads.
class Results {
public:
  /// Writes a file, of results of this shape.
  absl::Status openFile(llvm::StringRef path, llvm::ArrayRef<int64_t> shape);
  /// Keeps results of `width` elements.
  void keep(int64_t width) { this->width = width; }

  /// Those of whole samples, from the number `first` on.
  absl::Status take(int64_t first, llvm::ArrayRef<float> rows);
  /// After those of all samples: the file is whole.
  absl::Status commit(int64_t samples);

  llvm::ArrayRef<float> kept() const { return values; }

private:
  void makeRoom(size_t size);

  std::unique_ptr<NpyRowsFile> file; ///< or null
  int64_t width = 0;                 ///< 0: nothing is kept
  /// Shared by those that store results, alone to make room for more.
  std::shared_mutex mutex;
  llvm::SmallVector<float, 0> values;
};

} // namespace mase

#endif // MASE_LIB_EXECUTION_RUN_RESULTS_H
