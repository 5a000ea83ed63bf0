// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-search: sets a search up, runs it, and leaves its results.
#include "SearchResults.h"
#include "SearchSetup.h"

#include "mase/Dialect/Mase/SearchPass/Passes.h"
#include "mase/Search/Progress.h"

#include "llvm/Support/Signals.h"

namespace mase {
#define GEN_PASS_DEF_MASESEARCHPASS
#include "mase/Dialect/Mase/SearchPass/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;

/// Set by Ctrl-C: the search ends with the trials that it has. Another Ctrl-C
/// ends the program.
static std::atomic<bool> interrupted{false};

namespace {

struct SearchPass : mase::impl::MaseSearchPassBase<SearchPass> {
  using MaseSearchPassBase::MaseSearchPassBase;

  void runOnOperation() override {
    if (failed(search()))
      signalPassFailure();
  }

private:
  SearchOptions options() const {
    SearchOptions result;
    result.config = config;
    result.data = data;
    result.scaler = scaler;
    result.sampler = sampler;
    result.outputDir = outputDir;
    result.select = select;
    result.trials = trials;
    result.samples = samples;
    result.seed = seed;
    result.jobs = jobs;
    result.quiet = quiet;
    result.resume = resume;
    return result;
  }

  LogicalResult search() {
    FailureOr<std::unique_ptr<SearchSetup>> setup =
        SearchSetup::create(getOperation(), options());
    if (failed(setup))
      return failure();
    StudyOptions study = (*setup)->studyOptions();
    if (!quiet)
      study.progress = makeProgress();
    interrupted = false;
    llvm::sys::SetInterruptFunction([] { interrupted = true; });
    study.interrupt = &interrupted;
    absl::StatusOr<StudyResult> result = runStudy((*setup)->problem, study);
    llvm::sys::SetInterruptFunction(nullptr);
    if (!result.ok())
      return emitConfigError(&getContext(), messageOf(result.status()));
    return finishSearch(getOperation(), **setup, *result);
  }
};

} // namespace
