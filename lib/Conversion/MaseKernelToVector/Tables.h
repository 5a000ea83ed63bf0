// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The constants of a kernel as globals, in the order in which vectors read
// them.
#ifndef MASE_LIB_CONVERSION_MASEKERNELTOVECTOR_TABLES_H
#define MASE_LIB_CONVERSION_MASEKERNELTOVECTOR_TABLES_H

#include "mase/Dialect/MaseKernel/IR/StageCode.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

#include <map>
#include <string>

namespace mase::kernel {

/// A table of rows, each padded so that every vector of a stage can be read.
struct LaneTable {
  mlir::LLVM::GlobalOp global;
  mlir::Type element;
  int64_t rowSize = 0; ///< with the padding
};

/// Makes each table once, for all functions that read it.
class LaneTables {
public:
  /// Rows hold `size` elements for each of a stage's `n`: see `sizeFor`.
  LaneTables(mlir::ModuleOp module, KernelOp kernel, int64_t lanes)
      : module(module), kernel(kernel), lanes(lanes) {}

  /// The table of `op` that plays `role`, made by `make` when it is first asked
  /// for; elements are binary32 or integers, [rows][columns], each row padded
  /// with zeros to `padded` elements or more.
  LaneTable floats(mlir::Operation *op, llvm::StringRef role, int64_t padded,
                   llvm::function_ref<std::vector<float>()> make,
                   int64_t rows = 1);
  LaneTable ints(mlir::Operation *op, llvm::StringRef role, int64_t padded,
                 llvm::function_ref<std::vector<int32_t>()> make,
                 int64_t rows = 1);
  LaneTable longs(mlir::Operation *op, llvm::StringRef role, int64_t padded,
                  llvm::function_ref<std::vector<int64_t>()> make,
                  int64_t rows = 1);

private:
  template <typename T>
  LaneTable make(mlir::Operation *op, llvm::StringRef role, int64_t padded,
                 llvm::function_ref<std::vector<T>()> values, int64_t rows,
                 mlir::Type element);

  mlir::ModuleOp module;
  KernelOp kernel;
  int64_t lanes;
  std::map<std::pair<mlir::Operation *, std::string>, LaneTable> tables;
  int number = 0;
};

} // namespace mase::kernel

#endif // MASE_LIB_CONVERSION_MASEKERNELTOVECTOR_TABLES_H
