// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The mase dialect: networks whose layers hold their own number formats.
#ifndef MASE_DIALECT_TD
#define MASE_DIALECT_TD

include "mlir/IR/DialectBase.td"

def Mase_Dialect : Dialect {
  let name = "mase";
  let cppNamespace = "::mase";
  let summary = "mixed-precision neural networks";
  let description = [{
    A trained network at two levels.

    At the *network level* a layer is an op on f32 tensors (`mase.linear`,
    `mase.batch_norm`, `mase.relu`, …) with a stable name and, where it can be
    quantised, a precision that is inherent to it: a number format for its input
    (`data_in`), its `weight`, its `bias` and its output (`data_out`). Without a
    precision it computes in binary32.

    At the *integer level* formats have become operations: `mase.quantize`
    rounds f32 to codes, `mase.int_linear` sums products of codes exactly,
    `mase.requantize` takes a sum to the next layer's codes and
    `mase.dequantize` back to f32.

    Tensors have at most 2^26 elements, not counting a dynamic batch; a splat
    constant of more is refused where an op takes it.

    What each op computes is fixed to the bit; see `Rationale.md` for why.

    Below these levels a network is functions of other dialects, whose types say
    ever less: `mase.network` on a function holds the type that it had,
    `(tensor<?x16xf32>) -> tensor<?x5xf32>`, so that `mase-run` knows what goes in
    and what comes out of the LLVM dialect, too. `--convert-mase-to-linalg` sets it.
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let hasOperationAttrVerify = 1;
  let extraClassDeclaration = [{
    void registerAttributes();
  }];
}

#endif // MASE_DIALECT_TD
