// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CalibrationChecks.h"

#include "mase/Support/Error.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mase;

/// A front that does not look at what shrinking lowers would have none of it.
static absl::Status checkShrunkCost(const SearchSetup &setup) {
  const SearchConfig &config = setup.config;
  const std::string &cost = config.space.shrink->cost;
  const std::vector<MetricConfig> &metrics = config.strategy.metrics;
  if (llvm::any_of(metrics,
                   [&](const MetricConfig &m) { return m.name == cost; }))
    return absl::OkStatus();
  std::string found = llvm::join(
      llvm::map_range(metrics,
                      [](const MetricConfig &m) { return quoted(m.name); }),
      ", ");
  return errorAt(config.space.shrink->location,
                 "shrink takes " + quoted(cost) +
                     " among the metrics, which it lowers; found " + found);
}

absl::Status mase::checkCalibration(const SearchSetup &setup,
                                    MLIRContext *context) {
  const SearchSpaceConfig &space = setup.config.space;
  bool refines = space.refine.isSet() && *space.refine;
  bool given = !setup.options.calibration.empty() || space.calibration.isSet();
  auto what = [&](const Twine &message) -> absl::Status {
    if (space.shrink)
      return errorAt(space.shrink->location, "shrink " + message);
    if (refines)
      return errorAt(space.refine.location, "refine " + message);
    if (setup.options.calibration.empty())
      return errorAt(space.calibration.location, "'calibration' " + message);
    return absl::InvalidArgumentError(
        ("--mase-search: 'calibration' " + message).str());
  };
  if (setup.options.memory < 1)
    return absl::InvalidArgumentError(
        "--mase-search: expected memory of at least 1 (MiB), found " +
        std::to_string(setup.options.memory));
  if (space.schedule.isSet() && (refines || space.shrink || given))
    return what("takes no schedule beside it, which has passes for it "
                "(--mase-calibrate, --mase-refine, --mase-shrink)");
  if (space.schedule.isSet())
    return absl::OkStatus();
  if ((refines || space.shrink) && setup.config.strategy.external)
    return what("takes trials that are measured here, found an external "
                "program");
  constexpr StringLiteral kWays =
      ": expected calibration=FILE, or calibration = \"FILE\" in "
      "[search.search_space.setup], found neither";
  if (setup.space.open && !given)
    return errorAt(setup.space.open->location,
                   setup.space.open->text +
                       ", which takes samples to calibrate with" + kWays);
  if ((refines || space.shrink) && !given)
    return what("takes samples to compare with the float network on" + kWays);
  if (space.shrink)
    return checkShrunkCost(setup);
  if (given && !setup.space.open && !refines)
    emitConfigWarning(context,
                      {space.calibration.location,
                       "'calibration' has no effect: no choice is \"auto\""});
  return absl::OkStatus();
}
