// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Trials that a program of the user's answers.
#ifndef MASE_SEARCH_EXTERNAL_EXTERNALEVALUATOR_H
#define MASE_SEARCH_EXTERNAL_EXTERNALEVALUATOR_H

#include "mase/Search/Problem.h"
#include "mase/Search/SampledConfig.h"

namespace mase {

/// One process per worker, started with its first trial. Each trial is one
/// line of JSON to its standard input,
///   {"number": 7, "sampled_config": {…}}
/// and one line back from its standard output: an object of numbers,
///   {"accuracy": 0.7, "area": 120}
/// whose names are free; {"error": "why"} fails the trial, and a "number" must
/// be the trial's. A line that is
/// something else, a declared metric that is missing, an exit or no answer in
/// time fail the trial with the reason; the process is then started anew.
class ExternalEvaluator : public TrialEvaluator {
public:
  struct Options {
    std::vector<std::string> command; ///< program and arguments, not empty
    double timeout = 0;               ///< seconds a trial; 0: no limit
    /// Names that every answer must have; others become
    /// TrialResult::extraMetrics.
    std::vector<std::string> declared;
  };

  /// `space` and `config` (what "sampled_config" holds) must outlive it.
  ExternalEvaluator(Options options, const Space &space,
                    const SampledConfig &config);
  ~ExternalEvaluator() override;

  llvm::ArrayRef<MetricInfo> metrics() const override { return infos; }
  void evaluateBatch(const EvaluationContext &context,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override;
  size_t maxBatch() const override { return 1; }
  /// A trial is never run twice: it may take hours, and need not repeat.
  bool isRepeatable() const override { return false; }

private:
  struct Processes;
  TrialResult evaluate(const EvaluationContext &context,
                       const TrialRequest &trial);

  Options options;
  SampledConfigWriter writer;
  std::vector<MetricInfo> infos;
  std::unique_ptr<Processes> processes;
};

/// The metrics of several evaluators side by side. A trial that fails in one
/// of them has failed, and the later ones are not asked; names must differ.
class EvaluatorList : public TrialEvaluator {
public:
  explicit EvaluatorList(std::vector<std::shared_ptr<TrialEvaluator>> parts);

  llvm::ArrayRef<MetricInfo> metrics() const override { return infos; }
  std::vector<double> staticMetrics(const Point &point) const override;
  double expectedSeconds() const override;
  void evaluateBatch(const EvaluationContext &context,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override;
  TrialResult evaluateFromScratch(const TrialRequest &trial) override;
  size_t maxBatch() const override;
  bool isRepeatable() const override;

private:
  using EvaluatePart = llvm::function_ref<std::vector<TrialResult>(
      TrialEvaluator &, llvm::ArrayRef<TrialRequest>)>;
  void evaluate(llvm::ArrayRef<TrialRequest> trials,
                llvm::MutableArrayRef<TrialResult> results,
                EvaluatePart evaluatePart);

  std::vector<std::shared_ptr<TrialEvaluator>> parts;
  std::vector<MetricInfo> infos;
};

} // namespace mase

#endif // MASE_SEARCH_EXTERNAL_EXTERNALEVALUATOR_H
