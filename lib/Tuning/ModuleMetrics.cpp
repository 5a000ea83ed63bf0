// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Metrics of modules.
#include "ModuleMetrics.h"

#include "mase/Analysis/OutputKind.h"
#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"
#include "mase/Evaluate/Evaluator.h"
#include "mase/Evaluate/FromIR.h"
#include "mase/Execution/Engine.h"
#include "mase/Execution/EntryFunction.h"
#include "mase/Target/Cuda/CudaTarget.h"
#include "mase/Tuning/ErrorCollector.h"

#include <algorithm>
#include <optional>

using namespace mlir;
using namespace mase;

/// By the evaluator; none where the function is below the network level.
static std::optional<absl::StatusOr<Metrics>>
evaluateNetwork(func::FuncOp function, absl::Span<const float> x,
                absl::Span<const int32_t> labels,
                absl::Span<const float> target) {
  FailureOr<NetworkFromIR> network = failure();
  {
    ErrorCollector ignored(function.getContext());
    network = networkFromIR(function);
  }
  if (failed(network))
    return std::nullopt;
  Evaluator::Options options{.target = target};
  for (const LayerPrecision &precision : network->precisions)
    options.choices.push_back({precision});
  Assignment assignment(network->layers.size(), 0);
  auto evaluator = Evaluator::create(std::move(network->network),
                                     std::move(options), x, labels);
  if (!evaluator.ok())
    return evaluator.status();
  return (*evaluator)->evaluate({&assignment, 1}).front();
}

static absl::StatusOr<Metrics> runEngine(Engine &engine, OutputKind kind,
                                         absl::Span<const float> x,
                                         absl::Span<const int32_t> labels,
                                         absl::Span<const float> target,
                                         const ErrorCollector &errors) {
  int64_t samples = int64_t(labels.size());
  ClassifierOutput output(engine.getOutputSize(), kind);
  if (engine.getInputSize() * samples != int64_t(x.size()) ||
      std::any_of(labels.begin(), labels.end(), [&](int32_t label) {
        return label < 0 || label >= output.classes();
      }))
    return absl::InvalidArgumentError(
        "the scheduled network takes " + std::to_string(engine.getInputSize()) +
        " features and gives " + std::to_string(output.size) +
        " results, which the data does not fit");
  std::vector<float> results(size_t(samples * output.size));
  if (failed(engine.run(ArrayRef(x.data(), x.size()), samples, results)))
    return errors.status();
  return computeMetricsRowMajor(results, output, labels, target);
}

absl::StatusOr<Metrics> mase::measureAccuracy(ModuleOp module,
                                              absl::Span<const float> x,
                                              absl::Span<const int32_t> labels,
                                              absl::Span<const float> target,
                                              bool interpret) {
  ErrorCollector errors(module.getContext());
  FailureOr<EntryPoint> entry = findEntryPoint(module);
  if (failed(entry))
    return errors.status();
  if (!interpret && entry->level == Level::Layers)
    if (auto metrics =
            evaluateNetwork(cast<func::FuncOp>(entry->op), x, labels, target))
      return *metrics;
  FailureOr<std::unique_ptr<Engine>> engine = createEngine(module);
  if (failed(engine))
    return errors.status();
  FailureOr<OutputKind> kind = getOutputKind(entry->op);
  if (failed(kind))
    return errors.status();
  return runEngine(**engine, *kind, x, labels, target, errors);
}

absl::StatusOr<NetworkCost> mase::measureCost(ModuleOp module) {
  // Of the network alone: a module may hold other functions.
  mlir::Operation *network = module;
  if (module.getOps<kernel::KernelOp>().empty()) {
    ErrorCollector ignored(module.getContext());
    if (FailureOr<EntryFunction> entry = findEntryFunction(module);
        succeeded(entry))
      network = entry->function;
  }
  std::vector<LayerCost> layers = getLayerCosts(network);
  if (layers.empty())
    return absl::InvalidArgumentError(
        "expected layers, their integer level or kernels to count, found none "
        "in the scheduled module");
  return getNetworkCost(network, layers);
}

namespace {
/// Counts what is written.
class CountingStream : public llvm::raw_ostream {
public:
  CountingStream() { SetUnbuffered(); }
  ~CountingStream() override { flush(); }

private:
  void write_impl(const char *, size_t size) override { count += size; }
  uint64_t current_pos() const override { return count; }
  uint64_t count = 0;
};
} // namespace

absl::StatusOr<size_t> mase::measureCudaBytes(ModuleOp module) {
  ErrorCollector errors(module.getContext());
  FailureOr<OwningOpRef<ModuleOp>> kernels = lowerToKernels(module);
  CountingStream os;
  if (failed(kernels) || failed(printCuda(**kernels, os)))
    return errors.status();
  return size_t(os.tell());
}

absl::StatusOr<LaneCost> mase::measureLanes(ModuleOp module) {
  ErrorCollector errors(module.getContext());
  FailureOr<OwningOpRef<ModuleOp>> lowered = lowerToLanes(module);
  if (failed(lowered))
    return errors.status();
  auto kernels = (*lowered)->getOps<kernel::KernelOp>();
  if (kernels.empty() ||
      (*kernels.begin()).getLayout() != kernel::Layout::Lanes)
    return absl::InvalidArgumentError(
        "expected a network, or its kernel in lanes, to count what a CPU "
        "computes; found " +
        std::string(kernels.empty() ? "neither" : "a kernel for GPUs"));
  return getLaneCost(*kernels.begin());
}
