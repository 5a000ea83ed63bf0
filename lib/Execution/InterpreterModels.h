// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the interpreter's models of our ops share.
#ifndef MASE_LIB_EXECUTION_INTERPRETERMODELS_H
#define MASE_LIB_EXECUTION_INTERPRETERMODELS_H

#include "mase/Execution/Interpreter.h"

namespace mase::interpreter {

/// The model of an op that `compile` translates.
template <typename Op, mlir::LogicalResult (*compile)(Program &, Op)>
struct Model : InterpretableOpInterface::ExternalModel<Model<Op, compile>, Op> {
  mlir::LogicalResult addTo(mlir::Operation *op, Program &program) const {
    return compile(program, mlir::cast<Op>(op));
  }
};

template <typename Op, mlir::LogicalResult (*compile)(Program &, Op)>
void attach(mlir::MLIRContext &context) {
  Op::template attachInterface<Model<Op, compile>>(context);
}

/// Of the network level, and of the integer level.
void attachLayerModels(mlir::MLIRContext &context);
void attachIntegerOpModels(mlir::MLIRContext &context);

using Format = NumberFormatAttrInterface;

inline Format formatOf(PrecisionAttr precision, OperandRole role) {
  return precision ? precision.getFormat(role) : Format();
}

/// `values` in `format`, as they are without one.
inline void quantizeTo(Format format, llvm::ArrayRef<int64_t> shape,
                       llvm::MutableArrayRef<float> values) {
  if (format)
    format.quantizeTensor(values, shape, values);
}

inline float relu(float x) { return x > 0 ? x : 0.0f; }

/// Both levels' y = fma(x, scale, shift); features are dimension `axis`.
void compileAffine(Program &program, mlir::Value result, mlir::Value input,
                   std::vector<float> scale, std::vector<float> shift,
                   int64_t axis);

} // namespace mase::interpreter

#endif // MASE_LIB_EXECUTION_INTERPRETERMODELS_H
