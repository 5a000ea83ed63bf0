// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Readers of configurations and journals.
#include "Targets.h"

#include "Journal/JournalReader.h"

#include "mase/Config/DataConfig.h"
#include "mase/Config/QuantizeConfig.h"
#include "mase/Config/SearchConfig.h"

#include <cstdlib>

namespace mase::fuzz {

void runToml(llvm::StringRef bytes) {
  (void)parseQuantizeConfig(bytes, "x.toml");
  (void)parseSearchConfig(bytes, "x.toml");
}

void runOptions(llvm::StringRef bytes) {
  (void)parseInlineLayerConfig(bytes, "layers=");
  (void)parseInlineFormat(bytes, "--quantize");
  (void)parseInlineData(bytes, "data=");
}

namespace {
/// Nothing is evaluated.
class NoEvaluator : public TrialEvaluator {
public:
  llvm::ArrayRef<MetricInfo> metrics() const override {
    static const MetricInfo infos[] = {{"loss", MetricGroup::Software},
                                       {"bits", MetricGroup::Hardware}};
    return infos;
  }
  void evaluateBatch(const EvaluationContext &, llvm::ArrayRef<TrialRequest>,
                     llvm::MutableArrayRef<TrialResult>) override {}
};
} // namespace

/// A study with a conditional knob.
static Problem makeProblem() {
  Problem problem;
  problem.space = *Space::create(
      {{"a/config/name", {std::monostate(), std::string("integer")}, {}},
       {"a/config/weight_width",
        {int64_t(2), int64_t(4), int64_t(8)},
        Knob::Condition{0, {1}}},
       {"b/config/scale", {0.5, 1e-05}, {}}});
  problem.objectives = {{"loss", 1.0, Direction::Minimize},
                        {"bits", 0.2, Direction::Minimize}};
  problem.constraints = {{"bits", Constraint::Kind::AtMost, 7}};
  problem.evaluator = std::make_shared<NoEvaluator>();
  return problem;
}

/// As it is, and behind the header that this study's journal has.
void runJournal(llvm::StringRef bytes) {
  static const Problem problem = makeProblem();
  static const SampledConfig config;
  static const journal::Format format(
      {"x.journal", JournalOptions::Mode::New, "study", {{"seed", "0"}}},
      problem, config);
  for (const std::string &text : {bytes.str(), format.header() + bytes.str()}) {
    (void)journal::isUnfinished(text);
    (void)journal::hasNoTrials(text);
    absl::StatusOr<journal::Contents> contents =
        journal::read(text, "x.journal", format);
    if (contents.ok() && contents->size > text.size())
      std::abort();
  }
}

} // namespace mase::fuzz
