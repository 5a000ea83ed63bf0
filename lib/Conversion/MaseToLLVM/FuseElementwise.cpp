// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-fuse-elementwise: fewer passes over memory between two products.
#include "Steps.h"

#include "mase/Conversion/Passes.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mase {
#define GEN_PASS_DEF_MASEFUSEELEMENTWISEPASS
#include "mase/Conversion/Passes.h.inc"
} // namespace mase

using namespace mlir;

namespace {

/// Whether the producer of `operand` shall be computed where it is used: by a
/// single op that visits every element once.
bool isWorthFusing(OpOperand *operand) {
  auto consumer = dyn_cast<linalg::LinalgOp>(operand->getOwner());
  return consumer && consumer.getNumReductionLoops() == 0 &&
         operand->get().hasOneUse();
}

struct FuseElementwise
    : mase::impl::MaseFuseElementwisePassBase<FuseElementwise> {
  using MaseFuseElementwisePassBase::MaseFuseElementwisePassBase;

  void runOnOperation() final {
    bool anyLinalg =
        getOperation()
            .walk([](linalg::LinalgOp) { return WalkResult::interrupt(); })
            .wasInterrupted();
    if (!anyLinalg) {
      if (!isStep)
        mase::warnNothingToDo(getOperation(), getArgument(), "linalg ops");
      return markAllAnalysesPreserved();
    }
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, isWorthFusing);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }

  bool isStep = false;
};

} // namespace

std::unique_ptr<Pass> mase::createFuseElementwiseStep() {
  auto pass = std::make_unique<FuseElementwise>();
  pass->isStep = true;
  return pass;
}
