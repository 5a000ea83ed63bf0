// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of metrics: each reads what its name says.
#include "NetworkMetrics.h"

#include "gtest/gtest.h"

#include <cmath>
#include <map>
#include <set>

using namespace mase;

namespace {

/// Another number for everything that is measured.
Measured sample() {
  Metrics results{.accuracy = 0.7,
                  .accuracyMicro = 0.71,
                  .accuracyError = 0.01,
                  .accuracyMicroError = 0.011,
                  .loss = 0.8,
                  .auc = 0.9,
                  .aucError = 0.02,
                  .crossEntropy = 0.6};
  NetworkCost cost;
  cost.parameters = 100;
  cost.macs = 80;
  cost.thopFlops = 81;
  cost.bitops = 82;
  cost.ebops = 83;
  cost.parameterBits = 650;
  cost.packedBytes = 84;
  cost.maseWeights = 10;
  cost.maseWeightBits = 40;
  cost.activationBytes = 85;
  return {.results = results,
          .cost = cost,
          .compareTo = 16,
          .cudaBytes = 86,
          .lanes = LaneCost{.instructions = 88, .loads = 89, .registers = 9},
          .latency = 87};
}

MetricList all(bool isBinary) {
  return MetricList(isBinary, [](const NetworkMetric &) { return true; });
}

std::map<std::string, double> byName(const MetricList &list,
                                     const std::vector<double> &values) {
  std::map<std::string, double> result;
  EXPECT_EQ(values.size(), list.infos().size());
  for (size_t m = 0; m < values.size(); ++m)
    if (!std::isnan(values[m]))
      result[list.infos()[m].name] = values[m];
  return result;
}

using Values = std::map<std::string, double>;

TEST(NetworkMetrics, Values) {
  MetricList list = all(/*isBinary=*/true);
  EXPECT_EQ(byName(list, list.values(sample())),
            (Values{{"loss", 0.8},
                    {"accuracy", 0.7},
                    {"accuracy_micro", 0.71},
                    {"auc", 0.9},
                    {"loss_to_float", 0.6},
                    {"average_bitwidth", 4},
                    {"memory_density", 4},
                    {"average_bitwidth_all", 6.5},
                    {"model_bytes", 84},
                    {"activation_bytes", 85},
                    {"macs", 80},
                    {"flops", 160},
                    {"thop_flops", 81},
                    {"bitops", 82},
                    {"ebops", 83},
                    {"parameters", 100},
                    {"cuda_bytes", 86},
                    {"cpu_instructions", 88},
                    {"cpu_loads", 89},
                    {"cpu_registers", 9},
                    {"latency", 87}}));
  EXPECT_EQ(
      byName(list, list.errors(sample())),
      (Values{{"accuracy", 0.01}, {"accuracy_micro", 0.011}, {"auc", 0.02}}));
}

TEST(NetworkMetrics, WhatIsNotMeasuredIsNaN) {
  MetricList list = all(/*isBinary=*/true);
  EXPECT_EQ(byName(list, list.values({})), Values());
  EXPECT_EQ(byName(list, list.errors({})), Values());
  Measured one = sample();
  one.results->auc.reset();
  one.results->crossEntropy.reset();
  one.cost->activationBytes.reset();
  EXPECT_EQ(byName(list, list.values(one)).size(), list.infos().size() - 3);
  EXPECT_EQ(byName(list, list.errors(one)).count("auc"), 0u);
}

TEST(NetworkMetrics, Table) {
  std::set<std::string> names;
  for (const NetworkMetric &metric : networkMetrics()) {
    const MetricInfo &info = metric.info;
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_EQ(findNetworkMetric(info.name), &metric);
    EXPECT_EQ(info.group == MetricGroup::Software, takesData(metric.source));
    EXPECT_EQ(info.isTiming, metric.source == MetricSource::Clock);
  }
  EXPECT_EQ(findNetworkMetric("accurac"), nullptr);
  EXPECT_EQ(findNetworkMetric("loss")->direction, Direction::Minimize);
  EXPECT_EQ(findNetworkMetric("accuracy")->direction, Direction::Maximize);
  // Of networks with one result alone.
  EXPECT_EQ(all(true).infos().size(), all(false).infos().size() + 1);
}

} // namespace
