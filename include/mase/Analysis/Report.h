// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tables of --mase-report.
#ifndef MASE_ANALYSIS_REPORT_H
#define MASE_ANALYSIS_REPORT_H

#include "mase/Analysis/Cost.h"
#include "mase/Analysis/Table.h"

namespace mase {

/// A format for people: "fixed<8, 4>"; "-" for none, which is binary32.
std::string describeFormat(NumberFormatAttrInterface format);

/// What each layer costs, and their sum.
Table costTable(llvm::ArrayRef<LayerCost> layers, const NetworkCost &total);

/// The number formats of every operand, of layers that have any.
Table formatTable(llvm::ArrayRef<LayerCost> layers);

/// The two tables of MASE's summarize_quantization_analysis_pass, to the column
/// name: the nodes by type, and each node with its type before and after. A
/// layer with a precision has changed.
Table histogramTable(mlir::ModuleOp module);
Table nodeTable(mlir::ModuleOp module);

/// The network's sums as lines, and as members of an object.
void printTotals(const NetworkCost &total, llvm::raw_ostream &os);
void printTotals(const NetworkCost &total, llvm::json::OStream &json);

} // namespace mase

#endif // MASE_ANALYSIS_REPORT_H
