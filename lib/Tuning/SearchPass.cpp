// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-search: sets a search up, runs it, and leaves its results.
#include "NoFront.h"
#include "SearchCheck.h"
#include "SearchResults.h"
#include "SearchSetup.h"

#include "mase/Execution/EntryPoint.h"
#include "mase/Search/Journal/Journal.h"
#include "mase/Search/Progress.h"
#include "mase/Support/Error.h"
#include "mase/Support/Termination.h"
#include "mase/Tuning/Passes.h"

#include "llvm/Support/Path.h"

namespace mase {
#define GEN_PASS_DEF_MASESEARCHPASS
#include "mase/Tuning/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;

namespace {

struct SearchPass : mase::impl::MaseSearchPassBase<SearchPass> {
  using MaseSearchPassBase::MaseSearchPassBase;

  /// Those of what a schedule leaves.
  void getDependentDialects(DialectRegistry &registry) const override {
    MaseSearchPassBase::getDependentDialects(registry);
    registerNetworkDialects(registry);
  }

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
    result.calibration = calibration;
    result.memory = memory;
    result.sampler = sampler;
    result.outputDir = outputDir;
    result.select = select;
    // Whether an option was given, not its value, tells: -1 is one of jobs'.
    auto given = [](const auto &option) -> std::optional<int64_t> {
      if (!option.hasValue())
        return std::nullopt;
      return option.getValue();
    };
    result.trials = given(trials);
    result.samples = given(samples);
    result.seed = given(seed);
    result.jobs = given(jobs);
    result.allowNonFinite = allowNonFinite;
    result.quiet = quiet;
    result.resume = resume;
    auto said = [](const auto &option) -> std::optional<bool> {
      if (!option.hasValue())
        return std::nullopt;
      return option.getValue();
    };
    result.journal = said(journal);
    result.log = said(log);
    result.results = results;
    return result;
  }

  LogicalResult search() {
    FailureOr<std::unique_ptr<SearchSetup>> setup =
        SearchSetup::create(getOperation(), options());
    if (failed(setup))
      return failure();
    if (resume && journal.hasValue() && !journal)
      return fail(absl::InvalidArgumentError(
          "--mase-search: resume=true takes a journal, found journal=false"));
    StudyOptions study = (*setup)->studyOptions();
    // Nothing is opened for writing before everything that can be checked is.
    for (const absl::Status &status :
         {(*setup)->checkStudy(study), (*setup)->checkSelect(study)})
      if (!status.ok())
        return fail(status);
    if (check) {
      if (absl::Status status = checkOutputDir(**setup); !status.ok())
        return fail(status);
      absl::StatusOr<ConstraintLook> look = lookAtConstraints(**setup);
      if (!look.ok())
        return fail(look.status());
      if (look->warning)
        emitConfigWarning(&getContext(), *look->warning);
      absl::Status status = printSearchCheck(**setup, look->text, llvm::errs());
      return status.ok() ? success() : fail(status);
    }
    sayWhatIsLeftOut(**setup);
    std::unique_ptr<Journal> book;
    if ((*setup)->writesJournal()) {
      absl::StatusOr<std::unique_ptr<Journal>> opened = openJournal(**setup);
      if (!opened.ok())
        return fail(opened.status());
      book = *std::move(opened);
      study.resumed = book->takeResumed();
      study.started = [&](ArrayRef<Trial> t) { return book->started(t); };
      study.finished = [&](ArrayRef<const Trial *> t) {
        return book->finished(t);
      };
    }
    if (!quiet)
      study.progress = makeProgress();
    InterruptScope scope;
    study.interrupt = &InterruptScope::stop();
    study.abandon = &InterruptScope::abandon();
    absl::StatusOr<StudyResult> result = runStudy((*setup)->problem, study);
    if (!result.ok())
      return fail(result.status());
    LogicalResult finished = finishSearch(getOperation(), **setup, *result);
    // A search without a front has come to its end, too.
    if (failed(finished) && !result->front.empty())
      return failure();
    // Only now: a search that is killed while it writes its files goes on.
    if (book)
      if (absl::Status status = book->close(journalText(result->stop));
          !status.ok())
        return fail(status);
    return finished;
  }

  /// Files that others expect and that this search, being large, does not
  /// write unless told to.
  void sayWhatIsLeftOut(const SearchSetup &setup) {
    if (quiet || setup.keepsTrials())
      return;
    SmallVector<StringRef> left, options;
    if (!setup.writesJournal()) {
      left.push_back("study.journal, without which resume=true has nothing to "
                     "go on from");
      options.push_back("journal=true");
    }
    if (setup.trialFiles() == ReportInput::TrialFiles::Compact) {
      left.push_back("log.json and most columns of trials.csv");
      options.push_back("log=true");
    }
    if (!left.empty())
      emitRemark(UnknownLoc::get(&getContext()))
          << "--mase-search: with more than " << SearchSetup::kManyTrials
          << " trials these files are left out: " << llvm::join(left, "; ")
          << " (" << llvm::join(options, ", ") << " writes them)";
  }

  LogicalResult fail(const absl::Status &status) {
    return emitConfigError(&getContext(), locatedText(status));
  }

  absl::StatusOr<std::unique_ptr<Journal>>
  openJournal(const SearchSetup &setup) {
    JournalOptions options;
    SmallString<128> path(setup.outputDir);
    llvm::sys::path::append(path, "study.journal");
    options.path = path.str();
    options.mode =
        resume ? JournalOptions::Mode::Resume : JournalOptions::Mode::New;
    options.studyName = setup.name();
    options.identity = setup.identity;
    absl::StatusOr<std::unique_ptr<Journal>> journal =
        Journal::open(options, setup.problem, setup.space.sampledConfig);
    if (journal.ok())
      for (const std::string &warning : (*journal)->warnings())
        emitWarning(UnknownLoc::get(&getContext())) << warning;
    return journal;
  }
};

} // namespace
