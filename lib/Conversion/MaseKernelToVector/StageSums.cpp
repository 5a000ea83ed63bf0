// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sums of products of a tile of vectors.
#include "StageLowering.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

Value StageLowering::firstOf(Value particle, int64_t unit) {
  const int64_t elements =
      sizeOf(head->getOperand(0)) / std::max<int64_t>(tiles->count, 1);
  return tiles->count == 1 ? Value() : b.times(particle, elements / unit);
}

StageLowering::Values StageLowering::sums(Value c, Value o, Value particle) {
  b.loc = head->getLoc();
  return TypeSwitch<Operation *, Values>(head)
      .Case([&](DotOp op) { return dot(op, c, particle); })
      .Case([&](LinearOp op) { return linear(op, c, particle); })
      .Case([&](ReduceOp op) { return reduce(op, o); });
}

/// `k`, or that of the particle's row.
static Value placeOf(LaneBuilder &b, Value first, Value k) {
  return first ? b.addInts(first, k) : k;
}

bool StageLowering::isSparse() const {
  auto dot = dyn_cast_or_null<DotOp>(head);
  return isSamples && dot && dot.getSparse();
}

StageLowering::Values StageLowering::dotOfWords(DotOp op, Value c,
                                                Value particle) {
  const WordKind kind = b.hasByteProducts() && op.hasSignedWeights()
                            ? WordKind::Bytes
                            : WordKind::Pairs;
  const bool sparse = isSparse();
  std::optional<DotWords> words;
  auto get = [&]() -> const DotWords & {
    if (!words)
      words = dotWords(op, kind);
    return *words;
  };
  const int64_t columns = paddedRow(), count = (op.getFanIn() + 3) / 4;
  LaneTable start =
                tables.ints(op, "start", columns, [&] { return get().start; }),
            weight = tables.ints(
                op, "words", columns, [&] { return get().words; },
                kind == WordKind::Bytes ? count : 2 * count);
  const bool isSigned = readsSignedBytes(op);
  const LaneArray &x = arrays.lookup(op.getInput());
  Values sums;
  for (int64_t i = 0; i < tiles->tile; ++i)
    sums.push_back(tableAt(start, b.plus(c, i)));
  Value first = firstOf(particle, /*unit=*/1); // of words
  // Row `row` of output c + i, where the code is straight: whether it is zero.
  auto isZero = [&](Value row, size_t i) {
    const int64_t o = *getConstantIntValue(c) + int64_t(i);
    return o >= op.getFanOut() ||
           get().words[size_t(*getConstantIntValue(row) * op.getFanOut() +
                              o)] == 0;
  };
  auto products = [&](Value k, ValueRange before) {
    Value codes = word(x, placeOf(b, first, k));
    Values after(before.begin(), before.end());
    if (kind == WordKind::Bytes) {
      if (isSigned) // 128 more of each, for which the start makes up
        codes = arith::XOrIOp::create(b.builder, b.loc, codes,
                                      b.splat(0x80808080, b.ints()));
      for (auto [i, sum] : llvm::enumerate(after))
        if (!sparse || !isZero(k, i))
          sum =
              b.dotBytes(sum, codes, tableAt(weight, b.plus(c, int64_t(i)), k));
      return after;
    }
    Value even = b.evenBytes(codes, isSigned),
          odd = b.oddBytes(codes, isSigned), row = b.times(k, 2),
          next = b.plus(row, 1);
    for (auto [i, sum] : llvm::enumerate(after)) {
      Value place = b.plus(c, int64_t(i));
      auto product = [&](Value pair, Value at) {
        return b.pairs(pair, tableAt(weight, place, at));
      };
      if (!sparse) {
        sum = b.addInts(sum, b.addInts(product(even, row), product(odd, next)));
        continue;
      }
      if (!isZero(row, i))
        sum = b.addInts(sum, product(even, row));
      if (!isZero(next, i))
        sum = b.addInts(sum, product(odd, next));
    }
    return after;
  };
  if (!sparse)
    return b.forEach(count, sums, products);
  for (int64_t k = 0; k < count; ++k)
    sums = products(b.index(k), sums);
  return sums;
}

StageLowering::Values StageLowering::dotOfCodes(DotOp op, Value c,
                                                Value particle) {
  const bool wide = op.getKind() == DotKind::Mad64;
  const int64_t in = op.getFanIn(), out = op.getFanOut(), columns = paddedRow();
  auto transposed = [&](auto zero) {
    std::vector<decltype(zero)> values;
    for (int64_t i = 0; i < in; ++i)
      for (int64_t o = 0; o < out; ++o)
        values.push_back(decltype(zero)(op.getWeightCode(o, i)));
    return values;
  };
  LaneTable weight = wide ? tables.longs(
                                op, "weight", columns,
                                [&] { return transposed(int64_t(0)); }, in)
                          : tables.ints(
                                op, "weight", columns,
                                [&] { return transposed(int32_t(0)); }, in);
  const LaneArray &x = arrays.lookup(op.getInput());
  Value zero = b.splat(0, wide ? b.longs() : b.ints()),
        first = firstOf(particle, /*unit=*/1);
  return b.forEach(
      in, Values(size_t(tiles->tile), zero), [&](Value k, ValueRange before) {
        Value code = element(x, placeOf(b, first, k));
        if (wide)
          code = b.toLongs(code);
        Values after(before.begin(), before.end());
        for (auto [i, sum] : llvm::enumerate(after))
          sum = b.addInts(
              sum, b.mulInts(code, tableAt(weight, b.plus(c, int64_t(i)), k)));
        return after;
      });
}

