// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The stages of a kernel in the lanes of vectors.
#ifndef MASE_LIB_CONVERSION_MASEKERNELTOVECTOR_STAGELOWERING_H
#define MASE_LIB_CONVERSION_MASEKERNELTOVECTOR_STAGELOWERING_H

#include "LaneBuilder.h"
#include "Tables.h"

#include "mase/Dialect/MaseKernel/IR/StageCode.h"

namespace mase::kernel {

/// What lanes are: samples, then element o of each is vector o of an array, or
/// the features o * lanes, … of one sample, which are vector o.
enum class LanesAre { Samples, Features };

/// An array on the stack that holds a value of the kernel: vectors of `element`
/// or, `packed`, codes four to a word of 32 bits (of features: bytes).
struct LaneArray {
  mlir::Value pointer;
  mlir::Type element;
  bool packed = false;
};

/// How the results of a stage are computed, tile by tile.
struct StageTiles {
  StageTiles(StageOp stage, LanesAre lanesAre, int64_t lanes);

  int64_t size;  ///< elements of the result, before packing
  int64_t count; ///< particles, which are computed one by one
  int64_t row;   ///< elements of one
  int64_t tile;  ///< vectors that are computed together
  int64_t tiled; ///< vectors of a row, in whole tiles

  /// Vectors that are computed.
  int64_t vectors() const;
};

/// Lowers stages into one function.
class StageLowering {
public:
  StageLowering(LaneBuilder &b, LaneTables &tables, LanesAre lanesAre)
      : b(b), tables(tables), isSamples(lanesAre == LanesAre::Samples),
        lanesAre(lanesAre) {}

  /// Computes `stage` from `inputs`, the arrays of its operands. Reports what
  /// has no code.
  mlir::LogicalResult lower(StageOp stage, llvm::ArrayRef<LaneArray> inputs,
                            const LaneArray &output);

private:
  using Value = mlir::Value;
  using Type = mlir::Type;
  using Values = llvm::SmallVector<Value>;

  // Arrays.
  Value vectorAddress(const LaneArray &array, Value vector);
  Value loadVector(const LaneArray &array, Value vector);
  void storeVector(const LaneArray &array, Value vector, Value value);
  /// Feature k, as it is multiplied with any vector.
  Value element(const LaneArray &array, Value k);
  /// Four codes of features.
  Value word(const LaneArray &array, Value k);

  // Tables.
  /// Elements of a table that has one for each of the result's, `size` or
  /// more, and of a row of weights.
  int64_t padded(int64_t size) const;
  int64_t paddedRow() const;
  /// What row `row` of a table has for vector o.
  Value tableAt(const LaneTable &table, Value o, Value row = {});
  /// One constant for all, or a table.
  Value numberAt(mlir::Operation *op, llvm::StringRef role,
                 llvm::ArrayRef<float> values, Value o);
  Value integerAt(mlir::Operation *op, llvm::StringRef role,
                  llvm::ArrayRef<int64_t> values, Value o, bool wide);
  Value denseAt(mlir::Operation *op, llvm::StringRef role,
                mlir::DenseElementsAttr values, Value o);

  // Stages.
  mlir::LogicalResult lowerTiles(StageOp stage);
  mlir::LogicalResult lowerTile(Value c, Value o, Value particle);
  void lowerRows(llvm::StringRef function);
  void lowerGather(GatherOp gather);

  // Sums of a tile: c is the first vector's place in a row.
  Values sums(Value c, Value o, Value particle);
  Values dot(DotOp op, Value c, Value particle);
  Values dotOfWords(DotOp op, Value c, Value particle);
  /// Whether words of weights that are zero have no code.
  bool isSparse() const;
  Values dotOfCodes(DotOp op, Value c, Value particle);
  Values linear(LinearOp op, Value c, Value particle);
  Values reduce(ReduceOp op, Value o);
  /// The first element that a particle's products read.
  Value firstOf(Value particle, int64_t unit);

  // One element.
  mlir::FailureOr<Value> lowerElement(mlir::Operation *op, Value o);
  Value number(QuantizeOp op, Value o);
  Value packedNumber(QuantizeOp op, Value o);
  Values packedShifts(QuantizeOp op, Value o);
  Value codeShiftAt(QuantizeOp op, Value o);
  /// A code, shifted as the op says.
  Value onGrid(QuantizeOp op, Value code, Value o);
  Value boundAt(QuantizeOp op, llvm::StringRef role,
                llvm::ArrayRef<int64_t> values, Value o);
  Value code(QuantizeOp op, Value o);
  Value exactCode(QuantizeOp op, Value number, Value o);
  Value wideCode(QuantizeOp op, Value number, Value o);
  Value get(Value value, Value o);
  /// Calls a function of arrays of `lanes` elements, in place of `x`.
  Value inMemory(llvm::StringRef function, Value x);
  Value scalarCalls(llvm::StringRef function, Value x,
                    mlir::Attribute format = {});
  mlir::LLVM::LLVMFuncOp declare(llvm::StringRef name, Type result,
                                 llvm::ArrayRef<Type> arguments);
  void putPacked(QuantizeOp op, llvm::ArrayRef<Value> values, Value o);
  Value scratch(Type element, int64_t count);

  LaneBuilder &b;
  LaneTables &tables;
  const bool isSamples;
  const LanesAre lanesAre;

  // Of the stage that is lowered.
  StageOp stage;
  mlir::Operation *head = nullptr;
  std::optional<StageTiles> tiles;
  llvm::DenseMap<Value, LaneArray> arrays; ///< of block arguments
  llvm::DenseMap<Value, Value> values;     ///< of the element
  LaneArray output;
};

} // namespace mase::kernel

#endif // MASE_LIB_CONVERSION_MASEKERNELTOVECTOR_STAGELOWERING_H
