// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A search configuration's schedule: its knobs beside those of the precisions,
// and the winner's schedule as a file.
#ifndef MASE_LIB_TUNING_SCHEDULEPROBLEM_H
#define MASE_LIB_TUNING_SCHEDULEPROBLEM_H

#include "ScheduleEvaluator.h"

#include "mase/Search/Study.h"

namespace mase {

class ScheduleProblem {
public:
  /// Reads the schedule of `config` into a context like `context`. Errors
  /// ("file:line:column: …"): an unreadable file, those of Schedule::parse.
  static absl::StatusOr<std::unique_ptr<ScheduleProblem>>
  create(const SearchConfig &config, mlir::MLIRContext *context);

  /// Puts the schedule's knobs behind those of `space`, whose layers stay as
  /// they are. Errors: no knob at all.
  absl::Status addKnobs(PrecisionSpace &space) const;

  const Schedule &getSchedule() const { return *schedule; }

  /// Writes the schedules of `front` into `directory`, each as
  /// pathOf(directory, trial), in place of those of an earlier search, and that
  /// of `winner` as bestPath(directory).
  absl::Status write(llvm::ArrayRef<const Trial *> front, const Trial &winner,
                     llvm::StringRef directory) const;
  /// "<directory>/schedules/trial_<number>.mlir".
  static std::string pathOf(llvm::StringRef directory, const Trial &trial);
  /// "<directory>/best-schedule.mlir".
  static std::string bestPath(llvm::StringRef directory);
  /// "<directory>/network.mlir": the network before its schedule, with the
  /// winner's precisions and the front's configurations.
  static std::string networkPath(llvm::StringRef directory);
  /// The command that replays the schedule `path` on that network; with the
  /// configuration of `trial`, or as the search left it.
  static std::string replayCommand(llvm::StringRef directory,
                                   llvm::StringRef path, const Trial *trial);

private:
  ScheduleProblem() = default;
  absl::Status write(const Trial &trial, llvm::StringRef path,
                     const std::string &command) const;
  std::unique_ptr<mlir::MLIRContext> context;
  std::unique_ptr<Schedule> schedule;
};

/// "<directory>/<folder>/trial_<number>.mlir".
std::string trialFile(llvm::StringRef directory, llvm::StringRef folder,
                      const Trial &trial);
/// Removes the trials' files of an earlier search, whose numbers mean other
/// trials.
void removeTrialFiles(llvm::StringRef directory, llvm::StringRef folder);

/// What replays a schedule, after the name of the network's file.
std::string replayOptions(llvm::StringRef schedulePath);

} // namespace mase

#endif // MASE_LIB_TUNING_SCHEDULEPROBLEM_H
