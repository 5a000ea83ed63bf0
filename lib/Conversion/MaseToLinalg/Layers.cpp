// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Patterns for layers that compute in binary32. Passes before this one have
// made every precision explicit, so none has one.
#include "LinalgBuilder.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mase;

namespace {

/// acc = bias (+0 without one); acc = fma(x_i, w_i, acc) in order of i. `w` is
/// [in, out].
Value buildProduct(LinalgBuilder &b, RankedTensorType type, Value x, Value w,
                   Value bias) {
  Value init =
      bias ? b.broadcast(type, bias) : b.fill(type, b.getF32FloatAttr(0.0f));
  return b.product(x, w, init, [](auto &b, auto in) -> Value {
    return math::FmaOp::create(b, in[0], in[1], in[2]);
  });
}

struct LowerLinear : OpConversionPattern<LinearOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(LinearOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    LinalgBuilder b(op, rewriter, adaptor.getInput());
    Value weight = b.transpose(adaptor.getWeight());
    rewriter.replaceOp(op, buildProduct(b, op.getType(), adaptor.getInput(),
                                        weight, adaptor.getBias()));
    return success();
  }
};

struct LowerMatmul : OpConversionPattern<MatmulOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(MatmulOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    LinalgBuilder b(op, rewriter, adaptor.getInput());
    rewriter.replaceOp(op, buildProduct(b, op.getType(), adaptor.getInput(),
                                        adaptor.getWeight(), Value()));
    return success();
  }
};

/// A BatchNorm is the mase.affine of its parameters.
struct LowerBatchNorm : OpConversionPattern<BatchNormOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(BatchNormOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    std::optional<AffineParameters> parameters = op.getAffineParameters();
    if (!parameters)
      return rewriter.notifyMatchFailure(op, "parameters are not constant");
    auto constant = [&](ArrayRef<float> values) -> Value {
      auto type =
          RankedTensorType::get(int64_t(values.size()), rewriter.getF32Type());
      return arith::ConstantOp::create(rewriter, op.getLoc(),
                                       DenseElementsAttr::get(type, values));
    };
    rewriter.replaceOpWithNewOp<AffineOp>(
        op, op.getType(), op.getLayerAttr(), adaptor.getInput(),
        constant(parameters->scale), constant(parameters->shift), op.getAxis());
    return success();
  }
};

/// A layer of one operand; `build` makes the element of the operand's.
template <typename Op, Value (*build)(ImplicitLocOpBuilder &, Op, Value)>
struct LowerUnary : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(Op op, Op::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    LinalgBuilder b(op, rewriter, adaptor.getInput());
    rewriter.replaceOp(
        op,
        b.elementwise(cast<RankedTensorType>(op.getType()), adaptor.getInput(),
                      [&](auto &b, auto in) { return build(b, op, in[0]); }));
    return success();
  }
};

Value reluOf(ImplicitLocOpBuilder &b, ReluOp, Value x) {
  return buildRelu(b, x);
}

Value leakyReluOf(ImplicitLocOpBuilder &b, LeakyReluOp op, Value x) {
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0.0f));
  Value above = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, zero);
  Value alpha = arith::ConstantOp::create(b, op.getAlphaAttr());
  Value below = arith::MulFOp::create(b, x, alpha);
  return arith::SelectOp::create(b, above, x, below);
}

Value clipOf(ImplicitLocOpBuilder &b, ClipOp op, Value x) {
  auto bounded = [&](Value x, arith::CmpFPredicate beyond, FloatAttr bound) {
    Value limit = arith::ConstantOp::create(b, bound);
    Value isBeyond = arith::CmpFOp::create(b, beyond, x, limit);
    return arith::SelectOp::create(b, isBeyond, limit, x).getResult();
  };
  Value below = bounded(x, arith::CmpFPredicate::OGT, op.getUpperAttr());
  return bounded(below, arith::CmpFPredicate::OLT, op.getLowerAttr());
}

/// A call of a function float(float) of Execution/RuntimeSymbols.h.
template <typename Op, const llvm::StringLiteral &function>
Value callOf(ImplicitLocOpBuilder &b, Op, Value x) {
  return buildCall(b, function, x);
}

