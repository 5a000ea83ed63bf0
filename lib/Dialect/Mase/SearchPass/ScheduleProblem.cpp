// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Schedules in search configurations.
#include "ScheduleProblem.h"

#include "mase/Data/InputFile.h"

#include "llvm/ADT/SmallString.h"
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
    return absl::InvalidArgumentError(formatError(
        {schedule->file().str(), 1, 1},
        "nothing to search: expected a 'transform.tune.knob' or "
        "'transform.tune.alternatives' that leaves a choice, or a layer whose "
        "seed has a list of two choices or more, found none"));
  absl::StatusOr<Space> joint = Space::create(std::move(knobs));
  if (!joint.ok())
    return joint.status();
  space.space = *std::move(joint);
  return absl::OkStatus();
}

std::string mase::replayOptions(StringRef schedulePath) {
  return "--transform-preload-library='transform-library-paths=" +
         schedulePath.str() + "' --transform-interpreter";
}

absl::StatusOr<std::string> ScheduleProblem::write(const Trial &trial,
                                                   StringRef directory,
                                                   StringRef name) const {
  llvm::SmallString<128> path(directory);
  llvm::sys::path::append(path, name + ".mlir");
  size_t numKnobs = schedule->space().numKnobs();
  Point point(trial.point.end() - ptrdiff_t(numKnobs), trial.point.end());
  std::string comment =
      "The schedule of trial " + std::to_string(trial.number) +
      ". On the network with its configuration,\nthe one that "
      "--mase-search leaves or --mase-quantize=configuration=trial_" +
      std::to_string(trial.number) +
      " makes of it:\n"
      "  mase-opt NETWORK.mlir " +
      replayOptions(path);
  if (absl::Status status = schedule->write(path, point, comment); !status.ok())
    return status;
  return path.str().str();
}
