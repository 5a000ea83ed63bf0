// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the results of samples go.
#include "Results.h"

#include "mase/Support/HugePages.h"

#include "llvm/ADT/STLExtras.h"

#include <mutex>

using namespace mase;

absl::Status Results::openFile(llvm::StringRef path,
                               llvm::ArrayRef<int64_t> shape) {
  absl::StatusOr<std::unique_ptr<NpyRowsFile>> opened =
      NpyRowsFile::open(path, shape);
  if (!opened.ok())
    return opened.status();
  file = *std::move(opened);
  return absl::OkStatus();
}

/// For `size` results in all. They are first touched by the thread that stores
/// them.
void Results::makeRoom(size_t size) {
  std::unique_lock alone(mutex);
  if (size <= values.size())
    return;
  values.resize_for_overwrite(size);
  adviseHugePages(values.data(), values.capacity_in_bytes());
}

absl::Status Results::take(int64_t first, llvm::ArrayRef<float> rows) {
  if (width > 0) {
    const size_t begin = size_t(first * width), end = begin + rows.size();
    std::shared_lock lock(mutex);
    if (end > values.size()) {
      lock.unlock();
      makeRoom(end);
      lock.lock();
    }
    llvm::copy(rows, values.begin() + ptrdiff_t(begin));
  }
  return file ? file->write(first, rows) : absl::OkStatus();
}

absl::Status Results::commit(int64_t samples) {
  return file ? file->commit(samples) : absl::OkStatus();
}
