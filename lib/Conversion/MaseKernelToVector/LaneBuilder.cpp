// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operations on the lanes of vectors.
#include "LaneBuilder.h"

#include "mase/Numerics/ShiftRounding.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

int64_t LaneBuilder::lanesOf(InstructionSet set) {
  switch (set) {
  case InstructionSet::Generic:
    return 4;
  case InstructionSet::AVX2:
    return 8;
  case InstructionSet::AVX512:
  case InstructionSet::AVX512VNNI:
    return 16;
  }
  return 4;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// The first block of the function that the builder is in.
static Block *startOf(OpBuilder &builder) {
  Operation *op = builder.getInsertionBlock()->getParentOp();
  auto function = isa<func::FuncOp>(op) ? cast<func::FuncOp>(op)
                                        : op->getParentOfType<func::FuncOp>();
  return &function.getBody().front();
}

Value LaneBuilder::constant(TypedAttr value) {
  Block *start = startOf(builder);
  if (start != function) {
    function = start;
    constants.clear();
  }
  Value &known = constants[value];
  if (!known) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(start);
    known = arith::ConstantOp::create(builder, loc, value);
  }
  return known;
}

Value LaneBuilder::index(int64_t value) {
  return constant(builder.getI64IntegerAttr(value));
}

/// The operand of AVX-512's instructions that keeps the rounding that is set.
static constexpr int64_t kCurrentRounding = 4;

Value LaneBuilder::scalar(int64_t value, unsigned bits) {
  return LLVM::ConstantOp::create(
      builder, loc,
      builder.getIntegerAttr(builder.getIntegerType(bits), value));
}

Value LaneBuilder::plus(Value place, int64_t value) {
  if (value == 0)
    return place;
  return builder.createOrFold<arith::AddIOp>(loc, place, index(value));
}

Value LaneBuilder::times(Value place, int64_t value) {
  if (value == 1)
    return place;
  return builder.createOrFold<arith::MulIOp>(loc, place, index(value));
}

Value LaneBuilder::splat(float value) {
  return constant(DenseElementsAttr::get(floats(), value));
}

Value LaneBuilder::splat(int64_t value, VectorType type) {
  APInt bits(type.getElementTypeBitWidth(), uint64_t(value), /*isSigned=*/true,
             /*implicitTrunc=*/true);
  return constant(DenseElementsAttr::get(type, bits));
}

