// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of metrics.
#include "NetworkMetrics.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <functional>

using namespace mase;

template <typename T> static double orNaN(const std::optional<T> &value) {
  return value ? double(*value) : std::nan("");
}
static double orNaN(double value) { return value; }

/// A member of what one source measures.
template <auto Source, auto Member> static double of(const Measured &measured) {
  const auto &source = measured.*Source;
  return source ? double(orNaN(std::invoke(Member, *source))) : std::nan("");
}
template <auto Member>
static constexpr auto *result = of<&Measured::results, Member>;
template <auto Member>
static constexpr auto *cost = of<&Measured::cost, Member>;

static NetworkMetric metric(const char *name, const char *unit,
                            MetricSource source, Direction direction,
                            double (*value)(const Measured &), int flags = 0,
                            double Metrics::*error = nullptr) {
  MetricInfo info{
      name, takesData(source) ? MetricGroup::Software : MetricGroup::Hardware,
      unit, source == MetricSource::Clock};
  return {std::move(info), source, direction, value, uint8_t(flags), error};
}

llvm::ArrayRef<NetworkMetric> mase::networkMetrics() {
  using enum Direction;
  using enum MetricSource;
  using enum NetworkMetric::Flag;
  static const NetworkMetric table[] = {
      metric("loss", "nats", Results, Minimize, result<&Metrics::loss>,
             InBestTable | InResultsTable),
      metric("accuracy", "", Results, Maximize, result<&Metrics::accuracy>,
             InBestTable | InResultsTable, &Metrics::accuracyError),
      metric("accuracy_micro", "", Results, Maximize,
             result<&Metrics::accuracyMicro>, 0, &Metrics::accuracyMicroError),
      metric("auc", "", Results, Maximize, result<&Metrics::auc>,
             OfBinary | InBestTable, &Metrics::aucError),
      metric("loss_to_float", "nats", Comparison, Minimize,
             result<&Metrics::crossEntropy>, InResultsTable),
      metric("average_bitwidth", "bits", Parameters, Minimize,
             cost<&mase::Cost::averageBitwidth>, InBestTable),
      // MASE's: how much denser weights are packed than at `compare_to` bits.
      metric(
          "memory_density", "", Parameters, Maximize,
          [](const Measured &m) {
            return m.compareTo / cost<&mase::Cost::averageBitwidth>(m);
          },
          InBestTable),
      metric("average_bitwidth_all", "bits", Parameters, Minimize,
             cost<&mase::Cost::averageBits>),
      metric("model_bytes", "bytes", Parameters, Minimize,
             cost<&mase::Cost::packedBytes>, InResultsTable),
      metric("activation_bytes", "bytes", Cost, Minimize,
             cost<&NetworkCost::activationBytes>, InResultsTable),
      metric("macs", "", Cost, Minimize, cost<&mase::Cost::macs>,
             InResultsTable),
      metric("flops", "", Cost, Minimize, cost<&mase::Cost::flops>,
             InResultsTable),
      metric("thop_flops", "", Cost, Minimize, cost<&mase::Cost::thopFlops>,
             InResultsTable),
      metric("bitops", "", Cost, Minimize, cost<&mase::Cost::bitops>,
             InResultsTable),
      metric("ebops", "", Parameters, Minimize, cost<&mase::Cost::ebops>,
             InResultsTable),
      metric("parameters", "", ScheduledCost, Minimize,
             cost<&mase::Cost::parameters>),
      metric(
          "cuda_bytes", "bytes", Code, Minimize,
          [](const Measured &m) { return orNaN(m.cudaBytes); }, InResultsTable),
      metric("cpu_instructions", "", Lanes, Minimize,
             of<&Measured::lanes, &LaneCost::instructions>, InResultsTable),
      metric("cpu_loads", "", Lanes, Minimize,
             of<&Measured::lanes, &LaneCost::loads>, InResultsTable),
      metric("cpu_registers", "", Lanes, Minimize,
             of<&Measured::lanes, &LaneCost::registers>),
      metric(
          "latency", "ns", Clock, Minimize,
          [](const Measured &m) { return orNaN(m.latency); }, InResultsTable),
  };
  return table;
}

const NetworkMetric *mase::findNetworkMetric(llvm::StringRef name) {
  llvm::ArrayRef<NetworkMetric> all = networkMetrics();
  const auto *found = llvm::find_if(
      all, [&](const NetworkMetric &m) { return m.info.name == name; });
  return found == all.end() ? nullptr : found;
}

MetricList::MetricList(bool isBinary,
                       llvm::function_ref<bool(const NetworkMetric &)> wanted) {
  for (const NetworkMetric &metric : networkMetrics())
    if ((isBinary || !metric.has(NetworkMetric::OfBinary)) && wanted(metric)) {
      list.push_back(&metric);
      metricInfos.push_back(metric.info);
    }
}

std::vector<std::string> MetricList::names() const {
  std::vector<std::string> names;
  for (const MetricInfo &info : metricInfos)
    names.push_back(info.name);
  return names;
}

std::vector<double> MetricList::values(const Measured &measured) const {
  std::vector<double> values;
  values.reserve(list.size());
  for (const NetworkMetric *metric : list)
    values.push_back(metric->value(measured));
  return values;
}

std::vector<double> MetricList::errors(const Measured &measured) const {
  std::vector<double> errors;
  errors.reserve(list.size());
  for (const NetworkMetric *metric : list)
    errors.push_back(metric->error && !std::isnan(metric->value(measured))
                         ? (*measured.results).*metric->error
                         : std::nan(""));
  return errors;
}
