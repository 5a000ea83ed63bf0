// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-run on a network.
#include "Run.h"

#include "mase/Analysis/OutputKind.h"
#include "mase/Data/Array.h"
#include "mase/Driver/Driver.h"
#include "mase/Driver/MlirInput.h"
#include "mase/Execution/DataTarget.h"
#include "mase/Metrics/Metrics.h"
#include "mase/Support/AtomicFile.h"
#include "mase/Support/HugePages.h"
#include "mase/Support/InputFile.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mase;

/// What has been printed already needs no message.
static absl::Status printed() { return absl::InvalidArgumentError(""); }

static void printMetrics(llvm::raw_ostream &os, ArrayRef<float> values,
                         ClassifierOutput output, ArrayRef<int32_t> labels) {
  os << "samples        " << labels.size() << "\n";
  if (labels.empty())
    return;
  Metrics metrics = computeMetricsRowMajor(
      absl::MakeConstSpan(values.data(), values.size()), output,
      absl::MakeConstSpan(labels.data(), labels.size()));
  // A standard error says how many of the digits are the network's; that of
  // samples that all agree is 0 and says nothing.
  auto print = [&](double value, double error) {
    os << llvm::format("%.10g", value);
    if (error > 0)
      os << llvm::format(" ± %.2g", error);
    os << "\n";
  };
  os << "accuracy       ";
  print(metrics.accuracy, metrics.accuracyError);
  os << "accuracy_micro ";
  print(metrics.accuracyMicro, metrics.accuracyMicroError);
  os << "loss           " << llvm::format("%.10g", metrics.loss) << " ("
     << output.lossName() << ")\n";
  if (metrics.auc) {
    os << "auc            ";
    print(*metrics.auc, metrics.aucError);
  } else if (output.isBinary())
    os << "auc            none (one class only, or NaN among the results)\n";
}

absl::Status mase::runNetwork(const RunOptions &options,
                              const DialectRegistry &dialects) {
  auto buffer = readInput(options.network);
  if (!buffer.ok())
    return buffer.status();
  DialectRegistry registry;
  registerNetworkDialects(registry);
  dialects.appendTo(registry);
  if (absl::Status status =
          expectMlir((*buffer)->getBuffer(), inputName(options.network),
                     "a network in MLIR", registry);
      !status.ok())
    return status;
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  // Printing the op would print its weights.
  context.printOpOnDiagnostic(false);
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(*std::move(buffer), llvm::SMLoc());
  SourceMgrDiagnosticHandler handler(sources, &context);
  ScopedDiagnosticHandler withoutLine(&context, [](Diagnostic &diagnostic) {
    return printWithoutLine("mase-run", diagnostic);
  });
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(sources, ParserConfig(&context));
  if (!module)
    return printed();
  FailureOr<EntryPoint> entry = findEntryPoint(*module);
  if (failed(entry))
    return printed();

  FailureOr<OutputKind> kind = getOutputKind(entry->op);
  if (failed(kind))
    return printed();
  ClassifierOutput output(entry->outputSize(), *kind);

  // What can be wrong with the data shows before anything is compiled.
  FailureOr<DataTarget> target = getDataTarget(*entry);
  if (failed(target))
    return printed();
  auto data = readRunData(options, *target, output.size);
  if (!data.ok())
    return data.status();
  for (const std::string &warning : data->warnings)
    llvm::WithColor::warning(llvm::errs(), "mase-run") << warning << "\n";
  if (options.output.empty() && !data->labelled)
    return absl::InvalidArgumentError(
        "expected --output for the results or labels to compare them with "
        "(--labels, or data that has them), found neither");

  auto engine = options.engine ? createEngine(*options.engine, *module)
                               : createEngine(*module);
  if (failed(engine))
    return printed();
  std::string name =
      options.engine ? getEngineNames()[size_t(*options.engine)].str() : "";
  *engine = withJobs(std::move(*engine), options.jobs);
  if (!*engine)
    return absl::InvalidArgumentError(
        "the engine '" + name +
        "' runs in one thread; expected --jobs=1, "
        "found " +
        std::to_string(options.jobs));
  std::vector<float> logits;
  const auto results = size_t(data->samples * entry->outputSize());
  logits.reserve(results);
  adviseHugePages(logits.data(), results * sizeof(float));
  logits.resize(results);
  if (failed((*engine)->run(data->x, data->samples, logits)))
    return printed();

  if (!options.output.empty()) {
    SmallVector<int64_t> shape{data->samples};
    llvm::append_range(shape, entry->outputShape);
    if (absl::Status status = writeNpy(options.output, shape, logits);
        !status.ok())
      return status;
  }
  if (!data->labelled)
    return absl::OkStatus();
  if (options.output == "-") {
    printMetrics(llvm::errs(), logits, output, data->labels);
    return absl::OkStatus();
  }
  // Like a file: a full disk is an error.
  return writeFile("-", [&](llvm::raw_ostream &os) {
    printMetrics(os, logits, output, data->labels);
  });
}
