// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Stages: loops over tiles of vectors, and what is computed element by element.
#include "StageLowering.h"

#include "mase/Support/Quoting.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

/// More vectors at once than this stay in no registers.
static constexpr int64_t kMostVectors = 8;

StageTiles::StageTiles(StageOp stage, LanesAre lanesAre, int64_t lanes) {
  Value result = stage.getBody().front().getTerminator()->getOperand(0);
  size = logicalSizeOf(result);
  count = particlesOf(headOf(stage));
  row = size / count;
  if (lanesAre == LanesAre::Samples) {
    tile = std::min<int64_t>(stage.getTile(), kMostVectors);
    if (!packingOf(result))
      tile = std::min(tile, row);
    tiled = int64_t(llvm::alignTo(uint64_t(row), uint64_t(tile)));
    return;
  }
  const auto all = int64_t(llvm::divideCeil(uint64_t(row), uint64_t(lanes)));
  constexpr int64_t kTile = 4;
  tile = std::min(all, kTile);
  tiled = int64_t(llvm::alignTo(uint64_t(all), uint64_t(tile)));
}

int64_t StageTiles::vectors() const { return row * (count - 1) + tiled; }

//===----------------------------------------------------------------------===//
// Arrays
//===----------------------------------------------------------------------===//

/// The alignment of a vector of `lanes` elements of `bits` bits.
static unsigned alignmentOf(int64_t lanes, unsigned bits) {
  return unsigned(std::min<int64_t>(lanes * bits / 8, 64));
}

Value StageLowering::vectorAddress(const LaneArray &array, Value vector) {
  return b.at(array.pointer, b.vectorOf(array.element), vector);
}

Value StageLowering::loadVector(const LaneArray &array, Value vector) {
  return b.load(b.vectorOf(array.element), vectorAddress(array, vector),
                alignmentOf(b.lanes, array.element.getIntOrFloatBitWidth()));
}

void StageLowering::storeVector(const LaneArray &array, Value vector,
                                Value value) {
  b.store(value, vectorAddress(array, vector),
          alignmentOf(b.lanes, array.element.getIntOrFloatBitWidth()));
}

Value StageLowering::element(const LaneArray &array, Value k) {
  if (isSamples)
    return loadVector(array, k);
  return b.broadcast(b.load(array.element,
                            b.at(array.pointer, array.element, k),
                            array.element.getIntOrFloatBitWidth() / 8));
}

Value StageLowering::word(const LaneArray &array, Value k) {
  if (isSamples)
    return loadVector(array, k);
  Type word = b.builder.getI32Type();
  return b.broadcast(b.load(word, b.at(array.pointer, word, k), 4));
}

