// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What data must fit to be run through a network.
#ifndef MASE_EXECUTION_DATATARGET_H
#define MASE_EXECUTION_DATATARGET_H

#include "mase/Data/Dataset.h"
#include "mase/Execution/EntryPoint.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mase {

/// A sample's shape, and the classes' names if the network has any
/// (ClassNames.h). An attribute that is wrong is an error, reported at the
/// network.
mlir::FailureOr<DataTarget> getDataTarget(const EntryPoint &entry);
/// The same of a function that is a network (getEntryFunction).
mlir::FailureOr<DataTarget> getDataTarget(mlir::func::FuncOp network);

} // namespace mase

#endif // MASE_EXECUTION_DATATARGET_H
