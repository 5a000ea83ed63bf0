// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A search configuration's schedule: its knobs beside those of the precisions,
// and the winner's schedule as a file.
#ifndef MASE_LIB_SEARCHPASS_SCHEDULEPROBLEM_H
#define MASE_LIB_SEARCHPASS_SCHEDULEPROBLEM_H

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

  /// Writes the schedule of `trial` to "<directory>/<name>.mlir" and returns
  /// that path.
  absl::StatusOr<std::string> write(const Trial &trial,
                                    llvm::StringRef directory,
                                    llvm::StringRef name) const;

private:
  ScheduleProblem() = default;
  std::unique_ptr<mlir::MLIRContext> context;
  std::unique_ptr<Schedule> schedule;
};

/// What replays a schedule, after the name of the network's file.
std::string replayOptions(llvm::StringRef schedulePath);

} // namespace mase

#endif // MASE_LIB_SEARCHPASS_SCHEDULEPROBLEM_H
