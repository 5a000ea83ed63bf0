// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What verifiers of a stage's ops ask of tables.
#ifndef MASE_LIB_DIALECT_MASEKERNEL_IR_TABLES_H
#define MASE_LIB_DIALECT_MASEKERNEL_IR_TABLES_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"

namespace mase::kernel {

/// Elements of a type in a shape.
inline bool isTable(mlir::DenseElementsAttr table,
                    llvm::ArrayRef<int64_t> shape, mlir::Type elementType) {
  return table.getType().getShape() == shape &&
         table.getElementType() == elementType;
}

/// `size` f32 elements, or an error that says so.
inline mlir::LogicalResult verifyFloatTable(mlir::Operation *op, int constraint,
                                            llvm::StringRef what,
                                            mlir::DenseElementsAttr table,
                                            int64_t size) {
  if (isTable(table, size, mlir::Float32Type::get(op->getContext())))
    return mlir::success();
  return op->emitOpError() << "(C" << constraint << ") expected " << what
                           << " of " << size << " f32 elements, found "
                           << table.getType();
}

} // namespace mase::kernel

#endif // MASE_LIB_DIALECT_MASEKERNEL_IR_TABLES_H
