// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `[search.strategy]`: MASE's keys and ours.
#include "TomlReaders.h"
#include "mase/Support/Quoting.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mase;
using namespace mase::toml_tree;

namespace {

absl::Status readExternal(const Member &member,
                          std::optional<ExternalEvaluationConfig> &result) {
  ExternalEvaluationConfig external;
  external.location = member.location;
  absl::Status status = readTable(
      member, "search.strategy.sw_runner.external", {"command", "timeout"},
      [&](const Member &key) -> absl::Status {
        if (key.key == "timeout")
          return read(key, external.timeout, /*allowZero=*/true);
        if (key.value.kind != Node::Kind::Array || key.value.elements.empty())
          return expected(key.value, "a list of strings (program and "
                                     "arguments) for 'command'");
        for (const Node &word : key.value.elements) {
          if (word.kind != Node::Kind::String)
            return expected(word, "a string in 'command'");
          if (word.string.find('\0') != std::string::npos)
            return errorAt(word.location, "'command' holds a null character");
          external.command.push_back(word.string);
        }
        if (external.command.front().empty())
          return expected(key.value.elements.front(), "a program in 'command'");
        return ok();
      });
  if (!status.ok())
    return status;
  if (external.command.empty())
    return errorAt(member.location,
                   "[search.strategy.sw_runner.external] has no 'command'");
  result = std::move(external);
  return ok();
}

absl::Status readSwRunner(const Member &member, StrategyConfig &strategy) {
  return readTable(
      member, "search.strategy.sw_runner", {"basic_evaluation", "external"},
      [&](const Member &runner) {
        if (runner.key == "external")
          return readExternal(runner, strategy.external);
        BasicEvaluationConfig &basic = strategy.basicEvaluation.emplace();
        basic.location = runner.location;
        return readTable(
            runner, "search.strategy.sw_runner.basic_evaluation",
            {"data", "data_loader", "num_samples"}, [&](const Member &key) {
              return key.key == "num_samples" ? read(key, basic.numSamples, 0)
                     : key.key == "data"      ? read(key, basic.data)
                                              : read(key, basic.dataLoader);
            });
      });
}

absl::Status readHwRunner(const Member &member, StrategyConfig &strategy) {
  return readTable(member, "search.strategy.hw_runner", {"average_bitwidth"},
                   [&](const Member &runner) {
                     strategy.compareTo = Setting<double>{32, runner.location};
                     return readTable(
                         runner, "search.strategy.hw_runner.average_bitwidth",
                         {"compare_to"}, [&](const Member &key) {
                           return read(key, *strategy.compareTo,
                                       /*allowZero=*/false);
                         });
                   });
}

absl::Status readSetup(const Member &member, StrategySetup &setup) {
  return readTable(
      member, "search.strategy.setup",
      {"n_jobs", "n_trials", "timeout", "sampler", "sum_scaled_metrics",
       "direction", "patience", "early_stop", "baselines"},
      [&](const Member &key) -> absl::Status {
        if (key.key == "n_jobs") {
          if (absl::Status status = read(key, setup.nJobs, -1); !status.ok())
            return status;
          if (*setup.nJobs == 0)
            return expected(key.value, "at least 1, or -1 for all cores, for "
                                       "'n_jobs'");
          return ok();
        }
        if (key.key == "n_trials")
          return read(key, setup.nTrials, 1);
        if (key.key == "timeout")
          return read(key, setup.timeout, /*allowZero=*/true);
        if (key.key == "sampler")
          return read(key, setup.sampler);
        if (key.key == "sum_scaled_metrics")
          return read(key, setup.sumScaledMetrics);
        if (key.key == "patience")
          return read(key, setup.patience, 1);
        if (key.key == "early_stop")
          return read(key, setup.earlyStop);
        if (key.key == "baselines")
          return read(key, setup.baselines);
        absl::StatusOr<bool> maximize = readDirection(key);
        if (!maximize.ok())
          return maximize.status();
        setup.maximize = {*maximize, key.value.location};
        return ok();
      });
}

absl::Status readMetric(const Member &member,
                        std::vector<MetricConfig> &metrics) {
  MetricConfig metric;
  metric.name = member.key;
  metric.location = member.location;
  absl::Status status = readTable(
      member, "search.strategy.metrics." + member.key, {"scale", "direction"},
      [&](const Member &key) -> absl::Status {
        if (key.key == "scale") {
          absl::StatusOr<double> scale = readNumber(key);
          if (!scale.ok())
            return scale.status();
          if (*scale == 0)
            return expected(key.value, "a number other than 0 for 'scale'");
          metric.scale = *scale;
          return ok();
        }
        absl::StatusOr<bool> maximize = readDirection(key);
        if (!maximize.ok())
          return maximize.status();
        metric.maximize = {*maximize, key.value.location};
        return ok();
      });
  if (status.ok())
    metrics.push_back(std::move(metric));
  return status;
}

/// An objective each: every metric has a direction. Their sum: it has one, and
/// a metric's own may not be the opposite of what the sum makes of it.
absl::Status checkDirections(StrategyConfig &strategy) {
  const StrategySetup &setup = strategy.setup;
  if (!*setup.sumScaledMetrics) {
    for (const MetricConfig &metric : strategy.metrics)
      if (!metric.maximize.isSet())
        return errorAt(metric.location, "metric " + quoted(metric.name) +
                                            " has no 'direction' (valid: "
                                            "'minimize', 'maximize')");
    return ok();
  }
  if (!setup.maximize.isSet())
    return errorAt(
        setup.sumScaledMetrics.location,
        "the sum of the scaled metrics has no direction: expected direction = "
        "\"maximize\" or \"minimize\" in [search.strategy.setup], with a "
        "negative scale for each metric that is to go the other way; or "
        "sum_scaled_metrics = false, and each metric is an objective of its "
        "own");
  for (MetricConfig &metric : strategy.metrics) {
    bool maximize = *setup.maximize == (metric.scale > 0);
    if (metric.maximize.isSet() && *metric.maximize != maximize) {
      std::string scale;
      llvm::raw_string_ostream(scale) << llvm::format("%g", metric.scale);
      auto verb = [](bool maximize) {
        return maximize ? "maximize" : "minimize";
      };
      return errorAt(metric.maximize.location,
                     "metric " + quoted(metric.name) + " has direction \"" +
                         verb(*metric.maximize) + "\", but with scale " +
                         scale + " a sum to " + verb(*setup.maximize) +
                         " would " + verb(maximize) + " it: expected a scale " +
                         (metric.scale > 0 ? "below" : "above") +
                         " 0 for it, or direction = \"" +
                         verb(!*setup.maximize) + "\" of the sum");
    }
    metric.maximize.value = maximize;
  }
  return ok();
}

/// "accuracy >= 0.70".
absl::Status readConstraint(const Node &node,
                            std::vector<ConstraintConfig> &constraints) {
  const char *form = "a string like 'accuracy >= 0.7' or 'model_bytes <= 600' "
                     "in 'constraints'";
  if (node.kind != Node::Kind::String)
    return expected(node, form);
  llvm::StringRef text = node.string;
  size_t op = std::min(text.find(">="), text.find("<="));
  if (op == llvm::StringRef::npos)
    return expected(node, form);
  ConstraintConfig constraint;
  constraint.metric = text.take_front(op).trim().str();
  constraint.atLeast = text[op] == '>';
  constraint.location = node.location;
  llvm::StringRef number = text.drop_front(op + 2).trim();
  if (constraint.metric.empty() || number.getAsDouble(constraint.bound) ||
      !std::isfinite(constraint.bound))
    return expected(node, form);
  constraints.push_back(std::move(constraint));
  return ok();
}

/// A layer's (or "default"'s) values in a configuration to try first.
absl::Status readEnqueuedLayer(const Member &layer, EnqueuedConfig &config) {
  if (absl::Status status = requireTable(layer); !status.ok())
    return status;
  EnqueuedLayer entry{layer.key, {}, layer.location};
  for (const Member &member : layer.value.members) {
    std::vector<std::string> keys = splitKeys(member.key);
    absl::StatusOr<std::vector<const Node *>> values =
        valuesOfKeys(keys, member.value);
    if (!values.ok())
      return values.status();
    for (auto [key, node] : llvm::zip_equal(keys, *values)) {
      absl::StatusOr<ConfigValue> value = toValue(*node);
      if (!value.ok())
        return value.status();
      if (llvm::any_of(entry.settings, [&](const LayerSetting &setting) {
            return setting.key == key;
          }))
        return errorAt(member.location, quoted(key) + " is given twice for " +
                                            quoted(layer.key));
      entry.settings.push_back({key, *std::move(value), node->location});
    }
  }
  config.layers.push_back(std::move(entry));
  return ok();
}

absl::Status readEnqueued(const Node &node,
                          std::vector<EnqueuedConfig> &enqueued) {
  if (!node.isTable())
    return expected(node, "a table of layers in 'enqueue', as in "
                          "{default = {weight_width = 8}}");
  EnqueuedConfig config{{}, node.location};
  for (const Member &layer : node.members)
    if (absl::Status status = readEnqueuedLayer(layer, config); !status.ok())
      return status;
  enqueued.push_back(std::move(config));
  return ok();
}

/// Calls `reader` for each element of a list.
template <typename Reader>
absl::Status readList(const Member &member, llvm::StringRef what,
                      Reader reader) {
  if (member.value.kind != Node::Kind::Array)
    return expected(member.value,
                    "a list of " + what + " for " + quoted(member.key));
  for (const Node &element : member.value.elements)
    if (absl::Status status = reader(element); !status.ok())
      return status;
  return ok();
}

} // namespace

