// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files and tables against MASE's, pandas' and Python's ways of writing them.
#include "TestProblems.h"

#include "mase/Search/Console.h"
#include "mase/Search/Report/Report.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace mase;
using namespace mase::test;

namespace {

/// The seed document's search: one layer with three knobs, and a table of
/// given numbers in place of an evaluator.
struct SeedStudy {
  Problem problem;
  StudyResult result;
  SampledConfig config;

  SeedStudy() {
    problem = mpqProblem();
    std::string layer = "seq_blocks_2/config/";
    auto number = [](int64_t i) { return Choice(i); };
    problem.space = *Space::create(
        {{layer + "name", {std::string("integer")}, {}},
         {layer + "data_in_width", {number(4), number(8)}, {}},
         {layer + "data_in_frac_width", {Choice()}, {}},
         {layer + "weight_width", {number(2), number(4), number(8)}, {}},
         {layer + "weight_frac_width", {Choice()}, {}},
         {layer + "bias_width", {number(2), number(4), number(8)}, {}},
         {layer + "bias_frac_width", {Choice()}, {}}});
    for (const char *block : {"1", "2", "4", "5", "7", "8", "10"}) {
      std::string name = std::string("seq_blocks_") + block;
      if (name != "seq_blocks_2") {
        config.addConstant({name, "config", "name"}, Choice());
        continue;
      }
      for (size_t k = 0; k < problem.space.numKnobs(); ++k) {
        llvm::StringRef knob = problem.space.knobs()[k].name;
        config.addKnob({name, "config", knob.rsplit('/').second}, k);
      }
    }
    config.addConstant({"default", "config", "name"}, std::string("integer"));
    config.addConstant({"default", "config", "bypass"}, true);
    for (auto [key, value] : {std::pair("bias_frac_width", 5),
                              {"bias_width", 8},
                              {"data_in_frac_width", 5},
                              {"data_in_width", 8},
                              {"weight_frac_width", 3},
                              {"weight_width", 8}})
      config.addConstant({"default", "config", key}, int64_t(value));
    config.addConstant({"accelerator"}, std::string("cuda"));
  }

  void add(uint64_t number, Point point, std::vector<double> metrics) {
    Trial trial;
    trial.number = number;
    trial.point = std::move(point);
    trial.values = {metrics[1], 0.2 * metrics[2]};
    trial.metrics = std::move(metrics);
    trial.startMicros = 1706140800123456;
    trial.completeMicros = trial.startMicros + 61002003;
    result.front.push_back(result.trials.size());
    result.trials.push_back(std::move(trial));
  }

