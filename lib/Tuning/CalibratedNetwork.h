// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A module's network as calibration takes it, and the way back.
#ifndef MASE_LIB_TUNING_CALIBRATEDNETWORK_H
#define MASE_LIB_TUNING_CALIBRATEDNETWORK_H

#include "mase/Calibrate/Refine.h"
#include "mase/Calibrate/RemoveUnits.h"
#include "mase/Evaluate/FromIR.h"

#include "mlir/IR/BuiltinOps.h"

namespace mase {

class CalibratedNetwork {
public:
  /// Errors are reported: no network, or none at the network level.
  static mlir::FailureOr<CalibratedNetwork> read(mlir::ModuleOp module);

  mlir::func::FuncOp function() { return func; }
  const Network &network() const { return ir.network; }
  const std::vector<LayerPrecision> &precisions() const {
    return ir.precisions;
  }
  /// Whether the scale of a format is open.
  bool isOpen() const;
  /// Whether the module says what its float parameters were.
  bool isRecorded() { return bool(recorded()); }
  /// The options of the calibration that left that, as text.
  std::optional<std::string> recordedOptions();
  /// The network with the parameters of the module's mase.calibration, where
  /// there is one. Errors are reported: parameters of other shapes.
  mlir::FailureOr<Network> floatNetwork();

  /// Puts the parameters of `rounded`, which differs from `network` in nothing
  /// else, and precisions into the IR.
  void write(const Network &rounded, llvm::ArrayRef<LayerPrecision> precisions);
  /// Leaves a mase.calibration with the parameters that `network` has.
  /// `x`, [samples, features], is what rounded them.
  void record(llvm::ArrayRef<float> x, llvm::StringRef options);
  /// The same where there is none yet: before parameters that were rounded to
  /// the nearest code change, for the float ones are to be known after it.
  void recordUnlessThere(llvm::ArrayRef<float> x);
  /// Moves single weights nearer to `original` (mase::refine) on the samples x.
  absl::StatusOr<Refinement> refine(const Network &original,
                                    llvm::ArrayRef<float> x,
                                    const RefineOptions &options);
  /// Puts a network of the same function into the IR, whose features were
  /// multiplied by powers of two: for each step the exponents of its results,
  /// or none. Returns the number of features that moved.
  int64_t rescale(const Network &rescaled,
                  llvm::ArrayRef<std::vector<int>> exponents);
  /// Whether features of each step's result can go: its layer is one of those
  /// that `remove` knows, and the result is read by one other layer alone.
  std::vector<bool> removable();
  /// Puts a network without some units, and its precisions if there are any,
  /// into the IR; a mase.calibration goes.
  void remove(const RemovedUnits &smaller);

private:
  CalibrationOp recorded();
  void setParameter(mlir::Operation *op, unsigned operand,
                    llvm::ArrayRef<float> values,
                    llvm::ArrayRef<int64_t> shape);
  void setParameters(mlir::Operation *op, const Step &from, const Step &to);

  mlir::func::FuncOp func;
  NetworkFromIR ir;
};

} // namespace mase

#endif // MASE_LIB_TUNING_CALIBRATEDNETWORK_H
