// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `[passes.quantize]`: what it means, and what is wrong with bad ones.
#include "mase/Config/QuantizeConfig.h"
#include "mase/Support/Error.h"
#include "mase/Support/NearestNames.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include <cstdio>
#include <fstream>

using namespace mase;

namespace {

constexpr const char *kByType = R"(# basics
model = "jsc-new"
[passes.quantize]
by = "type"
[passes.quantize.default.config]
name = "NA"
[passes.quantize.linear.config]
name = "integer"
"data_in_width" = 8
"data_in_frac_width" = 4
"weight_width" = 6
"weight_frac_width" = "NA"
)";

NumberFormat fixed(int width, int frac,
                   Rounding rounding = Rounding::NearestEven) {
  return FixedPointFormat{width, frac, true, rounding};
}

std::string errorOf(llvm::StringRef text) {
  auto config = parseQuantizeConfig(text, "q.toml");
  return config.ok() ? "no error" : messageOf(config.status());
}

TEST(QuantizeConfig, ByType) {
  auto config = parseQuantizeConfig(kByType, "q.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->by, SelectBy::Type);
  EXPECT_FALSE(config->defaultConfig.quantizes());
  const LayerConfig &linear = config->lookup("seq_blocks_2", "linear");
  EXPECT_EQ(linear.name, "integer");
  EXPECT_EQ(linear.formats[OperandRole::DataIn], fixed(8, 4));
  EXPECT_EQ(linear.formats[OperandRole::Weight],
            fixed(6, 3)); // "NA" is half the width
  EXPECT_EQ(linear.formats[OperandRole::Bias],
            fixed(6, 3)); // missing: the weight's
  EXPECT_TRUE(linear.biasIsWeight);
  EXPECT_FALSE(linear.formats[OperandRole::DataOut]);
  EXPECT_EQ(linear.location.str(), "q.toml:7:18");
  EXPECT_FALSE(config->lookup("seq_blocks_3", "relu").quantizes());
}

TEST(QuantizeConfig, RegexInTheOrderOfTheFile) {
  auto config = parseQuantizeConfig(R"([passes.quantize]
by = "regex_name"
[passes.quantize.'seq_blocks_\d'.config]
name = "integer_floor"
data_in_width = 4
[passes.quantize.'(?:seq|other)_.*'.config]
data_in_width = 8
[passes.quantize.'a.*'.config]
data_in_width = 2
)",
                                    "q.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  ASSERT_EQ(config->entries.size(), 3u);
  EXPECT_EQ(
      config->lookup("seq_blocks_2", "linear").formats[OperandRole::DataIn],
      fixed(4, 2, Rounding::Floor));
  EXPECT_EQ(
      config->lookup("seq_blocks_10", "linear").formats[OperandRole::DataIn],
      fixed(8, 4));
  EXPECT_EQ(config->match("a1", "relu"), &config->entries[2]);
  // Full match only.
  EXPECT_EQ(config->match("xseq_blocks_2", "linear"), nullptr);
}

TEST(QuantizeConfig, FloorAndBypass) {
  auto config = parseInlineLayerConfig(
      "{name='fixed', floor=true, bypass=true, data_in_width=3, "
      "data_out_width=16, data_out_frac_width=-1}",
      "opt");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->name, "integer_floor");
  EXPECT_TRUE(config->bypass);
  EXPECT_FALSE(config->quantizes());
  EXPECT_EQ(config->formats[OperandRole::DataIn], fixed(3, 1, Rounding::Floor));
  EXPECT_EQ(config->formats[OperandRole::DataOut],
            fixed(16, -1, Rounding::Floor));
}

TEST(QuantizeConfig, RequiredFormats) {
  auto config = parseInlineLayerConfig("{data_in_width = 8}", "opt");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(requireFormats(*config, "relu1", false).ok());
  EXPECT_EQ(messageOf(requireFormats(*config, "fc1", true)),
            "opt:1:1: layer 'fc1': key 'weight_width' is missing from its "
            "config");
  auto weightOnly = parseInlineLayerConfig("{weight_width = 8}", "opt");
  ASSERT_TRUE(weightOnly.ok());
  EXPECT_NE(requireFormats(*weightOnly, "relu1", false)
                .message()
                .find("'data_in_width' is missing"),
            absl::string_view::npos);
}

