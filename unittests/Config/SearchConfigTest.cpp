// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `[search]`: MASE's file unchanged, and what is wrong with bad ones.
#include "mase/Config/SearchConfig.h"
#include "mase/Support/Error.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace mase;

namespace {

// The keys and values of MASE's brute-force example.
constexpr const char *kGood = R"(# basics
model = "jsc-new"
dataset = "jsc"
max_epochs = 5
batch_size = 512
learning_rate = 1e-2
accelerator = "cuda"
project = "jsc-new-brute"
seed = 42
[passes.quantize]
by = "type"
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
[search.search_space.setup]
by = "name"
[search.search_space.seed.default.config]
name = ["NA"]
[search.search_space.seed.linear.config]
name = ["integer"]
data_in_width = [4, 8]
[search.search_space.seed.seq_blocks_2.config]
name = ["integer"]
data_in_width = [4, 8]
data_in_frac_width = ["NA"] # "NA" means data_in_width // 2
weight_width = [2, 4, 8]
bias_width = 8
[search.strategy]
name = "optuna"
eval_mode = true
[search.strategy.sw_runner.basic_evaluation]
data_loader = "val_dataloader"
num_samples = 512
[search.strategy.sw_runner.external]
command = ["python3", "serve.py"]
timeout = 2.5
[search.strategy.hw_runner.average_bitwidth]
compare_to = 32 # compare to FP32
[search.strategy.setup]
n_jobs = 1
n_trials = 20
timeout = 20000
sampler = "brute"
sum_scaled_metrics = false # multi objective
[search.strategy.metrics]
accuracy.scale = 1.0
accuracy.direction = "maximize"
average_bitwidth.scale = 0.2
average_bitwidth.direction = "minimize"
)";

