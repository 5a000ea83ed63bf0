// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random networks in the IR, with random precisions, and awkward inputs.
#include "RandomNetwork.h"

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

  Value constant(ArrayRef<int64_t> shape) {
    std::vector<float> data(ShapedType::getNumElements(shape));
    float scale = 1;
    if (options.extremes && draw.chance(30))
      scale = draw.chance(30) ? 0.0f : std::ldexp(1.0f, draw.integer(-70, 34));
    for (float &v : data)
      v = draw.parameter() * scale;
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
        formats[size_t(role)] = format(!isa<ReluOp>(op) && !draw.chance(15));
    }
    auto precision = PrecisionAttr::get(b.getContext(), formats[0], formats[1],
                                        formats[2], formats[3]);
    if (!precision.isEmpty() && !op.getIllegalPrecisionReason(precision))
      op.setLayerPrecision(precision);
    return result;
  }

  Value flatten() {
    Value x = values.back();
    int64_t size = ShapedType::getNumElements(ArrayRef(shape(x)).drop_front());
    return FlattenOp::create(b, tensor({shape(x)[0], size}), name(), x);
  }

  Value product() {
    Value x = values.back();
    int64_t in = shape(x)[1],
            out = draw.chance(10) ? draw.integer(13, 40) : draw.integer(1, 12);
    Type type = tensor({shape(x)[0], out});
    if (draw.chance(25))
      return quantized(MatmulOp::create(b, type, name(), x, constant({in, out}),
                                        PrecisionAttr()));
    Value weight = constant({out, in});
    Value bias = draw.chance(75) ? constant({out}) : Value();
    return quantized(
        LinearOp::create(b, type, name(), x, weight, bias, PrecisionAttr()));
  }

  Value batchNorm() {
    Value x = values.back();
    int64_t features = shape(x)[1];
    std::vector<float> variance(features);
    for (float &v : variance)
      v = std::fabs(draw.real(2));
    Value var = arith::ConstantOp::create(
        b, DenseElementsAttr::get(tensor({features}), ArrayRef(variance)));
    return BatchNormOp::create(b, x.getType(), name(), x, constant({features}),
                               constant({features}), constant({features}), var,
                               b.getF64FloatAttr(1e-5));
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
    switch (draw.integer(0, 2)) {
    case 0:
      return quantized(
          AddOp::create(b, type, name(), lhs, rhs, PrecisionAttr()));
    case 1:
      return quantized(
          SubOp::create(b, type, name(), lhs, rhs, PrecisionAttr()));
    default:
      return quantized(
          MulOp::create(b, type, name(), lhs, rhs, PrecisionAttr()));
    }
  }

  Value layer() {
    Value x = values.back();
    int kind = draw.integer(0, 99);
    if (kind < 20)
      return quantized(
          ReluOp::create(b, x.getType(), name(), x, PrecisionAttr()));
    if (kind < 26)
      return SigmoidOp::create(b, x.getType(), name(), x);
    if (kind < 40)
      return batchNorm();
    if (kind < 54)
      return elementwise();
    if (rank(x) > 2)
      return flatten();
    if (kind < 58)
      return SoftmaxOp::create(b, x.getType(), name(), x);
    if (kind < 62)
      return LogSoftmaxOp::create(b, x.getType(), name(), x);
    return product();
  }

  ImplicitLocOpBuilder &b;
  Draw &draw;
  const NetworkOptions &options;
  SmallVector<Value> values;
  int count = 0;
};

} // namespace

func::FuncOp mase::testing::appendRandomIntegers(ModuleOp module,
                                                 StringRef name, Draw &draw) {
  auto b = ImplicitLocOpBuilder::atBlockEnd(module.getLoc(), module.getBody());
  int64_t size = draw.integer(1, 6);
  auto tensor = [&](ArrayRef<int64_t> shape, Type element) {
    return RankedTensorType::get(shape, element);
  };
  auto batch = [&](int bits) {
    return tensor({ShapedType::kDynamic, size}, b.getIntegerType(bits));
  };
  auto format = [&](int width) {
    FixedPointFormat f;
    f.width = width ? width : draw.integer(1, draw.chance(20) ? 32 : 9);
    f.fracWidth =
        draw.chance(20) ? draw.integer(-32, 64) : draw.integer(-2, f.width + 2);
    f.isSigned = draw.chance(50);
    f.rounding = draw.chance(20) ? Rounding::Floor : Rounding::NearestEven;
    return FixedAttr::get(b.getContext(), f);
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
  auto frac = [&] {
    return draw.chance(10) ? draw.integer(-127, 149) : draw.integer(-4, 24);
  };

  auto type = tensor({ShapedType::kDynamic, size}, b.getF32Type());
  auto function =
      func::FuncOp::create(b, name, b.getFunctionType(type, TypeRange()));
  Block *block = function.addEntryBlock();
  b.setInsertionPointToStart(block);
  FixedAttr first = format(0);
  Value x =
      QuantizeOp::create(b, batch(first.getFixedPoint()->width),
                         block->getArgument(0), first, false, StringAttr());
  auto bitsOf = [](Value v) {
    return int(cast<RankedTensorType>(v.getType()).getElementTypeBitWidth());
  };
  for (int steps = draw.integer(0, 4); steps > 0; --steps) {
    if (bitsOf(x) <= FixedPointFormat::kMaxWidth && draw.chance(60)) {
      FixedAttr data = format(bitsOf(x)), weight = format(0);
      FixedAttr bias = draw.chance(60) ? format(0) : FixedAttr();
      std::optional<FixedPointFormat> biasFormat;
      if (bias)
        biasFormat = bias.getFixedPoint();
      int out = draw.integer(1, 6);
      int width =
          accumulatorFor(size, *data.getFixedPoint(), *weight.getFixedPoint(),
                         biasFormat ? &*biasFormat : nullptr)
              .width;
      if (width > Accumulator::kMaxWidth)
        continue;
      width = draw.integer(width, draw.chance(50) ? width : 64);
      Value w = codes({out, size}, weight.getFixedPoint()->width);
      Value c = bias ? codes({out}, biasFormat->width) : Value();
      size = out;
      x = IntLinearOp::create(b, batch(width), b.getStringAttr("fc"), x, w, c,
                              data, weight, bias);
      continue;
    }
    FixedAttr to = format(0);
    Value scale, shift;
    if (draw.chance(50)) {
      scale = floats();
      shift = floats();
    }
    x = RequantizeOp::create(b, batch(to.getFixedPoint()->width), x, frac(),
                             scale, shift, draw.chance(30), to,
                             b.getStrArrayAttr({}), false, StringAttr());
  }
  bool isUnsigned = bitsOf(x) < 64 && draw.chance(50);
  Value y = DequantizeOp::create(
      b, tensor({ShapedType::kDynamic, size}, b.getF32Type()), x, frac(),
      isUnsigned);
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
