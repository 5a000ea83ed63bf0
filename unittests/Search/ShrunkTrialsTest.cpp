// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Shrunk networks among a study's trials: what files, page and figure say of
// them, and that they say nothing of knobs.
#include "TestProblems.h"

#include "mase/Search/Indicators.h"
#include "mase/Search/Report/Report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "gtest/gtest.h"

using namespace mase;
using namespace mase::test;

namespace {

struct ShrunkStudy {
  Problem problem = mpqProblem();
  StudyResult plain, result;
  SampledConfig config{problem.space};

  ShrunkStudy() {
    StudyOptions options;
    options.sampler = "random";
    options.seed = 1;
    options.numTrials = 60;
    plain = result = *runStudy(problem, options);
    shrinkFront(problem, result);
  }

  ReportInput input() const { return {&problem, &result, &config, {}}; }
  /// The first shrunk trial of the front: its position there.
  size_t place() const {
    return size_t(llvm::find_if(result.front,
                                [&](size_t i) {
                                  return result.trials[i].shrunk.has_value();
                                }) -
                  result.front.begin());
  }
  const Trial &member() const { return result.trials[result.front[place()]]; }
};

llvm::json::Value parsed(llvm::StringRef text) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  EXPECT_TRUE(bool(value)) << llvm::toString(value.takeError());
  return value ? std::move(*value) : llvm::json::Value(nullptr);
}

/// The column `name` of a CSV file without quoted commas before it.
std::vector<std::string> columnOf(llvm::StringRef csv, llvm::StringRef name) {
  llvm::SmallVector<llvm::StringRef> lines;
  csv.split(lines, '\n', -1, /*KeepEmpty=*/false);
  std::vector<std::string> cells;
  size_t column = 0;
  for (auto [l, line] : llvm::enumerate(lines)) {
    llvm::SmallVector<llvm::StringRef> fields;
    line.split(fields, ',');
    if (l == 0)
      column = size_t(llvm::find(fields, name) - fields.begin());
    else
      cells.push_back(fields[column].str());
  }
  return cells;
}

TEST(ShrunkTrials, AreMarkedInBestJson) {
  ShrunkStudy study;
  ASSERT_LT(study.place(), study.result.front.size());
  llvm::json::Value best = parsed(bestJson(study.input()));
  for (auto [place, i] : llvm::enumerate(study.result.front)) {
    const Trial &trial = study.result.trials[i];
    const llvm::json::Object &row =
        *best.getAsObject()->getObject(std::to_string(place));
    EXPECT_EQ(row.getInteger("number"), int64_t(trial.number));
    EXPECT_EQ(row.getInteger("shrunk_from"),
              trial.shrunk ? std::optional(int64_t(trial.shrunk->from))
                           : std::nullopt);
    EXPECT_EQ(row.getInteger("budget"),
              trial.shrunk ? std::optional(trial.shrunk->budget)
                           : std::nullopt);
  }
}

TEST(ShrunkTrials, AreMarkedInTheFilesOfAllTrials) {
  ShrunkStudy study;
  llvm::json::Value log = parsed(logJson(study.input()));
  auto compact = columnOf(compactTrialsCsv(study.input()), "budget");
  auto sources = columnOf(compactTrialsCsv(study.input()), "shrunk_from");
  ASSERT_EQ(compact.size(), study.result.trials.size());
  for (auto [i, trial] : llvm::enumerate(study.result.trials)) {
    const llvm::json::Object &row =
        *log.getAsObject()->getObject(std::to_string(trial.number));
    const llvm::json::Value *from = row.get("user_attrs_shrunk_from"),
                            *budget = row.get("user_attrs_budget");
    ASSERT_TRUE(from && budget);
    if (!trial.shrunk) {
      EXPECT_EQ(*from, llvm::json::Value(nullptr));
      EXPECT_EQ(*budget, llvm::json::Value(nullptr));
      EXPECT_EQ(compact[i] + sources[i], "");
      continue;
    }
    EXPECT_EQ(from->getAsInteger(), int64_t(trial.shrunk->from));
    EXPECT_EQ(budget->getAsInteger(), trial.shrunk->budget);
    EXPECT_EQ(compact[i], std::to_string(trial.shrunk->budget));
    EXPECT_EQ(sources[i], std::to_string(trial.shrunk->from));
  }
  std::string csv = trialsCsv(study.input());
  llvm::StringRef head = llvm::StringRef(csv).split('\n').first;
  EXPECT_TRUE(head.contains(",user_attrs_budget,user_attrs_hardware_metrics,"));
  EXPECT_TRUE(head.contains(
      ",user_attrs_shrunk_from,user_attrs_software_metrics,state"));
  // As many fields in each row, counted outside of quotes.
  auto fields = [](llvm::StringRef line) {
    size_t count = 1;
    bool quoted = false;
    for (char c : line) {
      quoted ^= c == '"';
      count += c == ',' && !quoted;
    }
    return count;
  };
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(csv).split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef line : lines)
    EXPECT_EQ(fields(line), fields(head)) << line.str();
}