  ReportInput input() const { return {&problem, &result, &config, {}}; }
};

SeedStudy bruteForce() {
  SeedStudy study;
  study.add(8, {0, 0, 0, 0, 0, 0, 0}, {1.494977951, 0.4078707099, 2, 16});
  study.add(16, {0, 0, 0, 1, 0, 0, 0}, {1.3913549185, 0.4582196176, 4, 8});
  study.add(17, {0, 0, 0, 2, 0, 0, 0}, {1.3858699799, 0.4602891803, 8, 4});
  return study;
}

SeedStudy tpe() {
  SeedStudy study;
  study.add(1, {0, 0, 0, 2, 0, 2, 0}, {1.2000683546, 0.5530865192, 8, 4});
  study.add(2, {0, 1, 0, 0, 0, 2, 0}, {1.3501318693, 0.4634926319, 2, 16});
  study.add(7, {0, 1, 0, 1, 0, 1, 0}, {1.3092877865, 0.4918774366, 4, 8});
  return study;
}

TEST(Report, TableOfBestTrials) {
  EXPECT_EQ(bestTrialsTable(bruteForce().input()),
            R"(Best trial(s):
|    |   number | software_metrics                   | hardware_metrics                                  | scaled_metrics                               |
|----+----------+------------------------------------+---------------------------------------------------+----------------------------------------------|
|  0 |        8 | {'loss': 1.495, 'accuracy': 0.408} | {'average_bitwidth': 2.0, 'memory_density': 16.0} | {'accuracy': 0.408, 'average_bitwidth': 0.4} |
|  1 |       16 | {'loss': 1.391, 'accuracy': 0.458} | {'average_bitwidth': 4.0, 'memory_density': 8.0}  | {'accuracy': 0.458, 'average_bitwidth': 0.8} |
|  2 |       17 | {'loss': 1.386, 'accuracy': 0.46}  | {'average_bitwidth': 8.0, 'memory_density': 4.0}  | {'accuracy': 0.46, 'average_bitwidth': 1.6}  |
)");
}

/// For people: the best first, with MASE's rows where they fit.
TEST(Report, TableForAConsole) {
  SeedStudy study = bruteForce();
  std::string wide = consoleTable(study.input(), 0);
  EXPECT_EQ(wide, consoleTable(study.input(), 190));
  size_t first = wide.find("|  2 |       17 |");
  EXPECT_LT(first, wide.find("|  1 |       16 |"));
  EXPECT_LT(wide.find("|  1 |       16 |"), wide.find("|  0 |        8 |"));
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(consoleTable(study.input(), 80),
            "Best trial(s):\n"
            "trial  accuracy  average_bitwidth   loss  memory_density\n"
            "                             bits\n"
            "   17    0.4603                 8  1.386               4\n"
            "   16    0.4582                 4  1.391               8\n"
            "    8    0.4079                 2  1.495              16\n");
  EXPECT_EQ(consoleTable(study.input(), 40),
            "Best trial(s):\n"
            "trial  accuracy  average_bitwidth   loss\n"
            "                             bits\n"
            "   17    0.4603                 8  1.386\n"
            "   16    0.4582                 4  1.391\n"
            "    8    0.4079                 2  1.495\n");
  EXPECT_EQ(consoleTable(study.input(), 26), "Best trial(s):\n"
                                             "trial  accuracy  average_…\n"
                                             "                      bits\n"
                                             "   17    0.4603          8\n"
                                             "   16    0.4582          4\n"
                                             "    8    0.4079          2\n");
  // Smaller is better first, too.
  std::swap(study.problem.objectives[0], study.problem.objectives[1]);
  for (Trial &trial : study.result.trials)
    std::swap(trial.values[0], trial.values[1]);
  EXPECT_NE(consoleTable(study.input(), 40).find("bits\n    8 "),
            std::string::npos);
}

TEST(Report, TableShowsChosenMetricsAndObjectives) {
  SeedStudy study = bruteForce();
  ReportInput input = study.input();
  input.tableMetrics = {"loss"};
  std::string table = bestTrialsTable(input);
  EXPECT_NE(table.find("{'loss': 1.495, 'accuracy': 0.408}"),
            std::string::npos);
  EXPECT_NE(table.find("{'average_bitwidth': 2.0} "), std::string::npos);
}

TEST(Report, MetricsWithTheirErrors) {
  EXPECT_EQ(withError(0.7641, 0.0094), "0.764 ± 0.009");
  EXPECT_EQ(withError(0.76414, 0.00042), "0.7641 ± 0.0004");
  EXPECT_EQ(withError(0.5, 0.25), "0.500 ± 0.250");
  EXPECT_EQ(withError(1, 0), "1.0");
  EXPECT_EQ(withError(2, std::nan("")), "2.0");

  SeedStudy study = bruteForce();
  ReportInput input = study.input();
  double none = std::nan("");
  EXPECT_EQ(metricsLine(input, "float32", {}, {}), "");
  EXPECT_EQ(metricsLine(input, "float32", {0.7, 0.764, 32, 1},
                        {none, 0.009, none, none}),
            "float32: loss 0.7, accuracy 0.764 ± 0.009, average_bitwidth 32.0 "
            "bits, memory_density 1.0\n");
  input.tableMetrics = {"loss"}; // and the objectives
  input.samples = 2000;
  EXPECT_EQ(metricsLine(input, "trial 5", {0.7, none, 32, 1}, {}),
            "trial 5: loss 0.7, average_bitwidth 32.0 bits on 2000 samples\n");
}

TEST(Report, ResultsKeepWhatMatters) {
  SeedStudy study = bruteForce();
  ReportInput input = study.input();
  for (size_t columns : {20, 35, 60}) {
    std::string table = resultsTable(input, columns);
    llvm::StringRef head = llvm::StringRef(table).split('\n').first;
    EXPECT_TRUE(head.starts_with("trial  ")) << table;
    // The objectives before knobs, and these before the loss, which is
    // narrower than both.
    EXPECT_TRUE(head.contains("accuracy")) << table;
    EXPECT_EQ(head.contains("average_bitwidth"), columns >= 40) << table;
    EXPECT_FALSE(head.contains("loss")) << table;
    EXPECT_NE(table.find("no room here,"), std::string::npos) << table;
    llvm::SmallVector<llvm::StringRef> lines;
    llvm::StringRef(table).split(lines, '\n');
    for (llvm::StringRef line : lines)
      EXPECT_TRUE(line.size() <= columns || !line.ltrim().contains(' '))
          << line.str();
  }
  EXPECT_NE(resultsTable(input).find("*: on the front\n"), std::string::npos);
  study.result.front.clear();
  EXPECT_EQ(resultsTable(study.input()).find('*'), std::string::npos);
}

TEST(Console, Numbers) {
  EXPECT_EQ(shownValue(0.75123), "0.7512");
  EXPECT_EQ(shownValue(11.634, "bits"), "11.63 bits");
  EXPECT_EQ(shownValue(9999.7), "10000");
  EXPECT_EQ(shownValue(11860, "bytes"), "11860 bytes");
  EXPECT_EQ(shownValue(123456789.4), "123456789");
  EXPECT_EQ(shownValue(-4), "-4");
  EXPECT_EQ(shownDuration(3.21e-6), "3.2 us");
  EXPECT_EQ(shownDuration(1.8e-4), "180 us");
  EXPECT_EQ(shownDuration(9.996e-4), "1 ms");
  EXPECT_EQ(shownDuration(0.128), "130 ms");
  EXPECT_EQ(shownDuration(0.349), "350 ms");
  EXPECT_EQ(shownDuration(110), "110 s");
  EXPECT_EQ(shownDuration(5400), "90 minutes");
  EXPECT_EQ(shownDuration(1e4), "3 hours");
  EXPECT_EQ(shownDuration(1e9), "11574 days");
}

TEST(Console, WrappedLinesKeepTheirIndent) {
  EXPECT_EQ(wrapped("  one two three\nfour\n", 9),
            "  one two\n    three\nfour\n");
  EXPECT_EQ(wrapped("network      three layers", 18),
            "network      three\n  layers");
}

TEST(Report, EmptyTable) {
  SeedStudy study;
  EXPECT_EQ(bestTrialsTable(study.input()),
            "Best trial(s):\n"
            "|    |   number | software_metrics   | hardware_metrics   | "
            "scaled_metrics   |\n"
            "|----+----------+--------------------+--------------------+-----"
            "-------------|\n");
  EXPECT_EQ(bestJson(study.input()), "{\n}\n");
}

/// The seed document, or nothing.
std::string seedDocument() {
  const char *shared = std::getenv("MASE_SHARED");
  std::filesystem::path folder =
      std::filesystem::path(shared ? shared : MASE_SOURCE_DIR "/../shared") /
      "seed";
  std::string text;
  if (std::filesystem::is_directory(folder))
    for (const auto &file : std::filesystem::directory_iterator(folder)) {
      std::stringstream buffer;
      buffer << std::ifstream(file.path()).rdbuf();
      text += buffer.str();
    }
  return text;
}

TEST(Report, BestJsonAndTableAsTheSeedHasThem) {
  std::string seed = seedDocument();
  if (seed.empty())
    GTEST_SKIP() << "the seed document is not there";
  SeedStudy brute = bruteForce(), sampled = tpe();
  for (const std::string &text :
       {bestTrialsTable(brute.input()), bestTrialsTable(sampled.input()),
        bestJson(brute.input()), bestJson(sampled.input())})
    EXPECT_NE(seed.find("```\n" + text + "```"), std::string::npos) << text;
}

TEST(Report, LogJson) {
  SeedStudy study = bruteForce();
  std::string log = logJson(study.input());
  EXPECT_EQ(log.find("{\n    \"8\":{\n        \"number\":8,\n"
                     "        \"values_0\":0.4078707099,\n"
                     "        \"values_1\":0.4,\n"
                     "        \"user_attrs_hardware_metrics\":{\n"
                     "            \"average_bitwidth\":2.0,\n"
                     "            \"memory_density\":16.0\n        },\n"
                     "        \"user_attrs_sampled_config\":{\n"
                     "            \"seq_blocks_1\":{\n"
                     "                \"config\":{\n"
                     "                    \"name\":null\n"),
            0u)
      << log;
  EXPECT_NE(log.find("        \"user_attrs_scaled_metrics\":{\n"
                     "            \"accuracy\":0.4078707099,\n"
                     "            \"average_bitwidth\":0.4\n        },\n"
                     "        \"user_attrs_software_metrics\":{\n"
                     "            \"loss\":1.494977951,\n"
                     "            \"accuracy\":0.4078707099\n        },\n"
                     "        \"state\":\"COMPLETE\",\n"
                     "        \"datetime_start\":1706140800123,\n"
                     "        \"datetime_complete\":1706140861125,\n"
                     "        \"duration\":61002\n    },\n    \"16\":{"),
            std::string::npos)
      << log;
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(log);
  ASSERT_TRUE(bool(parsed));
  EXPECT_EQ(parsed->getAsObject()->size(), 3u);
}

TEST(Report, FailedTrials) {
  SeedStudy study = bruteForce();
  Trial failed;
  failed.number = 18;
  failed.point = Point(7, 0);
  failed.state = TrialState::Fail;
  failed.reason = "no answer, \"really\"";
  study.result.trials.push_back(failed);
  std::string log = logJson(study.input());
  EXPECT_NE(log.find("\"values_1\":null,\n        \"user_attrs_failure\":"
                     "\"no answer, \\\"really\\\"\",\n"
                     "        \"user_attrs_hardware_metrics\":{\n\n        }"),
            std::string::npos)
      << log;
  EXPECT_NE(log.find("\"state\":\"FAIL\""), std::string::npos);
  EXPECT_NE(log.find("\"user_attrs_failure\":null"), std::string::npos);
  EXPECT_TRUE(bool(llvm::json::parse(log)));
  std::string csv = trialsCsv(study.input());
  EXPECT_NE(csv.find("\n18,,,1970-01-01"), std::string::npos) << csv;
  EXPECT_NE(csv.find("\"no answer, \"\"really\"\"\""), std::string::npos);
}

TEST(Report, ExtraMetricsComeAfterTheDeclaredOnes) {
  SeedStudy study = bruteForce();
  study.result.trials[0].extraMetrics = {{"area", 120}, {"accuracy", 9}};
  study.result.trials[1].extraMetrics = {{"power", 2.5}, {"area", NAN}};
  std::string software = "{'loss': 1.495, 'accuracy': 0.408, 'area': 120.0}";
  EXPECT_NE(bestTrialsTable(study.input()).find(software), std::string::npos)
      << bestTrialsTable(study.input());
  for (const std::string &text :
       {bestJson(study.input()), logJson(study.input())}) {
    EXPECT_NE(text.find("\"accuracy\":0.4078707099,\n            "
                        "\"area\":120.0\n        }"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("\"accuracy\":0.4582196176,\n            "
                        "\"power\":2.5\n        }"),
              std::string::npos)
        << text;
  }
  EXPECT_NE(
      trialsCsv(study.input()).find("'accuracy': 0.4582196176, 'power': 2.5}"),
      std::string::npos);
}

TEST(Report, ConstraintValues) {
  SeedStudy study = bruteForce();
  study.problem.constraints = {
      {"accuracy", Constraint::Kind::AtLeast, 0.45},
      {"average_bitwidth", Constraint::Kind::AtMost, 4}};
  Trial failed;
  failed.number = 18;
  failed.point = Point(7, 0);
  failed.state = TrialState::Fail;
  failed.reason = "no";
  study.result.trials.push_back(failed);
  // As Optuna has them: positive where the constraint is broken.
  std::string csv = trialsCsv(study.input());
  EXPECT_NE(csv.find("user_attrs_software_metrics,system_attrs_constraints,"
                     "state\n"),
            std::string::npos);
  EXPECT_NE(csv.find("\"[0.04212929"), std::string::npos) << csv;
  EXPECT_NE(csv.find(", -0.5]\",COMPLETE"), std::string::npos) << csv;
  EXPECT_NE(csv.find("{},,FAIL"), std::string::npos) << csv;
  std::string log = logJson(study.input());
  EXPECT_NE(log.find("\"system_attrs_constraints\":[\n            "
                     "0.0421292901,\n            -0.5\n        ],\n"
                     "        \"state\""),
            std::string::npos)
      << log;
  EXPECT_NE(log.find("\"system_attrs_constraints\":null"), std::string::npos);
  EXPECT_TRUE(bool(llvm::json::parse(log)));
}

TEST(Report, SingleObjective) {
  SeedStudy study = bruteForce();
  study.problem.sumScaledMetrics = true;
  for (Trial &trial : study.result.trials)
    trial.values = {trial.values[0] - trial.values[1]};
  EXPECT_NE(logJson(study.input()).find("\"value\":0.0078707099"),
            std::string::npos);
  EXPECT_EQ(trialsCsv(study.input()).find("number,value,datetime_start"), 0u);
  EXPECT_NE(bestJson(study.input())
                .find("\"value\":[\n            0.0078707099\n        ]"),
            std::string::npos);
}

TEST(Report, TrialsCsv) {
  SeedStudy study = bruteForce();
  std::string csv = trialsCsv(study.input());
  auto [head, rest] = llvm::StringRef(csv).split('\n');
  EXPECT_EQ(head,
            "number,values_0,values_1,datetime_start,datetime_complete,"
            "duration,params_seq_blocks_2/config/bias_frac_width,"
            "params_seq_blocks_2/config/bias_width,"
            "params_seq_blocks_2/config/data_in_frac_width,"
            "params_seq_blocks_2/config/data_in_width,"
            "params_seq_blocks_2/config/name,"
            "params_seq_blocks_2/config/weight_frac_width,"
            "params_seq_blocks_2/config/weight_width,"
            "user_attrs_hardware_metrics,user_attrs_sampled_config,"
            "user_attrs_scaled_metrics,user_attrs_software_metrics,state");
  EXPECT_EQ(
      rest.split('\n').first,
      "8,0.4078707099,0.4,2024-01-25 00:00:00.123456,"
      "2024-01-25 00:01:01.125459,0 days 00:01:01.002003,,2,,4,integer,,2,"
      "\"{'average_bitwidth': 2.0, 'memory_density': 16.0}\","
      "\"{'seq_blocks_1': {'config': {'name': None}}, 'seq_blocks_2': "
      "{'config': {'name': 'integer', 'data_in_width': 4, "
      "'data_in_frac_width': None, 'weight_width': 2, 'weight_frac_width': "
      "None, 'bias_width': 2, 'bias_frac_width': None}}, 'seq_blocks_4': "
      "{'config': {'name': None}}, 'seq_blocks_5': {'config': {'name': "
      "None}}, 'seq_blocks_7': {'config': {'name': None}}, 'seq_blocks_8': "
      "{'config': {'name': None}}, 'seq_blocks_10': {'config': {'name': "
      "None}}, 'default': {'config': {'name': 'integer', 'bypass': True, "
      "'bias_frac_width': 5, 'bias_width': 8, 'data_in_frac_width': 5, "
      "'data_in_width': 8, 'weight_frac_width': 3, 'weight_width': 8}}, "
      "'accelerator': 'cuda'}\","
      "\"{'accuracy': 0.4078707099, 'average_bitwidth': 0.4}\","
      "\"{'loss': 1.494977951, 'accuracy': 0.4078707099}\",COMPLETE");
}

TEST(Report, ConditionalKnobsAreLeftOut) {
  Knob on{"net/on", {false, true}, {}};
  Knob width{"net/width", {int64_t(4), int64_t(8)}, {{0, {1}}}};
  Knob only{"sub/depth", {int64_t(1)}, {{0, {1}}}};
  Space space = *Space::create({on, width, only});
  SampledConfig config(space);
  auto text = [&](ConfigStyle style, Point point) {
    std::string out;
    SampledConfigWriter(config, space, style).append(out, point);
    return out;
  };
  EXPECT_EQ(text(ConfigStyle::Json, {1, 1, 0}),
            "{\"net\": {\"on\": true, \"width\": 8}, \"sub\": {\"depth\": "
            "1}}");
  EXPECT_EQ(text(ConfigStyle::Json, {0, 0, 0}),
            "{\"net\": {\"on\": false}, \"sub\": {}}");
  EXPECT_EQ(text(ConfigStyle::Python, {0, 0, 0}),
            "{'net': {'on': False}, 'sub': {}}");
  EXPECT_EQ(text(ConfigStyle::Pandas, {0, 0, 0}),
            "{\n    \"net\":{\n        \"on\":false\n    },\n    \"sub\":{\n\n"
            "    }\n}");
}

TEST(Numbers, AsPythonAndPandasPrintThem) {
  // Expected texts are those of Python 3.11 and pandas 3.1.
  EXPECT_EQ(pythonFloat(8), "8.0");
  EXPECT_EQ(pythonFloat(0.1), "0.1");
  EXPECT_EQ(pythonFloat(1e16), "1e+16");
  EXPECT_EQ(pythonFloat(1e15), "1000000000000000.0");
  EXPECT_EQ(pythonFloat(1e-5), "1e-05");
  EXPECT_EQ(pythonFloat(1e-4), "0.0001");
  EXPECT_EQ(pythonFloat(4e-7), "4e-07");
  EXPECT_EQ(pythonFloat(-0.0), "-0.0");
  EXPECT_EQ(pythonFloat(std::nan("")), "nan");
  EXPECT_EQ(pythonFloat(-INFINITY), "-inf");
  EXPECT_EQ(pythonRounded(0.46028918, 3), "0.46");
  EXPECT_EQ(pythonRounded(1.0005, 3), "1.0");   // below a half in binary
  EXPECT_EQ(pythonRounded(0.0625, 3), "0.062"); // a tie goes to even
  EXPECT_EQ(pythonRounded(1e300, 3), "1e+300");
  auto pandas = [](double value) {
    std::string out;
    appendPandasFloat(out, value);
    return out;
  };
  EXPECT_EQ(pandas(1.0 / 3), "0.3333333333");
  EXPECT_EQ(pandas(1e-7), "0.0000001");
  EXPECT_EQ(pandas(123456789.123456789), "123456789.123456791");
  EXPECT_EQ(pandas(1e15), "1000000000000000.0");
  EXPECT_EQ(pandas(1.5e16), "1.5e+16");
  EXPECT_EQ(pandas(1e-11), "0.0");
  EXPECT_EQ(pandas(-1e-11), "0.0");
  EXPECT_EQ(pandas(0.99999999999), "1.0");
  EXPECT_EQ(pandas(-0.0), "0.0");
  EXPECT_EQ(pandas(0.1 + 0.2), "0.3");
  EXPECT_EQ(pandas(std::nan("")), "null");
}

/// A folder that is removed at the end.
class TemporaryFolder {
public:
  TemporaryFolder() {
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("mase-search", path));
  }
  ~TemporaryFolder() { EXPECT_FALSE(llvm::sys::fs::remove_directories(path)); }
  std::string operator/(llvm::StringRef name) const {
    return (path + "/" + name).str();
  }

private:
  llvm::SmallString<128> path;
};

std::string contentsOf(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : "(no file)";
}

absl::Status writeAll(const ReportInput &input, const std::string &folder) {
  AtomicFiles files;
  absl::Status status = writeReports(input, folder, files);
  return status.ok() ? files.commit() : status;
}

TEST(Files, ReportsInANewFolder) {
  TemporaryFolder folder;
  SeedStudy study = bruteForce();
  ASSERT_TRUE(writeAll(study.input(), folder / "a/b/c").ok());
  EXPECT_EQ(contentsOf(folder / "a/b/c/best.json"), bestJson(study.input()));
  EXPECT_EQ(contentsOf(folder / "a/b/c/log.json"), logJson(study.input()));
  EXPECT_EQ(contentsOf(folder / "a/b/c/trials.csv"), trialsCsv(study.input()));
  EXPECT_EQ(contentsOf(folder / "a/b/c/front.svg"), frontSvg(study.input()));
  EXPECT_EQ(contentsOf(folder / "a/b/c/report.html"),
            reportHtml(study.input()));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "a/b/c"),
                          std::filesystem::directory_iterator()),
            5);
}

TEST(Files, AFileInTheWay) {
  TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  EXPECT_FALSE(writeAll(bruteForce().input(), folder / "file").ok());
  absl::Status status = writeAll(bruteForce().input(), folder / "file/below");
  EXPECT_NE(status.message().find("file"), absl::string_view::npos) << status;
  EXPECT_EQ(contentsOf(folder / "file"), "x");
}

} // namespace
