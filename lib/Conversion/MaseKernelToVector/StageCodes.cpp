// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How numbers become codes.
#include "StageLowering.h"

#include "mase/Numerics/FormatWord.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

/// The number that is rounded, in the rounder's unit.
Value StageLowering::number(QuantizeOp op, Value o) {
  b.loc = op.getLoc();
  Value x = get(op.getInput(), o);
  if (x.getType() != b.floats())
    x = b.toFloat(x);
  if (auto factor = op.getFactor())
    x = b.mul(x, numberAt(op, "factor", *factor, o));
  if (op.getScale())
    x = b.fma(x, denseAt(op, "scale", *op.getScale(), o),
              denseAt(op, "shift", *op.getShift(), o));
  if (auto divisor = op.getDivisor())
    x = b.div(x, numberAt(op, "divisor", *divisor, o));
  return x;
}

Value StageLowering::boundAt(QuantizeOp op, StringRef role,
                             ArrayRef<int64_t> values, Value o) {
  return numberAt(op, role, SmallVector<float>(values.begin(), values.end()),
                  o);
}

/// The number as putPacked takes it: clamped, but to bounds that all have in
/// common where packing does that.
Value StageLowering::packedNumber(QuantizeOp op, Value o) {
  Value x = number(op, o);
  const LaneRounding rounding(op);
  if (!rounding.clamps || (rounding.sameBytes && !rounding.converts))
    return x;
  auto low = [&] { return boundAt(op, "low", rounding.bounds.low, o); };
  Value high = boundAt(op, "high", rounding.bounds.high, o);
  if (rounding.converts)
    return b.clampSteps(x, low(), high);
  x = b.min(x, high);
  return rounding.needsLow ? b.max(x, low()) : x;
}

/// The left shifts of the codes of vectors o, … that packing takes.
StageLowering::Values StageLowering::packedShifts(QuantizeOp op, Value o) {
  ArrayRef<int64_t> shifts = codeShiftsOf(op);
  if (shifts.empty())
    return {};
  if (!b.packsByPairs()) {
    Values result;
    for (int64_t i = 0; i < 4; ++i)
      result.push_back(codeShiftAt(op, b.plus(o, i)));
    return result;
  }
  LaneTable powers = tables.ints(op, "powers", 2 * padded(tiles->size), [&] {
    std::vector<int32_t> values;
    for (int64_t shift : shifts)
      values.insert(values.end(), 2, 0x10001 << shift); // of both halves
    return values;
  });
  Value pointer = LLVM::AddressOfOp::create(b.builder, b.loc, powers.global),
        pair = b.builder.createOrFold<arith::ShRUIOp>(b.loc, o, b.index(1));
  return {b.quarters(pointer, pair), b.quarters(pointer, b.plus(pair, 1))};
}

Value StageLowering::codeShiftAt(QuantizeOp op, Value o) {
  return integerAt(op, "shifts", codeShiftsOf(op), o, /*wide=*/false);
}

/// A list with one element for each of the stage's, or one for all.
template <typename T, typename Get>
static std::vector<T> listOf(ArrayRef<UniformFormat> slices, Get get) {
  std::vector<T> list;
  for (const UniformFormat &slice : slices)
    list.push_back(get(slice));
  return list;
}

Value StageLowering::exactCode(QuantizeOp op, Value number, Value o) {
  if (op.getRelu())
    number = b.relu(number);
  std::vector<UniformFormat> slices = slicesOf(*op.getFormat().getUniform());
  // What is beyond the elements is rounded, too, to something.
  if (slices.size() > 1)
    slices.resize(size_t(padded(tiles->size)), slices.back());
  const auto count = int64_t(slices.size());
  LaneTable scale = tables.floats(op, "scales", count, [&] {
    return listOf<float>(slices, [](const auto &f) { return f.scale; });
  });
  LaneTable zero = tables.longs(op, "zeros", count, [&] {
    return listOf<int64_t>(slices, [](const auto &f) { return f.zeroPoint; });
  });
  LaneTable words = tables.ints(op, "formats", count, [&] {
    return listOf<int32_t>(
        slices, [](const auto &f) { return int32_t(formatWord(f)); });
  });
  Type f32 = b.builder.getF32Type(), i64 = b.builder.getI64Type();
  LaneArray numbers{scratch(f32, b.lanes), f32},
      codes{scratch(i64, b.lanes), i64};
  storeVector(numbers, b.index(0), number);
  Type pointer = numbers.pointer.getType();
  // Of the format of the first lane; those of the next are `step` further.
  Value first = slices.size() == 1 ? b.index(0)
                : isSamples        ? o
                                   : b.times(o, b.lanes);
  auto from = [&](const LaneTable &table) {
    Value address = LLVM::AddressOfOp::create(b.builder, b.loc, table.global);
    return b.at(address, table.element, first);
  };
  LLVM::LLVMFuncOp callee = declare(
      "mase_quantize_lanes", LLVM::LLVMVoidType::get(b.builder.getContext()),
      {pointer, pointer, i64, pointer, pointer, pointer, i64});
  LLVM::CallOp::create(
      b.builder, b.loc, callee,
      ValueRange{numbers.pointer, codes.pointer, b.index(b.lanes), from(scale),
                 from(zero), from(words),
                 b.index(slices.size() > 1 && !isSamples ? 1 : 0)});
  return loadVector(codes, b.index(0));
}

