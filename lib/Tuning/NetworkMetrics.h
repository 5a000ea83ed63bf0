// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every metric that a search measures of a network, in one table.
#ifndef MASE_LIB_TUNING_NETWORKMETRICS_H
#define MASE_LIB_TUNING_NETWORKMETRICS_H

#include "mase/Analysis/Cost.h"
#include "mase/Analysis/LaneCost.h"
#include "mase/Metrics/Metrics.h"
#include "mase/Search/Problem.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>

namespace mase {

/// What is known of a network in some precision. Metrics are read off it.
struct Measured {
  std::optional<Metrics> results = std::nullopt; ///< on data
  std::optional<NetworkCost> cost = std::nullopt;
  double compareTo = 32; ///< MASE's `compare_to`: bits a weight
  std::optional<double> cudaBytes = std::nullopt;
  std::optional<LaneCost> lanes = std::nullopt;
  std::optional<double> latency = std::nullopt; ///< nanoseconds a sample
};

/// What must be measured before a metric is known.
enum class MetricSource : uint8_t {
  Results,       ///< the network, run on data with labels
  Comparison,    ///< the same without, beside the network in binary32
  Cost,          ///< its layers and their precisions
  Parameters,    ///< its parameters, as they are rounded and packed
  ScheduledCost, ///< its layers alone, which schedules may change
  Code,          ///< its generated code
  Lanes,         ///< its kernel for CPUs
  Clock          ///< its run time
};

struct NetworkMetric {
  MetricInfo info;
  MetricSource source;
  /// What is better, where no objective says.
  Direction direction;
  /// NaN where it isn't known.
  double (*value)(const Measured &measured);
  /// Bits: of networks with one result alone; printed, though no objective
  /// wants it, in MASE's table of the best trials, and in that of all.
  enum Flag : uint8_t { OfBinary = 1, InBestTable = 2, InResultsTable = 4 };
  uint8_t flags = 0;
  double Metrics::*error = nullptr; ///< the standard error; null: it has none

  bool has(Flag flag) const { return flags & flag; }
};

/// Whether the network runs on data.
inline bool takesData(MetricSource source) {
  return source == MetricSource::Results || source == MetricSource::Comparison;
}

/// Whether it is a part of Measured::cost.
inline bool isCost(MetricSource source) {
  return source == MetricSource::Cost || source == MetricSource::Parameters ||
         source == MetricSource::ScheduledCost;
}

/// All there are, in the order of printing.
llvm::ArrayRef<NetworkMetric> networkMetrics();

/// The one of that name; null: there is none.
const NetworkMetric *findNetworkMetric(llvm::StringRef name);

/// Some of them, in that order.
class MetricList {
public:
  MetricList() = default;
  /// Those that are `wanted`, of a binary classifier or of another network.
  MetricList(bool isBinary,
             llvm::function_ref<bool(const NetworkMetric &)> wanted);

  llvm::ArrayRef<const NetworkMetric *> metrics() const { return list; }
  llvm::ArrayRef<MetricInfo> infos() const { return metricInfos; }
  std::vector<std::string> names() const;
  std::vector<double> values(const Measured &measured) const;
  /// The standard errors; NaN where there is none.
  std::vector<double> errors(const Measured &measured) const;

private:
  std::vector<const NetworkMetric *> list;
  std::vector<MetricInfo> metricInfos;
};

} // namespace mase

#endif // MASE_LIB_TUNING_NETWORKMETRICS_H
