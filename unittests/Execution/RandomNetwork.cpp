// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random networks in the IR, with random precisions, and awkward inputs.
#include "RandomNetwork.h"

#include "mase/Numerics/LinearSums.h"
#include "mase/Numerics/ReduceSums.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mase;
using namespace mase::testing;

float Draw::real(double deviation) {
  // The sum of twelve uniform numbers.
  double sum = -6;
  for (int i = 0; i < 12; ++i)
    sum += double(engine() >> 11) * 0x1p-53;
  return float(sum * deviation);
}

float Draw::input() {
  constexpr float inf = std::numeric_limits<float>::infinity();
  switch (integer(0, 24)) {
  case 0:
    return chance(50) ? 0.0f : -0.0f;
  case 1:
    return std::ldexp(real(1), integer(-149, -120));
  case 2:
    return std::ldexp(real(1), integer(20, 127));
  case 3:
    return chance(50) ? inf : -inf;
  case 4:
    return std::numeric_limits<float>::quiet_NaN();
  case 5:
    return chance(50) ? std::numeric_limits<float>::max()
                      : -std::numeric_limits<float>::denorm_min();
  case 6:
  case 7:
  case 8:
  case 9: // a tie of some format
    return std::ldexp(float(2 * integer(-40, 40) + 1), integer(-16, 2));
  default:
    return real(std::exp2(integer(-3, 4)));
  }
}

float Draw::parameter() {
  if (chance(5))
    return chance(50) ? 0.0f : -0.0f;
  if (chance(10))
    return std::ldexp(float(2 * integer(-9, 9) + 1), integer(-8, 0));
  return real(chance(10) ? 20 : 0.7);
}

std::vector<float> mase::testing::drawInputs(Draw &draw, int64_t count) {
  std::vector<float> values(count);
  for (float &value : values)
    value = draw.input();
  return values;
}

namespace {

/// A uniform format of a tensor of this shape, whose dimensions from `first` on
/// may have slices. Not always a valid one.
UniformTensorFormat drawUniform(Draw &draw, int width, int minFraction,
                                ArrayRef<int64_t> shape, int first) {
  UniformTensorFormat f;
  UniformFormat &c = f.common;
  c.isSigned = draw.chance(80);
  c.rounding = Rounding(draw.integer(0, 7));
  c.zeroPointFirst = draw.chance(20);
  if (!c.zeroPointFirst && draw.chance(30))
    c.overflow = Overflow::Wrap;
  else
    c.narrow = draw.chance(15);
  c.width = c.zeroPointFirst ? std::min(width, 24) : width;
  int axis = draw.integer(first, int(shape.size()) - 1);
  f.axis = draw.chance(50) ? axis : axis - int(shape.size());
  int64_t slices = shape[size_t(axis)];
  if (draw.chance(30))
    for (int64_t i = 0; i < slices; ++i)
      f.width.push_back(draw.integer(1, c.width));
  // One scale times powers of two, or any.
  bool powers = draw.chance(70);
  auto mantissa = [&] { return 1 + float(draw.integer(0, 1023)) * 0x1p-10f; };
  float base = draw.chance(60) ? 1 : mantissa();
  auto scale = [&] {
    return std::ldexp(powers ? base : mantissa(),
                      -draw.integer(minFraction, c.width - minFraction));
  };
  c.scale = scale();
  if (draw.chance(50))
    for (int64_t i = 0; i < slices; ++i)
      f.scale.push_back(scale());
  auto zero = [&](const UniformFormat &slice) {
    return int64_t(draw.integer(int(std::max<int64_t>(slice.minCode(), -100)),
                                int(std::min<int64_t>(slice.maxCode(), 100))));
  };
  if (draw.chance(50)) {
    if (f.width.empty() && draw.chance(50))
      c.zeroPoint = zero(c);
    else
      for (int64_t i = 0; i < slices; ++i) {
        UniformTensorFormat sofar = f;
        sofar.zeroPoint.clear();
        f.zeroPoint.push_back(zero(sofar.slice(size_t(i))));
      }
  }
  if (f.slices() == 0)
    f.axis.reset();
  return f;
}

/// As --mase-shrink leaves an input: codes of up to 8 bits that have lost their
/// lowest bits, their highest or both, feature by feature.
UniformTensorFormat drawShrunk(Draw &draw, int64_t features) {
  UniformTensorFormat f;
  f.common.isSigned = draw.chance(50);
  f.common.rounding = draw.chance(10) ? Rounding::Floor : Rounding::NearestEven;
  f.axis = -1;
  const int width = draw.integer(4, 8), finest = draw.integer(-2, 8);
  for (int64_t i = 0; i < features; ++i) {
    const int lost = draw.integer(0, 3);
    f.width.push_back(draw.integer(1, width - lost));
    f.scale.push_back(std::ldexp(1.0f, lost - finest));
  }
  return f;
}

/// Codes of -1 and +1.
UniformTensorFormat drawBipolar(Draw &draw) {
  UniformTensorFormat f;
  f.common.width = 1;
  f.common.bipolar = true;
  f.common.zeroPoint = draw.chance(70) ? 0 : draw.integer(-1, 1);
  f.common.scale =
      std::ldexp(1 + float(draw.integer(0, 1)) * 0.5f, draw.integer(-3, 1));
  return f;
}

class Generator {
public:
  Generator(ImplicitLocOpBuilder &b, Draw &draw, const NetworkOptions &options,
            Value input)
      : b(b), draw(draw), options(options) {
    values.push_back(input);
  }