Value LaneBuilder::broadcast(Value scalar) {
  return vector::BroadcastOp::create(builder, loc, vectorOf(scalar.getType()),
                                     scalar);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value LaneBuilder::at(Value pointer, Type element, Value place) {
  return LLVM::GEPOp::create(builder, loc, pointer.getType(), element, pointer,
                             ValueRange{place});
}

Value LaneBuilder::load(Type type, Value address, unsigned alignment) {
  return LLVM::LoadOp::create(builder, loc, type, address, alignment);
}

void LaneBuilder::store(Value value, Value address, unsigned alignment) {
  LLVM::StoreOp::create(builder, loc, value, address, alignment);
}

Value LaneBuilder::allocate(Type element, int64_t count) {
  constexpr unsigned kAlignment = 64; // a line of the cache
  Value size = index(count);
  // Before all else but its size: in a loop it would be another array each
  // time.
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfterValue(size);
  return LLVM::AllocaOp::create(
      builder, loc, LLVM::LLVMPointerType::get(builder.getContext()), element,
      size, kAlignment);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void LaneBuilder::forEach(int64_t end, int64_t step,
                          function_ref<void(Value)> body) {
  if (end <= step) {
    if (end > 0)
      body(index(0));
    return;
  }
  forEach(index(end), step, body);
}

void LaneBuilder::forEach(Value end, int64_t step,
                          function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(builder, loc, index(0), end, index(step));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

SmallVector<Value>
LaneBuilder::forEach(int64_t end, ValueRange values,
                     function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  if (end == 1)
    return body(index(0), values);
  auto loop =
      scf::ForOp::create(builder, loc, index(0), index(end), index(1), values);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  scf::YieldOp::create(builder, loc,
                       body(loop.getInductionVar(), loop.getRegionIterArgs()));
  return llvm::to_vector_of<Value>(loop.getResults());
}

//===----------------------------------------------------------------------===//
// binary32
//===----------------------------------------------------------------------===//

Value LaneBuilder::fma(Value a, Value b, Value c) {
  return LLVM::FMAOp::create(builder, loc, a, b, c);
}
Value LaneBuilder::add(Value a, Value b) {
  return arith::AddFOp::create(builder, loc, a, b);
}
Value LaneBuilder::sub(Value a, Value b) {
  return arith::SubFOp::create(builder, loc, a, b);
}
Value LaneBuilder::mul(Value a, Value b) {
  return arith::MulFOp::create(builder, loc, a, b);
}
Value LaneBuilder::div(Value a, Value b) {
  return arith::DivFOp::create(builder, loc, a, b);
}

Value LaneBuilder::compare(arith::CmpFPredicate predicate, Value a, Value b) {
  return arith::CmpFOp::create(builder, loc, predicate, a, b);
}

Value LaneBuilder::max(Value a, Value b) {
  return arith::SelectOp::create(
      builder, loc, compare(arith::CmpFPredicate::OGT, a, b), a, b);
}

Value LaneBuilder::min(Value a, Value b) {
  return arith::SelectOp::create(
      builder, loc, compare(arith::CmpFPredicate::OLT, a, b), a, b);
}

Value LaneBuilder::relu(Value x) {
  // Not as a comparison and a choice: LLVM 22 leaves out one that follows
  // another with the same bound, though NaN passes the first.
  Value zero = splat(0.0f);
  if (is512())
    return call("llvm.x86.avx512.max.ps.512", floats(),
                {x, zero, scalar(kCurrentRounding, 32)});
  if (set == InstructionSet::AVX2)
    return call("llvm.x86.avx.max.ps.256", floats(), {x, zero});
  return call("llvm.maximumnum.v4f32", floats(), {x, zero});
}

Value LaneBuilder::leakyRelu(Value x, float alpha) {
  return arith::SelectOp::create(
      builder, loc, compare(arith::CmpFPredicate::OGT, x, splat(0.0f)), x,
      mul(x, splat(alpha)));
}

Value LaneBuilder::clip(Value x, float lower, float upper) {
  return max(splat(lower), min(splat(upper), x));
}

Value LaneBuilder::toFloat(Value x) {
  return arith::SIToFPOp::create(builder, loc, floats(), x);
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

Value LaneBuilder::addInts(Value a, Value b) {
  return arith::AddIOp::create(builder, loc, a, b);
}
Value LaneBuilder::subInts(Value a, Value b) {
  return arith::SubIOp::create(builder, loc, a, b);
}
Value LaneBuilder::mulInts(Value a, Value b) {
  return arith::MulIOp::create(builder, loc, a, b);
}

Value LaneBuilder::toLongs(Value x) {
  if (x.getType() == longs())
    return x;
  return arith::ExtSIOp::create(builder, loc, longs(), x);
}

Value LaneBuilder::toInts(Value x) {
  if (x.getType() == ints())
    return x;
  return arith::TruncIOp::create(builder, loc, ints(), x);
}

Value LaneBuilder::bitcast(Value x, VectorType type) {
  if (x.getType() == type)
    return x;
  return vector::BitCastOp::create(builder, loc, type, x);
}

Value LaneBuilder::shiftLeft(Value x, int64_t bits) {
  return arith::ShLIOp::create(builder, loc, x,
                               splat(bits, cast<VectorType>(x.getType())));
}

Value LaneBuilder::shiftLeftBy(Value x, Value bits) {
  return arith::ShLIOp::create(builder, loc, x, bits);
}

Value LaneBuilder::quarters(Value pointer, Value k) {
  constexpr int64_t kElements = 4;
  auto four = VectorType::get({kElements}, builder.getI32Type());
  Value elements = load(four, at(pointer, four, k), /*alignment=*/16);
  SmallVector<int64_t> mask;
  for (int64_t lane = 0; lane < lanes; ++lane)
    mask.push_back(lane % kElements);
  return bitcast(shuffle(elements, elements, mask), bytesOf(16));
}

Value LaneBuilder::shiftRight(Value x, int64_t bits) {
  return arith::ShRSIOp::create(builder, loc, x,
                                splat(bits, cast<VectorType>(x.getType())));
}

Value LaneBuilder::bitAnd(Value x, int64_t mask) {
  return arith::AndIOp::create(builder, loc, x,
                               splat(mask, cast<VectorType>(x.getType())));
}

Value LaneBuilder::readBits(Value x, int64_t width, bool isSigned) {
  const int64_t rest =
      cast<VectorType>(x.getType()).getElementTypeBitWidth() - width;
  if (rest <= 0)
    return x;
  x = shiftLeft(x, rest);
  if (isSigned)
    return shiftRight(x, rest);
  return arith::ShRUIOp::create(builder, loc, x,
                                splat(rest, cast<VectorType>(x.getType())));
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

Value LaneBuilder::call(StringRef intrinsic, Type type, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(
             builder, loc, type, builder.getStringAttr(intrinsic), operands)
      .getResult(0);
}

Value LaneBuilder::round(Value x) {
  if (is512()) {
    // All lanes, to nearest, ties to even.
    return call(
        "llvm.x86.avx512.mask.cvtps2dq.512", ints(),
        {x, splat(0, ints()), scalar(-1, 16), scalar(kCurrentRounding, 32)});
  }
  if (set == InstructionSet::AVX2)
    return call("llvm.x86.avx.cvt.ps2dq.256", ints(), x);
  constexpr float kShift = roundingShift(0);
  return subInts(bitcast(add(x, splat(kShift)), ints()),
                 splat(int64_t(bitsOf(kShift)), ints()));
}

Value LaneBuilder::floor(Value x) {
  Value nearest = round(x);
  Value above = compare(arith::CmpFPredicate::OGT, toFloat(nearest), x);
  return addInts(nearest, arith::ExtSIOp::create(builder, loc, ints(), above));
}

Value LaneBuilder::clampSteps(Value x, Value low, Value high) {
  Value ordered = arith::SelectOp::create(
      builder, loc, compare(arith::CmpFPredicate::ORD, x, x), x, splat(0.0f));
  return min(max(ordered, low), high);
}

Value LaneBuilder::packCodes(ArrayRef<Value> codes) {
  Value word = bitAnd(codes[0], 255);
  for (int64_t i = 1; i < 4; ++i) {
    Value code = i < 3 ? bitAnd(codes[i], 255) : codes[i];
    word = arith::OrIOp::create(builder, loc, word, shiftLeft(code, 8 * i));
  }
  return word;
}

VectorType LaneBuilder::bytesOf(int64_t bits) {
  return VectorType::get({lanes * 32 / bits},
                         builder.getIntegerType(unsigned(bits)));
}

Value LaneBuilder::pack(ArrayRef<Value> numbers, int64_t low, int64_t high,
                        bool clamp) {
  SmallVector<Value> x(numbers);
  const bool isSigned = low < 0;
  for (Value &each : x) {
    if (!clamp)
      break;
    each = min(each, splat(float(high)));
    // What is below saturates below.
    if (!packsByPairs() || low != (isSigned ? INT8_MIN : 0))
      each = max(each, splat(float(low)));
  }
  if (!packsByPairs()) {
    for (Value &each : x)
      each = round(each);
    return packCodes(x);
  }
  return packPairs(x, isSigned, /*signedPairs=*/true, {});
}

Value LaneBuilder::packBytes(ArrayRef<Value> numbers, bool isSigned,
                             ArrayRef<Value> shifts) {
  if (packsByPairs())
    return packPairs(numbers, isSigned, /*signedPairs=*/isSigned, shifts);
  SmallVector<Value> codes;
  for (auto [i, number] : llvm::enumerate(numbers)) {
    codes.push_back(round(inByte(number, isSigned)));
    if (!shifts.empty())
      codes.back() = shiftLeftBy(codes.back(), shifts[i]);
  }
  return packCodes(codes);
}

Value LaneBuilder::packPairs(ArrayRef<Value> numbers, bool isSigned,
                             bool signedPairs, ArrayRef<Value> powers) {
  SmallVector<Value> x;
  for (Value number : numbers)
    x.push_back(round(number));
  StringRef words = is512() ? (signedPairs ? "llvm.x86.avx512.packssdw.512"
                                           : "llvm.x86.avx512.packusdw.512")
                            : (signedPairs ? "llvm.x86.avx2.packssdw"
                                           : "llvm.x86.avx2.packusdw"),
            bytes = is512() ? (isSigned ? "llvm.x86.avx512.packsswb.512"
                                        : "llvm.x86.avx512.packuswb.512")
                            : (isSigned ? "llvm.x86.avx2.packsswb"
                                        : "llvm.x86.avx2.packuswb");
  Value ab = call(words, bytesOf(16), {x[0], x[1]}),
        cd = call(words, bytesOf(16), {x[2], x[3]});
  if (!powers.empty()) {
    ab = mulInts(ab, powers[0]);
    cd = mulInts(cd, powers[1]);
  }
  Value packed = call(bytes, bytesOf(8), {ab, cd});
  // In each 128 bits four bytes of a, four of b, …
  SmallVector<int64_t> mask;
  for (int64_t byte = 0; byte < 4 * lanes; ++byte)
    mask.push_back(byte / 16 * 16 + byte % 4 * 4 + byte % 16 / 4);
  return bitcast(shuffle(packed, packed, mask), ints());
}

//===----------------------------------------------------------------------===//
// Sums of products
//===----------------------------------------------------------------------===//

Value LaneBuilder::dotBytes(Value sum, Value codes, Value weights) {
  return call("llvm.x86.avx512.vpdpbusd.512", ints(),
              {sum, bitcast(codes, bytesOf(8)), bitcast(weights, bytesOf(8))});
}

Value LaneBuilder::pairs(Value x, Value w) {
  if (set >= InstructionSet::AVX2)
    return call(is512() ? "llvm.x86.avx512.pmaddw.d.512"
                        : "llvm.x86.avx2.pmadd.wd",
                ints(), {bitcast(x, bytesOf(16)), bitcast(w, bytesOf(16))});
  Value low = mulInts(shiftRight(shiftLeft(x, 16), 16),
                      shiftRight(shiftLeft(w, 16), 16));
  return addInts(low, mulInts(shiftRight(x, 16), shiftRight(w, 16)));
}

Value LaneBuilder::evenBytes(Value word, bool isSigned) {
  if (!isSigned)
    return bitAnd(word, 0x00ff00ff);
  Value low = bitAnd(shiftRight(shiftLeft(word, 24), 24), 0xffff),
        high = shiftLeft(shiftRight(shiftLeft(word, 8), 24), 16);
  return arith::OrIOp::create(builder, loc, low, high);
}

Value LaneBuilder::oddBytes(Value word, bool isSigned) {
  return evenBytes(arith::ShRUIOp::create(builder, loc, word, splat(8, ints())),
                   isSigned);
}

//===----------------------------------------------------------------------===//
// Moves
//===----------------------------------------------------------------------===//

Value LaneBuilder::shuffle(Value a, Value b, ArrayRef<int64_t> mask) {
  return vector::ShuffleOp::create(builder, loc, a, b, mask);
}

void LaneBuilder::transpose(MutableArrayRef<Value> rows) {
  // Of each quarter: elements `first` and `first` + step of both, by turns of
  // `step`.
  auto unpack = [&](Value a, Value b, int64_t first, int64_t step) {
    SmallVector<int64_t> mask;
    for (int64_t i = 0; i < lanes; ++i) {
      const int64_t place = i % 4;
      const bool second = step == 1 ? place % 2 == 1 : place / 2 == 1;
      const int64_t offset = step == 1 ? place / 2 : place % 2;
      mask.push_back((second ? lanes : 0) + i / 4 * 4 + first + offset);
    }
    return shuffle(a, b, mask);
  };
  Value a = unpack(rows[0], rows[1], 0, 1), b = unpack(rows[0], rows[1], 2, 1),
        c = unpack(rows[2], rows[3], 0, 1), d = unpack(rows[2], rows[3], 2, 1);
  rows[0] = unpack(a, c, 0, 2);
  rows[1] = unpack(a, c, 2, 2);
  rows[2] = unpack(b, d, 0, 2);
  rows[3] = unpack(b, d, 2, 2);
}
