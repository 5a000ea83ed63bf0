// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Metrics of modules.
#include "ModuleMetrics.h"

#include "mase/Dialect/MaseCuda/IR/MaseCuda.h"
#include "mase/Evaluate/Evaluator.h"
#include "mase/Evaluate/FromIR.h"
#include "mase/Execution/Engine.h"
#include "mase/Execution/EntryFunction.h"
#include "mase/Schedule/ErrorCollector.h"
#include "mase/Target/Cuda/CudaTarget.h"

#include <algorithm>
#include <optional>

using namespace mlir;
using namespace mase;

/// By the evaluator; none where the function is below the network level.
static std::optional<absl::StatusOr<Metrics>>
evaluateNetwork(func::FuncOp function, absl::Span<const float> x,
                absl::Span<const int32_t> labels) {
  FailureOr<NetworkFromIR> network = failure();
  {
    ErrorCollector ignored(function.getContext());
    network = networkFromIR(function);
  }
  if (failed(network))
    return std::nullopt;
  Evaluator::Options options;
  for (const LayerPrecision &precision : network->precisions)
    options.choices.push_back({precision});
  Assignment assignment(network->layers.size(), 0);
  auto evaluator = Evaluator::create(std::move(network->network),
                                     std::move(options), x, labels);
  if (!evaluator.ok())
    return evaluator.status();
  return (*evaluator)->evaluate({&assignment, 1}).front();
}

static absl::StatusOr<Metrics> runEngine(Engine &engine,
                                         absl::Span<const float> x,
                                         absl::Span<const int32_t> labels,
                                         const ErrorCollector &errors) {
  int64_t samples = int64_t(labels.size()), classes = engine.getOutputSize();
  if (engine.getInputSize() * samples != int64_t(x.size()) ||
      std::any_of(labels.begin(), labels.end(),
                  [&](int32_t label) { return label < 0 || label >= classes; }))
    return absl::InvalidArgumentError(
        "the scheduled network takes " + std::to_string(engine.getInputSize()) +
        " features and gives " + std::to_string(classes) +
        " results, which the data does not fit");
  std::vector<float> logits(size_t(samples * classes));
  if (failed(engine.run(ArrayRef(x.data(), x.size()), samples, logits)))
    return errors.status();
  return computeMetricsRowMajor(logits, classes, labels);
}

absl::StatusOr<Metrics> mase::measureAccuracy(ModuleOp module,
                                              absl::Span<const float> x,
                                              absl::Span<const int32_t> labels,
                                              bool interpret) {
  ErrorCollector errors(module.getContext());
  bool hasKernels = !module.getOps<cuda::KernelOp>().empty();
  FailureOr<std::unique_ptr<Engine>> engine = failure();
  if (hasKernels) {
    engine = createKernelEngine(module);
  } else {
    FailureOr<EntryFunction> entry = findEntryFunction(module);
    if (failed(entry))
      return errors.status();
    if (!interpret)
      if (auto metrics = evaluateNetwork(entry->function, x, labels))
        return *metrics;
    engine = createInterpreterEngine(entry->function);
    if (succeeded(engine))
      engine = withCanonicalNaN(*std::move(engine));
  }
  if (failed(engine))
    return errors.status();
  return runEngine(**engine, x, labels, errors);
}

absl::StatusOr<NetworkCost> mase::measureCost(ModuleOp module) {
  // Of the network alone: a module may hold other functions.
  mlir::Operation *network = module;
  if (module.getOps<cuda::KernelOp>().empty()) {
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
  FailureOr<OwningOpRef<ModuleOp>> kernels = lowerToCuda(module);
  CountingStream os;
  if (failed(kernels) || failed(printCuda(**kernels, os)))
    return errors.status();
  return size_t(os.tell());
}
