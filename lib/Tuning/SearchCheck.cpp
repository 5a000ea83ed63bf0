// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// check=true: all that a search reads is read, and nothing is searched.
#include "SearchCheck.h"

#include "mase/Search/Console.h"
#include "mase/Search/SampledConfig.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace mase;

namespace {
class Printer {
public:
  Printer(const SearchSetup &setup, StringRef constraints, raw_ostream &os)
      : setup(setup), problem(setup.problem), study(setup.studyOptions()),
        constraints(constraints), os(os) {}

  absl::Status print() {
    absl::StatusOr<std::unique_ptr<Sampler>> sampler = makeSampler();
    if (!sampler.ok())
      return sampler.status();
    printNetwork();
    printData();
    printSpace();
    printWishes();
    printStudy(**sampler);
    os << "nothing was searched or written; without check=true results go to '"
       << setup.outputDir << "'\n";
    return absl::OkStatus();
  }

private:
  raw_ostream &line(StringRef what) {
    return os << llvm::left_justify(what, 12) << ' ';
  }

  /// As the study would make it.
  absl::StatusOr<std::unique_ptr<Sampler>> makeSampler() const {
    bool isKnown =
        study.numTrials != 0 || (study.timeout <= 0 && study.patience == 0);
    return createSampler(study.sampler, problem.space,
                         {study.seed, problem.numValues(),
                          isKnown ? trialLimit(problem, study) : 0,
                          problem.evaluator->expectedSeconds()});
  }

  void printNetwork() {
    size_t searched = 0;
    for (const LayerKnobs &layer : setup.space.layers)
      searched += !layer.knobs.empty();
    line("network") << setup.space.layers.size()
                    << " layers that can be quantised, " << searched
                    << " with knobs";
    if (setup.schedule)
      os << "; schedule '" << setup.schedule->getSchedule().file() << "'";
    os << '\n';
  }

  void printData() {
    if (!setup.dataset) {
      line("data") << "none is needed\n";
      return;
    }
    const Dataset &data = *setup.dataset;
    line("data") << setup.dataName() << ", " << data.samples << " samples of "
                 << data.features << " features\n";
    if (setup.calibration)
      line("calibration") << setup.calibrationPath() << ", "
                          << setup.calibration->samples << " samples"
                          << (setup.isCalibrated() ? ""
                              : setup.refines()    ? " to refine on"
                              : setup.shrinks()    ? " to shrink on"
                                                   : "")
                          << '\n';
    if (setup.shrinks())
      line("shrinking") << setup.shrinkingText() << '\n';
  }

  void printSpace() {
    const Space &space = problem.space;
    line("space") << space.sizeText()
                  << (space.size() == 1 ? " point, " : " points, ")
                  << space.numKnobs()
                  << (space.numKnobs() == 1 ? " knob" : " knobs") << '\n';
    for (const Knob &knob : space.knobs()) {
      os << "  " << knob.name << ": ";
      llvm::interleave(
          knob.choices, os,
          [&](const Choice &choice) {
            if (std::holds_alternative<std::monostate>(choice))
              os << "\"NA\"";
            else
              os << toJson(choice);
          },
          ", ");
      if (knob.condition) {
        const Knob &parent = space.knobs()[knob.condition->parent];
        os << " (where " << parent.name << " is ";
        llvm::interleave(
            knob.condition->choices, os,
            [&](uint32_t c) { os << toJson(parent.choices[c]); }, " or ");
        os << ")";
      }
      os << '\n';
    }
  }

  void printWishes() {
    line("wanted");
    if (problem.sumScaledMetrics)
      os << (problem.sumDirection == Direction::Maximize ? "large" : "small")
         << " sum of ";
    llvm::interleave(
        problem.objectives, os,
        [&](const Objective &objective) {
          if (!problem.sumScaledMetrics)
            os << (objective.direction == Direction::Maximize ? "large "
                                                              : "small ");
          if (problem.sumScaledMetrics && objective.scale != 1)
            os << llvm::format("%g x ", objective.scale);
          os << objective.name;
        },
        problem.sumScaledMetrics ? " + " : ", ");
    for (const Constraint &constraint : problem.constraints)
      os << ", " << constraint.text();
    os << '\n';
    if (!constraints.empty())
      line("constraints") << constraints << '\n';
    line("measured");
    llvm::interleave(
        problem.evaluator->metrics(), os,
        [&](const MetricInfo &info) { os << info.name; }, ", ");
    os << '\n';
  }

  void printStudy(Sampler &sampler) {
    const StudyOptions &options = study;
    uint64_t trials = trialLimit(problem, study);
    bool isLimited = trials != UINT64_MAX;
    line("sampler") << sampler.name() << ", ";
    if (isLimited)
      os << "at most " << trials << (trials == 1 ? " trial" : " trials");
    else
      os << "any number of trials";
    if (options.timeout > 0)
      os << ", at most " << shownDuration(options.timeout);
    if (options.patience)
      os << ", until the front has not grown for " << options.patience;
    unsigned jobs = options.jobs;
    os << "; jobs " << (jobs ? std::to_string(jobs) : "one a core") << '\n';
    printFirst(sampler);
    line("time");
    double seconds = problem.evaluator->expectedSeconds();
    if (seconds <= 0)
      os << "not known: a program measures\n";
    else if (!isLimited)
      os << "about " << shownDuration(seconds) << " a trial\n";
    else
      os << "about "
         << shownDuration(seconds * double(trials) / std::max(1u, jobs)) << ", "
         << shownDuration(seconds)
         << " a trial that shares nothing with another (estimated from "
            "sizes)\n";
  }

  void printFirst(Sampler &sampler) {
    std::vector<Point> first(study.enqueued);
    if (first.empty())
      first = sampler.ask(0, std::max<size_t>(1, sampler.batchSize()));
    if (first.empty())
      return;
    std::string text;
    SampledConfigWriter(setup.space.sampledConfig, problem.space,
                        ConfigStyle::Json)
        .append(text, first.front());
    line("first trial") << text << '\n';
  }

  const SearchSetup &setup;
  const Problem &problem;
  StudyOptions study;
  StringRef constraints;
  raw_ostream &os;
};
} // namespace

absl::Status mase::printSearchCheck(const SearchSetup &setup,
                                    StringRef constraints, raw_ostream &os) {
  std::string text;
  llvm::raw_string_ostream lines(text);
  absl::Status status = Printer(setup, constraints, lines).print();
  os << wrapped(text, consoleColumns());
  return status;
}
