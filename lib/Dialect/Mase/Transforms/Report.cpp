// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-report: what each layer costs.
#include "mase/Analysis/Cost.h"
#include "mase/Config/Location.h"
#include "mase/Data/AtomicFile.h"
#include "mase/Dialect/Mase/Transforms/Passes.h"

namespace mase {
#define GEN_PASS_DEF_MASEREPORTPASS
#include "mase/Dialect/Mase/Transforms/Passes.h.inc"
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
  LogicalResult report() {
    std::optional<ReportFormat> parsed;
    if (format == "table")
      parsed = ReportFormat::Table;
    else if (format == "json")
      parsed = ReportFormat::Json;
    else if (format == "csv")
      parsed = ReportFormat::Csv;
    if (!parsed)
      return emitError(UnknownLoc::get(&getContext()))
             << "--mase-report: expected format=table, json or csv, found '"
             << format << "'";
    std::vector<LayerCost> layers = getLayerCosts(getOperation());
    if (layers.empty())
      return emitError(
          getOperation().getLoc(),
          "--mase-report: expected a network of mase layers, or their integer "
          "level or kernels, found none");
    NetworkCost total = getNetworkCost(getOperation(), layers);
    if (output.empty()) {
      printCosts(layers, total, *parsed, llvm::errs());
      return success();
    }
    absl::Status status = writeFile(output, [&](raw_ostream &os) {
      printCosts(layers, total, *parsed, os);
    });
    if (status.ok())
      return success();
    return emitError(UnknownLoc::get(&getContext()))
           << "--mase-report: " << messageOf(status);
  }
};

} // namespace