TEST(QuantizeConfig, InlineFormat) {
  auto format =
      parseInlineFormat("{name=\"integer\", width=8, unsigned=true}", "opt");
  ASSERT_TRUE(format.ok()) << format.status();
  EXPECT_EQ(*format, (FixedPointFormat{8, 4, false, Rounding::NearestEven}));
  auto later = parseInlineFormat(
      "{name=\"block_fp\", width=8, block_size=[16]}", "--quantize");
  EXPECT_EQ(messageOf(later.status()),
            "--quantize:1:7: number format 'block_fp' is not supported yet");
  EXPECT_FALSE(parseInlineFormat("{name=\"integer\"}", "o").ok());
  EXPECT_FALSE(parseInlineFormat("{width=8, wdth=3}", "o").ok());
}

TEST(QuantizeConfig, InlineTablesStayInline) {
  EXPECT_FALSE(parseInlineLayerConfig("{data_in_width=8}\ny = 3", "o").ok());
  EXPECT_FALSE(parseInlineLayerConfig("{data_in_width=8} x", "o").ok());
  EXPECT_FALSE(parseInlineLayerConfig("8", "o").ok());
  EXPECT_FALSE(parseInlineLayerConfig("", "o").ok());
  EXPECT_FALSE(parseInlineLayerConfig("{data_in_width=", "o").ok());
}

struct BadFile {
  const char *text;
  std::string message;
};

class BadQuantizeConfig : public testing::TestWithParam<BadFile> {};

TEST_P(BadQuantizeConfig, Message) {
  EXPECT_EQ(errorOf(GetParam().text), GetParam().message);
}

#define HEAD "[passes.quantize]\nby = \"type\"\n"
#define LAYER HEAD "[passes.quantize.linear.config]\n"

INSTANTIATE_TEST_SUITE_P(
    All, BadQuantizeConfig,
    testing::Values(
        BadFile{"model = \"x\"\n",
                "q.toml: expected a table [passes.quantize], found none"},
        BadFile{"[passes.quantise]\n",
                "q.toml: expected a table [passes.quantize], found none "
                "(but 'passes.quantise')"},
        BadFile{"passes = 3\n",
                "q.toml:1:10: expected a table for 'passes', found the "
                "integer 3"},
        BadFile{"[passes.quantize]\n",
                "q.toml:1:1: [passes.quantize] has no 'by' (valid: 'type', "
                "'name', 'regex_name')"},
        BadFile{"[passes.quantize]\nby = \"regex\"\n",
                "q.toml:2:6: unknown value 'regex' of 'by'; valid: 'type', "
                "'name', 'regex_name'"},
        BadFile{HEAD "linear = 8\n",
                "q.toml:3:1: unknown key 'linear' in [passes.quantize]: "
                "expected 'by', or a table for a layer, found the integer 8"},
        BadFile{HEAD "[passes.quantize.linear]\nwidth = 8\n",
                "q.toml:4:1: unknown key 'width' in "
                "[passes.quantize.linear]; valid: 'config'"},
        BadFile{LAYER "weigth_width = 8\n",
                "q.toml:4:1: unknown key 'weigth_width' in a layer's config; "
                "nearest: 'weight_width', 'bias_width', 'weight_frac_width'"},
        BadFile{LAYER "name = \"integr\"\n",
                "q.toml:4:8: unknown number format 'integr'; valid: "
                "'integer', 'NA', 'fixed', 'integer_floor'"},
        BadFile{LAYER "name = \"minifloat_ieee\"\nwidth = [3]\n",
                "q.toml:4:8: number format 'minifloat_ieee' is not supported "
                "yet"},
        BadFile{LAYER "weight_width = 33\n",
                "q.toml:4:16: impossible width: 'weight_width' is 33, "
                "expected 1 to 32"},
        BadFile{LAYER "weight_width = 0\n",
                "q.toml:4:16: impossible width: 'weight_width' is 0, "
                "expected 1 to 32"},
        BadFile{LAYER "weight_width = 8\nweight_frac_width = 65\n",
                "q.toml:5:21: impossible width: 'weight_frac_width' is 65, "
                "expected -32 to 64"},
        BadFile{LAYER "weight_width = 8.5\n",
                "q.toml:4:16: expected an integer for 'weight_width', found "
                "8.5"},
        BadFile{LAYER "weight_frac_width = \"half\"\n",
                "q.toml:4:21: expected an integer, 'auto' or 'NA' for "
                "'weight_frac_width', found 'half'"},
        BadFile{LAYER "bypass = [true]\n",
                "q.toml:4:10: expected one value for 'bypass', found a "
                "list (lists belong into [search.search_space])"},
        BadFile{LAYER "bias_frac_width = 4\n",
                "q.toml:4:19: 'bias_frac_width' is given but 'bias_width' is "
                "not"},
        BadFile{LAYER "bypass = 1\n",
                "q.toml:4:10: expected true or false for 'bypass', found 1"}),
    [](const auto &info) { return std::to_string(info.index); });

