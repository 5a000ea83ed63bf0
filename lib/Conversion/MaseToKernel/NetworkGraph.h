// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A function of the integer level as the stages of a kernel will be: checked,
// with every op in a stage and the ranges of its integers known.
#ifndef MASE_LIB_CONVERSION_MASETOKERNEL_NETWORKGRAPH_H
#define MASE_LIB_CONVERSION_MASETOKERNEL_NETWORKGRAPH_H

#include "QuantizePlan.h"

#include "mase/Conversion/MaseToKernel/KernelChoice.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

#include <vector>

namespace mase::kernel {

/// How an integer layer is summed.
struct DotPlan {
  DotKind kind = DotKind::Mad64;
  /// Factors of the codes as they are stored, [out, in]: steps of the weights,
  /// shifted where features or outputs have a grid of their own.
  llvm::SmallVector<int64_t> weight;
  /// What sums begin at: the bias, less what the codes' zero points add up to.
  llvm::SmallVector<int64_t> init;
  /// None, one or one an output.
  llvm::SmallVector<int64_t> productShift;
  /// Weights that fit bytes.
  bool fitsBytes = false;
  /// Signed bits that hold every sum of any codes, and all on the way to it.
  int width = 0;

  int64_t shiftOf(size_t o) const {
    return productShift.empty()
               ? 0
               : productShift[productShift.size() == 1 ? 0 : o];
  }
};

/// A quantisation and the ops before it that its constants take in.
struct QuantizeNode {
  mlir::Value input; ///< f32 or sums
  QuantizePlan plan;
  mlir::SmallVector<mlir::Operation *> layers; ///< absorbed, in order
  bool relu = false;
  int64_t features = 0; ///< of scale and shift before they were expanded
};

/// How an op reads its codes where that is not how they were written.
struct Reading {
  unsigned width = 0; ///< at most 64, 63 without a sign
  bool isSigned = true;

  Interval range() const {
    return isSigned
               ? Interval{INT64_MIN >> (64 - width), INT64_MAX >> (64 - width)}
               : Interval{0, INT64_MAX >> (63 - width)};
  }
  bool isWide() const { return range().high > INT32_MAX; }
};

/// Ops that become one function; the last one's result is the stage's.
struct StagePlan {
  std::vector<mlir::Operation *> ops; ///< the one that mixes features first
  std::string name;
  std::string inputName; ///< of a stage that reads the first one's codes anew
};

/// Whether `op` has its first result only when it has all: a softmax or its
/// logarithm, each a stage of its own.
bool isSoftmax(mlir::Operation *op);

class NetworkGraph {
public:
  /// Checks `func` and plans its kernel. What has no kernel is reported.
  static mlir::FailureOr<NetworkGraph> build(mlir::func::FuncOp func,
                                             std::optional<Strategy> strategy);

  mlir::func::FuncOp func;
  std::vector<StagePlan> stages;
  llvm::DenseMap<mlir::Operation *, DotPlan> dots;
  llvm::DenseMap<mlir::Operation *, QuantizeNode> quantizations;
  /// By the op that reads. Storage has no sign: the reader says.
  llvm::DenseMap<mlir::Operation *, Reading> rereads;
  llvm::DenseSet<mlir::Operation *> absorbed; ///< by a quantisation
  llvm::DenseSet<mlir::Value> packed;         ///< codes that travel packed
  NetworkCosts costs;

  /// `value` without the ops that move no data (flatten).
  static mlir::Value resolve(mlir::Value value);
  /// Elements of a sample.
  static int64_t sizeOf(mlir::Value value);
  /// Whether the codes or sums in `value` are i64.
  bool isWide(mlir::Value value) const;

private:
  mlir::LogicalResult check();
  mlir::LogicalResult checkOp(mlir::Operation *op);
  void formStages();
  mlir::LogicalResult planIntegers(std::optional<Strategy> strategy);
  void absorb(mlir::Operation *quantize, const StagePlan &stage);
  mlir::LogicalResult planDot(mlir::Operation *op, std::optional<Strategy>);
  void choosePacking(std::optional<Strategy> strategy);
  void nameStages();
  void estimate();
  bool fitsBytes(mlir::Operation *op, const UniformTensorFormat &codes) const;
  /// The integers that `reader` finds in `codes`, one interval an element;
  /// notes in `rereads` where they are not those that were written.
  mlir::SmallVector<Interval> read(mlir::Operation *reader, mlir::Value codes,
                                   Reading reading);

  /// Codes and sums of integer values, one interval an element.
  llvm::DenseMap<mlir::Value, mlir::SmallVector<Interval>> ranges;
};

/// Constants of an op, one for each element of its result where they are one
/// for each feature (dimension 1).
mlir::SmallVector<float> expandFeatures(mlir::ArrayRef<float> features,
                                        mlir::Value like);

/// Scale and shift of an affine or batch_norm.
std::optional<AffineParameters> affineParameters(mlir::Operation *op);

/// What a sample's elements are worth: `scales` of `value`'s codes, one for all
/// or one an element.
CodeScale expandScale(const CodeScale &scale, mlir::Value value);

/// `format` of `value`, with slices that are the elements of a sample as a
/// vector.
NumberFormatAttrInterface expandFormat(NumberFormatAttrInterface format,
                                       mlir::Value value);

/// Whether `value` is a constant with values to read: not one kept as a
/// resource.
bool isConstant(mlir::Value value);

/// Begins an error: `op` has no kernel.
mlir::InFlightDiagnostic noKernel(mlir::Operation *op);

/// The layer that `op` is or came from; empty where it has none.
std::string layerNameOf(mlir::Operation *op);

} // namespace mase::kernel

#endif // MASE_LIB_CONVERSION_MASETOKERNEL_NETWORKGRAPH_H