Value StageLowering::scratch(Type element, int64_t count) {
  return b.allocate(element, count);
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

int64_t StageLowering::padded(int64_t size) const {
  // Both layouts read the same tables.
  auto vectors = [&](LanesAre lanes) {
    return StageTiles(stage, lanes, b.lanes).vectors();
  };
  return std::max(
      {size, vectors(LanesAre::Samples),
       tiles->count == 1 ? vectors(LanesAre::Features) * b.lanes : 0});
}

int64_t StageLowering::paddedRow() const {
  auto tiled = [&](LanesAre lanes) {
    return StageTiles(stage, lanes, b.lanes).tiled;
  };
  return std::max(tiled(LanesAre::Samples),
                  tiles->count == 1 ? tiled(LanesAre::Features) * b.lanes : 0);
}

Value StageLowering::tableAt(const LaneTable &table, Value o, Value row) {
  Value pointer = LLVM::AddressOfOp::create(b.builder, b.loc, table.global);
  const unsigned bits = table.element.getIntOrFloatBitWidth();
  Value first = isSamples ? o : b.times(o, b.lanes);
  if (row)
    first = b.addInts(b.times(row, table.rowSize), first);
  Value address = b.at(pointer, table.element, first);
  if (isSamples)
    return b.broadcast(b.load(table.element, address, bits / 8));
  return b.load(b.vectorOf(table.element), address, alignmentOf(b.lanes, bits));
}

Value StageLowering::numberAt(Operation *op, StringRef role,
                              ArrayRef<float> values, Value o) {
  if (values.size() == 1)
    return b.splat(values.front());
  return tableAt(tables.floats(op, role, padded(tiles->size),
                               [&] { return values.vec(); }),
                 o);
}

Value StageLowering::integerAt(Operation *op, StringRef role,
                               ArrayRef<int64_t> values, Value o, bool wide) {
  if (values.size() == 1)
    return b.splat(values.front(), wide ? b.longs() : b.ints());
  if (wide)
    return tableAt(tables.longs(op, role, padded(tiles->size),
                                [&] { return values.vec(); }),
                   o);
  return tableAt(tables.ints(op, role, padded(tiles->size),
                             [&] {
                               return std::vector<int32_t>(values.begin(),
                                                           values.end());
                             }),
                 o);
}

Value StageLowering::denseAt(Operation *op, StringRef role,
                             DenseElementsAttr values, Value o) {
  const int64_t columns = padded(tiles->size);
  if (values.getElementType().isF32())
    return tableAt(tables.floats(op, role, columns,
                                 [&] {
                                   auto range = values.getValues<float>();
                                   return std::vector<float>(range.begin(),
                                                             range.end());
                                 }),
                   o);
  SmallVector<int64_t> integers;
  for (const APInt &value : values.getValues<APInt>())
    integers.push_back(value.getSExtValue());
  if (integers.size() == 1) // of a table, which may be one element
    integers.push_back(0);
  return integerAt(op, role, integers, o,
                   values.getElementType().isInteger(64));
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

LogicalResult StageLowering::lower(StageOp stage, ArrayRef<LaneArray> inputs,
                                   const LaneArray &output) {
  this->stage = stage;
  this->output = output;
  head = headOf(stage);
  tiles.emplace(stage, lanesAre, b.lanes);
  arrays.clear();
  b.loc = stage.getLoc();
  for (auto [argument, array] :
       llvm::zip_equal(stage.getBody().getArguments(), inputs))
    arrays[argument] = array;
  if (isa_and_nonnull<SoftmaxOp>(head))
    return lowerRows("mase_softmax_f32"), success();
  if (isa_and_nonnull<LogSoftmaxOp>(head))
    return lowerRows("mase_log_softmax_f32"), success();
  if (auto gather = dyn_cast_or_null<GatherOp>(head))
    return lowerGather(gather), success();
  return lowerTiles(stage);
}

LogicalResult StageLowering::lowerTiles(StageOp stage) {
  LogicalResult result = success();
  if (isSparse()) { // straight-line code, which knows its weights
    for (int64_t c = 0; c < tiles->tiled; c += tiles->tile)
      if (failed(lowerTile(b.index(c), b.index(c), b.index(0))))
        return failure();
    return success();
  }
  b.forEach(tiles->count, 1, [&](Value particle) {
    b.forEach(tiles->tiled, tiles->tile, [&](Value c) {
      Value o =
          tiles->count == 1 ? c : b.addInts(b.times(particle, tiles->row), c);
      if (failed(lowerTile(c, o, particle)))
        result = failure();
    });
  });
  return result;
}

LogicalResult StageLowering::lowerTile(Value c, Value o, Value particle) {
  Values heads = head ? sums(c, o, particle) : Values(size_t(tiles->tile));
  Block &body = stage.getBody().front();
  Value yielded = body.getTerminator()->getOperand(0);
  auto packed = yielded.getDefiningOp<QuantizeOp>();
  if (packed && !packed.getPacking())
    packed = {};
  Values results;
  for (int64_t i = 0; i < tiles->tile; ++i) {
    values.clear();
    if (head)
      values[head->getResult(0)] = heads[size_t(i)];
    Value place = b.plus(o, i);
    for (Operation &op : body.without_terminator()) {
      if (&op == head || &op == packed)
        continue;
      FailureOr<Value> value = lowerElement(&op, place);
      if (failed(value))
        return failure();
      values[op.getResult(0)] = *value;
    }
    if (!packed)
      storeVector(output, place, get(yielded, place));
    else if (LaneRounding(packed).packs)
      results.push_back(packedNumber(packed, place));
    else
      results.push_back(b.toInts(code(packed, place)));
  }
  if (packed)
    putPacked(packed, results, o);
  return success();
}

void StageLowering::lowerRows(StringRef function) {
  const LaneArray &input = arrays.lookup(head->getOperand(0));
  Type f32 = b.builder.getF32Type(), i64 = b.builder.getI64Type();
  auto pointer = cast<LLVM::LLVMPointerType>(input.pointer.getType());
  LLVM::LLVMFuncOp callee =
      declare(function, LLVM::LLVMVoidType::get(f32.getContext()),
              {pointer, pointer, i64});
  Value size = b.index(tiles->size);
  if (!isSamples) {
    LLVM::CallOp::create(b.builder, b.loc, callee,
                         ValueRange{input.pointer, output.pointer, size});
    return;
  }
  Value in = scratch(f32, tiles->size), out = scratch(f32, tiles->size);
  auto copy = [&](Value from, Value fromPlace, Value to, Value toPlace) {
    b.store(b.load(f32, b.at(from, f32, fromPlace), 4), b.at(to, f32, toPlace),
            4);
  };
  b.forEach(b.lanes, 1, [&](Value sample) {
    auto place = [&](Value f) {
      return b.addInts(b.times(f, b.lanes), sample);
    };
    b.forEach(tiles->size, 1,
              [&](Value f) { copy(input.pointer, place(f), in, f); });
    LLVM::CallOp::create(b.builder, b.loc, callee, ValueRange{in, out, size});
    b.forEach(tiles->size, 1,
              [&](Value f) { copy(out, f, output.pointer, place(f)); });
  });
}

void StageLowering::lowerGather(GatherOp gather) {
  for (const GatherRun &run : gatherRuns(gather)) {
    const LaneArray &input = arrays.lookup(run.operand);
    b.forEach(run.count, 1, [&](Value i) {
      storeVector(output, b.plus(i, run.first),
                  loadVector(input, b.plus(b.times(i, run.stride), run.start)));
    });
  }
}

//===----------------------------------------------------------------------===//
// One element
//===----------------------------------------------------------------------===//

Value StageLowering::get(Value value, Value o) {
  if (Value known = values.lookup(value))
    return known;
  return loadVector(arrays.lookup(value), o);
}

LLVM::LLVMFuncOp StageLowering::declare(StringRef name, Type result,
                                        ArrayRef<Type> arguments) {
  auto module = stage->getParentOfType<ModuleOp>();
  if (auto known = module.lookupSymbol<LLVM::LLVMFuncOp>(name))
    return known;
  OpBuilder::InsertionGuard guard(b.builder);
  b.builder.setInsertionPointToStart(module.getBody());
  return LLVM::LLVMFuncOp::create(
      b.builder, b.loc, name, LLVM::LLVMFunctionType::get(result, arguments));
}

Value StageLowering::inMemory(StringRef function, Value x) {
  Type f32 = b.builder.getF32Type();
  LaneArray array{scratch(f32, b.lanes), f32};
  storeVector(array, b.index(0), x);
  LLVM::CallOp::create(
      b.builder, b.loc,
      declare(function, LLVM::LLVMVoidType::get(f32.getContext()),
              {array.pointer.getType(), b.builder.getI64Type()}),
      ValueRange{array.pointer, b.index(b.lanes)});
  return loadVector(array, b.index(0));
}

Value StageLowering::scalarCalls(StringRef function, Value x,
                                 Attribute format) {
  Type f32 = b.builder.getF32Type();
  LLVM::LLVMFuncOp callee = declare(function, f32, f32);
  if (format)
    callee->setAttr(kFormatAttrName, format);
  Value result = b.splat(0.0f);
  for (int64_t lane = 0; lane < b.lanes; ++lane) {
    Value number = vector::ExtractOp::create(b.builder, b.loc, x, lane);
    number = LLVM::CallOp::create(b.builder, b.loc, callee, number).getResult();
    result = vector::InsertOp::create(b.builder, b.loc, number, result, lane);
  }
  return result;
}

FailureOr<Value> StageLowering::lowerElement(Operation *op, Value o) {
  b.loc = op->getLoc();
  auto operand = [&](unsigned i) { return get(op->getOperand(i), o); };
  return TypeSwitch<Operation *, FailureOr<Value>>(op)
      .Case([&](ConstantOp constant) {
        return denseAt(op, "constant", constant.getValue(), o);
      })
      .Case([&](AffineOp affine) {
        Value x = operand(0);
        return b.fma(x, denseAt(op, "scale", affine.getScale(), o),
                     denseAt(op, "shift", affine.getShift(), o));
      })
      .Case([&](ReluOp) { return b.relu(operand(0)); })
      .Case([&](LeakyReluOp relu) {
        return b.leakyRelu(operand(0), relu.getAlpha().convertToFloat());
      })
      .Case([&](ClipOp clip) {
        return b.clip(operand(0), clip.getLower().convertToFloat(),
                      clip.getUpper().convertToFloat());
      })
      .Case([&](TanhOp) { return inMemory("mase_tanh_lanes", operand(0)); })
      .Case(
          [&](SigmoidOp) { return inMemory("mase_sigmoid_lanes", operand(0)); })
      .Case([&](AddOp) { return b.add(operand(0), operand(1)); })
      .Case([&](SubOp) { return b.sub(operand(0), operand(1)); })
      .Case([&](MulOp) { return b.mul(operand(0), operand(1)); })
      .Case([&](DivOp) { return b.div(operand(0), operand(1)); })
      .Case([&](ReadOp read) {
        const bool wide =
            cast<VectorType>(read.getType()).getElementType().isInteger(64);
        Value x = b.readBits(b.toLongs(operand(0)), read.getWidth(),
                             !read.getIsUnsigned());
        return wide ? x : b.toInts(x);
      })
      .Case([&](DequantizeOp dequantize) {
        Value x = operand(0);
        if (auto zero = dequantize.getZeroPoint())
          // A difference of 32-bit integers may have 33.
          x = b.subInts(b.toLongs(x), integerAt(op, "zero", *zero, o,
                                                /*wide=*/true));
        x = b.toFloat(x);
        ArrayRef<float> scale = dequantize.getScale();
        if (scale.size() == 1 && scale.front() == 1)
          return x;
        return b.mul(x, numberAt(op, "scale", scale, o));
      })
      .Case([&](QuantizeOp quantize) { return code(quantize, o); })
      .Case([&](RoundOp round) -> FailureOr<Value> {
        auto module = stage->getParentOfType<ModuleOp>();
        // A function for each format, defined by who has its code.
        for (int n = 0;; ++n) {
          std::string name = "mase_round_" + std::to_string(n);
          auto known = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
          if (!known || known->getAttr(kFormatAttrName) == round.getFormat())
            return scalarCalls(name, operand(0), round.getFormat());
        }
      })
      .Default([&](Operation *op) -> FailureOr<Value> {
        return op->emitError()
               << "expected an op with code of its own, found '"
               << op->getName()
               << "', which is C++ that another compiler has to compile: "
                  "--mase-to-cpp prints it";
      });
}