  Value run() {
    // A network of flattenings only is none for the evaluator.
    values.push_back(draw.chance(50) ? batchNorm() : elementwise());
    int layers = draw.integer(0, 6);
    for (int i = 0; i < layers; ++i)
      values.push_back(layer());
    if (rank(values.back()) > 2)
      values.push_back(flatten());
    return values.back();
  }

private:
  static int64_t rank(Value v) {
    return cast<RankedTensorType>(v.getType()).getRank();
  }
  static SmallVector<int64_t> shape(Value v) {
    return SmallVector<int64_t>(cast<RankedTensorType>(v.getType()).getShape());
  }
  RankedTensorType tensor(ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, b.getF32Type());
  }
  StringAttr name() {
    // Names that are code where they are not quoted, or taken.
    constexpr StringRef hostile[] = {"min",  "int32_t", "typeof", "a\n#error ",
                                     "é",    "*/ x /*", "\\",     "kernel",
                                     "rt::", "\"",      "?\?/",   "h1"};
    StringRef start = "layer_";
    if (options.extremes && draw.chance(30))
      start = hostile[draw.integer(0, int(std::size(hostile)) - 1)];
    return b.getStringAttr(start + Twine(count++));
  }

  /// `zeros`: per cent of it.
  Value constant(ArrayRef<int64_t> shape, int zeros = 0) {
    std::vector<float> data(ShapedType::getNumElements(shape));
    float scale = 1;
    if (options.extremes && draw.chance(30))
      scale = draw.chance(30) ? 0.0f : std::ldexp(1.0f, draw.integer(-70, 34));
    for (float &v : data)
      v = zeros > 0 && draw.chance(zeros) ? 0 : draw.parameter() * scale;
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(tensor(shape), ArrayRef<float>(data)));
  }

  FixedAttr format(bool isSigned) {
    FixedPointFormat f;
    f.width = draw.integer(options.minWidth, options.maxWidth);
    f.fracWidth =
        draw.integer(options.minFraction, f.width - options.minFraction);
    if (options.extremes && draw.chance(50))
      f.fracWidth = draw.integer(FixedPointFormat::kMinFracWidth,
                                 FixedPointFormat::kMaxFracWidth);
    f.isSigned = isSigned;
    f.rounding = draw.chance(20) ? Rounding::Floor : Rounding::NearestEven;
    return FixedAttr::get(b.getContext(), f);
  }

  /// For an operand or result of this type. Axes of activations begin at 1.
  NumberFormatAttrInterface uniform(Type type, bool isActivation) {
    SmallVector<int64_t> shape(cast<RankedTensorType>(type).getShape());
    UniformTensorFormat f =
        draw.chance(5)
            ? drawBipolar(draw)
            : drawUniform(draw,
                          draw.integer(options.minWidth, options.maxWidth),
                          options.minFraction, shape, isActivation);
    return f.invalid() ? NumberFormatAttrInterface()
                       : getFormatAttr(b.getContext(), f);
  }

  static Type typeOf(Operation *op, OperandRole role) {
    switch (role) {
    case OperandRole::Weight:
      return op->getOperand(1).getType();
    case OperandRole::Bias:
      return op->getOperand(2).getType();
    case OperandRole::DataIn:
      // A constant operand has a batch of its own, not other features.
      return op->getOperand(0).getType();
    case OperandRole::DataOut:
      break;
    }
    return op->getResult(0).getType();
  }

  /// A precision for the last layer, unless it stays in float.
  Value quantized(Value result) {
    auto op = cast<QuantizableOpInterface>(result.getDefiningOp());
    bool product = isa<LinearOp, MatmulOp>(op);
    if (!draw.chance(product ? 85 : 40))
      return result;
    bool partial = draw.chance(15);
    NumberFormatAttrInterface formats[4];
    for (OperandRole role : op.getOperandRoles()) {
      int percent = role == OperandRole::DataOut ? 20 : partial ? 60 : 100;
      if (draw.chance(percent))
        formats[size_t(role)] =
            options.uniform && draw.chance(options.uniform)
                ? uniform(typeOf(op, role), role == OperandRole::DataIn ||
                                                role == OperandRole::DataOut)
                : format(!op.takesUnsignedInput() && !draw.chance(15));
    }
    if (product && options.uniform && draw.chance(40))
      shrink(op, formats);
    auto precision = PrecisionAttr::get(b.getContext(), formats[0], formats[1],
                                        formats[2], formats[3]);
    if (!precision.isEmpty() && !op.getIllegalPrecisionReason(precision))
      op.setLayerPrecision(precision);
    return result;
  }

  /// Formats as --mase-shrink leaves them: bytes of weights, with a scale for
  /// each output.
  void shrink(QuantizableOpInterface op,
              MutableArrayRef<NumberFormatAttrInterface> formats) {
    auto attr = [&](const UniformTensorFormat &format) {
      return format.invalid() ? NumberFormatAttrInterface()
                              : getFormatAttr(b.getContext(), format);
    };
    auto sizeOf = [](Value value) { return shape(value).back(); };
    const int64_t in = sizeOf(op->getOperand(0)),
                  out = sizeOf(op->getResult(0));
    UniformTensorFormat weight;
    weight.axis = isa<MatmulOp>(op) ? 1 : 0;
    for (int64_t o = 0; o < out; ++o)
      weight.scale.push_back(std::ldexp(1.0f, -draw.integer(4, 8)));
    formats[size_t(OperandRole::DataIn)] = attr(drawShrunk(draw, in));
    formats[size_t(OperandRole::Weight)] = attr(weight);
    FixedPointFormat bias{16, draw.integer(2, 14)};
    if (draw.chance(50))
      formats[size_t(OperandRole::Bias)] = FixedAttr::get(b.getContext(), bias);
  }

  Value flatten() {
    Value x = values.back();
    int64_t size = ShapedType::getNumElements(ArrayRef(shape(x)).drop_front());
    return FlattenOp::create(b, tensor({shape(x)[0], size}), name(), x);
  }

  /// The type of `x` with so many features.
  Type withFeatures(Value x, int64_t features) {
    SmallVector<int64_t> sizes = shape(x);
    sizes.back() = features;
    return tensor(sizes);
  }

  /// Of particles all have the weights; of several layers some.
  Value product() {
    Value x = values.back();
    int64_t in = shape(x).back(),
            out = draw.chance(10) ? draw.integer(13, 40) : draw.integer(1, 12);
    if (weight && draw.chance(30) && shape(weight)[1] == in)
      return quantized(LinearOp::create(b, withFeatures(x, shape(weight)[0]),
                                        name(), x, weight, Value(),
                                        PrecisionAttr()));
    Type type = withFeatures(x, out);
    if (draw.chance(25))
      return quantized(MatmulOp::create(b, type, name(), x, constant({in, out}),
                                        PrecisionAttr()));
    weight = constant({out, in}, draw.chance(40) ? draw.integer(50, 95) : 0);
    Value bias = draw.chance(75) ? constant({out}) : Value();
    return quantized(
        LinearOp::create(b, type, name(), x, weight, bias, PrecisionAttr()));
  }

  Value batchNorm() {
    Value x = values.back();
    int axis = draw.chance(50) ? 1 : draw.integer(1, int(rank(x)) - 1);
    int64_t features = shape(x)[axis];
    std::vector<float> variance(features);
    for (float &v : variance)
      v = std::fabs(draw.real(2));
    Value var = arith::ConstantOp::create(
        b, DenseElementsAttr::get(tensor({features}), ArrayRef(variance)));
    return BatchNormOp::create(b, x.getType(), name(), x, constant({features}),
                               constant({features}), constant({features}), var,
                               b.getF64FloatAttr(1e-5),
                               b.getI64IntegerAttr(axis));
  }

  Value unflatten() {
    Value x = values.back();
    SmallVector<int64_t> divisors;
    for (int64_t n = 1; n <= shape(x)[1]; ++n)
      if (shape(x)[1] % n == 0)
        divisors.push_back(n);
    int64_t n = divisors[draw.integer(0, int(divisors.size()) - 1)];
    return UnflattenOp::create(b, tensor({shape(x)[0], n, shape(x)[1] / n}),
                               name(), x);
  }

  /// Of the features of some values in any order; one may come twice.
  Value concat() {
    Value x = values.back();
    auto leading = [](Value v) {
      return cast<RankedTensorType>(v.getType()).getShape().drop_back();
    };
    SmallVector<Value> fitting = llvm::filter_to_vector(values, [&](Value v) {
      return rank(v) == rank(x) && leading(v) == leading(x);
    });
    SmallVector<Value> parts{x};
    int64_t features = shape(x).back();
    for (int more = draw.integer(0, 2); more > 0; --more) {
      Value part = fitting[draw.integer(0, int(fitting.size()) - 1)];
      if (features + shape(part).back() > 40)
        continue;
      parts.insert(parts.begin() + draw.integer(0, int(parts.size())), part);
      features += shape(part).back();
    }
    return ConcatOp::create(b, withFeatures(x, features), name(), parts);
  }

  Value slice() {
    Value x = values.back();
    int features = int(shape(x).back()), start = draw.integer(0, features - 1),
        end = draw.integer(start + 1, features);
    return SliceOp::create(b, withFeatures(x, end - start), name(), x,
                           b.getI64IntegerAttr(start),
                           b.getI64IntegerAttr(end));
  }

  Value transpose() {
    Value x = values.back();
    return TransposeOp::create(
        b, tensor({shape(x)[0], shape(x)[2], shape(x)[1]}), name(), x);
  }

  Value reduce() {
    Value x = values.back();
    Type type = tensor({shape(x)[0], shape(x)[2]});
    if (draw.chance(50))
      return quantized(
          ReduceSumOp::create(b, type, name(), x, PrecisionAttr()));
    return quantized(ReduceMeanOp::create(b, type, name(), x, PrecisionAttr()));
  }

  /// With an earlier value of the same type or a constant row.
  Value elementwise() {
    Value x = values.back(), other;
    SmallVector<Value> same = llvm::filter_to_vector(
        values, [&](Value v) { return v.getType() == x.getType(); });
    if (draw.chance(60)) {
      other = same[draw.integer(0, int(same.size()) - 1)];
    } else {
      SmallVector<int64_t> row = shape(x);
      row[0] = 1;
      other = constant(row);
    }
    Value lhs = x, rhs = other;
    if (draw.chance(40))
      std::swap(lhs, rhs);
    Type type = x.getType();
    switch (draw.integer(0, 3)) {
    case 0:
      return quantized(
          AddOp::create(b, type, name(), lhs, rhs, PrecisionAttr()));
    case 1:
      return quantized(
          SubOp::create(b, type, name(), lhs, rhs, PrecisionAttr()));
    case 2:
      return quantized(
          MulOp::create(b, type, name(), lhs, rhs, PrecisionAttr()));
    default:
      return quantized(
          DivOp::create(b, type, name(), lhs, rhs, PrecisionAttr()));
    }
  }

  Value layer() {
    Value x = values.back();
    int kind = draw.integer(0, 99);
    if (kind < 4)
      return quantized(LeakyReluOp::create(b, x.getType(), name(), x,
                                           b.getF32FloatAttr(draw.parameter()),
                                           PrecisionAttr()));
    if (kind < 7) {
      float bounds[] = {draw.parameter(), draw.parameter()};
      float lower = bounds[0], upper = bounds[1];
      return quantized(ClipOp::create(
          b, x.getType(), name(), x,
          b.getF32FloatAttr(draw.chance(20)   ? -INFINITY
                            : draw.chance(30) ? 0.0f
                                              : std::min(lower, 0.0f)),
          b.getF32FloatAttr(draw.chance(20) ? INFINITY : std::fabs(upper)),
          PrecisionAttr()));
    }
    if (kind < 20)
      return quantized(
          ReluOp::create(b, x.getType(), name(), x, PrecisionAttr()));
    if (kind < 23)
      return TanhOp::create(b, x.getType(), name(), x);
    if (kind < 26)
      return SigmoidOp::create(b, x.getType(), name(), x);
    if (kind < 40)
      return batchNorm();
    if (kind < 54)
      return elementwise();
    if (rank(x) > (options.branches ? 3 : 2))
      return flatten();
    if (!options.branches)
      return kind < 58 ? Value(SoftmaxOp::create(b, x.getType(), name(), x))
             : kind < 62
                 ? Value(LogSoftmaxOp::create(b, x.getType(), name(), x))
                 : product();
    if (kind < 59)
      return concat();
    if (kind < 62)
      return slice();
    if (rank(x) == 3) {
      if (kind < 68)
        return transpose();
      if (kind < 76)
        return reduce();
      return kind < 82 ? flatten() : product();
    }
    if (kind < 66)
      return unflatten();
    if (kind < 69)
      return SoftmaxOp::create(b, x.getType(), name(), x);
    if (kind < 72)
      return LogSoftmaxOp::create(b, x.getType(), name(), x);
    return product();
  }

  ImplicitLocOpBuilder &b;
  Draw &draw;
  const NetworkOptions &options;
  SmallVector<Value> values;
  Value weight; ///< of the last Linear
  int count = 0;
};

} // namespace

