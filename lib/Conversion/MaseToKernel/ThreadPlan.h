// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The plan of a kernel whose threads, or whose lanes of vectors, compute whole
// samples.
#ifndef MASE_LIB_CONVERSION_MASETOKERNEL_THREADPLAN_H
#define MASE_LIB_CONVERSION_MASETOKERNEL_THREADPLAN_H

#include "KernelFamily.h"
#include "QuantizePlan.h"

#include "llvm/ADT/DenseMap.h"

namespace mase::kernel {

/// How an integer layer is summed.
struct DotPlan {
  DotKind kind = DotKind::Mad64;
  /// With the shifts of outputs in the weights where that costs nothing.
  StoredSums sums;
  /// Weights that fit bytes.
  bool fitsBytes = false;
  /// Of the codes of a row of features, as they are read.
  NumberFormatAttrInterface data;
  /// Of `dp4a`: words of weights that are not all zero, and whether the code
  /// leaves out the others, with the features in this order; empty: in theirs.
  int64_t nonZeroWords = 0;
  bool sparse = false;
  llvm::SmallVector<int64_t> order;
};

/// The format that a quantisation rounds to.
NumberFormatAttrInterface formatOf(mlir::Operation *quantize);

/// `format` of `codes` for those of one particle, with slices that are its
/// features.
NumberFormatAttrInterface formatOfRow(NumberFormatAttrInterface format,
                                      mlir::Value codes);

/// A quantisation with what its constants take in, and how it rounds.
struct QuantizeNode {
  Quantization source;
  QuantizePlan plan;
};

/// What the functions of a stage are called.
struct StageNames {
  std::string stage;
  std::string input; ///< of one that reads the first op's codes anew
};

class ThreadPlan : public KernelPlan {
public:
  /// Without a strategy, it is chosen.
  ThreadPlan(const NetworkGraph &graph, Layout layout,
             std::optional<Strategy> strategy)
      : graph(graph), layout(layout), strategy(strategy) {}

  /// Plans sums, packing and roundings; the op that has no such kernel and the
  /// reason otherwise.
  KernelPlanOrReason planIntegers();

  /// Of the whole kernel, as `request` has it or chosen. Several samples a
  /// thread share each weight operand; straight-line code is worth it while it
  /// fits the instruction cache and the registers.
  void choose(const KernelRequest &request);
  /// The same where loops and registers are a compiler's business.
  void chooseLanes();

  KernelEstimate estimate() const override { return costs; }
  KernelOp build(mlir::OpBuilder &builder) const override;

  /// The results of an op for one particle, where a sample has several; else
  /// all.
  static int64_t rowOf(mlir::Operation *head);

  /// Whether the codes or sums in `value` are i64.
  bool isWide(mlir::Value value) const;

  const NetworkGraph &graph;
  const Layout layout;
  std::vector<StageNames> names; ///< of the graph's stages
  llvm::DenseMap<mlir::Operation *, DotPlan> dots;
  llvm::DenseMap<mlir::Operation *, QuantizeNode> quantizations;
  /// By the op that reads, where that is not what was written.
  llvm::DenseMap<mlir::Operation *, Reading> rereads;
  llvm::DenseSet<mlir::Operation *> absorbed; ///< by a quantisation
  llvm::DenseSet<mlir::Value> packed;         ///< codes that travel packed
  /// Of packed codes that are shifted to the left, one a feature.
  llvm::DenseMap<mlir::Value, llvm::SmallVector<int64_t>> codeShifts;

  // Of the kernel.
  std::optional<Strategy> strategy;
  /// None in the layout `lanes`.
  std::optional<int64_t> samplesPerThread, threadsPerBlock;
  /// Loops over features unrolled, activations in registers.
  bool unrolled = false;
  std::string reason; ///< why, for people

private:
  /// The sums of a layer, before it is known what is packed.
  static DotPlan startDot(IntLinearOp linear);
  /// Puts the shifts of outputs into the weights where they don't outgrow a
  /// byte or a word.
  void foldShifts(IntLinearOp linear);
  bool shiftCodes(mlir::Value codes, NumberFormatAttrInterface written);
  KernelPlanOrReason planDot(IntLinearOp linear);
  void planQuantization(mlir::Operation *op);
  void noteReading(mlir::Operation *reader, mlir::Value codes, Reading reading);
  void choosePacking();
  void chooseSparse();
  void nameStages();
  void computeCosts();
  std::string integersText() const;
  int64_t wordsOf(mlir::Value value) const;

  KernelEstimate costs;
  /// Integer layers, and those of them that take codes four to a word.
  int64_t integerLayers = 0, dp4aLayers = 0;
};

} // namespace mase::kernel

#endif // MASE_LIB_CONVERSION_MASETOKERNEL_THREADPLAN_H
