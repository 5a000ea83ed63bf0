// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The threads that evaluate a study's trials.
#ifndef MASE_LIB_SEARCH_WORKERS_H
#define MASE_LIB_SEARCH_WORKERS_H

#include "mase/Search/Study.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/ThreadPool.h"

namespace mase {

/// Microseconds since 1970-01-01 UTC.
int64_t nowMicros();

class Workers {
public:
  /// `jobs` threads; 0: one per core.
  Workers(TrialEvaluator &evaluator, unsigned jobs);

  unsigned size() const { return jobs; }

  /// Evaluates `trials`: sets state, metrics, reason and times. Which worker
  /// gets what has no bearing on any result. `done` is called with trials that
  /// have theirs, as they come in, by one thread at a time; not with those that
  /// were abandoned.
  void evaluate(const EvaluationContext &context,
                llvm::ArrayRef<Trial *> trials,
                llvm::function_ref<void(llvm::ArrayRef<Trial *>)> done);

private:
  /// How many trials a worker takes at once, of `n`.
  size_t portionOf(size_t n) const;

  TrialEvaluator &evaluator;
  unsigned jobs;
  llvm::DefaultThreadPool pool;
};

} // namespace mase

#endif // MASE_LIB_SEARCH_WORKERS_H
