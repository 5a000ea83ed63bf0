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
  const LaneRounding rounding(op);
  if (rounding.packs && rounding.converts)
    x = b.clampSteps(x, b.splat(float(rounding.bounds.low.front())),
                     b.splat(float(rounding.bounds.high.front())));
  return x;
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
    return wide ? codes : b.toInts(codes);
  }
  const LaneRounding rounding(op);
  const QuantizeBounds &bounds = rounding.bounds;
  Value x = number(op, o), steps;
  if (rounding.converts && !rounding.narrow) {
    steps = wideCode(op, x, o);
  } else {
    auto bound = [&](StringRef role, ArrayRef<int64_t> values) {
      return numberAt(op, role,
                      SmallVector<float>(values.begin(), values.end()), o);
    };
    if (rounding.clamps) {
      Value low = bound("low", bounds.low), high = bound("high", bounds.high);
      x = rounding.converts ? b.clampSteps(x, low, high)
                            : b.max(b.min(x, high), low);
    }
    steps = rounding.floor ? b.floor(x) : b.round(x);
  }
  if (bounds.zeroPoint.size() > 1 || bounds.zeroPoint.front() != 0)
    steps = b.addInts(steps, integerAt(op, "zero", bounds.zeroPoint, o,
                                       /*wide=*/false));
  return wide ? b.toLongs(steps) : steps;
}

void StageLowering::putPacked(QuantizeOp op, ArrayRef<Value> values, Value o) {
  b.loc = op.getLoc();
  const LaneRounding rounding(op);
  const bool packs = rounding.packs && op.getRounder() != Rounder::Exact,
             clamp = rounding.clamps && !rounding.converts;
  const int64_t low = rounding.bounds.low.front(),
                high = rounding.bounds.high.front();
  if (isSamples) {
    // Four vectors are a word; o is a multiple of four.
    Value first = b.builder.createOrFold<arith::ShRUIOp>(b.loc, o, b.index(2));
    for (size_t i = 0; i < values.size(); i += 4) {
      ArrayRef<Value> four = values.slice(i, 4);
      storeVector(output, b.plus(first, int64_t(i / 4)),
                  packs ? b.pack(four, low, high, clamp) : b.packCodes(four));
    }
    return;
  }
  auto bytes = VectorType::get({b.lanes}, b.builder.getI8Type());
  for (auto [i, value] : llvm::enumerate(values)) {
    Value code = value;
    if (packs) {
      if (clamp)
        code = b.max(b.min(code, b.splat(float(high))), b.splat(float(low)));
      code = b.round(code);
    }
    code = arith::TruncIOp::create(b.builder, b.loc, bytes, code);
    b.store(code, b.at(output.pointer, bytes, b.plus(o, int64_t(i))),
            unsigned(b.lanes));
  }
}
