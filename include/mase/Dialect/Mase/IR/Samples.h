// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors of a network as what one sample has of them: [batch, …] without the
// batch, in row-major order, which `mase.flatten` and `mase.unflatten` don't
// change; and the
// parameters of layers, in the order of those.
#ifndef MASE_DIALECT_MASE_IR_SAMPLES_H
#define MASE_DIALECT_MASE_IR_SAMPLES_H

#include "mase/Dialect/Mase/IR/Mase.h"

namespace mase {

/// Elements of a sample; none where `type` is no ranked tensor with a batch, or
/// has another size that is dynamic.
std::optional<int64_t> sampleSize(mlir::Type type);

/// The same of a value of which they are known.
inline int64_t sizeOfSample(mlir::Value value) {
  return *sampleSize(value.getType());
}

/// `value` without the ops that move no data (ReshapesInput: flatten,
/// unflatten).
mlir::Value skipFlatten(mlir::Value value);

/// The one op that reads `value`, looking through flatten; null where there are
/// none or several.
mlir::Operation *getOnlyReader(mlir::Value value);

/// Constants that are one for each feature, which are dimension `axis` of
/// `like`, one for each element of a sample of it.
llvm::SmallVector<float> expandFeatures(llvm::ArrayRef<float> features,
                                        mlir::Value like, int64_t axis);

/// What a sample's elements are worth: `scale` of `value`'s codes, one for all
/// or one an element.
CodeScale expandScale(const CodeScale &scale, mlir::Value value);

/// `format` of `value`, with slices that are the elements of a sample as a
/// vector.
NumberFormatAttrInterface expandFormat(NumberFormatAttrInterface format,
                                       mlir::Value value);

/// Rows and columns of a row-major matrix exchanged.
template <typename T>
llvm::SmallVector<T> transposed(llvm::ArrayRef<T> matrix, int64_t rows) {
  int64_t columns = rows ? int64_t(matrix.size()) / rows : 0;
  llvm::SmallVector<T> result;
  result.reserve(matrix.size());
  for (int64_t c = 0; c < columns; ++c)
    for (int64_t r = 0; r < rows; ++r)
      result.push_back(matrix[size_t(r * columns + c)]);
  return result;
}

/// The weight of a product, as [out, in]; none if it isn't constant.
std::optional<llvm::SmallVector<float>> getLinearWeight(ProductOpInterface op);

} // namespace mase

#endif // MASE_DIALECT_MASE_IR_SAMPLES_H
