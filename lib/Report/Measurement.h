// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What data do in a network: the values of each layer's operands, and their
// statistics.
#ifndef MASE_LIB_REPORT_MEASUREMENT_H
#define MASE_LIB_REPORT_MEASUREMENT_H

#include "mase/Analysis/Profile.h"
#include "mase/Analysis/Statistics.h"
#include "mase/Data/Dataset.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

#include <optional>
#include <string>
#include <vector>

namespace mase {

/// The activations that enter or leave a layer, before they are rounded.
struct Operand {
  mlir::Location loc;
  std::string layer, type;          ///< no name where a format has no layer
  OperandRole role;                 ///< DataIn or DataOut
  NumberFormatAttrInterface format; ///< null: binary32
  /// Of a layer's result that is an exact sum of codes.
  std::optional<LinearSums> sums;
  mlir::SmallVector<mlir::Value> tensors;

  std::vector<float> values;  ///< of all samples; empty from a profile
  std::vector<int64_t> shape; ///< of `values`
  TensorStatistics statistics;

  /// What the layer does with its input.
  enum class Kind {
    ElementByElement,
    Rectifier, ///< the same, and makes 0 of all below it: rounds what is above
    Product,
    Other,
  };
  Kind kind = Kind::Other;

  /// What the format makes of the values; none without one, or where a profile
  /// doesn't tell.
  std::optional<OperandQuality> quality() const;
};

struct Measurement {
  std::vector<Operand> operands; ///< in the order of the IR
  int64_t samples = 0;
  /// Values of the samples that are NaN or infinite, once scaled; a profile
  /// doesn't know.
  std::optional<int64_t> notFinite;
  bool isEstimate = false; ///< from a profile
};

/// Runs the module's network, at the network or the integer level, on data.
/// Errors are reported; `pass` is whose options they are.
mlir::FailureOr<Measurement> measure(mlir::ModuleOp module,
                                     const DataOptions &options,
                                     llvm::StringRef pass);

/// What a profile says about the network as it is now. Layers that it lacks are
/// left out.
mlir::FailureOr<Measurement> readProfile(mlir::ModuleOp module,
                                         ProfileOp profile);

} // namespace mase

#endif // MASE_LIB_REPORT_MEASUREMENT_H