std::string replaced(std::string text, const std::string &from,
                     const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(SearchConfig, ReadsEverything) {
  auto config = parseSearchConfig(kGood, "s.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(*config->project, "jsc-new-brute");
  EXPECT_EQ(*config->seed, 42);
  EXPECT_EQ(config->seed.location.str(), "s.toml:9:8");
  EXPECT_EQ(*config->space.by, SelectBy::Name);
  const SeedEntry *entry = config->space.lookup("seq_blocks_2", "linear");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->key, "seq_blocks_2");
  ASSERT_EQ(entry->lists.size(), 5u);
  EXPECT_EQ(entry->lists[0].name(), "name");
  EXPECT_EQ(entry->lists[3].name(), "weight_width");
  using Values = std::vector<ConfigValue>;
  EXPECT_EQ(entry->lists[3].choices,
            (std::vector<Values>{{int64_t(2)}, {int64_t(4)}, {int64_t(8)}}));
  EXPECT_EQ(entry->lists[3].location.line, 25);
  EXPECT_EQ(entry->lists[2].choices, std::vector<Values>{{ConfigValue()}});
  EXPECT_EQ(entry->lists[4].choices.size(), 1u); // a scalar is one choice
  EXPECT_EQ(config->space.lookup("seq_blocks_5", "linear")->key, "default");
  const StrategyConfig &strategy = config->strategy;
  EXPECT_EQ(*strategy.basicEvaluation->numSamples, 512);
  EXPECT_EQ(strategy.external->command,
            (std::vector<std::string>{"python3", "serve.py"}));
  EXPECT_EQ(*strategy.external->timeout, 2.5);
  EXPECT_EQ(**strategy.compareTo, 32);
  EXPECT_EQ(*strategy.setup.nTrials, 20);
  EXPECT_EQ(*strategy.setup.sampler, "brute");
  EXPECT_FALSE(*strategy.setup.sumScaledMetrics);
  EXPECT_FALSE(strategy.setup.maximize.isSet());
  ASSERT_EQ(strategy.metrics.size(), 2u);
  EXPECT_EQ(strategy.metrics[0].name, "accuracy");
  EXPECT_TRUE(*strategy.metrics[0].maximize);
  EXPECT_EQ(strategy.metrics[1].scale, 0.2);
  EXPECT_FALSE(*strategy.metrics[1].maximize);
  EXPECT_FALSE(*config->space.tie);
}

TEST(SearchConfig, Shrink) {
  auto with = [](const std::string &text) {
    return parseSearchConfig(
        replaced(kGood, "by = \"name\"", "by = \"name\"\nshrink = " + text),
        "dir/s.toml");
  };
  auto plain = parseSearchConfig(kGood, "dir/s.toml");
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_FALSE(plain->space.shrink);
  EXPECT_FALSE(with("false")->space.shrink);
  auto config = with("true");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_TRUE(config->space.shrink);
  EXPECT_TRUE(config->space.shrink->budgets.empty());
  EXPECT_FALSE(config->space.shrink->isFull);
  EXPECT_FALSE(with("{ effort = \"fast\" }")->space.shrink->isFull);
  config = with("{ effort = \"full\", budgets = [0, 7000, 2500] }");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->space.shrink->budgets,
            (std::vector<int64_t>{7000, 2500, 0}));
  EXPECT_TRUE(config->space.shrink->isFull);
  EXPECT_EQ(config->space.shrink->cost, "ebops");
  EXPECT_EQ(config->space.shrink->starts, 0);
  EXPECT_TRUE(config->space.shrink->units);
  config = with("{ cost = \"macs\", starts = 3, units = false }");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->space.shrink->cost, "macs");
  EXPECT_EQ(config->space.shrink->starts, 3);
  EXPECT_FALSE(config->space.shrink->units);
  for (auto [text, error] :
       {std::pair("7000", "expected true, false or a table with 'budgets' or "
                          "other options for 'shrink', found the integer "
                          "7000"),
        {"{ budget = [1] }", "unknown key 'budget' in "
                             "[search.search_space.setup.shrink]; nearest: "
                             "'budgets'"},
        {"{ budgets = [] }", "expected a list of budgets for 'budgets'"},
        {"{ budgets = 7 }", "expected a list of budgets for 'budgets'"},
        {"{ budgets = [7, 7] }", "budget given twice: 7"},
        {"{ budgets = [-1] }", "expected at least 0 for 'budgets'"},
        {"{ budgets = [1.5] }", "expected an integer for 'budgets'"},
        {"{ cost = \"ebop\" }", "unknown value 'ebop' of 'cost'; valid: "
                                "'ebops'"},
        {"{ starts = -1 }", "expected at least 0 for 'starts'"},
        {"{ units = 1 }", "expected true or false for 'units'"},
        {"{ effort = \"ful\" }", "unknown value 'ful' of 'effort'"}}) {
    std::string message = messageOf(with(text).status());
    EXPECT_NE(message.find(error), std::string::npos) << message;
  }
}

TEST(SearchConfig, Calibration) {
  auto plain = parseSearchConfig(kGood, "dir/s.toml");
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_FALSE(plain->space.calibration.isSet());
  EXPECT_FALSE(plain->space.refine.isSet());
  EXPECT_EQ(*plain->space.calibrationSamples, 2000);
  auto with = [](const std::string &text) {
    return parseSearchConfig(
        replaced(kGood, "by = \"name\"", "by = \"name\"\n" + text),
        "dir/s.toml");
  };
  auto says = [](const absl::StatusOr<SearchConfig> &config,
                 const std::string &text) {
    return messageOf(config.status()).find(text) != std::string::npos;
  };
  auto config = with("calibration = \"c.npz\"\ncalibration_samples = 7\n"
                     "refine = true");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(*config->seenFromHere(config->space.calibration).file, "dir/c.npz");
  EXPECT_EQ(*config->space.calibrationSamples, 7);
  EXPECT_TRUE(*config->space.refine);
  config = with("calibration = \"/c.npz\"");
  EXPECT_EQ(*config->seenFromHere(config->space.calibration).file, "/c.npz");
  EXPECT_TRUE(
      says(with("calibration = \"\""),
           "expected the path of a dataset, or a table with 'file', for "
           "'calibration'"));
  // A part of a file, with the keys that options have.
  config = with("calibration = { file = \"c.npz\", split = \"a\", fractions = "
                "{ b = 0.5, a = 0.25 }, seed = 3, scaler = \"s.json\" }");
  ASSERT_TRUE(config.ok()) << config.status().message();
  DataConfig data = config->seenFromHere(config->space.calibration);
  EXPECT_EQ(*data.file, "dir/c.npz");
  EXPECT_EQ(*data.scaler, "dir/s.json");
  EXPECT_EQ(*data.split, "a");
  EXPECT_EQ(*data.seed, 3);
  ASSERT_EQ(data.fractions.size(), 2u);
  EXPECT_EQ(data.fractions[0].name, "b");
  EXPECT_EQ(data.fractions[1].fraction, 0.25);
  EXPECT_TRUE(says(with("calibration = { file = \"c\", part = \"a\" }"),
                   "unknown key 'part'"));
  EXPECT_TRUE(says(with("calibration_samples = 0"),
                   "expected at least 1 for 'calibration_samples'"));
  EXPECT_TRUE(says(with("refine = 1"), "expected true or false for 'refine'"));
}

