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
  using Adaptor = OpConversionPattern<Op>::OpAdaptor;

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
    SmallVector<Value> inputs{adaptor.getInput()};
    SmallVector<AffineMap> maps{b.identityMap(type.getRank())};
    SliceNumbers numbers(b, type.getRank(), inputs, maps);
    QuantizeBuilder codes(numbers, *op.getFormat().getUniform(),
                          b.getContext());
    return b.elementwise(type, inputs, maps, [&](auto &b, auto in) {
      return codes.build(b, in, in[0],
                         cast<IntegerType>(type.getElementType()));
    });
  }
};

struct LowerDequantize : Lowering<DequantizeOp> {
  using Lowering::Lowering;
  Value build(LinalgBuilder &b, DequantizeOp op, OpAdaptor adaptor,
              RankedTensorType type) const final {
    SmallVector<Value> inputs{adaptor.getInput()};
    SmallVector<AffineMap> maps{b.identityMap(type.getRank())};
    SliceNumbers numbers(b, type.getRank(), inputs, maps);
    DequantizeBuilder values(numbers, op.getCodeScale(), b.getContext());
    return b.elementwise(type, inputs, maps, [&](auto &b, auto in) {
      return values.build(b, in, in[0], bitsOf(op.getInput()),
                          !op.getIsUnsigned());
    });
  }
};

/// A parameter's steps, code - zero point, as integers of the sum's type,
/// shifted left by `shift` of each element's row and column. Constants are
/// converted here and now.
Value prepareParameter(LinalgBuilder &b, Value original, Value converted,
                       const UniformTensorFormat &format,
                       llvm::function_ref<unsigned(int64_t, int64_t)> shift,
                       IntegerType sumType) {
  auto type = cast<RankedTensorType>(original.getType()).clone(sumType);
  ArrayRef<int64_t> shape = type.getShape();
  int64_t columns = type.getRank() == 2 ? shape[1] : 1;
  unsigned width = unsigned(format.storageWidth());
  CodeScale scale = codeScaleOf(format);
  DenseElementsAttr constant;
  Value result;
  auto sliceOf = [&](int64_t i) {
    return scale.sliceOf(i, {shape.data(), shape.size()});
  };
  auto wide = [&](int64_t value) {
    return APInt(sumType.getWidth(), uint64_t(value), /*isSigned=*/true,
                 /*implicitTrunc=*/true);
  };
  int64_t n = type.getNumElements();
  if (matchPattern(original, m_Constant(&constant))) {
    SmallVector<APInt> steps;
    for (auto [i, code] : llvm::enumerate(constant.getValues<APInt>())) {
      APInt read = format.common.isSigned ? code.sext(sumType.getWidth())
                                          : code.zext(sumType.getWidth());
      steps.push_back(
          (read - wide(scale.zeroPointOf(sliceOf(int64_t(i)))))
              .shl(shift(int64_t(i) / columns, int64_t(i) % columns)));
    }
    result = arith::ConstantOp::create(b, DenseElementsAttr::get(type, steps));
  } else {
    // Zero points and shifts of each element; most often one for all.
    SmallVector<APInt> zeros, shifts;
    for (int64_t i = 0; i < n; ++i) {
      zeros.push_back(wide(scale.zeroPointOf(sliceOf(i))));
      shifts.push_back(wide(shift(i / columns, i % columns)));
    }
    auto constantOf = [&](ArrayRef<APInt> values) -> Value {
      return arith::ConstantOp::create(b, DenseElementsAttr::get(type, values));
    };
    result = b.elementwise(
        type, {converted, constantOf(zeros), constantOf(shifts)},
        [&](auto &b, auto in) -> Value {
          Value code =
              buildReadCode(b, in[0], width, format.common.isSigned, sumType);
          return arith::ShLIOp::create(b, arith::SubIOp::create(b, code, in[1]),
                                       in[2]);
        });
  }
  return type.getRank() == 2 ? b.transpose(result) : result;
}

/// code - zero point of the input, in integers of the sums' type.
Value subtractZeroPoints(LinalgBuilder &b, Value input,
                         const UniformTensorFormat &data, IntegerType sumType) {
  auto type = cast<RankedTensorType>(input.getType()).clone(sumType);
  SmallVector<Value> inputs{input};
  SmallVector<AffineMap> maps{b.identityMap(type.getRank())};
  SliceNumbers numbers(b, type.getRank(), inputs, maps);
  CodeScale scale = codeScaleOf(data);
  SliceNumbers::Number zeroPoint = numbers.add(
      SmallVector<double>(scale.zeroPoint.begin(), scale.zeroPoint.end()),
      sumType, scale.axis);
  return b.elementwise(type, inputs, maps, [&](auto &b, auto in) -> Value {
    Value code = buildReadCode(b, in[0], unsigned(data.storageWidth()),
                               data.common.isSigned, sumType);
    return arith::SubIOp::create(b, code, zeroPoint.in(b, in));
  });
}