absl::Status toml_tree::readStrategy(const Member &member,
                                     StrategyConfig &strategy) {
  strategy.location = member.location;
  absl::Status status = readTable(
      member, "search.strategy",
      {"name", "eval_mode", "sw_runner", "hw_runner", "setup", "metrics",
       "constraints", "enqueue"},
      [&](const Member &part) -> absl::Status {
        if (part.key == "name") {
          absl::StatusOr<size_t> word = readWord(part, {"optuna"});
          return word.ok() ? read(part, strategy.name) : word.status();
        }
        if (part.key == "eval_mode")
          return read(part, strategy.evalMode);
        if (part.key == "sw_runner")
          return readSwRunner(part, strategy);
        if (part.key == "hw_runner")
          return readHwRunner(part, strategy);
        if (part.key == "setup")
          return readSetup(part, strategy.setup);
        if (part.key == "constraints")
          return readList(part, "strings", [&](const Node &node) {
            return readConstraint(node, strategy.constraints);
          });
        if (part.key == "enqueue")
          return readList(part, "tables", [&](const Node &node) {
            return readEnqueued(node, strategy.enqueued);
          });
        if (absl::Status status = requireTable(part); !status.ok())
          return status;
        for (const Member &metric : part.value.members)
          if (absl::Status status = readMetric(metric, strategy.metrics);
              !status.ok())
            return status;
        return ok();
      });
  return status.ok() ? checkDirections(strategy) : status;
}
