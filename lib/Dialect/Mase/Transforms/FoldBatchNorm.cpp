// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-fold-batch-norm: BatchNorms into the Linear beside them.
#include "mase/Dialect/Mase/Transforms/Passes.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"
#include "mase/Support/Quoting.h"

#include "mlir/IR/Builders.h"

namespace mase {
#define GEN_PASS_DEF_MASEFOLDBATCHNORMPASS
#include "mase/Dialect/Mase/Transforms/Passes.h.inc"
} // namespace mase

using namespace mlir;
using namespace mase;

namespace {

/// A Linear's parameters in binary64.
struct WideLinear {
  int64_t out, in;
  SmallVector<double> weight, bias;
};

std::optional<WideLinear> getWideLinear(LinearOp op) {
  auto weight = getConstantF32(op.getWeight());
  if (!weight)
    return std::nullopt;
  auto shape = cast<RankedTensorType>(op.getWeight().getType()).getShape();
  WideLinear result{shape[0], shape[1], {}, {}};
  result.weight.assign(weight->begin(), weight->end());
  result.bias.assign(size_t(shape[0]), 0.0);
  if (op.getBias()) {
    auto bias = getConstantF32(op.getBias());
    if (!bias)
      return std::nullopt;
    result.bias.assign(bias->begin(), bias->end());
  }
  return result;
}

struct FoldBatchNormPass
    : mase::impl::MaseFoldBatchNormPassBase<FoldBatchNormPass> {
  using MaseFoldBatchNormPassBase::MaseFoldBatchNormPassBase;

  void runOnOperation() override {
    SmallVector<BatchNormOp> norms;
    getOperation()->walk([&](BatchNormOp op) { norms.push_back(op); });
    if (norms.empty())
      return warnNothingToDo(getOperation(), getArgument(), "BatchNorms");
    SmallVector<BatchNormOp> left;
    for (BatchNormOp norm : norms) {
      if (foldIntoProducer(norm) || foldIntoConsumer(norm))
        ++numFolded;
      else
        left.push_back(norm);
    }
    // Where it folded none at all, that is hardly what was wanted.
    auto severity = left.size() == norms.size() ? DiagnosticSeverity::Warning
                                                : DiagnosticSeverity::Remark;
    for (BatchNormOp norm : left)
      getContext().getDiagEngine().emit(norm.getLoc(), severity)
          << "--" << getArgument() << ": BatchNorm " << quoted(norm.getLayer())
          << " stays: " << whyNot(norm);
  }

private:
  /// Whether its features are the last dimension, as a Linear's are.
  static bool isOfLast(BatchNormOp norm) {
    return norm.getFeatureAxis() ==
           cast<RankedTensorType>(norm.getResult().getType()).getRank() - 1;
  }
  bool mayChange(LinearOp linear) {
    return force || !linear.getPrecisionAttr();
  }

  /// What keeps a BatchNorm from the Linear before it, or from the one after.
  std::string whyNot(BatchNormOp norm) {
    auto before = norm.getInput().getDefiningOp<LinearOp>();
    LinearOp after;
    if (norm->hasOneUse())
      after = dyn_cast<LinearOp>(*norm->user_begin());
    for (LinearOp linear : {before, after})
      if (linear && !mayChange(linear))
        return "layer " + describeLayer(linear) +
               " has a precision already; fold before --mase-quantize, or give "
               "force=true";
    if (!norm.getAffineParameters())
      return "its parameters are not constant";
    if ((before || after) && !isOfLast(norm))
      return "its features are no outputs or inputs of a Linear, which are the "
             "last dimension; found dimension " +
             std::to_string(norm.getFeatureAxis());
    if (before && !before->hasOneUse())
      return "other ops read the result of layer " + describeLayer(before) +
             ", too";
    for (LinearOp linear : {before, after})
      if (linear)
        return "the parameters of layer " + describeLayer(linear) +
               " are not constant";
    auto name = [](Operation *op, StringRef otherwise) {
      return isa_and_nonnull<LayerOpInterface>(op) ? describeLayer(op)
                                                   : otherwise.str();
    };
    return "expected a Linear before it, or after it alone; found " +
           name(norm.getInput().getDefiningOp(), "the network's input") +
           " and " +
           (norm->hasOneUse()
                ? name(*norm->user_begin(), "the network's result")
                : std::to_string(llvm::range_size(norm->getUsers())) +
                      " users");
  }

  /// norm(linear(x)): scales the rows.
  bool foldIntoProducer(BatchNormOp norm) {
    auto linear = norm.getInput().getDefiningOp<LinearOp>();
    if (!linear || !linear->hasOneUse() || !mayChange(linear) ||
        !isOfLast(norm))
      return false;
    auto affine = norm.getAffineParameters();
    auto wide = getWideLinear(linear);
    if (!affine || !wide)
      return false;
    for (int64_t o = 0; o < wide->out; ++o) {
      for (int64_t i = 0; i < wide->in; ++i)
        wide->weight[o * wide->in + i] *= affine->wideScale[o];
      wide->bias[o] =
          wide->bias[o] * affine->wideScale[o] + affine->wideShift[o];
    }
    replace(norm, linear, linear.getInput(), *wide, linear);
    return true;
  }

  /// linear(norm(x)): scales the columns.
  bool foldIntoConsumer(BatchNormOp norm) {
    if (!norm->hasOneUse())
      return false;
    auto linear = dyn_cast<LinearOp>(*norm->user_begin());
    if (!linear || !mayChange(linear) || !isOfLast(norm))
      return false;
    auto affine = norm.getAffineParameters();
    auto wide = getWideLinear(linear);
    if (!affine || !wide)
      return false;
    for (int64_t o = 0; o < wide->out; ++o)
      for (int64_t i = 0; i < wide->in; ++i) {
        double &w = wide->weight[o * wide->in + i];
        wide->bias[o] += w * affine->wideShift[i];
        w *= affine->wideScale[i];
      }
    replace(linear, linear, norm.getInput(), *wide, norm);
    return true;
  }

  /// Puts the folded Linear in place of `last`; `other` goes too.
  void replace(Operation *last, LinearOp linear, Value input,
               const WideLinear &wide, Operation *other) {
    OpBuilder builder(last);
    auto constant = [&](ArrayRef<double> values, ArrayRef<int64_t> shape) {
      SmallVector<float> rounded(values.begin(), values.end());
      auto type = RankedTensorType::get(shape, builder.getF32Type());
      return arith::ConstantOp::create(
                 builder, linear.getLoc(), type,
                 DenseElementsAttr::get(type, ArrayRef<float>(rounded)))
          .getResult();
    };
    Value weight = constant(wide.weight, {wide.out, wide.in});
    Value bias = constant(wide.bias, {wide.out});
    auto folded = LinearOp::create(
        builder, builder.getFusedLoc({linear.getLoc(), last->getLoc()}),
        last->getResult(0).getType(), linear.getLayerAttr(), input, weight,
        bias, linear.getPrecisionAttr());
    last->getResult(0).replaceAllUsesWith(folded.getResult());
    last->erase();
    if (other != last)
      other->erase();
  }
};

} // namespace
