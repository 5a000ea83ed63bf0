// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The arithmetic of codes, element by element.
#include "LinalgBuilder.h"

#include "mase/Numerics/Slices.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mase;
using arith::CmpFPredicate;
using arith::ConstantOp;
using arith::SelectOp;

static Value number(ImplicitLocOpBuilder &b, Type type, double value) {
  if (isa<FloatType>(type))
    return ConstantOp::create(b, b.getFloatAttr(type, value));
  return ConstantOp::create(b, b.getIntegerAttr(type, int64_t(value)));
}

/// `x` where the comparison holds, else `otherwise`.
static Value select(ImplicitLocOpBuilder &b, CmpFPredicate predicate, Value l,
                    Value r, Value x, Value otherwise) {
  return SelectOp::create(b, arith::CmpFOp::create(b, predicate, l, r), x,
                          otherwise);
}

SliceNumbers::Number SliceNumbers::add(ArrayRef<double> values, Type type,
                                       std::optional<int> axis) {
  Number result;
  result.type = type;
  result.value = values[0];
  if (llvm::all_equal(values))
    return result;
  auto tensor = RankedTensorType::get({int64_t(values.size())}, type);
  SmallVector<Attribute> elements;
  for (double value : values)
    elements.push_back(isa<FloatType>(type)
                           ? Attribute(b.getFloatAttr(type, value))
                           : b.getIntegerAttr(type, int64_t(value)));
  result.operand = inputs.size();
  inputs.push_back(
      ConstantOp::create(b, DenseElementsAttr::get(tensor, elements)));
  maps.push_back(b.axisMap(rank, *axis));
  return result;
}

Value SliceNumbers::Number::in(ImplicitLocOpBuilder &b, ValueRange args) const {
  return operand ? args[*operand] : number(b, type, value);
}

QuantizeBuilder::QuantizeBuilder(SliceNumbers &numbers,
                                 const UniformTensorFormat &f,
                                 MLIRContext *context)
    : format(f), fixed(f.fixedPoint()) {
  if (fixed)
    return;
  std::vector<UniformFormat> slices = slicesOf(format);
  // Numbers of the slices, by what `of` makes of each.
  auto add = [&](Type type, auto of) {
    SmallVector<double> values;
    for (const UniformFormat &slice : slices)
      values.push_back(double(of(slice)));
    return numbers.add(values, type, format.axis);
  };
  Type f32 = Float32Type::get(context), f64 = Float64Type::get(context),
       i1 = IntegerType::get(context, 1), i64 = IntegerType::get(context, 64);
  for (const UniformFormat &slice : slices) {
    bool power = mase::isPowerOfTwo(slice.scale);
    anyPower |= power;
    allPowers &= power;
  }
  if (anyPower)
    inverse = add(f64, [](const UniformFormat &s) {
      return mase::isPowerOfTwo(s.scale) ? 1 / double(s.scale) : 1.0;
    });
  if (!allPowers)
    scale = add(f32, [](const UniformFormat &s) { return s.scale; });
  if (anyPower && !allPowers)
    isPower = add(
        i1, [](const UniformFormat &s) { return mase::isPowerOfTwo(s.scale); });
  zeroPoint = add(f64, [](const UniformFormat &s) { return s.zeroPoint; });
  lo = add(f64, [](const UniformFormat &s) { return s.minCode(); });
  hi = add(f64, [](const UniformFormat &s) { return s.maxCode(); });
  if (format.common.overflow == Overflow::Wrap) {
    modulus =
        add(f64, [](const UniformFormat &s) { return int64_t(1) << s.width; });
    inverseModulus = add(f64, [](const UniformFormat &s) {
      return 1 / double(int64_t(1) << s.width);
    });
    half = add(i64, [](const UniformFormat &s) {
      return s.isSigned ? int64_t(1) << (s.width - 1) : 0;
    });
  }
}