template <typename Op, typename ArithOp>
struct LowerElementwise : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(Op op, Op::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    auto type = cast<RankedTensorType>(op.getType());
    bool lhsIsFull = op.getLhs().getType() == type;
    LinalgBuilder b(op, rewriter,
                    lhsIsFull ? adaptor.getLhs() : adaptor.getRhs());
    auto mapOf = [&](Value operand) {
      AffineMap map = b.identityMap(type.getRank());
      auto shape = cast<RankedTensorType>(operand.getType()).getShape();
      if (shape[0] == type.getDimSize(0))
        return map;
      // Size 1: one row for every sample.
      SmallVector<AffineExpr> results(map.getResults());
      results[0] = b.getAffineConstantExpr(0);
      return AffineMap::get(type.getRank(), 0, results, b.getContext());
    };
    rewriter.replaceOp(
        op, b.elementwise(type, {adaptor.getLhs(), adaptor.getRhs()},
                          {mapOf(adaptor.getLhs()), mapOf(adaptor.getRhs())},
                          [](auto &b, auto in) -> Value {
                            return ArithOp::create(b, in[0], in[1]);
                          }));
    return success();
  }
};

struct LowerFlatten : OpConversionPattern<FlattenOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(FlattenOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    int64_t rank = cast<RankedTensorType>(op.getInput().getType()).getRank();
    if (rank == 2) {
      rewriter.replaceOp(op, adaptor.getInput());
      return success();
    }
    if (rank == 1) {
      rewriter.replaceOpWithNewOp<tensor::ExpandShapeOp>(
          op, op.getType(), adaptor.getInput(),
          ArrayRef<ReassociationIndices>{{0, 1}});
      return success();
    }
    SmallVector<ReassociationIndices> groups{
        {0}, llvm::to_vector<2>(llvm::seq<int64_t>(1, rank))};
    rewriter.replaceOpWithNewOp<tensor::CollapseShapeOp>(
        op, op.getType(), adaptor.getInput(), groups);
    return success();
  }
};

struct LowerUnflatten : OpConversionPattern<UnflattenOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(UnflattenOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    rewriter.replaceOpWithNewOp<tensor::ExpandShapeOp>(
        op, op.getType(), adaptor.getInput(),
        ArrayRef<ReassociationIndices>{{0}, {1, 2}});
    return success();
  }
};

struct LowerTranspose : OpConversionPattern<TransposeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(TransposeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    LinalgBuilder b(op, rewriter, adaptor.getInput());
    AffineMap turned = AffineMap::getPermutationMap(ArrayRef<unsigned>{0, 2, 1},
                                                    b.getContext());
    rewriter.replaceOp(op,
                       b.elementwise(op.getType(), adaptor.getInput(), {turned},
                                     [](ImplicitLocOpBuilder &, ValueRange in) {
                                       return in[0];
                                     }));
    return success();
  }
};

/// Where `count` features from `start` on are in a tensor like `type`, whose
/// batch is that of `batch`.
struct Features {
  Features(LinalgBuilder &b, RankedTensorType type, Value batch, int64_t start,
           int64_t count)
      : offsets(type.getRank(), b.getIndexAttr(0)),
        strides(type.getRank(), b.getIndexAttr(1)) {
    for (int64_t size : type.getShape())
      sizes.push_back(b.getIndexAttr(size));
    if (type.isDynamicDim(0))
      sizes[0] = tensor::DimOp::create(b, batch, 0).getResult();
    offsets.back() = b.getIndexAttr(start);
    sizes.back() = b.getIndexAttr(count);
  }
  SmallVector<OpFoldResult> offsets, sizes, strides;
};

struct LowerConcat : OpConversionPattern<ConcatOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(ConcatOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    LinalgBuilder b(op, rewriter, adaptor.getInputs().front());
    Value result = b.empty(op.getType());
    int64_t start = 0;
    for (Value input : adaptor.getInputs()) {
      int64_t count = cast<RankedTensorType>(input.getType()).getShape().back();
      Features at(b, op.getType(), input, start, count);
      result = tensor::InsertSliceOp::create(b, input, result, at.offsets,
                                             at.sizes, at.strides);
      start += count;
    }
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct LowerSlice : OpConversionPattern<SliceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(SliceOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    LinalgBuilder b(op, rewriter, adaptor.getInput());
    RankedTensorType type = op.getType();
    Features at(b, type, adaptor.getInput(), int64_t(op.getStart()),
                type.getShape().back());
    Value part = tensor::ExtractSliceOp::create(
        b, type, adaptor.getInput(), at.offsets, at.sizes, at.strides);
    // A buffer of its own: a network's result is no part of another.
    rewriter.replaceOp(op, b.elementwise(type, part,
                                         [](ImplicitLocOpBuilder &,
                                            ValueRange in) { return in[0]; }));
    return success();
  }
};

