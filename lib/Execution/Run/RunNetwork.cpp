// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-run on a network.
#include "NetworkRun.h"

#include "mase/Analysis/OutputKind.h"
#include "mase/Driver/Driver.h"
#include "mase/Driver/MlirInput.h"
#include "mase/Execution/DataTarget.h"
#include "mase/Metrics/Metrics.h"
#include "mase/Support/AtomicFile.h"
#include "mase/Support/InputFile.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace mase;

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

  FailureOr<DataTarget> target = getDataTarget(*entry);
  if (failed(target))
    return printed();
  DataOptions reading;
  reading.data = options.input;
  reading.scaler = options.scaler;
  reading.allowNonFinite = options.allowNonFinite;
  reading.option = "--input";
  reading.takesLabels = options.labels.empty();
  reading.mayBeEmpty = true;
  NetworkRun run(options, *module, *entry, *target);
  absl::StatusOr<Dataset> data =
      streamSamples(reading, *target, options.jobs, run);
  if (!data.ok())
    return data.status();

  Labels labels = options.labels.empty() ? Labels{std::move(data->labels), {}}
                                         : std::move(run.labels);
  llvm::append_range(data->warnings, labels.warnings);
  for (const std::string &warning : data->warnings)
    llvm::WithColor::warning(llvm::errs(), "mase-run") << warning << "\n";
  const bool isLabelled = data->labelled || !options.labels.empty();
  if (isLabelled)
    if (absl::Status status =
            checkLabels(options.labels.empty() ? options.input : options.labels,
                        labels.numbers, data->samples, output.size);
        !status.ok())
      return status;
  if (absl::Status status = run.results.commit(data->samples); !status.ok())
    return status;
  if (!isLabelled)
    return absl::OkStatus();
  auto print = [&](llvm::raw_ostream &os) {
    printMetrics(os, run.results.kept(), output, labels.numbers);
  };
  if (options.output == "-") {
    print(llvm::errs());
    return absl::OkStatus();
  }
  // Like a file: a full disk is an error.
  return writeFile("-", print);
}