/// Fixed point of one slice.
static Value buildFixedPoint(ImplicitLocOpBuilder &b, Value x,
                             const FixedPointFormat &format,
                             IntegerType storage) {
  // binary32 where that gives the same codes, else binary64, which always does.
  FloatType type = hasF32Codes(format) ? FloatType(b.getF32Type())
                                       : FloatType(b.getF64Type());
  Value v = x;
  if (!hasF32Codes(format))
    v = arith::ExtFOp::create(b, type, x);
  v = arith::MulFOp::create(b, v, number(b, type, exp2i(format.fracWidth)));
  if (format.rounding == Rounding::NearestEven)
    v = math::RoundEvenOp::create(b, v);
  else
    v = math::FloorOp::create(b, v);
  Value lo = number(b, type, double(format.minCode())),
        hi = number(b, type, double(format.maxCode()));
  v = select(b, CmpFPredicate::OLT, v, lo, lo, v);
  v = select(b, CmpFPredicate::OGT, v, hi, hi, v);
  v = select(b, CmpFPredicate::UNO, x, x, number(b, type, 0), v);
  // All codes are in the range of a signed integer of one bit more than the
  // width.
  IntegerType wide = b.getIntegerType(
      format.maxCode() <= std::numeric_limits<int32_t>::max() ? 32 : 64);
  Value code = arith::FPToSIOp::create(b, wide, v);
  return wide.getWidth() > storage.getWidth()
             ? arith::TruncIOp::create(b, storage, code)
             : code;
}

/// roundToInteger of Numerics.
static Value buildRound(ImplicitLocOpBuilder &b, Value v, Rounding rounding) {
  auto constant = [&](double x) { return number(b, v.getType(), x); };
  auto add = [&](Value x, double y) -> Value {
    return arith::AddFOp::create(b, x, constant(y));
  };
  switch (rounding) {
  case Rounding::NearestEven:
    return math::RoundEvenOp::create(b, v);
  case Rounding::Floor:
    return math::FloorOp::create(b, v);
  case Rounding::Ceil:
    return math::CeilOp::create(b, v);
  case Rounding::TowardsZero:
    return math::TruncOp::create(b, v);
  case Rounding::AwayFromZero:
    return select(b, CmpFPredicate::OLT, v, constant(0),
                  math::FloorOp::create(b, v), math::CeilOp::create(b, v));
  case Rounding::NearestAway:
    return math::RoundOp::create(b, v);
  case Rounding::NearestTowardsZero: {
    Value whole = math::TruncOp::create(b, v);
    Value rest = arith::SubFOp::create(b, v, whole);
    Value down = select(b, CmpFPredicate::OLT, rest, constant(-0.5),
                        add(whole, -1), whole);
    return select(b, CmpFPredicate::OGT, rest, constant(0.5), add(whole, 1),
                  down);
  }
  case Rounding::NearestUp: {
    Value whole = math::FloorOp::create(b, v);
    Value rest = arith::SubFOp::create(b, v, whole);
    return select(b, CmpFPredicate::OGE, rest, constant(0.5), add(whole, 1),
                  whole);
  }
  }
  return v;
}