func::FuncOp mase::testing::appendRandomIntegers(ModuleOp module,
                                                 StringRef name, Draw &draw,
                                                 bool withParticles) {
  auto b = ImplicitLocOpBuilder::atBlockEnd(module.getLoc(), module.getBody());
  int64_t size = draw.integer(1, 6),
          particles = withParticles && draw.chance(60) ? draw.integer(1, 4) : 0;
  // Of an activation: with particles until they are added up.
  auto shapeOf = [&] {
    return particles
               ? SmallVector<int64_t>{ShapedType::kDynamic, particles, size}
               : SmallVector<int64_t>{ShapedType::kDynamic, size};
  };
  auto tensor = [&](ArrayRef<int64_t> shape, Type element) {
    return RankedTensorType::get(shape, element);
  };
  auto batch = [&](int bits) {
    return tensor(shapeOf(), b.getIntegerType(bits));
  };
  // Of a tensor of this shape, with slices from dimension `first` on. Widths
  // don't differ: a reader may find codes that another op's width allows.
  auto format = [&](int width, ArrayRef<int64_t> shape,
                    int firstDim) -> NumberFormatAttrInterface {
    if (!width)
      width = draw.integer(1, draw.chance(20) ? 32 : 9);
    if (draw.chance(40)) {
      UniformTensorFormat f = drawUniform(draw, width, -2, shape, firstDim);
      f.common.width = width;
      f.common.narrow = false;
      f.common.zeroPointFirst &= width <= 24;
      f.width.clear();
      if (f.slices() == 0)
        f.axis.reset();
      if (!f.invalid())
        return getFormatAttr(b.getContext(), f);
    }
    FixedPointFormat f;
    f.width = width;
    f.fracWidth =
        draw.chance(20) ? draw.integer(-32, 64) : draw.integer(-2, f.width + 2);
    f.isSigned = draw.chance(50);
    f.rounding = draw.chance(20) ? Rounding::Floor : Rounding::NearestEven;
    return FixedAttr::get(b.getContext(), f);
  };
  auto activation = [&](int width) { return format(width, shapeOf(), 1); };
  auto storage = [](NumberFormatAttrInterface f) {
    return f.getUniform()->storageWidth();
  };
  auto codes = [&](ArrayRef<int64_t> shape, int width) -> Value {
    SmallVector<APInt> values;
    bool zero = draw.chance(10);
    for (int64_t i = 0; i < ShapedType::getNumElements(shape); ++i)
      values.push_back(APInt(width, zero ? 0 : draw.integer(0, INT32_MAX - 1),
                             /*isSigned=*/false, /*implicitTrunc=*/true));
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(tensor(shape, b.getIntegerType(width)),
                                  ArrayRef(values)));
  };
  auto floats = [&]() -> Value {
    std::vector<float> values(size);
    for (float &v : values)
      v = draw.chance(10) ? std::ldexp(draw.parameter(), draw.integer(-99, 99))
                          : draw.parameter();
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(tensor({size}, b.getF32Type()),
                                  ArrayRef<float>(values)));
  };
  // What integers are worth: one number, or one a feature.
  auto worth = [&] {
    CodeScale scale;
    bool powers = draw.chance(60);
    scale.scale.resize(draw.chance(40) ? size_t(size) : 1);
    for (float &s : scale.scale)
      s = exp2i(-(draw.chance(10) ? draw.integer(-127, 149)
                                  : draw.integer(-4, 24))) *
          (powers ? 1 : 1 + float(draw.integer(0, 1023)) * 0x1p-11f);
    if (scale.scale.size() > 1)
      scale.axis = particles ? 2 : 1;
    return scale;
  };

  auto type = tensor(shapeOf(), b.getF32Type());
  auto function =
      func::FuncOp::create(b, name, b.getFunctionType(type, TypeRange()));
  Block *block = function.addEntryBlock();
  b.setInsertionPointToStart(block);
  NumberFormatAttrInterface first = activation(0);
  Value x = QuantizeOp::create(b, batch(storage(first)), block->getArgument(0),
                               first, false, StringAttr());
  auto bitsOf = [](Value v) {
    return int(cast<RankedTensorType>(v.getType()).getElementTypeBitWidth());
  };
  for (int steps = draw.integer(0, 4); steps > 0; --steps) {
    if (particles && bitsOf(x) <= FixedPointFormat::kMaxWidth &&
        draw.chance(40)) {
      NumberFormatAttrInterface data = activation(bitsOf(x));
      std::optional<UniformTensorFormat> features =
          formatOfFeatures(*data.getUniform(), 3);
      if (!features)
        continue;
      int least = reduceSums(particles, /*isMean=*/false, *features)->width;
      particles = 0;
      x = IntReduceOp::create(
          b, batch(draw.integer(least, draw.chance(50) ? least : 64)),
          b.getStringAttr("sum"), x, data);
      continue;
    }
    if (bitsOf(x) <= FixedPointFormat::kMaxWidth && draw.chance(60)) {
      int out = draw.integer(1, 6);
      NumberFormatAttrInterface data = activation(bitsOf(x)),
                                weight = format(0, {out, size}, 0), bias;
      if (draw.chance(60))
        bias = format(0, {out}, 0);
      std::optional<UniformTensorFormat> row =
          formatOfFeatures(*data.getUniform(), int64_t(shapeOf().size()));
      if (!row)
        continue;
      auto sumsOf = [&] {
        std::optional<UniformTensorFormat> biasFormat;
        if (bias)
          biasFormat = bias.getUniform();
        return linearSums(out, size, *row, *weight.getUniform(),
                          biasFormat ? &*biasFormat : nullptr);
      };
      std::optional<LinearSums> sums = sumsOf();
      if (sums && bias && !sums->biasInSum) {
        bias = {};
        sums = sumsOf();
      }
      if (!sums || sums->width > LinearSums::kMaxWidth)
        continue;
      int width = draw.integer(sums->width, draw.chance(50) ? sums->width : 64);
      Value w = codes({out, size}, storage(weight));
      Value c = bias ? codes({out}, storage(bias)) : Value();
      size = out;
      x = IntLinearOp::create(b, batch(width), b.getStringAttr("fc"), x, w, c,
                              data, weight, bias);
      continue;
    }
    NumberFormatAttrInterface to = activation(0);
    Value scale, shift;
    if (draw.chance(50)) {
      scale = floats();
      shift = floats();
    }
    x = RequantizeOp::create(
        b, batch(storage(to)), x, ArrayRef<float>(worth().scale), scale, shift,
        draw.chance(30), to, b.getStrArrayAttr({}), false, StringAttr());
  }
  bool isUnsigned = bitsOf(x) < 64 && draw.chance(50);
  CodeScale unit = worth();
  if (bitsOf(x) <= 32 && draw.chance(30))
    for (int64_t &zero : unit.zeroPoint)
      zero = draw.integer(-200, 200);
  Value y = DequantizeOp::create(b, x, unit, isUnsigned);
  func::ReturnOp::create(b, y);
  function.setFunctionType(b.getFunctionType(type, y.getType()));
  return function;
}

func::FuncOp mase::testing::appendRandomNetwork(ModuleOp module, StringRef name,
                                                Draw &draw,
                                                const NetworkOptions &options) {
  auto b = ImplicitLocOpBuilder::atBlockEnd(module.getLoc(), module.getBody());
  SmallVector<int64_t> shape{ShapedType::kDynamic, draw.integer(1, 12)};
  while (draw.chance(15) && shape.size() < 4)
    shape.push_back(draw.integer(1, 3));
  auto type = RankedTensorType::get(shape, b.getF32Type());
  auto function =
      func::FuncOp::create(b, name, b.getFunctionType(type, TypeRange()));
  Block *block = function.addEntryBlock();
  b.setInsertionPointToStart(block);
  Value result = Generator(b, draw, options, block->getArgument(0)).run();
  func::ReturnOp::create(b, result);
  function.setFunctionType(b.getFunctionType(type, result.getType()));
  return function;
}
