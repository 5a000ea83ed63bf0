// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random networks in the IR, with random precisions, and awkward inputs.
#ifndef MASE_UNITTESTS_EXECUTION_RANDOMNETWORK_H
#define MASE_UNITTESTS_EXECUTION_RANDOMNETWORK_H

#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

#include <random>
#include <vector>

namespace mase::testing {

/// The same stream on every platform: std's distributions differ.
class Draw {
public:
  explicit Draw(uint64_t seed) : engine(seed) {}

  /// Uniform in [lo, hi].
  int integer(int lo, int hi) {
    return lo + int(engine() % uint64_t(hi - lo + 1));
  }
  bool chance(int percent) { return integer(0, 99) < percent; }
  /// Bell-shaped around 0, about `deviation` wide.
  float real(double deviation);
  /// Ordinary values, ties, both zeros, denormals, huge, not finite.
  float input();
  float parameter();

private:
  std::mt19937_64 engine;
};

struct NetworkOptions {
  int minWidth = 2, maxWidth = 16;
  /// Fractions go from this to the width less this.
  int minFraction = -2;
  /// Now and then any fraction that a format may have, weights that vanish
  /// beside the others, layers without a weight but zero, and names of layers
  /// that would be code if nothing quoted them.
  bool extremes = false;
  /// So many of 100 formats are more than fixed point: scales, zero points and
  /// widths of slices, every rounding and overflow.
  int uniform = 0;
  /// Layers of particles, sums over them, and branches that join.
  bool branches = false;
};

/// Appends a public function `name`, a network of a few layers, to `module`.
mlir::func::FuncOp appendRandomNetwork(mlir::ModuleOp module,
                                       llvm::StringRef name, Draw &draw,
                                       const NetworkOptions &options);

/// Appends a public function `name` of the integer level: codes that are
/// quantised, summed, requantised and dequantised, each op reading them with
/// the sign that it draws. With `particles`, some are of rank 3, and added up.
mlir::func::FuncOp appendRandomIntegers(mlir::ModuleOp module,
                                        llvm::StringRef name, Draw &draw,
                                        bool particles);

std::vector<float> drawInputs(Draw &draw, int64_t count);

} // namespace mase::testing

#endif // MASE_UNITTESTS_EXECUTION_RANDOMNETWORK_H