Value QuantizeBuilder::build(ImplicitLocOpBuilder &b, ValueRange args, Value x,
                             IntegerType storage) const {
  if (fixed)
    return buildFixedPoint(b, x, *fixed, storage);
  FloatType f32 = b.getF32Type(), f64 = b.getF64Type();
  IntegerType i64 = b.getI64Type();
  auto toStorage = [&](Value code) -> Value {
    return storage.getWidth() < 64
               ? Value(arith::TruncIOp::create(b, storage, code))
               : code;
  };
  // x / scale: a multiplication for powers of two, else a binary32 division.
  Value steps, quotient;
  if (anyPower)
    steps = arith::MulFOp::create(b, arith::ExtFOp::create(b, f64, x),
                                  inverse.in(b, args));
  if (!allPowers)
    quotient = arith::ExtFOp::create(
        b, f64, Value(arith::DivFOp::create(b, x, scale.in(b, args))));
  if (anyPower && !allPowers)
    steps = SelectOp::create(b, isPower.in(b, args), steps, quotient);
  else if (!allPowers)
    steps = quotient;

  Value zero = zeroPoint.in(b, args), low = lo.in(b, args),
        high = hi.in(b, args);
  auto clamp = [&](Value v) {
    v = select(b, CmpFPredicate::OLT, v, low, low, v);
    return select(b, CmpFPredicate::OGT, v, high, high, v);
  };
  auto inBinary32 = [&](Value v) -> Value {
    return arith::ExtFOp::create(b, f64,
                                 Value(arith::TruncFOp::create(b, f32, v)));
  };
  if (format.common.bipolar) {
    Value sum = inBinary32(arith::AddFOp::create(b, steps, zero));
    Value code = select(b, CmpFPredicate::OGE, sum, number(b, f64, 0),
                        number(b, i64, 1), number(b, i64, -1));
    return toStorage(code);
  }
  Value v;
  if (format.common.zeroPointFirst) {
    v = clamp(inBinary32(arith::AddFOp::create(b, steps, zero)));
    v = buildRound(b, v, format.common.rounding);
  } else {
    Value whole = buildRound(b, steps, format.common.rounding);
    v = clamp(arith::AddFOp::create(b, whole, zero));
    if (format.common.overflow == Overflow::Wrap) {
      // The remainder, exact: its parts are powers of two.
      Value turns = math::FloorOp::create(
          b, arith::MulFOp::create(b, whole, inverseModulus.in(b, args)));
      Value rest = arith::SubFOp::create(
          b, whole, arith::MulFOp::create(b, turns, modulus.in(b, args)));
      Value wrapped = arith::AddFOp::create(b, rest, zero);
      Value inf = number(b, f64, std::numeric_limits<double>::infinity());
      Value isFinite = arith::CmpFOp::create(
          b, CmpFPredicate::OLT, math::AbsFOp::create(b, steps), inf);
      v = SelectOp::create(b, isFinite, wrapped, v);
    }
  }
  v = select(b, CmpFPredicate::UNO, x, x, zero, v);
  Value code = arith::FPToSIOp::create(b, i64, v);
  if (format.common.overflow == Overflow::Wrap) {
    // Into [-half, modulus - half), by the low bits.
    Value shift = half.in(b, args);
    Value mask = arith::SubIOp::create(
        b, arith::FPToSIOp::create(b, i64, modulus.in(b, args)),
        number(b, i64, 1));
    code =
        arith::AndIOp::create(b, arith::AddIOp::create(b, code, shift), mask);
    code = arith::SubIOp::create(b, code, shift);
  }
  return toStorage(code);
}

Value mase::buildReadCode(ImplicitLocOpBuilder &b, Value stored, unsigned width,
                          bool isSigned, IntegerType type) {
  unsigned storedWidth = stored.getType().getIntOrFloatBitWidth();
  if (storedWidth > width)
    stored = arith::TruncIOp::create(b, b.getIntegerType(width), stored);
  if (width == type.getWidth())
    return stored;
  if (isSigned)
    return arith::ExtSIOp::create(b, type, stored);
  return arith::ExtUIOp::create(b, type, stored);
}

DequantizeBuilder::DequantizeBuilder(SliceNumbers &numbers, const CodeScale &s,
                                     MLIRContext *context)
    : hasZeroPoint(s.hasZeroPoint()) {
  scale = numbers.add(SmallVector<double>(s.scale.begin(), s.scale.end()),
                      Float32Type::get(context), s.axis);
  if (hasZeroPoint)
    zeroPoint =
        numbers.add(SmallVector<double>(s.zeroPoint.begin(), s.zeroPoint.end()),
                    IntegerType::get(context, 64), s.axis);
}

Value DequantizeBuilder::build(ImplicitLocOpBuilder &b, ValueRange args,
                               Value stored, unsigned width,
                               bool isSigned) const {
  // A signed integer that holds all values converts faster than an unsigned.
  const bool narrow = !hasZeroPoint && width + !isSigned <= 32;
  Value steps = buildReadCode(b, stored, width, isSigned,
                              b.getIntegerType(narrow ? 32 : 64));
  if (hasZeroPoint)
    steps = arith::SubIOp::create(b, steps, zeroPoint.in(b, args));
  Value value = arith::SIToFPOp::create(b, b.getF32Type(), steps);
  return arith::MulFOp::create(b, value, scale.in(b, args));
}
