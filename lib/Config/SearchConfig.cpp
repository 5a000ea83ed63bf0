// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `[search.strategy]` of MASE's TOML and the basics above it.
#include "TomlReaders.h"

using namespace mase;
using namespace mase::toml_tree;

namespace {

// ---- strategy

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
        return readTable(runner, "search.strategy.sw_runner.basic_evaluation",
                         {"data_loader", "num_samples"},
                         [&](const Member &key) {
                           return key.key == "num_samples"
                                      ? read(key, basic.numSamples, 1)
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
       "direction"},
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
        absl::StatusOr<bool> maximize = readDirection(key);
        if (!maximize.ok())
          return maximize.status();
        setup.maximize = {*maximize, key.value.location};
        return ok();
      });
}

absl::Status readMetric(const Member &member,
                        std::vector<MetricConfig> &metrics) {
  MetricConfig metric{member.key, 1.0, false, member.location};
  bool directed = false;
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
        metric.maximize = *maximize;
        directed = true;
        return ok();
      });
  if (!status.ok())
    return status;
  if (!directed)
    return errorAt(member.location, "metric '" + member.key +
                                        "' has no 'direction' (valid: "
                                        "'minimize', 'maximize')");
  metrics.push_back(std::move(metric));
  return ok();
}

absl::Status readStrategy(const Member &member, StrategyConfig &strategy) {
  strategy.location = member.location;
  return readTable(
      member, "search.strategy",
      {"name", "eval_mode", "sw_runner", "hw_runner", "setup", "metrics"},
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
        if (absl::Status status = requireTable(part); !status.ok())
          return status;
        for (const Member &metric : part.value.members)
          if (absl::Status status = readMetric(metric, strategy.metrics);
              !status.ok())
            return status;
        return ok();
      });
}

// ---- the whole file

/// Keys beside the tables that MASE's files have; a slip in one of them would
/// otherwise pass for one that this program doesn't know.
const std::vector<std::string> &basicKeys() {
  static const std::vector<std::string> keys = {"model",
                                                "dataset",
                                                "task",
                                                "project",
                                                "accelerator",
                                                "seed",
                                                "batch_size",
                                                "max_epochs",
                                                "learning_rate",
                                                "load_name",
                                                "load_type",
                                                "log_every_n_steps",
                                                "search",
                                                "passes",
                                                "max_steps",
                                                "num_workers",
                                                "weight_decay",
                                                "training_optimizer",
                                                "is_to_debug",
                                                "log_level",
                                                "project_dir",
                                                "num_devices",
                                                "num_nodes",
                                                "strategy",
                                                "disable_dataset_cache"};
  return keys;
}

absl::Status checkBasicKeys(const Node &root) {
  for (const Member &member : root.members) {
    llvm::StringRef key = member.key;
    if (llvm::is_contained(basicKeys(), member.key))
      continue;
    std::string nearest = nearestNames(key, basicKeys(), 1).front();
    unsigned distance = key.edit_distance_insensitive(nearest);
    if (distance <= (key.size() >= 6 ? 2u : key.size() >= 4 ? 1u : 0u))
      return errorAt(member.location, "unknown key '" + member.key +
                                          "'; did you mean '" + nearest + "'?");
  }
  return ok();
}

} // namespace

absl::StatusOr<SearchConfig> mase::parseSearchConfig(llvm::StringRef text,
                                                     llvm::StringRef file) {
  absl::StatusOr<Node> root = parse(text, file);
  if (!root.ok())
    return root.status();
  if (absl::Status status = checkBasicKeys(*root); !status.ok())
    return status;

  SearchConfig config;
  config.file = file.str();
  bool hasSpace = false, hasStrategy = false, hasSearch = false;
  for (const Member &member : root->members) {
    absl::Status status = ok();
    if (member.key == "model")
      status = read(member, config.model);
    else if (member.key == "dataset")
      status = read(member, config.dataset);
    else if (member.key == "task")
      status = read(member, config.task);
    else if (member.key == "project")
      status = read(member, config.project);
    else if (member.key == "accelerator")
      status = read(member, config.accelerator);
    else if (member.key == "seed")
      status = read(member, config.seed, 0);
    else if (member.key == "batch_size")
      status = read(member, config.batchSize, 1);
    else if (member.key == "search") {
      hasSearch = true;
      status = readTable(member, "search", {"search_space", "strategy"},
                         [&](const Member &part) {
                           if (part.key == "search_space") {
                             hasSpace = true;
                             return readSearchSpace(part, config.space);
                           }
                           hasStrategy = true;
                           return readStrategy(part, config.strategy);
                         });
    }
    if (!status.ok())
      return status;
  }
  SourceLocation whole{file.str(), 0, 0};
  if (!hasSearch || !hasSpace || !hasStrategy)
    return errorAt(whole, llvm::Twine("expected a table [search") +
                              (!hasSearch  ? "]"
                               : !hasSpace ? ".search_space]"
                                           : ".strategy]") +
                              ", found none");
  if (config.space.seeds.empty() && !config.space.defaultSeed)
    return errorAt(whole, "the search space is empty: expected tables "
                          "[search.search_space.seed.<default, type or "
                          "node>.config], found none");
  if (config.strategy.metrics.empty())
    return errorAt(config.strategy.location,
                   "nothing to search for: expected metrics in "
                   "[search.strategy.metrics], found none");
  return config;
}

absl::StatusOr<SearchConfig> mase::loadSearchConfig(llvm::StringRef path) {
  absl::StatusOr<std::string> text = readFile(path);
  if (!text.ok())
    return text.status();
  return parseSearchConfig(*text, path);
}
