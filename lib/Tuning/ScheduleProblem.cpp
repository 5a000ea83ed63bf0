// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Schedules in search configurations.
#include "ScheduleProblem.h"

#include "mase/Support/Error.h"
#include "mase/Support/InputFile.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mase;

absl::StatusOr<std::unique_ptr<ScheduleProblem>>
ScheduleProblem::create(const SearchConfig &config, MLIRContext *context) {
  std::string path = config.schedulePath();
  auto buffer = readInput(path);
  if (!buffer.ok())
    return errorAt(config.space.schedule.location, messageOf(buffer.status()));
  std::unique_ptr<ScheduleProblem> result(new ScheduleProblem);
  // No dialect may be loaded into the user's context while it runs a pass.
  result->context = std::make_unique<MLIRContext>(
      context->getDialectRegistry(), MLIRContext::Threading::DISABLED);
  auto schedule =
      Schedule::parse((*buffer)->getBuffer(), path, result->context.get());
  if (!schedule.ok())
    return schedule.status();
  result->schedule = *std::move(schedule);
  return result;
}

absl::Status ScheduleProblem::addKnobs(PrecisionSpace &space) const {
  auto pathOf = [](StringRef name) {
    auto [room, rest] = name.split('/');
    return std::array<StringRef, 2>{room, rest};
  };
  std::vector<Knob> knobs(space.space.knobs());
  size_t first = knobs.size();
  for (const auto &[name, value] : schedule->constants())
    space.sampledConfig.addConstant(pathOf(name), value);
  for (Knob knob : schedule->space().knobs()) {
    if (knob.condition)
      knob.condition->parent += first;
    space.sampledConfig.addKnob(pathOf(knob.name), knobs.size());
    knobs.push_back(std::move(knob));
  }
  if (knobs.empty())
    return errorAt(
        {schedule->file().str(), 1, 1},
        "nothing to search: expected a 'transform.tune.knob' or "
        "'transform.tune.alternatives' that leaves a choice, or a layer whose "
        "seed has a list of two choices or more, found none");
  absl::StatusOr<Space> joint = Space::create(std::move(knobs));
  if (!joint.ok())
    return joint.status();
  space.space = *std::move(joint);
  return absl::OkStatus();
}

std::string mase::replayOptions(StringRef schedulePath) {
  std::string paths = "transform-library-paths=" + schedulePath.str();
  std::string word = toShellWord(paths);
  return "--transform-preload-library=" +
         (word == paths ? "'" + paths + "'" : word) +
         " --transform-interpreter";
}

constexpr StringLiteral kFolder = "schedules", kPrefix = "trial_",
                        kEnding = ".mlir";

std::string mase::trialFile(StringRef directory, StringRef folder,
                            const Trial &trial) {
  llvm::SmallString<128> path(directory);
  llvm::sys::path::append(path, folder,
                          kPrefix + std::to_string(trial.number) + kEnding);
  return path.str().str();
}

std::string ScheduleProblem::pathOf(StringRef directory, const Trial &trial) {
  return trialFile(directory, kFolder, trial);
}

std::string ScheduleProblem::bestPath(StringRef directory) {
  llvm::SmallString<128> path(directory);
  llvm::sys::path::append(path, "best-schedule.mlir");
  return path.str().str();
}

std::string ScheduleProblem::networkPath(StringRef directory) {
  llvm::SmallString<128> path(directory);
  llvm::sys::path::append(path, "network.mlir");
  return path.str().str();
}

std::string ScheduleProblem::replayCommand(StringRef directory, StringRef path,
                                           const Trial *trial) {
  std::string command = "mase-opt " + networkPath(directory) + " ";
  if (trial)
    command += "--mase-quantize=configuration=trial_" +
               std::to_string(trial->number) + " ";
  return command + replayOptions(path);
}

void mase::removeTrialFiles(StringRef directory, StringRef name) {
  llvm::SmallString<128> folder(directory);
  llvm::sys::path::append(folder, name);
  std::error_code error;
  std::vector<std::string> old;
  for (llvm::sys::fs::directory_iterator it(folder, error), end;
       !error && it != end; it.increment(error)) {
    StringRef name = llvm::sys::path::filename(it->path());
    uint64_t number = 0;
    if (name.consume_front(kPrefix) && name.consume_back(kEnding) &&
        !name.getAsInteger(10, number))
      old.push_back(it->path());
  }
  for (const std::string &path : old) {
    // A file that cannot be removed is replaced or left: no harm done.
    [[maybe_unused]] std::error_code kept = llvm::sys::fs::remove(path);
  }
}

absl::Status ScheduleProblem::write(ArrayRef<const Trial *> front,
                                    const Trial &winner,
                                    StringRef directory) const {
  removeTrialFiles(directory, kFolder);
  for (const Trial *trial : front)
    if (absl::Status status =
            write(*trial, pathOf(directory, *trial),
                  replayCommand(directory, pathOf(directory, *trial), trial));
        !status.ok())
      return status;
  // The network is left with the winner's configuration.
  return write(winner, bestPath(directory),
               replayCommand(directory, bestPath(directory), nullptr));
}

absl::Status ScheduleProblem::write(const Trial &trial, StringRef path,
                                    const std::string &command) const {
  size_t numKnobs = schedule->space().numKnobs();
  Point point(trial.point.end() - ptrdiff_t(numKnobs), trial.point.end());
  std::string comment =
      "The schedule of trial " + std::to_string(trial.number) +
      ". On the network with its configuration:\n  " + command;
  return schedule->write(path, point, comment);
}
