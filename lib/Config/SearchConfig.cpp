// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// MASE's basics and `[search]`.
#include "TomlReaders.h"
#include "mase/Support/Quoting.h"

using namespace mase;
using namespace mase::toml_tree;

namespace {

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
      return errorAt(member.location, "unknown key " + quoted(member.key) +
                                          "; did you mean '" + nearest + "'?");
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
  if (config.space.seeds.empty() && !config.space.defaultSeed &&
      !config.space.schedule.isSet())
    return errorAt(whole, "the search space is empty: expected tables "
                          "[search.search_space.seed.<default, type or "
                          "node>.config] or a schedule, found none");
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

absl::StatusOr<Setting<std::string>> mase::loadModelName(llvm::StringRef path) {
  absl::StatusOr<std::string> text = readFile(path);
  if (!text.ok())
    return text.status();
  absl::StatusOr<Node> root = parse(*text, path);
  if (!root.ok())
    return root.status();
  Setting<std::string> model;
  for (const Member &member : root->members)
    if (member.key == "model")
      if (absl::Status status = read(member, model); !status.ok())
        return status;
  return model;
}
