// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tables of a stage in C++.
#ifndef MASE_LIB_TARGET_CPP_CPPTABLES_H
#define MASE_LIB_TARGET_CPP_CPPTABLES_H

#include "../Text/StageText.h"

namespace mase::cpp {

/// The part of a stage's printer that prints its tables: of parameters, as
/// people read them, and of products' weights, as the processor does
/// (`tableOf(op, "matrix")`).
class StageTables : protected StageText {
protected:
  using StageText::StageText;

  void printTables();

private:
  void printTableOf(mlir::Operation *op, const TextTable &table);
  void printDotTable(kernel::DotOp dot);
  void printMatrix(mlir::Operation *op, llvm::StringRef element);
  /// A matrix that nobody reads: only as the processor does.
  void printLargeMatrix(mlir::Operation *op, const TextTable &table);
  void printLargeDot(kernel::DotOp dot, const std::string &name);
};

} // namespace mase::cpp

#endif // MASE_LIB_TARGET_CPP_CPPTABLES_H