TEST(SearchConfig, SeveralKeysTogether) {
  auto config = parseSearchConfig(
      replaced(replaced(kGood, "by = \"name\"", "by = \"name\"\ntie = true"),
               "weight_width = [2, 4, 8]",
               "\"weight_width,weight_frac_width\" = [[8, \"NA\"], [4, 3]]") +
          R"([[search.strategy.enqueue]]
default = { "weight_width, weight_frac_width" = [4, 3], bias_width = 8 }
)",
      "s.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(*config->space.tie);
  const ChoiceList &list =
      config->space.lookup("seq_blocks_2", "linear")->lists[3];
  EXPECT_EQ(list.keys,
            (std::vector<std::string>{"weight_width", "weight_frac_width"}));
  EXPECT_EQ(list.name(), "weight_width, weight_frac_width");
  EXPECT_TRUE(list.has("weight_frac_width"));
  EXPECT_FALSE(list.has("bias_width"));
  using Values = std::vector<ConfigValue>;
  EXPECT_EQ(list.choices, (std::vector<Values>{{int64_t(8), ConfigValue()},
                                               {int64_t(4), int64_t(3)}}));
  const std::vector<LayerSetting> &first =
      config->strategy.enqueued[0].layers[0].settings;
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first[1].key, "weight_frac_width");
  EXPECT_EQ(first[1].value, ConfigValue(int64_t(3)));
}

TEST(SearchConfig, TheSumsDirectionIsTheMetrics) {
  std::string sum = replaced(kGood, "sum_scaled_metrics = false",
                             "sum_scaled_metrics = true\n"
                             "direction = \"maximize\"");
  sum = replaced(sum, "scale = 0.2", "scale = -0.2");
  for (const std::string &text :
       {sum, replaced(replaced(sum, "accuracy.direction = \"maximize\"", ""),
                      "average_bitwidth.direction = \"minimize\"", "")}) {
    auto config = parseSearchConfig(text, "s.toml");
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_TRUE(*config->strategy.metrics[0].maximize);
    EXPECT_FALSE(*config->strategy.metrics[1].maximize);
  }
}

TEST(SearchConfig, ConstraintsAndFirstTrials) {
  auto config = parseSearchConfig(
      replaced(replaced(kGood, "eval_mode = true",
                        "constraints = [\"accuracy>=0.70\", "
                        "\"model_bytes <= 6e2\"]"),
               "n_jobs = 1",
               "patience = 50\nearly_stop = true\nbaselines = true") +
          R"([[search.strategy.enqueue]]
default = { weight_width = 4, bias_width = 8 }
seq_blocks_2.weight_width = 2
[[search.strategy.enqueue]]
linear.data_in_frac_width = "NA"
)",
      "s.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  const StrategyConfig &strategy = config->strategy;
  ASSERT_EQ(strategy.constraints.size(), 2u);
  EXPECT_EQ(strategy.constraints[0].metric, "accuracy");
  EXPECT_TRUE(strategy.constraints[0].atLeast);
  EXPECT_EQ(strategy.constraints[0].bound, 0.7);
  EXPECT_EQ(strategy.constraints[1].metric, "model_bytes");
  EXPECT_FALSE(strategy.constraints[1].atLeast);
  EXPECT_EQ(strategy.constraints[1].bound, 600);
  EXPECT_EQ(*strategy.setup.patience, 50);
  EXPECT_TRUE(*strategy.setup.earlyStop);
  EXPECT_TRUE(*strategy.setup.baselines);
  ASSERT_EQ(strategy.enqueued.size(), 2u);
  const EnqueuedConfig &first = strategy.enqueued[0];
  ASSERT_EQ(first.layers.size(), 2u);
  EXPECT_EQ(first.layers[0].layer, "default");
  ASSERT_EQ(first.layers[0].settings.size(), 2u);
  EXPECT_EQ(first.layers[0].settings[1].key, "bias_width");
  EXPECT_EQ(first.layers[1].layer, "seq_blocks_2");
  EXPECT_EQ(first.layers[1].settings[0].value, ConfigValue(int64_t(2)));
  EXPECT_EQ(strategy.enqueued[1].layers[0].settings[0].value, ConfigValue());
}

