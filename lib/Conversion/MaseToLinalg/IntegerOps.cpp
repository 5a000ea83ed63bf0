// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Patterns for the ops of the integer level.
#include "LinalgBuilder.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mase;

namespace {

unsigned bitsOf(Value value) {
  return getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
}

/// A pattern that builds its result with a LinalgBuilder over `getInput()`.
template <typename Op> struct Lowering : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  using Adaptor = typename OpConversionPattern<Op>::OpAdaptor;

  virtual Value build(LinalgBuilder &b, Op op, Adaptor adaptor,
                      RankedTensorType type) const = 0;

  LogicalResult
  matchAndRewrite(Op op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const final {
    auto type =
        this->getTypeConverter()->template convertType<RankedTensorType>(
            op.getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "integers of more than 64 bits");
    LinalgBuilder b(op, rewriter, adaptor.getInput());
    rewriter.replaceOp(op, build(b, op, adaptor, type));
    return success();
  }
};

struct LowerQuantize : Lowering<QuantizeOp> {
  using Lowering::Lowering;
  Value build(LinalgBuilder &b, QuantizeOp op, OpAdaptor adaptor,
              RankedTensorType type) const final {
    FixedPointFormat format = *op.getFormat().getFixedPoint();
    return b.elementwise(type, adaptor.getInput(), [&](auto &b, auto in) {
      return buildQuantize(b, in[0], format,
                           cast<IntegerType>(type.getElementType()));
    });
  }
};

struct LowerDequantize : Lowering<DequantizeOp> {
  using Lowering::Lowering;
  Value build(LinalgBuilder &b, DequantizeOp op, OpAdaptor adaptor,
              RankedTensorType type) const final {
    return b.elementwise(type, adaptor.getInput(), [&](auto &b, auto in) {
      return buildDequantize(b, in[0], bitsOf(op.getInput()),
                             !op.getIsUnsigned(), op.getFracWidth());
    });
  }
};

/// A parameter's codes as integers of the sum's type, shifted left; a matrix
/// [out, in] comes out as [in, out]. Constants are converted here and now.
Value prepareParameter(LinalgBuilder &b, Value original, Value converted,
                       const FixedPointFormat &format, unsigned shift,
                       IntegerType sumType) {
  auto type = cast<RankedTensorType>(original.getType()).clone(sumType);
  DenseElementsAttr constant;
  Value result;
  if (matchPattern(original, m_Constant(&constant)))
    result = arith::ConstantOp::create(
        b, constant.mapValues(sumType, [&](const APInt &code) {
          return (format.isSigned ? code.sext(sumType.getWidth())
                                  : code.zext(sumType.getWidth()))
              .shl(shift);
        }));
  else
    result = b.elementwise(type, converted, [&](auto &b, auto in) -> Value {
      Value code =
          buildReadCode(b, in[0], format.width, format.isSigned, sumType);
      if (shift == 0)
        return code;
      Value amount =
          arith::ConstantOp::create(b, b.getIntegerAttr(sumType, shift));
      return arith::ShLIOp::create(b, code, amount);
    });
  return type.getRank() == 2 ? b.transpose(result) : result;
}

struct LowerIntLinear : Lowering<IntLinearOp> {
  using Lowering::Lowering;
  Value build(LinalgBuilder &b, IntLinearOp op, OpAdaptor adaptor,
              RankedTensorType type) const final {
    auto sumType = cast<IntegerType>(type.getElementType());
    Accumulator acc = op.getAccumulator();
    FixedPointFormat data = *op.getData().getFixedPoint();
    // Shifting the weights shifts the products; neither overflows, because
    // the sums' type holds the largest product shifted.
    Value weight = prepareParameter(b, op.getWeight(), adaptor.getWeight(),
                                    *op.getWeightFormat().getFixedPoint(),
                                    acc.productShift, sumType);
    Value init;
    if (op.getBias())
      init = b.broadcast(type,
                         prepareParameter(b, op.getBias(), adaptor.getBias(),
                                          *op.getBiasFormat()->getFixedPoint(),
                                          acc.biasShift, sumType));
    else
      init = b.fill(type, b.getIntegerAttr(sumType, 0));
    return b.product(
        adaptor.getInput(), weight, init, [&](auto &b, auto in) -> Value {
          Value x = buildReadCode(b, in[0], data.width, data.isSigned, sumType);
          Value p = arith::MulIOp::create(b, x, in[1]);
          return arith::AddIOp::create(b, in[2], p);
        });
  }
};

struct LowerAffine : Lowering<AffineOp> {
  using Lowering::Lowering;
  Value build(LinalgBuilder &b, AffineOp op, OpAdaptor adaptor,
              RankedTensorType type) const final {
    AffineMap identity = b.identityMap(type.getRank()),
              feature = b.featureMap(type.getRank());
    return b.elementwise(
        type, {adaptor.getInput(), adaptor.getScale(), adaptor.getShift()},
        {identity, feature, feature}, [](auto &b, auto in) -> Value {
          return math::FmaOp::create(b, in[0], in[1], in[2]);
        });
  }
};

struct LowerRequantize : Lowering<RequantizeOp> {
  using Lowering::Lowering;
  Value build(LinalgBuilder &b, RequantizeOp op, OpAdaptor adaptor,
              RankedTensorType type) const final {
    FixedPointFormat format = *op.getFormat().getFixedPoint();
    SmallVector<Value> inputs{adaptor.getInput()};
    SmallVector<AffineMap> maps{b.identityMap(2)};
    if (op.getScale()) {
      inputs.append({adaptor.getScale(), adaptor.getShift()});
      maps.append(2, b.featureMap(2));
    }
    return b.elementwise(type, inputs, maps, [&](auto &b, auto in) {
      Value x = buildDequantize(b, in[0], bitsOf(op.getInput()),
                                /*isSigned=*/true, op.getFracWidth());
      if (op.getScale())
        x = math::FmaOp::create(b, x, in[1], in[2]);
      if (op.getRelu())
        x = buildRelu(b, x);
      return buildQuantize(b, x, format,
                           cast<IntegerType>(type.getElementType()));
    });
  }
};

/// Constant codes in the wider type that holds them.
struct ConvertConstant : OpConversionPattern<arith::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(arith::ConstantOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const final {
    auto type = getTypeConverter()->convertType<RankedTensorType>(op.getType());
    auto value = dyn_cast<DenseElementsAttr>(op.getValue());
    if (!type || !value)
      return rewriter.notifyMatchFailure(op, "not a constant of codes");
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(
        op, value.mapValues(type.getElementType(), [&](const APInt &code) {
          return code.sext(type.getElementTypeBitWidth());
        }));
    return success();
  }
};

} // namespace

void mase::populateIntegerOpPatterns(const TypeConverter &converter,
                                     RewritePatternSet &patterns) {
  patterns.add<LowerQuantize, LowerDequantize, LowerIntLinear, LowerAffine,
               LowerRequantize, ConvertConstant>(converter,
                                                 patterns.getContext());
}
