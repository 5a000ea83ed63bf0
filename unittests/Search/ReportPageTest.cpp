// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// report.html and front.svg as text: what must be in them, and what must not.
// test/Search/report-html.test opens them in a browser.
#include "TestProblems.h"

#include "mase/Search/Report/Report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mase;
using namespace mase::test;

namespace {

struct Study {
  Problem problem;
  StudyResult result;
  SampledConfig config;

  explicit Study(uint64_t trials, Problem given = mpqProblem())
      : problem(std::move(given)), config(problem.space) {
    StudyOptions options;
    options.sampler = "random";
    options.seed = 1;
    options.numTrials = trials;
    if (trials)
      result = *runStudy(problem, options);
  }

  ReportInput input() const {
    ReportInput input;
    input.problem = &problem;
    input.result = &result;
    input.config = &config;
    input.title = "net";
    return input;
  }
};

size_t countOf(llvm::StringRef text, llvm::StringRef part) {
  return text.count(part);
}

/// The JSON of the script element with this id.
llvm::json::Object dataOf(llvm::StringRef page, const std::string &id) {
  llvm::StringRef rest =
      page.split("<script type=\"application/json\" id=\"" + id + "\">\n")
          .second;
  llvm::Expected<llvm::json::Value> value =
      llvm::json::parse(rest.split("\n</script>").first);
  EXPECT_TRUE(bool(value)) << llvm::toString(value.takeError());
  return value ? std::move(*value->getAsObject()) : llvm::json::Object();
}

size_t lengthOf(const llvm::json::Object &object, llvm::StringRef key) {
  const llvm::json::Array *array = object.getArray(key);
  return array ? array->size() : 0;
}

TEST(ReportHtml, HoldsTheStudy) {
  Study study(80);
  ReportInput input = study.input();
  input.facts = {{"Seed", "one & only"}};
  input.reproduceCommand = [](const Trial &trial) {
    return "run \"" + std::to_string(trial.number) + "\"";
  };
  std::string page = reportHtml(input);
  EXPECT_EQ(page.find("<!doctype html>\n"), 0u);
  EXPECT_NE(page.find("<title>net: search report</title>"), std::string::npos);
  EXPECT_NE(page.find("<dt>Objectives</dt><dd>maximise accuracy, minimise "
                      "average_bitwidth</dd>"),
            std::string::npos);
  EXPECT_NE(page.find("<dt>Search space</dt><dd>5,832 points, 9 knobs</dd>"),
            std::string::npos);
  EXPECT_NE(page.find("<dt>Seed</dt><dd>one &amp; only</dd>"),
            std::string::npos);
  EXPECT_EQ(page.find("<dt>Failed</dt>"), std::string::npos);
  EXPECT_EQ(countOf(page, "<tr><td>"), study.result.front.size());

  llvm::json::Object data = dataOf(page, "study");
  EXPECT_EQ(lengthOf(data, "front"), study.result.front.size());
  EXPECT_EQ(lengthOf(data, "commands"), study.result.front.size());
  EXPECT_EQ(data.getArray("commands")->front(),
            "run \"" + std::to_string(study.result.front[0]) + "\"");
  EXPECT_EQ(lengthOf(data, "knobs"), 9u);
  const llvm::json::Object &trials = *data.getObject("trials");
  EXPECT_EQ(lengthOf(trials, "number"), 80u);
  EXPECT_EQ(lengthOf(trials, "points"), 9u);
  EXPECT_EQ(lengthOf(trials, "metrics"), 4u);
  double shares = 0;
  for (const llvm::json::Value &share :
       *data.getObject("importances")->getArray("overall"))
    shares += *share.getAsNumber();
  EXPECT_NEAR(shares, 1, 1e-5);
  // What a member of the front shows is exact.
  size_t member = study.result.front[0];
  EXPECT_EQ(*(*trials.getArray("metrics"))[1]
                 .getAsArray()
                 ->data()[member]
                 .getAsNumber(),
            study.result.trials[member].metrics[1]);
}

TEST(ReportHtml, HoldsTheBaseline) {
  Study study(20);
  ReportInput input = study.input();
  llvm::json::Object data = dataOf(reportHtml(input), "study");
  EXPECT_EQ(*data.get("baseline"), llvm::json::Value(nullptr));
  EXPECT_EQ(data.getInteger("samples"), 0);
  EXPECT_EQ(countOf(reportHtml(input), "<tfoot>"), 0u);
  EXPECT_EQ(countOf(reportHtml(input), "<small> ± "), 0u);
  double none = std::nan("");
  input.baseline = {0.5, 0.75, 32, none};
  input.baselineErrors = {none, 0.25, none, none};
  input.samples = 100;
  data = dataOf(reportHtml(input), "study");
  using llvm::json::Array;
  EXPECT_EQ(*data.getObject("baseline")->getArray("values"),
            (Array{0.5, 0.75, 32.0, nullptr}));
  EXPECT_EQ(*data.getObject("baseline")->getArray("errors"),
            (Array{nullptr, 0.25, nullptr, nullptr}));
  EXPECT_EQ(data.getInteger("samples"), 100);
}

TEST(ReportHtml, TheFrontsTableHasErrorsAndTheBaseline) {
  Study study(20);
  ReportInput input = study.input();
  input.baseline = {0.5, 0.75, 32, std::nan("")};
  input.baselineErrors = {std::nan(""), 0.25};
  input.samples = 1234;
  Trial &trial = study.result.trials[study.result.front.front()];
  trial.metrics[1] = 0.625;
  trial.errors = {std::nan(""), 0.0123};
  std::string page = reportHtml(input);
  // Below the trials, where no sorting moves it.
  EXPECT_NE(page.find("</tbody>\n<tfoot>\n<tr><th scope=\"row\">float32</th>"
                      "<td>0.75<small> ± 0.25</small></td><td>32</td>"),
            std::string::npos);
  EXPECT_EQ(countOf(page, "<td>0.625<small> ± 0.012</small></td>"), 1u);
  EXPECT_EQ(countOf(page, "<tr><td>"), study.result.front.size());
  EXPECT_EQ(countOf(page, "±: the standard error of figures on 1,234 samples."),
            1u);
  // One of 0 says nothing.
  trial.errors[1] = input.baselineErrors[1] = 0;
  EXPECT_EQ(countOf(reportHtml(input), "<small> ± "), 0u);
}

TEST(ReportHtml, OnlyOneLineDependsOnTime) {
  Study first(50), second(50);
  second.result.seconds = first.result.seconds + 100;
  for (Trial &trial : second.result.trials)
    trial.completeMicros += 12345678;
  ReportInput one = first.input(), two = second.input();
  one.runFacts = {{"Jobs", "1"}};
  two.runFacts = {{"Jobs", "2"}};
  auto blank = [](std::string page) {
    size_t begin = page.find("id=\"run\">\n") + 10;
    size_t end = page.find('\n', begin);
    EXPECT_NE(page.substr(begin, end - begin).find("Time"), std::string::npos);
    return page.erase(begin, end - begin);
  };
  EXPECT_NE(reportHtml(one), reportHtml(two));
  EXPECT_EQ(blank(reportHtml(one)), blank(reportHtml(two)));
  EXPECT_EQ(frontSvg(one), frontSvg(two));
}

TEST(ReportHtml, NamesAreTextWhateverTheySay) {
  const std::string hostile =
      "</script><img src=x onerror='owned()'>&\"\\u003c@run@\xff<!--";
  Problem problem = mpqProblem();
  std::vector<Knob> knobs = {{hostile + "/k", {hostile, true}, {}}};
  problem.space = *Space::create(knobs);
  struct Evaluator : TrialEvaluator {
    std::vector<MetricInfo> infos;
    llvm::ArrayRef<MetricInfo> metrics() const override { return infos; }
    void evaluateBatch(const EvaluationContext &, llvm::ArrayRef<TrialRequest>,
                       llvm::MutableArrayRef<TrialResult> results) override {
      for (TrialResult &result : results)
        result = TrialResult::failure(infos[0].name);
      results[0] = {};
      results[0].metrics = {NAN, 1};
      results[0].extraMetrics = {{infos[0].name + "2", INFINITY}};
    }
  };
  auto evaluator = std::make_shared<Evaluator>();
  evaluator->infos = {{hostile}, {"m" + hostile}};
  problem.evaluator = evaluator;
  problem.objectives = {{"m" + hostile, 2.0, Direction::Minimize}};
  Study study(2, problem);
  ReportInput input = study.input();
  input.title = input.facts.emplace_back(hostile, hostile).first;
  input.runFacts = {{hostile, hostile}};
  input.reproduceCommand = [&](const Trial &) { return std::string(hostile); };
  study.result.samplerNote = hostile;
  std::string page = reportHtml(input);
  EXPECT_EQ(countOf(page, "<img"), 0u);
  EXPECT_EQ(countOf(page, "<!--"), 0u);
  EXPECT_EQ(countOf(page, "<script"), 3u);
  EXPECT_EQ(countOf(page, "</script>"), 3u);
  EXPECT_EQ(countOf(page, "id=\"run\""), 1u);
  llvm::json::Object data = dataOf(page, "study");
  EXPECT_EQ(lengthOf(data, "metrics"), 3u);
  // NaN and infinity are no numbers to JSON.
  const llvm::json::Array &metrics =
      *data.getObject("trials")->getArray("metrics");
  EXPECT_EQ(*metrics[0].getAsArray(), llvm::json::Array{nullptr});
  EXPECT_EQ(*metrics[2].getAsArray(), llvm::json::Array{nullptr});
  std::string svg = frontSvg(input);
  EXPECT_EQ(countOf(svg, "<img"), 0u);
  EXPECT_EQ(countOf(svg, "<script"), 0u);
  EXPECT_TRUE(llvm::json::isUTF8(page));
  EXPECT_TRUE(llvm::json::isUTF8(svg));
}

TEST(ReportHtml, FailedDroppedAndInfeasibleTrials) {
  Study study(60);
  study.problem.constraints = {{"accuracy", Constraint::Kind::AtLeast, 0.5}};
  for (Trial &trial : study.result.trials) {
    if (llvm::is_contained(study.result.front, trial.number))
      continue;
    if (trial.number % 4 == 0)
      trial.state = TrialState::Fail;
    else if (trial.number % 4 == 1)
      trial.state = TrialState::Pruned;
    else
      trial.violation = 0.1;
    if (trial.state != TrialState::Complete) {
      trial.values.clear();
      trial.metrics.clear();
      trial.reason = trial.state == TrialState::Fail ? "crashed" : "hopeless";
    }
  }
  size_t failed = study.result.numFailed();
  std::string page = reportHtml(study.input());
  EXPECT_NE(page.find("<dt>Failed</dt><dd>" + std::to_string(failed) + "<"),
            std::string::npos);
  EXPECT_NE(page.find("<dt>Dropped early</dt>"), std::string::npos);
  EXPECT_NE(page.find("<dt>Infeasible</dt>"), std::string::npos);
  EXPECT_NE(page.find("<dt>Constraints</dt><dd>accuracy &gt;= 0.5<"),
            std::string::npos);
  llvm::json::Object data = dataOf(page, "study");
  EXPECT_EQ(lengthOf(data, "failures"), 2u);
  llvm::StringRef states = *data.getObject("trials")->getString("state");
  EXPECT_EQ(states.count('C'), study.result.front.size());
  EXPECT_GT(states.count('I'), 0u);
}

TEST(ReportHtml, WithoutTrials) {
  Study study(0);
  std::string page = reportHtml(study.input());
  EXPECT_NE(page.find("No trial is complete"), std::string::npos);
  EXPECT_EQ(lengthOf(dataOf(page, "study"), "front"), 0u);
  EXPECT_EQ(countOf(frontSvg(study.input()), "<circle"), 1u); // the legend's
}

TEST(ReportHtml, KeepsTheFrontOfManyTrials) {
  Study study(30000, mpqProblem(Mpq::random(2, 5)));
  std::string page = reportHtml(study.input());
  EXPECT_LT(page.size(), 5'000'000u);
  EXPECT_NE(page.find("of 30,000 trials"), std::string::npos);
  llvm::json::Object data = dataOf(page, "study");
  const llvm::json::Array &numbers =
      *data.getObject("trials")->getArray("number");
  EXPECT_GE(numbers.size(), 20000u);
  EXPECT_LT(numbers.size(), 21000u);
  for (auto [i, place] : llvm::enumerate(*data.getArray("front")))
    EXPECT_EQ(numbers[size_t(*place.getAsInteger())].getAsInteger(),
              int64_t(study.result.front[i]));
  EXPECT_EQ(page, reportHtml(study.input()));
}

TEST(FrontSvg, TwoObjectives) {
  Study study(200);
  std::string svg = frontSvg(study.input());
  EXPECT_EQ(svg.find("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "
                     "720 440\""),
            0u);
  EXPECT_NE(svg.find("<title>net: 200 trials, " +
                     std::to_string(study.result.front.size()) +
                     " on the Pareto front</title>"),
            std::string::npos);
  EXPECT_NE(svg.find(">average bitwidth (bits)</text>"), std::string::npos);
  EXPECT_NE(svg.find(">accuracy</text>"), std::string::npos);
  EXPECT_EQ(countOf(svg, "r=\"4\" fill=\"#0b62c9\" stroke=\"#fff\"/>"),
            study.result.front.size());
  EXPECT_EQ(countOf(svg, "fill-opacity=\".07\""), 1u);
}

/// The corners of the front's edge, and where each falls in the plane: the
/// area below the front is where values are worse.
TEST(FrontSvg, ShadesWhatIsWorseInEveryDirection) {
  for (Direction first : {Direction::Minimize, Direction::Maximize})
    for (Direction second : {Direction::Minimize, Direction::Maximize}) {
      Problem problem = mpqProblem();
      problem.objectives[0].direction = first;
      problem.objectives[1].direction = second;
      Study study(100, problem);
      std::string path = frontSvg(study.input());
      path.resize(path.find("fill-opacity=\".07\""));
      path.erase(0, path.rfind("<path d=\"") + 9);
      path.resize(path.find('"'));
      // The area ends at the frame's worst corner.
      EXPECT_EQ((path.find("V378") != path.npos), first == Direction::Maximize)
          << path;
      EXPECT_EQ((path.find("V42") != path.npos), first == Direction::Minimize)
          << path;
      EXPECT_EQ((path.find("H698") != path.npos), second == Direction::Minimize)
          << path;
      EXPECT_EQ((path.find("H76Z") != path.npos) || path.find("M76 ") == 0,
                second == Direction::Maximize)
          << path;
    }
}

TEST(FrontSvg, OneObjectiveAndThree) {
  Problem one = mpqProblem();
  one.objectives.pop_back();
  std::string svg = frontSvg(Study(50, one).input());
  EXPECT_NE(svg.find(">best so far</text>"), std::string::npos);
  EXPECT_NE(svg.find(">trial</text>"), std::string::npos);
  Problem three = mpqProblem();
  three.objectives.push_back({"loss", 1.0, Direction::Minimize});
  svg = frontSvg(Study(50, three).input());
  EXPECT_NE(svg.find(">loss</text>"), std::string::npos);
  EXPECT_NE(svg.find("#fde725"), std::string::npos); // the brightest
  EXPECT_EQ(svg.find("fill-opacity=\".07\""), std::string::npos);
}

TEST(FrontSvg, ValuesThatAreAllEqualOrInfinite) {
  Study study(20);
  for (Trial &trial : study.result.trials)
    trial.metrics = {0, 0, 5, INFINITY};
  std::string svg = frontSvg(study.input());
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
  study.result.trials[3].metrics = {0, -INFINITY, 1e300, 0};
  study.result.trials[4].metrics = {0, 1e-300, -1e300, 0};
  svg = frontSvg(study.input());
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
  // The largest numbers that there are, whose difference is none.
  for (size_t numValues : {2, 3}) {
    study.problem.objectives.resize(2);
    if (numValues == 3)
      study.problem.objectives.push_back({"loss", 1.0, Direction::Minimize});
    for (Trial &trial : study.result.trials)
      trial.values.assign(numValues, 0);
    study.result.trials[3].metrics = {1.79e308, -1.79e308, 1.79e308, 0};
    study.result.trials[4].metrics = {-1.79e308, 1.79e308, -1.79e308, 0};
    study.result.front = {3, 4};
    svg = frontSvg(study.input());
    EXPECT_EQ(svg.find("nan"), std::string::npos);
    EXPECT_EQ(svg.find("inf"), std::string::npos);
    EXPECT_NE(svg.find(">1e+308</text>"), std::string::npos);
  }
}

TEST(FrontSvg, TheBaselineIsALineWhereTheTrialsStayInSight) {
  Study study(200);
  ReportInput input = study.input();
  input.baseline = {0.2, 0.8, 32, 1};
  input.baselineErrors = {NAN, 0.01, NAN, NAN};
  std::string svg = frontSvg(input);
  EXPECT_EQ(countOf(svg, "stroke-dasharray"), 2u); // and the legend's
  EXPECT_EQ(countOf(svg, "fill-opacity=\".12\""), 1u);
  EXPECT_NE(svg.find(">float32: 0.800 ± 0.010</text>"), std::string::npos);
  input.baselineErrors = {};
  svg = frontSvg(input);
  EXPECT_EQ(countOf(svg, "fill-opacity=\".12\""), 0u);
  EXPECT_NE(svg.find(">float32: 0.8</text>"), std::string::npos);
  for (double far : {7.0, double(NAN), double(INFINITY)}) {
    input.baseline[1] = far;
    EXPECT_EQ(countOf(frontSvg(input), "stroke-dasharray"), 0u);
  }
}

/// Scales are for sums; people see what was measured.
TEST(ReportHtml, ShowsMetricsUnscaledWithUnits) {
  Study study(80);
  std::string page = reportHtml(study.input());
  EXPECT_NE(page.find("maximise accuracy, minimise average_bitwidth</dd>"),
            std::string::npos);
  EXPECT_NE(page.find("average_bitwidth<small> bits, min</small>"),
            std::string::npos);
  llvm::json::Object data = dataOf(page, "study");
  double worst = 0;
  for (const Trial &trial : study.result.trials)
    worst = std::max(worst, trial.metrics[2]);
  const llvm::json::Object &curve = *data.getObject("curve");
  EXPECT_DOUBLE_EQ(*(*curve.getArray("reference"))[1].getAsNumber(), worst);
  const llvm::json::Object &bits = *(*data.getArray("values"))[1].getAsObject();
  EXPECT_EQ(bits.getString("name"), "average_bitwidth");
  EXPECT_EQ(bits.getString("unit"), "bits");

  // The best value of one, too, whatever its scale.
  Problem one = mpqProblem();
  one.objectives = {{"average_bitwidth", -0.2, Direction::Maximize}};
  Study single(80, one);
  page = reportHtml(single.input());
  EXPECT_NE(page.find("minimise average_bitwidth</dd>"), std::string::npos);
  data = dataOf(page, "study");
  const llvm::json::Array &steps = *data.getObject("curve")->getArray("steps");
  EXPECT_NEAR(*(*steps.back().getAsArray())[1].getAsNumber(),
              single.result.trials[single.result.front[0]].metrics[2], 1e-6);

  one.sumScaledMetrics = true;
  page = reportHtml(Study(80, one).input());
  EXPECT_NE(page.find("maximise weighted sum: -0.2 × average_bitwidth</dd>"),
            std::string::npos);
}

} // namespace