struct LowerIntLinear : Lowering<IntLinearOp> {
  using Lowering::Lowering;
  Value build(LinalgBuilder &b, IntLinearOp op, OpAdaptor adaptor,
              RankedTensorType type) const final {
    auto sumType = cast<IntegerType>(type.getElementType());
    LinearSums sums = op.getSums();
    UniformTensorFormat data = *op.getData().getUniform();
    // Shifting the weights shifts the products; neither overflows, because
    // the sums' type holds the largest product shifted.
    Value weight = prepareParameter(
        b, op.getWeight(), adaptor.getWeight(),
        *op.getWeightFormat().getUniform(),
        [&](int64_t o, int64_t i) {
          return unsigned(sums.productShiftOf(size_t(o)) +
                          sums.inputShiftOf(size_t(i)));
        },
        sumType);
    Value init;
    if (op.getBias())
      init =
          b.broadcast(type, prepareParameter(
                                b, op.getBias(), adaptor.getBias(),
                                *op.getBiasFormat()->getUniform(),
                                [&](int64_t o, int64_t) {
                                  return unsigned(sums.biasShiftOf(size_t(o)));
                                },
                                sumType));
    else
      init = b.fill(type, b.getIntegerAttr(sumType, 0));
    unsigned width = unsigned(data.storageWidth());
    Value input = adaptor.getInput();
    bool hasZeroPoint = codeScaleOf(data).hasZeroPoint();
    if (hasZeroPoint)
      input = subtractZeroPoints(b, input, data, sumType);
    return b.product(input, weight, init, [&](auto &b, auto in) -> Value {
      Value x = hasZeroPoint ? in[0]
                             : buildReadCode(b, in[0], width,
                                             data.common.isSigned, sumType);
      Value p = arith::MulIOp::create(b, x, in[1]);
      return arith::AddIOp::create(b, in[2], p);
    });
  }
};

struct LowerIntReduce : Lowering<IntReduceOp> {
  using Lowering::Lowering;
  Value build(LinalgBuilder &b, IntReduceOp op, OpAdaptor adaptor,
              RankedTensorType type) const final {
    auto sumType = cast<IntegerType>(type.getElementType());
    UniformTensorFormat data = *op.getData().getUniform();
    Value input = adaptor.getInput();
    bool hasZeroPoint = codeScaleOf(data).hasZeroPoint();
    if (hasZeroPoint)
      input = subtractZeroPoints(b, input, data, sumType);
    return b.reduceParticles(
        input, b.getIntegerAttr(sumType, 0), [&](auto &b, auto in) -> Value {
          Value x = hasZeroPoint
                        ? in[0]
                        : buildReadCode(b, in[0], unsigned(data.storageWidth()),
                                        data.common.isSigned, sumType);
          return arith::AddIOp::create(b, in[1], x);
        });
  }
};

struct LowerAffine : Lowering<AffineOp> {
  using Lowering::Lowering;
  Value build(LinalgBuilder &b, AffineOp op, OpAdaptor adaptor,
              RankedTensorType type) const final {
    AffineMap identity = b.identityMap(type.getRank()),
              feature = b.axisMap(type.getRank(), int(op.getFeatureAxis()));
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
    SmallVector<Value> inputs{adaptor.getInput()};
    unsigned rank = type.getRank();
    SmallVector<AffineMap> maps{b.identityMap(rank)};
    if (op.getScale()) {
      inputs.append({adaptor.getScale(), adaptor.getShift()});
      maps.append(2, b.axisMap(rank, -1));
    }
    SliceNumbers numbers(b, rank, inputs, maps);
    DequantizeBuilder sums(numbers, op.getCodeScale(), b.getContext());
    QuantizeBuilder codes(numbers, *op.getFormat().getUniform(),
                          b.getContext());
    return b.elementwise(type, inputs, maps, [&](auto &b, auto in) {
      Value x =
          sums.build(b, in, in[0], bitsOf(op.getInput()), /*isSigned=*/true);
      if (op.getScale())
        x = math::FmaOp::create(b, x, in[1], in[2]);
      if (op.getRelu())
        x = buildRelu(b, x);
      return codes.build(b, in, x, cast<IntegerType>(type.getElementType()));
    });
  }
};

struct LowerRound : Lowering<RoundOp> {
  LowerRound(const TypeConverter &converter, MLIRContext *context,
             const RoundingFunctions &roundings)
      : Lowering(converter, context), roundings(roundings) {}

  Value build(LinalgBuilder &b, RoundOp op, OpAdaptor adaptor,
              RankedTensorType type) const final {
    StringAttr function = roundings.at(op.getFormat());
    return b.elementwise(type, adaptor.getInput(), [&](auto &b, auto in) {
      return buildCall(b, function, in[0]);
    });
  }

private:
  const RoundingFunctions &roundings;
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
                                     const RoundingFunctions &roundings,
                                     RewritePatternSet &patterns) {
  patterns.add<LowerRound>(converter, patterns.getContext(), roundings);
  patterns.add<LowerQuantize, LowerDequantize, LowerIntLinear, LowerIntReduce,
               LowerAffine, LowerRequantize, ConvertConstant>(
      converter, patterns.getContext());
}