StageLowering::Values StageLowering::dot(DotOp op, Value c, Value particle) {
  const bool words = op.getKind() == DotKind::Dp4a,
             wide = op.getKind() == DotKind::Mad64;
  Values sums =
      words ? dotOfWords(op, c, particle) : dotOfCodes(op, c, particle);
  if (startsAtInit(op))
    return sums;
  const int64_t columns = paddedRow();
  auto table = [&](StringRef role, ArrayRef<int64_t> values) {
    return wide ? tables.longs(op, role, columns, [&] { return values.vec(); })
                : tables.ints(op, role, columns, [&] {
                    return std::vector<int32_t>(values.begin(), values.end());
                  });
  };
  SmallVector<int64_t> powers, init;
  if (op.hasShift())
    for (int64_t shift : shiftsOf(op))
      powers.push_back(int64_t(uint64_t(1) << shift));
  if (op.getInit())
    for (const APInt &value : op.getInit()->getValues<APInt>())
      init.push_back(value.getSExtValue());
  for (auto [i, sum] : llvm::enumerate(sums)) {
    Value place = b.plus(c, int64_t(i));
    if (powers.size() == 1)
      sum =
          b.mulInts(sum, b.splat(powers.front(), wide ? b.longs() : b.ints()));
    else if (!powers.empty())
      sum = b.mulInts(sum, tableAt(table("powers", powers), place));
    if (!init.empty())
      sum = b.addInts(sum, tableAt(table("init", init), place));
  }
  return sums;
}

StageLowering::Values StageLowering::linear(LinearOp op, Value c,
                                            Value particle) {
  ArrayRef<int64_t> shape = op.getWeight().getType().getShape();
  const int64_t out = shape[0], in = shape[1], columns = paddedRow();
  LaneTable weight = tables.floats(
      op, "weight", columns,
      [&] {
        auto values = llvm::to_vector(op.getWeight().getValues<float>());
        std::vector<float> transposed;
        for (int64_t i = 0; i < in; ++i)
          for (int64_t o = 0; o < out; ++o)
            transposed.push_back(values[size_t(o * in + i)]);
        return transposed;
      },
      in);
  Values sums;
  for (int64_t i = 0; i < tiles->tile; ++i) {
    if (!op.getBias()) {
      sums.push_back(b.splat(0.0f));
      continue;
    }
    LaneTable bias = tables.floats(op, "bias", columns, [&] {
      auto values = op.getBias()->getValues<float>();
      return std::vector<float>(values.begin(), values.end());
    });
    sums.push_back(tableAt(bias, b.plus(c, i)));
  }
  const LaneArray &x = arrays.lookup(op.getInput());
  Value first = firstOf(particle, /*unit=*/1);
  return b.forEach(in, sums, [&](Value k, ValueRange before) {
    Value number = element(x, placeOf(b, first, k));
    Values after(before.begin(), before.end());
    for (auto [i, sum] : llvm::enumerate(after))
      sum = b.fma(number, tableAt(weight, b.plus(c, int64_t(i)), k), sum);
    return after;
  });
}

StageLowering::Values StageLowering::reduce(ReduceOp op, Value o) {
  Type element = cast<VectorType>(op.getType()).getElementType();
  const bool isFloat = element.isF32(), wide = element.isInteger(64);
  Values sums;
  for (int64_t i = 0; i < tiles->tile; ++i) {
    if (op.getInit())
      sums.push_back(denseAt(op, "init", *op.getInit(), b.plus(o, i)));
    else
      sums.push_back(isFloat ? b.splat(0.0f)
                             : b.splat(0, wide ? b.longs() : b.ints()));
  }
  const LaneArray &x = arrays.lookup(op.getInput());
  sums = b.forEach(
      op.getParticles(), sums, [&](Value particle, ValueRange before) {
        Value row = b.addInts(b.times(particle, tiles->size), o);
        Values after(before.begin(), before.end());
        for (auto [i, sum] : llvm::enumerate(after)) {
          Value term = loadVector(x, b.plus(row, int64_t(i)));
          sum = isFloat ? b.add(sum, term)
                        : b.addInts(sum, wide ? b.toLongs(term) : term);
        }
        return after;
      });
  if (op.getFactor())
    for (Value &sum : sums)
      sum = b.mul(sum, b.splat(op.getFactor()->convertToFloat()));
  return sums;
}
