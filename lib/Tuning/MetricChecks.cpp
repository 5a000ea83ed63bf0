// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Metrics that nothing measures, and directions that mean something else.
#include "MetricChecks.h"

#include "mase/Search/Report/Report.h"
#include "mase/Support/Error.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mase;

/// Calls `check` with the name and the place of each metric that is wanted or
/// bounded.
static absl::Status
forEachMetric(const StrategyConfig &strategy,
              llvm::function_ref<absl::Status(const std::string &,
                                              const SourceLocation &)>
                  check) {
  for (const MetricConfig &metric : strategy.metrics)
    if (absl::Status status = check(metric.name, metric.location); !status.ok())
      return status;
  for (const ConstraintConfig &constraint : strategy.constraints)
    if (absl::Status status = check(constraint.metric, constraint.location);
        !status.ok())
      return status;
  return absl::OkStatus();
}

static bool isOfBinary(StringRef name) {
  const NetworkMetric *metric = findNetworkMetric(name);
  return metric && metric->has(NetworkMetric::OfBinary);
}

absl::Status mase::checkClasses(const SearchSetup &setup) {
  const StrategyConfig &strategy = setup.config.strategy;
  const std::vector<int32_t> &labels = setup.dataset->labels;
  if (!setup.output.isBinary() || strategy.external ||
      !setup.dataset->labelled || !llvm::all_equal(labels))
    return absl::OkStatus();
  return forEachMetric(
      strategy, [&](const std::string &name, const SourceLocation &location) {
        if (!isOfBinary(name))
          return absl::OkStatus();
        return errorAt(location, "metric " + quoted(name) +
                                     " takes samples of both classes, found " +
                                     Twine(labels.size()) + " of class " +
                                     Twine(labels.front()));
      });
}

absl::Status mase::checkMetrics(const SearchSetup &setup) {
  return forEachMetric(
      setup.config.strategy,
      [&](const std::string &name, const SourceLocation &location) {
        absl::Status status = setup.problem.checkMetric(name);
        if (status.ok())
          return status;
        if (isOfBinary(name) && !setup.output.isBinary())
          return errorAt(location,
                         "metric " + quoted(name) +
                             " is only of networks with one result, found " +
                             Twine(setup.output.size));
        return errorAt(location, messageOf(status));
      });
}

void mase::warnOfDirections(const StrategyConfig &strategy,
                            MLIRContext *context) {
  if (*strategy.setup.sumScaledMetrics)
    return;
  auto warn = [&](const SourceLocation &location, const Twine &message) {
    emitConfigWarning(context, {location, message.str()});
  };
  if (strategy.setup.maximize.isSet())
    warn(strategy.setup.maximize.location,
         "'direction' of [search.strategy.setup] has no effect: it is that of "
         "the sum, and sum_scaled_metrics is false");
  for (const MetricConfig &metric : strategy.metrics)
    if (metric.scale < 0)
      warn(metric.maximize.location,
           "direction = \"" +
               Twine(*metric.maximize ? "maximize" : "minimize") +
               "\" with scale " + pythonFloat(metric.scale) + " wants a " +
               (*metric.maximize ? "small '" : "large '") + metric.name +
               "': the direction is that of scale x metric");
}
