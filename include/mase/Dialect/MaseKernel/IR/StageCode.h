// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the code of a stage has to know about its ops, whatever that code is
// written in: C++, CUDA or LLVM IR.
#ifndef MASE_DIALECT_MASEKERNEL_IR_STAGECODE_H
#define MASE_DIALECT_MASEKERNEL_IR_STAGECODE_H

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include <vector>

namespace mase::kernel {

/// The op of a stage that mixes features, null where there is none.
mlir::Operation *headOf(StageOp stage);

/// Whether the lanes of a vector can be features of one sample: not where these
/// are of several particles, or change places.
bool hasFeaturesInLanes(KernelOp kernel);

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

/// The shifts of a dot product's sums: none, one or one an output.
llvm::ArrayRef<int64_t> shiftsOf(DotOp dot);

/// The particles that an op which mixes features multiplies the same weights
/// with: 1 where it has no several. `head` may be null.
int64_t particlesOf(mlir::Operation *head);

/// Whether bytes of codes have to be read with a sign by a dot product: not
/// where what makes them shows that none is negative.
bool readsSignedBytes(DotOp dot);

/// Whether the sums of a dot product start at its `init`, so that what it reads
/// can hold it. Else that is added at the end, after a shift.
bool startsAtInit(DotOp dot);

/// How the machine multiplies codes that lie four to a word.
enum class WordKind {
  /// Four products an instruction, of codes without and weights with a sign:
  /// codes with a sign are read with 128 added. Of weights with a sign alone.
  Bytes,
  /// Two products an instruction, of 16 bits each: codes 0 and 2 of a word, and
  /// 1 and 3, whatever the signs.
  Pairs,
};

/// The constants of a `dp4a` in the order in which a machine reads them.
struct DotWords {
  /// [out]: what sums start with, the init and what makes up for the 128s.
  std::vector<int32_t> start;
  /// [in / 4, or twice that for Pairs][out], rounded up: two or four codes
  /// each.
  std::vector<int32_t> words;
  int64_t rows = 0;
};

/// Those of `dot`, whose kind is dp4a; Bytes is for weights with a sign.
DotWords dotWords(DotOp dot, WordKind kind);

/// The words of four weights, over all outputs, that are not all zero.
int64_t nonZeroWords(DotOp dot);

/// Elements `first` to `first + count - 1` of a gather's result: those of
/// `operand` from `start` on, `stride` apart.
struct GatherRun {
  int64_t first, count;
  mlir::Value operand;
  int64_t start, stride;
};

/// A gather as the fewest runs, in order: a loop each.
std::vector<GatherRun> gatherRuns(GatherOp gather);

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// The steps that codes may be, and their zero points: one for all elements, or
/// one each.
struct QuantizeBounds {
  llvm::SmallVector<int64_t> low, high, zeroPoint;

  explicit QuantizeBounds(QuantizeOp quantize);

  /// Whether bounds are numbers that binary32 rounds to by an addition or a
  /// conversion: at most 22 bits.
  bool areNarrow() const;
};

/// How a vector of numbers becomes codes, where the rounder is not `exact`.
struct LaneRounding {
  explicit LaneRounding(QuantizeOp quantize);

  QuantizeBounds bounds;
  bool narrow = false; ///< bounds.areNarrow()
  bool floor = false;  ///< rounds down, not to the nearest
  /// Numbers are clamped to the bounds before they are rounded: by the clamp of
  /// `convert`, which makes 0 of NaN, or by a plain one.
  bool converts = false, clamps = false;
  /// Whether bytes are rounded and packed at once: they have no zero points.
  bool packs = false;
  /// Whether that clamps them, too, and packs them as they are: all have the
  /// same bounds, and none is shifted.
  bool sameBytes = false;
  /// Whether a code may be negative, and whether the least of some is not the
  /// least that packing leaves.
  bool isSigned = false, needsLow = false;
};

/// The left shift of each code; empty: none.
llvm::ArrayRef<int64_t> codeShiftsOf(QuantizeOp quantize);

} // namespace mase::kernel

#endif // MASE_DIALECT_MASEKERNEL_IR_STAGECODE_H
