// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The memory that a network's activations take.
#ifndef MASE_ANALYSIS_ACTIVATIONS_H
#define MASE_ANALYSIS_ACTIVATIONS_H

#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace mase {

/// The formats that decide in how many bits a layer's values are held; made
/// once, for they are asked for every trial of a search.
struct ActivationFormats {
  struct Format {
    const void *identity = nullptr; ///< null: none
    int64_t bits = 0;               ///< an element
  };
  Format dataIn, dataOut;

  static ActivationFormats of(PrecisionAttr precision);
};

/// The activations of one function, a sample, and which of them are alive
/// while each layer runs: its operands, its result, and what later layers
/// still read. An element-wise layer writes its result over an operand that
/// nobody reads later: either counts, not both. Constants are no activations,
/// and a flattened value is the value.
///
/// An integer is held in the bits of its type, the function's argument as it
/// comes. Another binary32 value is held in its producer's data_out; without
/// one in the data_in that all its readers round it to; in 32 bits where there
/// is neither, readers differ, or the function returns it.
class Activations {
public:
  /// None where `function` has control flow or sizes that are not known.
  static std::optional<Activations> create(mlir::func::FuncOp function);

  /// The layers whose formats count, in the order of the IR.
  llvm::ArrayRef<mlir::Operation *> layers() const { return ops; }

  /// Bytes of the largest set alive, each value rounded up to whole bytes.
  /// `formats` has those of each of layers().
  int64_t largestBytes(llvm::ArrayRef<ActivationFormats> formats) const;

private:
  struct Value {
    int64_t elements = 0;  ///< a sample
    int64_t fixedBits = 0; ///< an element, where its type says; 0: formats do
    int producer = -1;     ///< a layer; -1: the function's argument
    std::vector<int> readers; ///< layers
    bool isResult = false;    ///< the function returns it, too
  };
  std::vector<mlir::Operation *> ops;
  std::vector<Value> values;
  std::vector<std::vector<int>> liveSets; ///< values; none holds another
};

} // namespace mase

#endif // MASE_ANALYSIS_ACTIVATIONS_H