Value StageLowering::wideCode(QuantizeOp op, Value number, Value o) {
  const LaneRounding rounding(op);
  Type f32 = b.builder.getF32Type(), i32 = b.builder.getI32Type(),
       i64 = b.builder.getI64Type();
  LaneArray numbers{scratch(f32, b.lanes), f32},
      codes{scratch(i32, b.lanes), i32}, low{scratch(i32, b.lanes), i32},
      high{scratch(i32, b.lanes), i32};
  storeVector(numbers, b.index(0), number);
  storeVector(low, b.index(0),
              integerAt(op, "low", rounding.bounds.low, o, /*wide=*/false));
  storeVector(high, b.index(0),
              integerAt(op, "high", rounding.bounds.high, o, /*wide=*/false));
  Type pointer = numbers.pointer.getType();
  LLVM::LLVMFuncOp callee = declare(
      "mase_clamp_round_lanes", LLVM::LLVMVoidType::get(b.builder.getContext()),
      {pointer, pointer, i64, pointer, pointer, i64});
  LLVM::CallOp::create(b.builder, b.loc, callee,
                       ValueRange{numbers.pointer, codes.pointer,
                                  b.index(b.lanes), low.pointer, high.pointer,
                                  b.index(rounding.floor ? 1 : 0)});
  return loadVector(codes, b.index(0));
}

Value StageLowering::code(QuantizeOp op, Value o) {
  b.loc = op.getLoc();
  const bool wide =
      cast<VectorType>(op.getType()).getElementType().isInteger(64);
  if (op.getRounder() == Rounder::Exact) {
    Value codes = exactCode(op, number(op, o), o);
    return wide ? codes : onGrid(op, b.toInts(codes), o);
  }
  const LaneRounding rounding(op);
  const QuantizeBounds &bounds = rounding.bounds;
  Value x = number(op, o), steps;
  if (rounding.converts && !rounding.narrow) {
    steps = wideCode(op, x, o);
  } else {
    if (rounding.clamps) {
      Value low = boundAt(op, "low", bounds.low, o),
            high = boundAt(op, "high", bounds.high, o);
      x = rounding.converts ? b.clampSteps(x, low, high)
                            : b.max(b.min(x, high), low);
    }
    steps = rounding.floor ? b.floor(x) : b.round(x);
  }
  if (bounds.zeroPoint.size() > 1 || bounds.zeroPoint.front() != 0)
    steps = b.addInts(steps, integerAt(op, "zero", bounds.zeroPoint, o,
                                       /*wide=*/false));
  return wide ? b.toLongs(steps) : onGrid(op, steps, o);
}

Value StageLowering::onGrid(QuantizeOp op, Value code, Value o) {
  if (codeShiftsOf(op).empty())
    return code;
  return b.shiftLeftBy(code, codeShiftAt(op, o));
}

void StageLowering::putPacked(QuantizeOp op, ArrayRef<Value> values, Value o) {
  b.loc = op.getLoc();
  const LaneRounding rounding(op);
  const bool clamp = rounding.clamps && !rounding.converts;
  const int64_t low = rounding.bounds.low.front(),
                high = rounding.bounds.high.front();
  if (isSamples) {
    // Four vectors are a word; o is a multiple of four.
    Value first = b.builder.createOrFold<arith::ShRUIOp>(b.loc, o, b.index(2));
    for (size_t i = 0; i < values.size(); i += 4) {
      ArrayRef<Value> four = values.slice(i, 4);
      Value word;
      if (!rounding.packs)
        word = b.packCodes(four);
      else if (rounding.sameBytes)
        word = b.pack(four, low, high, clamp);
      else
        word = b.packBytes(four, rounding.isSigned,
                           packedShifts(op, b.plus(o, int64_t(i))));
      storeVector(output, b.plus(first, int64_t(i / 4)), word);
    }
    return;
  }
  auto bytes = VectorType::get({b.lanes}, b.builder.getI8Type());
  for (auto [i, value] : llvm::enumerate(values)) {
    Value code = value;
    if (rounding.packs && rounding.sameBytes) {
      if (clamp)
        code = b.max(b.min(code, b.splat(float(high))), b.splat(float(low)));
      code = b.round(code);
    } else if (rounding.packs) {
      code = onGrid(op, b.round(b.inByte(code, rounding.isSigned)),
                    b.plus(o, int64_t(i)));
    }
    code = arith::TruncIOp::create(b.builder, b.loc, bytes, code);
    b.store(code, b.at(output.pointer, bytes, b.plus(o, int64_t(i))),
            unsigned(b.lanes));
  }
}
