// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Operations on the lanes of vectors, as IR: what mase/Runtime/Lanes.h has as
// C++, under the same names. A vector has as many lanes as the instruction set
// holds numbers of 32 bits; an operation rounds once, and is that of the
// Numerics room.
#ifndef MASE_LIB_CONVERSION_MASEKERNELTOVECTOR_LANEBUILDER_H
#define MASE_LIB_CONVERSION_MASEKERNELTOVECTOR_LANEBUILDER_H

#include "mase/Numerics/InstructionSet.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace mase::kernel {

class LaneBuilder {
public:
  using Value = mlir::Value;
  using Type = mlir::Type;

  LaneBuilder(mlir::OpBuilder &builder, mlir::Location loc, InstructionSet set)
      : builder(builder), loc(loc), set(set), lanes(lanesOf(set)) {}

  /// Numbers of a vector: 16 with AVX-512, 8 with AVX2, else 4.
  static int64_t lanesOf(InstructionSet set);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  const InstructionSet set;
  const int64_t lanes;

  //===--------------------------------------------------------------------===//
  // Types and constants
  //===--------------------------------------------------------------------===//

  mlir::VectorType vectorOf(Type element) const {
    return mlir::VectorType::get({lanes}, element);
  }
  mlir::VectorType floats() { return vectorOf(builder.getF32Type()); }
  mlir::VectorType ints() { return vectorOf(builder.getI32Type()); }
  mlir::VectorType longs() { return vectorOf(builder.getI64Type()); }

  /// A place or a count.
  Value index(int64_t value);
  Value plus(Value index, int64_t value);
  Value times(Value index, int64_t value);
  Value splat(float value);
  /// An integer in vectors of `type`.
  Value splat(int64_t value, mlir::VectorType type);
  /// A number in every lane.
  Value broadcast(Value scalar);

  //===--------------------------------------------------------------------===//
  // Memory: pointers to elements of a type
  //===--------------------------------------------------------------------===//

  /// The address of element `index` after `pointer`.
  Value at(Value pointer, Type element, Value index);
  Value load(Type type, Value address, unsigned alignment);
  void store(Value value, Value address, unsigned alignment);
  /// An array of `count` elements on the function's stack: at the start of the
  /// function, wherever the builder is.
  Value allocate(Type element, int64_t count);

  //===--------------------------------------------------------------------===//
  // Loops
  //===--------------------------------------------------------------------===//

  /// Runs `body` for 0, step, … below `end`.
  void forEach(int64_t end, int64_t step, llvm::function_ref<void(Value)> body);
  void forEach(Value end, int64_t step, llvm::function_ref<void(Value)> body);
  /// The same with values that the body changes.
  llvm::SmallVector<Value>
  forEach(int64_t end, mlir::ValueRange values,
          llvm::function_ref<llvm::SmallVector<Value>(Value, mlir::ValueRange)>
              body);

  //===--------------------------------------------------------------------===//
  // binary32
  //===--------------------------------------------------------------------===//

  Value fma(Value a, Value b, Value c);
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b);
  Value max(Value a, Value b); ///< a > b ? a : b
  Value min(Value a, Value b); ///< a < b ? a : b
  Value relu(Value x);         ///< x > 0 ? x : +0
  Value leakyRelu(Value x, float alpha);
  Value clip(Value x, float lower, float upper);
  Value toFloat(Value x);

  //===--------------------------------------------------------------------===//
  // Integers
  //===--------------------------------------------------------------------===//

  Value addInts(Value a, Value b);
  Value subInts(Value a, Value b);
  Value mulInts(Value a, Value b);
  Value toLongs(Value x);
  Value toInts(Value x);
  /// The integer that the lowest `width` bits are, with or without a sign.
  Value readBits(Value x, int64_t width, bool isSigned);

  //===--------------------------------------------------------------------===//
  // Codes
  //===--------------------------------------------------------------------===//

  /// The nearest integer, ties to even, and the one below; |x| <= 2^22.
  Value round(Value x);
  Value floor(Value x);
  /// x clamped to integers; NaN gives 0.
  Value clampSteps(Value x, Value low, Value high);
  /// The lowest bytes of four vectors in one.
  Value packCodes(llvm::ArrayRef<Value> codes);
  /// Four vectors of numbers, rounded and clamped to bounds that a byte holds,
  /// in one. Without `clamp` they are in the bounds; with it they are no NaN.
  Value pack(llvm::ArrayRef<Value> numbers, int64_t low, int64_t high,
             bool clamp);
  /// The same of numbers in the bounds of a byte, but those of unsigned ones
  /// may be below, which gives 0. `shifts`, if there are any, are two vectors
  /// of powers of two, each for two vectors' halves of words, or without
  /// instructions for them (`packsByPairs`) left shifts of the four.
  Value packBytes(llvm::ArrayRef<Value> numbers, bool isSigned,
                  llvm::ArrayRef<Value> shifts);
  bool packsByPairs() const { return set >= InstructionSet::AVX2; }
  /// An unsigned byte's number: what is below 0 is 0.
  Value inByte(Value x, bool isSigned) {
    return isSigned ? x : max(x, splat(0.0f));
  }
  /// Elements 4 k to 4 k + 3 of a table in each quarter of a vector.
  Value quarters(Value pointer, Value k);
  Value shiftLeftBy(Value x, Value bits);

  //===--------------------------------------------------------------------===//
  // Sums of products
  //===--------------------------------------------------------------------===//

  /// Whether four bytes a lane are multiplied at once.
  bool hasByteProducts() const { return set == InstructionSet::AVX512VNNI; }
  /// sum + the products of four codes without and four weights with a sign.
  Value dotBytes(Value sum, Value codes, Value weights);
  /// Sums of the products of the two 16-bit integers in each lane.
  Value pairs(Value x, Value w);
  /// Bytes 0 and 2 of each lane as 16-bit integers, and bytes 1 and 3.
  Value evenBytes(Value word, bool isSigned);
  Value oddBytes(Value word, bool isSigned);

  /// Four rows of four numbers in each quarter of the vectors, transposed.
  void transpose(llvm::MutableArrayRef<Value> rows);
  Value shuffle(Value a, Value b, llvm::ArrayRef<int64_t> mask);

private:
  /// What packing is where two vectors become one of halves of words.
  Value packPairs(llvm::ArrayRef<Value> numbers, bool isSigned,
                  bool signedPairs, llvm::ArrayRef<Value> powers);
  /// Each constant stands once, at the start of the function.
  Value constant(mlir::TypedAttr value);
  /// An operand of an intrinsic.
  Value scalar(int64_t value, unsigned bits);

  mlir::Block *function = nullptr; ///< of `constants`: its first block
  llvm::DenseMap<mlir::Attribute, Value> constants;

  Value bitcast(Value x, mlir::VectorType type);
  Value call(llvm::StringRef intrinsic, Type type, mlir::ValueRange operands);
  Value compare(mlir::arith::CmpFPredicate predicate, Value a, Value b);
  Value shiftLeft(Value x, int64_t bits);
  Value shiftRight(Value x, int64_t bits); ///< with the sign
  Value bitAnd(Value x, int64_t mask);
  mlir::VectorType bytesOf(int64_t bits);
  bool is512() const { return set >= InstructionSet::AVX512; }
};

} // namespace mase::kernel

#endif // MASE_LIB_CONVERSION_MASEKERNELTOVECTOR_LANEBUILDER_H
