// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whole studies on functions that cost nothing, for samplers.py: what the
// samplers find, and how long everything but the evaluation takes.
//
// usage: mase-bench-samplers PROBLEM.json SAMPLER TRIALS SEED...
//
// The problem is {"knobs": [[4, 8], …]} with either "mpq", the coefficients of
// a bit-width problem, or "table", one pair of metrics (the first is wanted
// large, the second small) per point, in the order of the points, the first
// knob most significant; where "static" is true the second is known before a
// trial, as bits are. One line of JSON per seed: the metrics of all trials,
// seconds of processor time, repeats, the sampler's note.
#include "ProblemFile.h"

#include "../../unittests/Search/TestProblems.h"

#include "mase/Search/Study.h"

#include <ctime>
#include <set>

using namespace mase;
namespace json = llvm::json;

namespace {

/// Looks metrics up, or computes them in nanoseconds.
class Function : public TrialEvaluator {
public:
  Function(const json::Object &root, Space space) : space(std::move(space)) {
    isStatic = root.getBoolean("static").value_or(false);
    if (const json::Object *object = root.getObject("mpq")) {
      test::Mpq &p = mpq.emplace();
      p.layers = int(object->getInteger("layers").value_or(3));
      for (auto [key, values] :
           {std::pair{"a", &p.a}, {"b", &p.b}, {"c", &p.c}})
        for (size_t i = 0; i < 3; ++i)
          (*values)[i] = number((*object->getArray(key))[i]);
      p.jitter = uint64_t(object->getInteger("jitter").value_or(1));
      p.biasPenalty = object->getNumber("bias_penalty").value_or(0);
      p.jumpPenalty = object->getNumber("jump_penalty").value_or(0);
      return;
    }
    const json::Array *array = root.getArray("table");
    if (!array || array->size() != this->space.size())
      fail("expected 'mpq', or a 'table' with one pair for each of " +
           this->space.sizeText() + " points");
    for (const json::Value &pair : *array)
      table.push_back(
          {number((*pair.getAsArray())[0]), number((*pair.getAsArray())[1])});
  }

  std::pair<double, double> operator()(const Point &point) const {
    return mpq ? (*mpq)(point) : table[size_t(space.indexOf(point))];
  }

  llvm::ArrayRef<MetricInfo> metrics() const override { return infos; }
  std::vector<double> staticMetrics(const Point &point) const override {
    if (!isStatic)
      return {};
    return {std::nan(""), (*this)(point).second};
  }
  void evaluateBatch(const EvaluationContext &,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override {
    for (size_t i = 0; i < trials.size(); ++i) {
      auto [large, small] = (*this)(*trials[i].point);
      results[i].metrics = {large, small};
    }
  }

private:
  static double number(const json::Value &value) {
    return value.getAsNumber().value_or(0);
  }

  Space space;
  bool isStatic; ///< the small metric is known before a trial
  std::optional<test::Mpq> mpq;
  std::vector<std::pair<double, double>> table;
  std::vector<MetricInfo> infos = {{"large", MetricGroup::Software},
                                   {"small", MetricGroup::Hardware}};
};

Space readSpace(const json::Object &root) {
  const json::Array *lists = root.getArray("knobs");
  if (!lists)
    fail("expected 'knobs'");
  std::vector<Knob> knobs;
  for (const json::Value &list : *lists) {
    Knob knob{"k" + std::to_string(knobs.size()), {}, {}};
    for (const json::Value &choice : *list.getAsArray())
      knob.choices.push_back(choice.getAsInteger().value_or(0));
    knobs.push_back(std::move(knob));
  }
  auto space = Space::create(std::move(knobs));
  if (!space.ok())
    fail(std::string(space.status().message()));
  return *std::move(space);
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 5)
    fail("usage: mase-bench-samplers PROBLEM.json SAMPLER TRIALS SEED...");
  const json::Object root = readProblemFile(argv[1]);

  Problem problem;
  problem.space = readSpace(root);
  problem.objectives = {{"large", 1.0, Direction::Maximize},
                        {"small", 1.0, Direction::Minimize}};
  problem.evaluator = std::make_shared<Function>(root, problem.space);
  for (int i = 4; i < argc; ++i) {
    StudyOptions options;
    options.sampler = argv[2];
    options.numTrials = std::strtoull(argv[3], nullptr, 10);
    options.seed = std::strtoull(argv[i], nullptr, 10);
    std::clock_t start = std::clock();
    auto result = runStudy(problem, options);
    double seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
    if (!result.ok())
      fail(std::string(result.status().message()));
    json::Array values;
    std::set<Point> distinct;
    for (const Trial &trial : result->trials) {
      values.push_back(json::Array{trial.values[0], trial.values[1]});
      distinct.insert(trial.point);
    }
    auto repeats = int64_t(result->trials.size() - distinct.size());
    llvm::outs() << json::Value(json::Object{{"seed", int64_t(options.seed)},
                                             {"seconds", seconds},
                                             {"repeats", repeats},
                                             {"note", result->samplerNote},
                                             {"values", std::move(values)}})
                 << '\n';
  }
  return 0;
}
