// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Portions of a batch on threads.
#include "Workers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Threading.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>

using namespace mase;

int64_t mase::nowMicros() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch())
      .count();
}

/// Trials that one call gets at most, so that progress is seen and nobody waits
/// long where what has begun is abandoned.
constexpr size_t kMostAtOnce = 8192;

/// Work below this is done before another thread has woken up.
constexpr double kWorthAThread = 50e-6;

Workers::Workers(TrialEvaluator &evaluator, unsigned jobs)
    : evaluator(evaluator),
      jobs(jobs ? jobs : llvm::hardware_concurrency().compute_thread_count()),
      pool(llvm::hardware_concurrency(this->jobs)) {}

size_t Workers::portionOf(size_t n) const {
  // Two portions a worker even out what one of them finds harder.
  size_t portion = jobs == 1 ? n : std::max<size_t>(1, n / (2 * size_t(jobs)));
  if (double seconds = evaluator.expectedSeconds(); seconds > 0)
    portion = std::max(portion, size_t(std::min(kWorthAThread / seconds, 1e9)));
  portion = std::min({portion, n, kMostAtOnce});
  if (size_t most = evaluator.maxBatch())
    portion = std::min(portion, most);
  return portion;
}

void Workers::evaluate(const EvaluationContext &context,
                       llvm::ArrayRef<Trial *> trials,
                       llvm::function_ref<void(llvm::ArrayRef<Trial *>)> done) {
  size_t n = trials.size();
  if (n == 0)
    return;
  std::vector<Trial *> order = trials.vec();
  if (evaluator.maxBatch() != 1)
    llvm::sort(order, [](const Trial *a, const Trial *b) {
      return a->point < b->point;
    });
  std::vector<TrialRequest> requests;
  requests.reserve(n);
  for (const Trial *trial : order)
    requests.push_back({trial->number, &trial->point});
  size_t portion = portionOf(n);
  std::atomic<size_t> next{0};
  std::mutex mutex;
  auto work = [&](unsigned worker) {
    EvaluationContext own = context;
    own.worker = worker;
    for (;;) {
      size_t from = next.fetch_add(portion);
      if (from >= n)
        return;
      size_t count = std::min(portion, n - from);
      if (context.abandon && *context.abandon)
        return;
      std::vector<TrialResult> results(count);
      int64_t begin = nowMicros();
      evaluator.evaluateBatch(own, llvm::ArrayRef(requests).slice(from, count),
                              results);
      int64_t spent = std::max<int64_t>(0, nowMicros() - begin);
      std::vector<Trial *> finished;
      for (size_t i = 0; i < count; ++i) {
        if (results[i].abandoned)
          continue;
        finished.push_back(order[from + i]);
        Trial &trial = *order[from + i];
        trial.state = results[i].state;
        trial.metrics = std::move(results[i].metrics);
        trial.errors = std::move(results[i].errors);
        trial.extraMetrics = std::move(results[i].extraMetrics);
        trial.reason = std::move(results[i].reason);
        trial.startMicros = begin + spent * int64_t(i) / int64_t(count);
        trial.completeMicros = begin + spent * int64_t(i + 1) / int64_t(count);
      }
      std::lock_guard lock(mutex);
      done(finished);
    }
  };
  size_t portions = (n + portion - 1) / portion;
  unsigned threads = unsigned(std::min<size_t>(jobs, portions));
  if (threads <= 1)
    return work(0);
  for (unsigned worker = 0; worker < threads; ++worker)
    pool.async(work, worker);
  pool.wait();
}
