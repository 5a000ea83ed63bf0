// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-report: chooses tables and prints them.
#include "OperandTables.h"

#include "mase/Analysis/Report.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"
#include "mase/Report/Passes.h"
#include "mase/Support/AtomicFile.h"
#include "mase/Support/Error.h"
#include "mase/Support/NearestNames.h"

#include "llvm/ADT/StringSwitch.h"

namespace mase {
#define GEN_PASS_DEF_MASEREPORTPASS
#include "mase/Report/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;

namespace {

struct ReportPass : mase::impl::MaseReportPassBase<ReportPass> {
  using MaseReportPassBase::MaseReportPassBase;

  void runOnOperation() override {
    if (failed(report()))
      signalPassFailure();
    markAllAnalysesPreserved();
  }

private:
  LogicalResult fail(const Twine &message) {
    return emitError(UnknownLoc::get(&getContext()))
           << "--mase-report: " << message;
  }

  LogicalResult report() {
    auto parsed = llvm::StringSwitch<std::optional<ReportFormat>>(format)
                      .Case("table", ReportFormat::Table)
                      .Case("markdown", ReportFormat::Markdown)
                      .Case("json", ReportFormat::Json)
                      .Case("csv", ReportFormat::Csv)
                      .Default(std::nullopt);
    if (!parsed)
      return fail("expected format=table, markdown, json or csv, found '" +
                  format + "'");
    layers = getLayerCosts(getOperation());
    if (layers.empty())
      return emitError(
          getOperation().getLoc(),
          "--mase-report: expected a network of mase layers, or their integer "
          "level or kernels, found " +
              describeLevel(getOperation()));
    // What --mase-quantize has looked at in the same command, it has warned of.
    auto judged = getCachedAnalysis<JudgedPrecisions>();
    if (!judged)
      warnOfNonFiniteConstants(getOperation());
    total = getNetworkCost(getOperation(), layers);
    if (failed(readMeasurement()))
      return failure();
    std::vector<Table> chosen;
    if (failed(choose(*parsed, chosen)))
      return failure();
    if (measurement)
      diagnose(getOperation(), *measurement, judged ? &judged->get() : nullptr);
    auto write = [&](raw_ostream &os) { print(chosen, *parsed, os); };
    if (output.empty()) {
      write(llvm::errs());
      return success();
    }
    absl::Status status = writeFile(output, write);
    return status.ok() ? success() : fail(messageOf(status));
  }

  /// From data, else from a profile, else none.
  LogicalResult readMeasurement() {
    FailureOr<Measurement> read = failure();
    if (!data.empty()) {
      read = measure(getOperation(),
                     {data, scaler, samples, std::nullopt, allowNonFinite},
                     getArgument());
    } else if (!scaler.empty() || samples != 0 || allowNonFinite) {
      return fail("'scaler', 'samples' and 'allow-nonfinite' take 'data' "
                  "beside them");
    } else {
      auto profiles = getOperation().getOps<ProfileOp>();
      // Kernels have no operands to tell of.
      if (profiles.empty() ||
          getModuleLevel(getOperation()) == ModuleLevel::Kernel)
        return success();
      read = readProfile(getOperation(), *profiles.begin());
    }
    if (failed(read))
      return failure();
    measurement = std::move(*read);
    return success();
  }

  LogicalResult choose(ReportFormat asked, std::vector<Table> &chosen) {
    std::vector<std::string> names(tables.begin(), tables.end());
    if (names.empty()) {
      names = {"costs"};
      // Costs have the formats in columns that programs see.
      if (asked == ReportFormat::Table || asked == ReportFormat::Markdown)
        names.push_back("formats");
      if (asked != ReportFormat::Csv)
        names.push_back("operands");
      if (measurement && asked != ReportFormat::Csv)
        names.push_back("sums");
    }
    if (asked == ReportFormat::Csv && names.size() != 1)
      return fail("format=csv takes one table, found " + Twine(names.size()));
    bool byDefault = tables.empty();
    for (const std::string &name : names) {
      FailureOr<Table> table = make(name);
      if (failed(table))
        return failure();
      if (!byDefault || !table->rows.empty())
        chosen.push_back(std::move(*table));
    }
    return success();
  }

  FailureOr<Table> make(const std::string &name) {
    const std::vector<std::string> known = {"costs", "formats",  "histogram",
                                            "nodes", "operands", "sums"};
    if (!llvm::is_contained(known, name))
      return fail("unknown table '" + name + "'" +
                  nearestNamesText(name, known));
    if (name == "costs")
      return costTable(layers, total);
    if (name == "formats")
      return formatTable(layers);
    if (name == "histogram" || name == "nodes") {
      ModuleLevel level = getModuleLevel(getOperation());
      if (level != ModuleLevel::Network)
        return fail("table '" + name + "' is about the network level, found " +
                    nameOf(level));
      return name == "nodes" ? nodeTable(getOperation())
                             : histogramTable(getOperation());
    }
    if (name == "operands")
      return operandTable(getOperation(), measurement);
    if (!measurement)
      return fail("table '" + name +
                  "' is about data; expected data=FILE, or "
                  "a profile, which --mase-profile makes");
    return sumTable(*measurement);
  }

  void print(ArrayRef<Table> chosen, ReportFormat asked, raw_ostream &os) {
    if (asked == ReportFormat::Json) {
      llvm::json::OStream json(os, 2);
      json.object([&] {
        for (const Table &table : chosen) {
          json.attributeBegin(table.key);
          table.printJson(json);
          json.attributeEnd();
        }
        printTotals(total, json);
        if (measurement)
          json.attributeObject("data", [&] {
            json.attribute("samples", measurement->samples);
            json.attribute("not_finite",
                           measurement->notFinite
                               ? llvm::json::Value(*measurement->notFinite)
                               : llvm::json::Value(nullptr));
          });
      });
      os << '\n';
      return;
    }
    if (asked == ReportFormat::Csv)
      return chosen.front().printCsv(os);
    for (auto [i, table] : llvm::enumerate(chosen)) {
      if (i)
        os << '\n';
      // A table alone needs no heading, unless it is MASE's, which has one.
      if (i || table.key != "layers")
        os << table.heading << "\n" << (isMarkdown(asked) ? "\n" : "");
      if (isMarkdown(asked))
        table.printMarkdown(os);
      else
        table.printText(os);
      if (table.key == "layers")
        printFooter(asked, os);
    }
  }

  static bool isMarkdown(ReportFormat asked) {
    return asked == ReportFormat::Markdown;
  }

  /// The totals; in Markdown lines would run into one.
  void printFooter(ReportFormat asked, raw_ostream &os) {
    if (isMarkdown(asked))
      os << "\n```text\n";
    printTotals(total, os);
    if (isMarkdown(asked))
      os << "```\n";
  }

  std::vector<LayerCost> layers;
  NetworkCost total;
  std::optional<Measurement> measurement;
};

} // namespace
