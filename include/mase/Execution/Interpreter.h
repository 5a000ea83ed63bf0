// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter's program: a function is translated once into instructions
// on buffers that hold a few samples, and run for all. Ops translate themselves
// (InterpretableOpInterface).
#ifndef MASE_EXECUTION_INTERPRETER_H
#define MASE_EXECUTION_INTERPRETER_H

#include "mase/Dialect/Mase/IR/Mase.h"
#include "mase/Execution/EntryFunction.h"
#include "mase/Numerics/ReadCode.h"

#include <deque>
#include <functional>
#include <vector>

namespace mase::interpreter {

/// A value: some samples of a batch, or a whole tensor that depends on no
/// sample. Floats and integers share the type; a value uses one of them.
struct Buffer {
  bool isConstant = false;
  /// The tensor's shape; where it is samples, their number leads.
  llvm::SmallVector<int64_t> shape;
  std::vector<float> floats;
  /// Codes: the low bits, as many as the type has, count (readCode). Sums.
  std::vector<int64_t> integers;

  int64_t size() const { return mlir::ShapedType::getNumElements(shape); }
  /// Elements of a slice of dimension `axis`: the product of the sizes after
  /// it.
  int64_t innerSize(int64_t axis) const {
    return mlir::ShapedType::getNumElements(
        llvm::ArrayRef<int64_t>(shape).drop_front(size_t(axis) + 1));
  }
};

using Instruction = std::function<void()>;

/// Instructions, and the buffers that they work on. An op whose operands are
/// all constant is run at once. Samples that run together are strangers to each
/// other: no element of one may depend on another.
class Program {
public:
  /// Runs `samples` at a time.
  explicit Program(int64_t samples = 1) : samples(samples) {}

  mlir::LogicalResult compile(const EntryFunction &entry);

  std::vector<Instruction> instructions;
  Buffer *input = nullptr;
  Buffer *output = nullptr;

  // For the translation of ops.

  /// The buffer of an operand.
  Buffer *get(mlir::Value value) const { return buffers.lookup(value); }
  /// A new buffer for `value`.
  Buffer *create(mlir::Value value, bool isConstant);
  /// A new buffer for `result`, constant if all of `operands` are.
  Buffer *create(mlir::Value result, mlir::ValueRange operands);
  /// Adds an instruction that computes `result`.
  void add(Buffer *result, Instruction instruction);
  /// The same for a layer with `precision`, which may be null: the result is
  /// rounded to its data_out.
  void addLayer(Buffer *result, PrecisionAttr precision,
                Instruction instruction);
  /// The buffer of a parameter, null with an error if it is not constant.
  Buffer *getParameter(mlir::Operation *op, mlir::Value value,
                       llvm::StringRef what) const;

private:
  mlir::LogicalResult compile(mlir::Operation *op);

  int64_t samples;
  std::deque<Buffer> storage;
  llvm::DenseMap<mlir::Value, Buffer *> buffers;
};

} // namespace mase::interpreter

#include "mase/Execution/InterpretableOpInterface.h.inc"

namespace mase {

/// How the interpreter runs the ops of the network and of the integer level.
void registerInterpretableOpInterfaceExternalModels(
    mlir::DialectRegistry &registry);

} // namespace mase

#endif // MASE_EXECUTION_INTERPRETER_H
