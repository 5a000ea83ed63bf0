// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Trials that set precisions and then run a schedule, and the metrics of the
// module that comes out.
#ifndef MASE_LIB_TUNING_SCHEDULEEVALUATOR_H
#define MASE_LIB_TUNING_SCHEDULEEVALUATOR_H

#include "NetworkMetrics.h"
#include "PrecisionSpace.h"

#include "mase/Search/Problem.h"
#include "mase/Tuning/Schedule.h"

#include "absl/types/span.h"
#include "llvm/ADT/StringMap.h"

#include <mutex>

namespace mase {

class ScheduleEvaluator : public TrialEvaluator {
public:
  struct Options {
    /// The network and the configuration whose precision knobs a point begins
    /// with; the schedule's follow.
    mlir::ModuleOp network;
    const SearchConfig *config = nullptr;
    const Schedule *schedule = nullptr;
    /// Whether the network is a binary classifier, which has an AUC.
    bool isBinary = false;
    /// The data; of no use without software metrics.
    absl::Span<const float> x;
    absl::Span<const int32_t> labels;
    absl::Span<const float> target; ///< as for NetworkEvaluator
    /// MASE's `compare_to`, which memory_density is relative to.
    double compareTo = 32;
    /// Metrics that an objective or a constraint needs. Others are measured
    /// where they cost nothing.
    std::vector<std::string> wanted;
  };

  /// The configuration and the data must outlive the evaluator; the network and
  /// the schedule are copied. Errors: a wanted metric that there is not.
  static absl::StatusOr<std::shared_ptr<ScheduleEvaluator>>
  create(const Options &options);
  ~ScheduleEvaluator() override;

  /// The metrics that `problem` needs. Where there is a program beside this
  /// evaluator, only those that this one measures, and without data those that
  /// take none.
  static std::vector<std::string> wantedMetrics(const Problem &problem,
                                                bool isBinary, bool hasProgram,
                                                bool hasData);
  /// Whether `metrics` has one that takes data.
  static bool needsData(llvm::ArrayRef<std::string> metrics);

  llvm::ArrayRef<MetricInfo> metrics() const override { return list.infos(); }
  double expectedSeconds() const override;
  void evaluateBatch(const EvaluationContext &context,
                     llvm::ArrayRef<TrialRequest> trials,
                     llvm::MutableArrayRef<TrialResult> results) override;
  /// Replays the schedule as it would be written, in a context of its own, and
  /// runs what comes out on an engine.
  TrialResult evaluateFromScratch(const TrialRequest &trial) override;

  /// The module that a trial measures, as bytecode: the network with the
  /// point's precisions, after its schedule.
  absl::StatusOr<std::string> scheduledModule(const Point &point) const;

private:
  struct Worker;
  ScheduleEvaluator() = default;
  absl::StatusOr<std::unique_ptr<Worker>> createWorker() const;
  absl::StatusOr<mlir::OwningOpRef<mlir::ModuleOp>>
  schedule(Worker &worker, const Point &point, bool replay) const;
  TrialResult evaluate(Worker &worker, const Point &point, bool fromScratch);
  TrialResult measure(mlir::ModuleOp module, bool fromScratch) const;
  /// Whether a metric of one of these sources is wanted.
  bool wants(llvm::ArrayRef<MetricSource> sources) const;

  Options options;
  MetricList list;
  std::string network; ///< bytecode
  std::string scheduleText, scheduleFile;
  int64_t macs = 0;

  std::mutex mutex; ///< of what follows
  std::vector<std::unique_ptr<Worker>> workers;
  /// Results by hash of the module that was measured: many schedules come to
  /// the same.
  llvm::StringMap<TrialResult> measured;
};

} // namespace mase

#endif // MASE_LIB_TUNING_SCHEDULEEVALUATOR_H