TEST(QuantizeConfig, SyntaxErrorsHavePlaces) {
  EXPECT_EQ(errorOf("[passes.quantize\n").find("q.toml:1:"), 0u);
  EXPECT_NE(errorOf("x = \n").find("toml syntax"), std::string::npos);
  EXPECT_EQ(errorOf("a = 1\na = 2\n").find("q.toml:2:"), 0u);
  EXPECT_NE(errorOf("[passes.quantize]\nby = \"regex_name\"\n"
                    "[passes.quantize.'a('.config]\n")
                .find("q.toml:3:18: 'a(' is not a regular expression"),
            std::string::npos);
  EXPECT_NE(errorOf("x = \"\xff\xfe\"\n").find("q.toml:1:"), std::string::npos);
  // What toml++ takes for impossible.
  for (const char *text : {"\xd0\x9b = 1\n", "[{a]\n", "x = {y = [}\n"})
    EXPECT_EQ(errorOf(text).find("q.toml:1:"), 0u) << text;
  // Keys nested deep enough to exhaust a stack.
  std::string deep = "a";
  for (int i = 0; i < 200000; ++i)
    deep += ".a";
  EXPECT_NE(errorOf(deep + " = 1\n").find("may not nest so deep"),
            std::string::npos);
  EXPECT_NE(errorOf("a = " + std::string(100000, '[')).find("q.toml:1:"),
            std::string::npos);
}

TEST(QuantizeConfig, DeepNestingIsRefusedAtOnce) {
  // Sixty keys of 990 parts took toml++ minutes, and its stack.
  std::string key = "a";
  for (int i = 0; i < 989; ++i)
    key += ".a";
  std::string text;
  for (int i = 0; i < 60; ++i)
    text += key + ".b" + std::to_string(i) + " = 1\n";
  EXPECT_EQ(errorOf(text), "q.toml:1:100: the key has more than 50 parts; keys "
                           "may not nest so deep");
  EXPECT_EQ(errorOf("x = 1\na = " + std::string(31, '[')),
            "q.toml:2:35: there are more than 30 open brackets; values may not "
            "nest so deep");
  // Dots and brackets that nest nothing.
  std::string many = "x = [";
  for (int i = 0; i < 200; ++i)
    many += "0.5, [1.5], ";
  std::string dots(200, '.'), open(200, '[');
  for (const std::string &fine :
       {many + "]\n", absl::StrCat("x = \"", dots, open, "\"\n"),
        absl::StrCat("x = '", dots, open, "'\n"),
        absl::StrCat("# ", dots, open, "\n"),
        absl::StrCat("x = \"\"\"\n", dots, "\"\n", open, "\"\"\"\n"),
        absl::StrCat("x = '''\n", dots, "'\n", open, "'''\n"),
        absl::StrCat("x = \"\\\"", dots, open, "\"\n")})
    EXPECT_NE(errorOf(fine).find("expected a table [passes.quantize]"),
              std::string::npos)
        << fine << errorOf(fine);
}