template <typename Op> struct LowerReduce : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(Op op, Op::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    LinalgBuilder b(op, rewriter, adaptor.getInput());
    Value result =
        b.reduceParticles(adaptor.getInput(), b.getF32FloatAttr(0.0f),
                          [](auto &b, auto in) -> Value {
                            return arith::AddFOp::create(b, in[1], in[0]);
                          });
    if (Op::isMean())
      result =
          b.elementwise(op.getType(), result, [&](auto &b, auto in) -> Value {
            Value factor = arith::ConstantOp::create(
                b, b.getF32FloatAttr(meanFactor(op.getParticles())));
            return arith::MulFOp::create(b, in[0], factor);
          });
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// What softmax and its logarithm begin with: the maximum of the features,
/// exp(x - max), and the sum of these in order of index.
struct Exponentials {
  Value max, exp, sum;
};

/// Of each row's elements and one number a row; rows are samples, or particles
/// of them.
std::array<AffineMap, 2> rowMaps(LinalgBuilder &b, RankedTensorType type) {
  AffineMap all = b.identityMap(type.getRank());
  return {all, all.dropResult(type.getRank() - 1)};
}

Exponentials buildExponentials(LinalgBuilder &b, RankedTensorType type,
                               Value x) {
  Exponentials result;
  float infinity = std::numeric_limits<float>::infinity();
  // Beginning below everything equals beginning with the first element: only
  // NaN compares differently, and a row with NaN is NaN throughout.
  result.max = b.reduceFeatures(
      x, b.getF32FloatAttr(-infinity), [](auto &b, auto in) -> Value {
        Value greater =
            arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, in[0], in[1]);
        return arith::SelectOp::create(b, greater, in[0], in[1]);
      });
  result.exp = b.elementwise(
      type, {x, result.max}, rowMaps(b, type), [](auto &b, auto in) -> Value {
        Value difference = arith::SubFOp::create(b, in[0], in[1]);
        return buildCall(b, kExpFunction, difference);
      });
  result.sum = b.reduceFeatures(result.exp, b.getF32FloatAttr(0.0f),
                                [](auto &b, auto in) -> Value {
                                  return arith::AddFOp::create(b, in[1], in[0]);
                                });
  return result;
}

struct LowerSoftmax : OpConversionPattern<SoftmaxOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(SoftmaxOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    LinalgBuilder b(op, rewriter, adaptor.getInput());
    auto type = cast<RankedTensorType>(op.getType());
    Exponentials e = buildExponentials(b, type, adaptor.getInput());
    rewriter.replaceOp(op, b.elementwise(type, {e.exp, e.sum}, rowMaps(b, type),
                                         [](auto &b, auto in) -> Value {
                                           return arith::DivFOp::create(
                                               b, in[0], in[1]);
                                         }));
    return success();
  }
};

struct LowerLogSoftmax : OpConversionPattern<LogSoftmaxOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(LogSoftmaxOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    LinalgBuilder b(op, rewriter, adaptor.getInput());
    auto type = cast<RankedTensorType>(op.getType());
    Value x = adaptor.getInput();
    Exponentials e = buildExponentials(b, type, x);
    Value log = b.elementwise(
        cast<RankedTensorType>(e.sum.getType()), e.sum,
        [](auto &b, auto in) { return buildCall(b, kLogFunction, in[0]); });
    auto [all, row] = rowMaps(b, type);
    rewriter.replaceOp(
        op, b.elementwise(type, {x, e.max, log}, {all, row, row},
                          [](auto &b, auto in) -> Value {
                            Value difference =
                                arith::SubFOp::create(b, in[0], in[1]);
                            return arith::SubFOp::create(b, difference, in[2]);
                          }));
    return success();
  }
};

} // namespace

void mase::populateLayerPatterns(const TypeConverter &converter,
                                 RewritePatternSet &patterns) {
  patterns
      .add<LowerLinear, LowerMatmul, LowerBatchNorm, LowerUnary<ReluOp, reluOf>,
           LowerUnary<LeakyReluOp, leakyReluOf>, LowerUnary<ClipOp, clipOf>,
           LowerUnary<SigmoidOp, callOf<SigmoidOp, kSigmoidFunction>>,
           LowerUnary<TanhOp, callOf<TanhOp, kTanhFunction>>,
           LowerElementwise<AddOp, arith::AddFOp>,
           LowerElementwise<SubOp, arith::SubFOp>,
           LowerElementwise<MulOp, arith::MulFOp>,
           LowerElementwise<DivOp, arith::DivFOp>, LowerFlatten, LowerUnflatten,
           LowerTranspose, LowerConcat, LowerSlice, LowerReduce<ReduceSumOp>,
           LowerReduce<ReduceMeanOp>, LowerSoftmax, LowerLogSoftmax>(
          converter, patterns.getContext());
}
