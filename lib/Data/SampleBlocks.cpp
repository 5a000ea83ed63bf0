// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows are shared out among threads, a block at a time.
#include "SampleBlocks.h"

#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Threading.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>

namespace mase {

SampleBlocks::SampleBlocks(SampleSink &sink, unsigned jobs, Prepare prepare)
    : sink(sink), prepare(std::move(prepare)), blocks(jobs) {
  if (jobs > 1)
    pool = std::make_unique<llvm::DefaultThreadPool>(
        llvm::hardware_concurrency(jobs - 1));
}

absl::Status SampleBlocks::begin(const SampleHeader &header) {
  width = header.features;
  absl::StatusOr<int64_t> wanted = sink.begin(header);
  if (wanted.ok())
    group = *wanted;
  return wanted.status();
}

int64_t SampleBlocks::block() const {
  return int64_t(llvm::alignTo(uint64_t(blockRows(width)), uint64_t(group)));
}

absl::Status SampleBlocks::run(const StoredRows &rows) {
  // Some for each job, so that none waits long for another at the end.
  const uint64_t share = llvm::divideCeil(
      uint64_t(std::max<int64_t>(rows.rows, 1)), 4 * uint64_t(blocks.size()));
  const int64_t step =
      std::min(block(), int64_t(llvm::alignTo(share, uint64_t(group))));
  std::atomic<int64_t> next = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  int64_t failedAt = std::numeric_limits<int64_t>::max();
  absl::Status result;
  auto work = [&](unsigned job) {
    std::vector<float> &values = blocks[job];
    while (!failed) {
      const int64_t first = next.fetch_add(step),
                    count = std::min(step, rows.rows - first);
      if (count <= 0)
        return;
      values.resize(size_t(count * width));
      rows.read(first, values);
      absl::Status status = prepare(done + first, values);
      if (status.ok())
        status = sink.take(job, done + first, count, values);
      if (status.ok())
        continue;
      // Blocks before it are done or under way.
      failed = true;
      std::lock_guard lock(mutex);
      if (first < failedAt) {
        failedAt = first;
        result = std::move(status);
      }
    }
  };
  for (unsigned job = 1; job < blocks.size(); ++job)
    pool->async(work, job);
  work(0);
  if (pool)
    pool->wait();
  done += rows.rows;
  return result;
}

absl::Status SampleBlocks::append(llvm::ArrayRef<float> rows) {
  const size_t enough = blocks.size() * size_t(block() * width);
  while (!rows.empty()) {
    llvm::ArrayRef<float> some =
        rows.take_front(std::min(enough - kept.size(), rows.size()));
    kept.insert(kept.end(), some.begin(), some.end());
    rows = rows.drop_front(some.size());
    if (kept.size() == enough)
      if (absl::Status status = finish(); !status.ok())
        return status;
  }
  return absl::OkStatus();
}

absl::Status SampleBlocks::finish() {
  if (kept.empty())
    return absl::OkStatus();
  absl::Status status =
      run(MemoryRows(kept, int64_t(kept.size()) / width, width));
  kept.clear();
  return status;
}

} // namespace mase