TEST(NameRegex, PythonsSyntax) {
  auto matches = [](llvm::StringRef pattern, llvm::StringRef name) {
    absl::StatusOr<NameRegex> regex = NameRegex::create(pattern);
    EXPECT_TRUE(regex.ok()) << regex.status().message();
    return regex.ok() && regex->fullMatch(name);
  };
  EXPECT_TRUE(matches("seq_blocks_\\d+", "seq_blocks_12"));
  EXPECT_FALSE(matches("seq_blocks_\\d", "seq_blocks_12")); // in full
  EXPECT_TRUE(matches("(?:fc|conv)_?[0-3]", "fc2"));
  EXPECT_TRUE(matches("(?P<kind>fc).*?_(\\w{3})$", "fc_a_out"));
  EXPECT_TRUE(matches("(?i)FC", "fc"));
  EXPECT_TRUE(matches("couch.", "couch\xc3\xa9")); // a character, not a byte
  EXPECT_FALSE(matches(".*", "a\nb"));
  EXPECT_TRUE(matches("", ""));
}

TEST(NameRegex, LinearInTheName) {
  // Backtracking would take 2^40 steps.
  EXPECT_FALSE(NameRegex::create("(a+)+b")->fullMatch(std::string(40, 'a')));
  EXPECT_FALSE(
      NameRegex::create("(a|a)*(a|a)*b")->fullMatch(std::string(100000, 'a')));
  EXPECT_TRUE(
      NameRegex::create("(.|x)*")->fullMatch(std::string(1000000, 'a')));
}

TEST(NameRegex, Errors) {
  auto error = [](llvm::StringRef pattern) {
    return messageOf(NameRegex::create(pattern).status());
  };
  EXPECT_EQ(error("fc(1"), "'fc(1' is not a regular expression: missing ) "
                           "'fc(1' at character 1");
  EXPECT_EQ(error("fc[b-a]"),
            "'fc[b-a]' is not a regular expression: invalid character class "
            "range 'b-a' at character 4");
  EXPECT_EQ(error("^(?!fc_out).*"),
            "'^(?!fc_out).*' is not a regular expression: invalid perl "
            "operator '(?!' at character 2 (lookahead, lookbehind and "
            "back-references are not supported: matching takes linear time)");
  EXPECT_NE(error("(a)\\1").find("back-references"), std::string::npos);
  EXPECT_EQ(error("((a{100}){100}){100}"),
            "'((a{100}){100}){100}' is not a regular expression: invalid "
            "repetition size '{100}' at character 4");
  EXPECT_EQ(error(std::string(4000000, 'a')),
            "'" + std::string(100, 'a') +
                "…' is not a regular expression: pattern too large - compile "
                "failed");
  EXPECT_NE(error(std::string(100000, '(')).find("not a regular expression"),
            std::string::npos);
  EXPECT_NE(error("\xff").find("'\\FF' is not"), std::string::npos);
}

TEST(QuantizeConfig, FilesOfOtherKinds) {
  std::string path = ::testing::TempDir() + "/mase-other.toml";
  auto error = [&](std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
    return messageOf(loadQuantizeConfig(path).status());
  };
  EXPECT_EQ(error("\x08\x07\x12\x04test"),
            "cannot read configuration '" + path +
                "': expected a TOML file, found an ONNX model; import it with "
                "mase-translate --import-onnx");
  EXPECT_NE(error("module {\n}\n").find("expected a TOML file, found MLIR"),
            std::string::npos);
  EXPECT_NE(
      error("{\"mean\": [1]}").find("expected a TOML file, found a JSON file"),
      std::string::npos);
  std::remove(path.c_str());
  EXPECT_NE(messageOf(loadQuantizeConfig("/dev/zero").status())
                .find("expected a file or a pipe, found a device"),
            std::string::npos);
}

TEST(QuantizeConfig, MissingFile) {
  auto config = loadQuantizeConfig("/nowhere/q.toml");
  EXPECT_EQ(config.status().message(),
            "cannot read configuration '/nowhere/q.toml': no such file or "
            "directory");
}

TEST(NearestNames, NearestFirst) {
  std::vector<std::string> valid = {"linear", "relu", "batch_norm", "add",
                                    "sub"};
  EXPECT_EQ(nearestNames("Linaer", valid, 1),
            std::vector<std::string>{"linear"});
  EXPECT_EQ(nearestNamesText("ad", valid), "; nearest: 'add', 'sub', 'relu'");
  EXPECT_EQ(nearestNamesText("x", {}), "");
}

} // namespace