TEST(SearchConfig, ByType) {
  auto config = parseSearchConfig(
      replaced(kGood, "by = \"name\"", "by = \"type\""), "s.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->space.lookup("seq_blocks_2", "linear")->key, "linear");
  EXPECT_EQ(config->space.lookup("seq_blocks_2", "relu")->key, "default");
}

TEST(SearchConfig, SeedDocument) {
  const char *shared = std::getenv("MASE_SHARED");
  std::filesystem::path folder =
      std::filesystem::path(shared ? shared : MASE_SOURCE_DIR "/../shared") /
      "seed";
  if (!std::filesystem::is_directory(folder))
    GTEST_SKIP() << "no folder " << folder;
  int found = 0;
  for (const auto &file : std::filesystem::directory_iterator(folder)) {
    std::stringstream buffer;
    buffer << std::ifstream(file.path()).rdbuf();
    std::string text = buffer.str();
    size_t begin = text.find("# basics");
    if (begin == std::string::npos)
      continue;
    auto config = parseSearchConfig(
        text.substr(begin, text.find("```", begin) - begin), "seed.toml");
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_EQ(config->space.seeds.size(), 2u);
    EXPECT_EQ(config->space.lookup("seq_blocks_2", "linear")->lists.size(), 7u);
    EXPECT_EQ(*config->strategy.setup.sampler, "brute");
    auto quantize = parseQuantizeConfig(
        text.substr(begin, text.find("```", begin) - begin), "seed.toml");
    EXPECT_TRUE(quantize.ok()) << quantize.status();
    ++found;
  }
  EXPECT_EQ(found, 1);
}

struct BadEdit {
  const char *from, *to, *message;
};

class BadSearchConfig : public testing::TestWithParam<BadEdit> {};

TEST_P(BadSearchConfig, Message) {
  auto [from, to, message] = GetParam();
  auto config = parseSearchConfig(replaced(kGood, from, to), "s.toml");
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(messageOf(config.status()), message);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadSearchConfig,
    testing::Values(
        BadEdit{"eval_mode = true", "eval_mode = true\nconstraints = 3",
                "s.toml:30:15: expected a list of strings for 'constraints', "
                "found the integer 3"},
        BadEdit{"eval_mode = true",
                "eval_mode = true\nconstraints = [\"loss < 3\"]",
                "s.toml:30:16: expected a string like 'accuracy >= 0.7' or "
                "'model_bytes <= 600' in 'constraints', found the string "
                "'loss < 3'"},
        BadEdit{"eval_mode = true",
                "eval_mode = true\nconstraints = [\"loss <= three\"]",
                "s.toml:30:16: expected a string like 'accuracy >= 0.7' or "
                "'model_bytes <= 600' in 'constraints', found the string "
                "'loss <= three'"},
        BadEdit{"eval_mode = true",
                "eval_mode = true\nconstraints = [\"<= 3\"]",
                "s.toml:30:16: expected a string like 'accuracy >= 0.7' or "
                "'model_bytes <= 600' in 'constraints', found the string "
                "'<= 3'"},
        BadEdit{"eval_mode = true", "eval_mode = true\nenqueue = [3]",
                "s.toml:30:12: expected a table of layers in 'enqueue', as in "
                "{default = {weight_width = 8}}, found the integer 3"},
        BadEdit{"eval_mode = true",
                "eval_mode = true\nenqueue = [{default = 8}]",
                "s.toml:30:23: expected a table for 'default', found the "
                "integer 8"},
        BadEdit{"n_jobs = 1", "patience = 0",
                "s.toml:39:12: expected at least 1 for 'patience', found the "
                "integer 0"},
        BadEdit{"n_jobs = 1", "early_stop = 1",
                "s.toml:39:14: expected true or false for 'early_stop', found "
                "the integer 1"},
        BadEdit{"n_jobs = 1", "baselines = \"yes\"",
                "s.toml:39:13: expected true or false for 'baselines', found "
                "the string 'yes'"},
        BadEdit{"project =", "projct =",
                "s.toml:8:1: unknown key 'projct'; did you mean 'project'?"},
        BadEdit{"seed = 42", "seed = \"x\"",
                "s.toml:9:8: expected an integer for 'seed', found the string "
                "'x'"},
        BadEdit{"[search.search_space]", "[search.search_spce]",
                "s.toml:12:9: unknown key 'search_spce' in [search]; valid: "
                "'search_space', 'strategy'"},
        BadEdit{"by = \"name\"", "by = \"regex_name\"",
                "s.toml:15:6: unknown value 'regex_name' of 'by'; valid: "
                "'name', 'type'"},
        BadEdit{"mixed_precision_ptq", "mixed_precision_qat",
                "s.toml:13:8: unknown value "
                "'graph/quantize/mixed_precision_qat' of 'name'; valid: "
                "'graph/quantize/mixed_precision_ptq'"},
        BadEdit{"weight_width = [2, 4, 8]", "weight_width = []",
                "s.toml:25:16: 'weight_width' of 'seq_blocks_2' has no "
                "choices: the list is empty"},
        BadEdit{"weight_width = [2, 4, 8]", "weight_width = [2, 4, 2]",
                "s.toml:25:23: choice given twice for 'weight_width': the "
                "integer 2"},
        BadEdit{"weight_width = [2, 4, 8]", "weight_width = [2, 64]",
                "s.toml:25:20: impossible width: 'weight_width' is 64, "
                "expected 1 to 32"},
        BadEdit{"weight_width = [2, 4, 8]",
                "\"weight_width, weight_frac_width\" = [[2, 1], [4]]",
                "s.toml:25:46: expected a list of 2 values for 'weight_width, "
                "weight_frac_width', one for each key, found 1"},
        BadEdit{"weight_width = [2, 4, 8]",
                "\"weight_width, weight_frac_width\" = [2, 1]",
                "s.toml:25:38: expected a list of 2 values for 'weight_width, "
                "weight_frac_width', one for each key, found the integer 2"},
        BadEdit{"weight_width = [2, 4, 8]",
                "\"weight_width, weight_frac_width\" = 2",
                "s.toml:25:37: expected a list of 2 values for 'weight_width, "
                "weight_frac_width', one for each key, found the integer 2"},
        BadEdit{"weight_width = [2, 4, 8]",
                "\"weight_width, weight_frac_width\" = [[2, 1], [2, 1]]",
                "s.toml:25:46: choice given twice for 'weight_width, "
                "weight_frac_width'"},
        BadEdit{"weight_width = [2, 4, 8]",
                "\"weight_width, weight_frac_width\" = []",
                "s.toml:25:37: 'weight_width, weight_frac_width' of "
                "'seq_blocks_2' has no choices: the list is empty"},
        BadEdit{"weight_width = [2, 4, 8]",
                "\"weight_width, weight_frac_width\" = [[2, 99]]",
                "s.toml:25:42: impossible width: 'weight_frac_width' is 99, "
                "expected -32 to 64"},
        BadEdit{"weight_width = [2, 4, 8]",
                "\"weight_width, weight_width\" = [[2, 2]]",
                "s.toml:25:1: 'weight_width' is given twice in "
                "[search.search_space.seed.seq_blocks_2.config]"},
        BadEdit{"weight_width = [2, 4, 8]",
                "\"weight_width, bias_width\" = [[2, 2]]",
                "s.toml:26:1: 'bias_width' is given twice in "
                "[search.search_space.seed.seq_blocks_2.config]"},
        BadEdit{"weight_width = [2, 4, 8]",
                "\"weight_width, bypass\" = [[2, true]]",
                "s.toml:25:1: 'bypass' decides whether the other keys mean "
                "anything: expected a list of its own, found it in "
                "'weight_width, bypass'"},
        BadEdit{"weight_width = [2, 4, 8]",
                "\"weight_width, bais_width\" = [[2, 2]]",
                "s.toml:25:1: unknown key 'bais_width' in "
                "[search.search_space.seed.seq_blocks_2.config]; nearest: "
                "'bias_width', 'data_in_width', 'weight_width'"},
        BadEdit{"by = \"name\"", "by = \"name\"\ntie = 1",
                "s.toml:16:7: expected true or false for 'tie', found the "
                "integer 1"},
        BadEdit{"eval_mode = true",
                "eval_mode = true\nenqueue = [{default = {\"weight_width, "
                "bias_width\" = [8]}}]",
                "s.toml:30:53: expected a list of 2 values for 'weight_width, "
                "bias_width', one for each key, found 1"},
        BadEdit{
            "sum_scaled_metrics = false", "sum_scaled_metrics = true",
            "s.toml:43:22: the sum of the scaled metrics has no direction: "
            "expected direction = \"maximize\" or \"minimize\" in "
            "[search.strategy.setup], with a negative scale for each metric "
            "that is to go the other way; or sum_scaled_metrics = false, "
            "and each metric is an objective of its own"},
        BadEdit{"sum_scaled_metrics = false",
                "sum_scaled_metrics = true\ndirection = \"maximize\"",
                "s.toml:49:30: metric 'average_bitwidth' has direction "
                "\"minimize\", but with scale 0.2 a sum to maximize would "
                "maximize it: expected a scale below 0 for it, or direction = "
                "\"minimize\" of the sum"},
        BadEdit{"weight_width = [2, 4, 8]", "weigth_width = [2, 4, 8]",
                "s.toml:25:1: unknown key 'weigth_width' in "
                "[search.search_space.seed.seq_blocks_2.config]; nearest: "
                "'weight_width', 'bias_width', 'weight_frac_width'"},
        BadEdit{"data_loader = \"val_dataloader\"", "dataloader = \"v\"",
                "s.toml:31:1: unknown key 'dataloader' in "
                "[search.strategy.sw_runner.basic_evaluation]; valid: "
                "'data_loader', 'data', 'num_samples'"},
        BadEdit{"num_samples = 512", "num_samples = -1",
                "s.toml:32:15: expected at least 0 for 'num_samples', found "
                "the integer -1"},
        BadEdit{"command = [\"python3\", \"serve.py\"]", "command = []",
                "s.toml:34:11: expected a list of strings (program and "
                "arguments) for 'command', found an empty list"},
        BadEdit{"command = [\"python3\", \"serve.py\"]",
                "command = \"python3 serve.py\"",
                "s.toml:34:11: expected a list of strings (program and "
                "arguments) for 'command', found the string "
                "'python3 serve.py'"},
        BadEdit{"command = [\"python3\", \"serve.py\"]",
                "command = [\"python3\", 3]",
                "s.toml:34:23: expected a string in 'command', found the "
                "integer 3"},
        BadEdit{"command = [\"python3\", \"serve.py\"]",
                "command = [\"python3\", \"a\\u0000b\"]",
                "s.toml:34:23: 'command' holds a null character"},
        BadEdit{"command = [\"python3\", \"serve.py\"]",
                "command = [\"\", \"serve.py\"]",
                "s.toml:34:12: expected a program in 'command', found the "
                "string ''"},
        BadEdit{"command = [\"python3\", \"serve.py\"]", "",
                "s.toml:33:28: [search.strategy.sw_runner.external] has no "
                "'command'"},
        BadEdit{"n_trials = 20", "n_trails = 20",
                "s.toml:40:1: unknown key 'n_trails' in "
                "[search.strategy.setup]; nearest: 'n_trials', 'n_jobs', "
                "'patience'"},
        BadEdit{"n_jobs = 1", "n_jobs = 0",
                "s.toml:39:10: expected at least 1, or -1 for all cores, for "
                "'n_jobs', found the integer 0"},
        BadEdit{"timeout = 20000", "timeout = nan",
                "s.toml:41:11: expected a finite number for 'timeout', found "
                "the number nan"},
        BadEdit{"sampler = \"brute\"", "sampler = 3",
                "s.toml:42:11: expected a string for 'sampler', found the "
                "integer 3"},
        BadEdit{"accuracy.direction = \"maximize\"", "accuracy.goal = 1",
                "s.toml:46:10: unknown key 'goal' in "
                "[search.strategy.metrics.accuracy]; valid: 'scale', "
                "'direction'"},
        BadEdit{"accuracy.direction = \"maximize\"",
                "accuracy.direction = \"up\"",
                "s.toml:46:22: unknown value 'up' of 'direction'; valid: "
                "'minimize', 'maximize'"},
        BadEdit{"accuracy.direction = \"maximize\"\n", "",
                "s.toml:45:1: metric 'accuracy' has no 'direction' (valid: "
                "'minimize', 'maximize')"},
        BadEdit{"name = \"optuna\"", "name = \"optunna\"",
                "s.toml:28:8: unknown value 'optunna' of 'name'; valid: "
                "'optuna'"},
        BadEdit{"compare_to = 32", "compare_to = 0",
                "s.toml:37:14: expected a number above 0 for 'compare_to', "
                "found the integer 0"}),
    [](const auto &info) { return std::to_string(info.index); });

TEST(SearchConfig, Schedules) {
  constexpr const char *kText = "[search.search_space]\n"
                                "schedule = \"a/s.mlir\"\n"
                                "[search.strategy.metrics.loss]\n"
                                "direction = \"minimize\"\n";
  // No seeds are needed beside it; the path is seen from the file.
  auto config = parseSearchConfig(kText, "folder/s.toml");
  ASSERT_TRUE(config.ok()) << config.status().message();
  EXPECT_EQ(*config->space.schedule, "a/s.mlir");
  EXPECT_EQ(config->space.schedule.location.str(), "folder/s.toml:2:12");
  EXPECT_EQ(config->schedulePath(), "folder/a/s.mlir");
  config->file = "s.toml";
  EXPECT_EQ(config->schedulePath(), "a/s.mlir");
  config->space.schedule.value = "/b/s.mlir";
  EXPECT_EQ(config->schedulePath(), "/b/s.mlir");

  auto bad =
      parseSearchConfig("[search.search_space]\nschedule = \"\"\n", "s.toml");
  EXPECT_EQ(messageOf(bad.status()),
            "s.toml:2:12: expected the path of a schedule for 'schedule', "
            "found the string ''");
  bad = parseSearchConfig("[search.search_space]\nschedul = \"s\"\n", "s.toml");
  EXPECT_NE(messageOf(bad.status()).find("'schedule'"), std::string::npos);
}

TEST(SearchConfig, MissingParts) {
  auto errorOf = [](llvm::StringRef text) {
    return messageOf(parseSearchConfig(text, "s.toml").status());
  };
  EXPECT_EQ(errorOf(""), "s.toml: expected a table [search], found none");
  EXPECT_EQ(errorOf("[search.search_space]\n"),
            "s.toml: expected a table [search.strategy], found none");
  EXPECT_EQ(errorOf("[search.search_space]\n[search.strategy]\n"),
            "s.toml: the search space is empty: expected tables "
            "[search.search_space.seed.<default, type or node>.config] or a "
            "schedule, found none");
  EXPECT_NE(errorOf("[search.search_space.seed.default.config]\n"
                    "name = [\"NA\"]\n[search.strategy]\n")
                .find("expected metrics"),
            std::string::npos);
  EXPECT_NE(errorOf("my_own_key = 1\n").find("[search]"), std::string::npos);
}

} // namespace
