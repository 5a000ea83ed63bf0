// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Samples between rows of memory and the lanes of vectors: four features of
// all samples at a time.
#include "RowMoves.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

static constexpr unsigned kUnaligned = 4; // bytes: a number's

/// The places of vectors in an array.
static Value vectorAt(LaneBuilder &b, Value array, Value vector) {
  return b.at(array, b.floats(), vector);
}

static unsigned alignment(LaneBuilder &b) { return unsigned(4 * b.lanes); }

/// Four numbers of `x` from every `stride`th place, in the quarters of a
/// vector.
static Value gather(LaneBuilder &b, Value x, Value first, int64_t stride) {
  Type f32 = b.builder.getF32Type();
  auto four = VectorType::get({4}, f32);
  SmallVector<Value> parts;
  for (int64_t quarter = 0; quarter < b.lanes / 4; ++quarter)
    parts.push_back(b.load(four, b.at(x, f32, b.plus(first, quarter * stride)),
                           kUnaligned));
  while (parts.size() > 1) {
    SmallVector<Value> joined;
    for (size_t i = 0; i < parts.size(); i += 2) {
      int64_t size = cast<VectorType>(parts[i].getType()).getNumElements();
      joined.push_back(b.shuffle(parts[i], parts[i + 1],
                                 llvm::to_vector(llvm::seq(2 * size))));
    }
    parts = std::move(joined);
  }
  return parts.front();
}

/// The way back.
static void scatter(LaneBuilder &b, Value vector, Value y, Value first,
                    int64_t stride) {
  Type f32 = b.builder.getF32Type();
  for (int64_t quarter = 0; quarter < b.lanes / 4; ++quarter)
    b.store(b.lanes == 4 ? vector
                         : b.shuffle(vector, vector,
                                     llvm::to_vector(llvm::seq(
                                         4 * quarter, 4 * quarter + 4))),
            b.at(y, f32, b.plus(first, quarter * stride)), kUnaligned);
}

/// Calls `move` with the first of each four features; the last four overlap
/// those before where four does not divide `size`.
static void forFours(LaneBuilder &b, int64_t size,
                     function_ref<void(Value)> move) {
  b.forEach(size / 4 * 4, 4, move);
  if (size % 4 != 0)
    move(b.index(size - 4));
}

/// Moves single numbers: `size` is below 4.
static void forNumbers(LaneBuilder &b, Value rows, Value array, int64_t size,
                       bool isLoad) {
  Type f32 = b.builder.getF32Type();
  b.forEach(b.lanes, 1, [&](Value sample) {
    for (int64_t f = 0; f < size; ++f) {
      Value row = b.at(rows, f32, b.plus(b.times(sample, size), f)),
            lane = b.at(array, f32, b.plus(sample, f * b.lanes));
      b.store(b.load(f32, isLoad ? row : lane, kUnaligned), isLoad ? lane : row,
              kUnaligned);
    }
  });
}

void mase::kernel::loadRows(LaneBuilder &b, Value x, int64_t size, Value y) {
  if (size < 4)
    return forNumbers(b, x, y, size, /*isLoad=*/true);
  forFours(b, size, [&](Value f) {
    SmallVector<Value> rows;
    for (int64_t row = 0; row < 4; ++row)
      rows.push_back(gather(b, x, b.plus(f, row * size), 4 * size));
    b.transpose(rows);
    for (int64_t i = 0; i < 4; ++i)
      b.store(rows[size_t(i)], vectorAt(b, y, b.plus(f, i)), alignment(b));
  });
}

void mase::kernel::storeRows(LaneBuilder &b, Value x, int64_t size, Value y) {
  if (size < 4)
    return forNumbers(b, y, x, size, /*isLoad=*/false);
  forFours(b, size, [&](Value f) {
    SmallVector<Value> rows;
    for (int64_t i = 0; i < 4; ++i)
      rows.push_back(
          b.load(b.floats(), vectorAt(b, x, b.plus(f, i)), alignment(b)));
    b.transpose(rows);
    for (int64_t row = 0; row < 4; ++row)
      scatter(b, rows[size_t(row)], y, b.plus(f, row * size), 4 * size);
  });
}