TEST(ShrunkTrials, AreMarkedInResults) {
  ShrunkStudy study;
  const Trial &member = study.member();
  llvm::json::Value results = parsed(resultsJson(study.input()));
  size_t found = 0;
  for (const llvm::json::Value &row : *results.getAsArray())
    if (auto from = row.getAsObject()->getInteger("shrunk_from")) {
      ++found;
      if (row.getAsObject()->getInteger("number") != int64_t(member.number))
        continue;
      EXPECT_EQ(from, int64_t(member.shrunk->from));
      EXPECT_EQ(row.getAsObject()->getInteger("budget"), member.shrunk->budget);
    }
  EXPECT_EQ(found, study.result.numShrunk());
  auto budgets = columnOf(resultsCsv(study.input()), "budget");
  EXPECT_EQ(llvm::count(budgets, "200"), llvm::count(budgets, "100"));
  EXPECT_EQ(size_t(2 * llvm::count(budgets, "200")), found);
  std::string table = resultsTable(study.input());
  EXPECT_NE(table.find("shrunk from"), std::string::npos);
  // Searches without them have none of that.
  study.result = study.plain;
  for (const std::string &text :
       {resultsCsv(study.input()), trialsCsv(study.input()),
        compactTrialsCsv(study.input()), logJson(study.input()),
        bestJson(study.input()), resultsTable(study.input())})
    EXPECT_EQ(text.find("shrunk"), std::string::npos);
}

TEST(ShrunkTrials, NameTheirBeginningOnAConsole) {
  ShrunkStudy study;
  const Trial &member = study.member();
  std::string table = consoleTable(study.input(), 60);
  EXPECT_NE(table.find(std::to_string(member.shrunk->from) + " > " +
                       std::to_string(member.number) + " "),
            std::string::npos)
      << table;
  study.result = study.plain;
  EXPECT_EQ(consoleTable(study.input(), 60).find('>'), std::string::npos);
}

TEST(ShrunkTrials, SayNothingOfKnobs) {
  ShrunkStudy study;
  KnobImportances before = knobImportances(study.problem, study.plain.trials),
                  after = knobImportances(study.problem, study.result.trials);
  EXPECT_EQ(before.numTrials, after.numTrials);
  EXPECT_EQ(before.overall, after.overall);
  auto plain = layerSensitivities(study.problem, study.plain.trials),
       shrunk = layerSensitivities(study.problem, study.result.trials);
  for (auto [a, b] : llvm::zip_equal(plain, shrunk)) {
    EXPECT_EQ(a.numPairs, b.numPairs);
    EXPECT_EQ(a.meanChange, b.meanChange);
  }
}

TEST(ShrunkTrials, ArePathsOfThePageAndTheFigure) {
  ShrunkStudy study;
  std::string page = reportHtml(study.input());
  const Trial &member = study.member();
  std::string cell = "<tr><td>" + std::to_string(member.number) +
                     "<small> from " + std::to_string(member.shrunk->from) +
                     ", ≤ " + std::to_string(member.shrunk->budget) +
                     "</small></td>";
  EXPECT_NE(page.find(cell), std::string::npos) << cell;
  EXPECT_NE(page.find("<dt>Trials</dt><dd>60</dd>"), std::string::npos);
  EXPECT_NE(page.find("<dt>Shrunk networks</dt><dd>" +
                      std::to_string(study.result.numShrunk()) + "</dd>"),
            std::string::npos);
  llvm::StringRef data = llvm::StringRef(page)
                             .split("id=\"study\">\n")
                             .second.split("\n</script>")
                             .first;
  llvm::json::Value json = parsed(data);
  const llvm::json::Array &paths = *json.getAsObject()->getArray("paths");
  ASSERT_EQ(paths.size(), study.plain.front.size());
  for (auto [path, start] : llvm::zip_equal(paths, study.plain.front)) {
    const llvm::json::Object &object = *path.getAsObject();
    EXPECT_EQ(object.getInteger("from"),
              int64_t(study.plain.trials[start].number));
    EXPECT_EQ(object.getInteger("start"), int64_t(start));
    ASSERT_EQ(object.getArray("trials")->size(), 2u);
    const llvm::json::Array &last =
        *object.getArray("trials")->back().getAsArray();
    EXPECT_EQ(study.result.trials[size_t(*last[0].getAsInteger())].shrunk->from,
              study.plain.trials[start].number);
    EXPECT_EQ(last[1].getAsInteger(), 100);
  }

  std::string figure = frontSvg(study.input());
  std::string legend =
      ">paths of shrinking (" + std::to_string(study.plain.front.size()) + ")<";
  EXPECT_NE(figure.find(legend), std::string::npos);
  // All paths are one element: each begins once, and goes on twice.
  llvm::StringRef lines = llvm::StringRef(figure)
                              .split("stroke=\"#0f8a6d\"")
                              .first.rsplit("<path d=\"")
                              .second;
  EXPECT_EQ(lines.count('M'), study.plain.front.size());
  EXPECT_EQ(lines.count('L'), 2 * study.plain.front.size());
  study.result = study.plain;
  EXPECT_EQ(frontSvg(study.input()).find("#0f8a6d"), std::string::npos);
  EXPECT_EQ(reportHtml(study.input()).find("\"paths\":"), std::string::npos);
  // Over the trials of one objective there is no plane to draw them in.
  ShrunkStudy single;
  single.problem.objectives.resize(1);
  for (Trial &trial : single.result.trials)
    trial.values.resize(1);
  single.result.front = {0};
  EXPECT_EQ(frontSvg(single.input()).find("#0f8a6d"), std::string::npos);
}

} // namespace
