// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Conversions out of the mase dialect's integer level.
#ifndef MASE_CONVERSION_PASSES_TD
#define MASE_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertMaseToLinalgPass
    : Pass<"convert-mase-to-linalg", "::mlir::ModuleOp"> {
  let summary = "lower the integer level of mase to linalg";
  let description = [{
    Ops of the integer level, and layers that compute in f32, become
    `linalg.generic` (and `tensor.collapse_shape`) on tensors, with every
    rounding written out: `math.fma` where semantics ask for one, conversions
    and saturation as explicit operations. A sum keeps the order of its inputs:
    the loops of a product are sample, input, output from outside to inside.
    Softmax, log-softmax and sigmoid call `mase_exp_f32`, `mase_log_f32` and
    `mase_sigmoid_f32`, which are declared here where they are needed and defined
    in mase-opt's library MaseRuntimeSymbols. A `mase.round` calls a function
    `mase_round_0`, `_1`, … of its format, which the declaration has as
    `mase.format`. The `cpu` engine defines it; a program that is compiled ahead
    of time does so itself.

    Codes and sums are held in integers of 8, 16, 32 or 64 bits; those of more
    bits than their format are extended where they are read. Constant weights
    take the type and the shift of the sum, transposed to [in, out].
    `mase.configuration` and `mase.profile` ops are dropped. A public function that is a network
    gets the attributes `mase.network`, its type, for tools that run what becomes
    of it, and `llvm.emit_c_interface`, so that C can call it in the end.

    Run `--mase-lower-to-integer` first: layers that still have a precision are
    an error, and so is a `mase.round` to a format without a C++ function.

    Example:

    ```mlir
    %q = mase.quantize %x to(#mase.fixed<8, 4>) : tensor<?x4xf32> -> tensor<?x4xi8>
    ```

    becomes

    ```mlir
    %q = linalg.generic {…} ins(%x : tensor<?x4xf32>) outs(%e : tensor<?x4xi8>) {
    ^bb0(%in: f32, %out: i8):
      %0 = arith.mulf %in, %cst_16 : f32
      %1 = math.roundeven %0 : f32
      …                                   // clamped to [-128, 127]; NaN gives 0
      %6 = arith.fptosi %5 : f32 to i32
      %7 = arith.trunci %6 : i32 to i8
      linalg.yield %7 : i8
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

def MaseFuseElementwisePass
    : Pass<"mase-fuse-elementwise", "::mlir::ModuleOp"> {
  let summary = "fuse chains of element-wise linalg.generic ops";
  let description = [{
    Like `--linalg-fuse-elementwise-ops`, but never into a reduction: there the
    producer would be computed again for every output. Neither the operations of
    an element nor their order change.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::linalg::LinalgDialect"];
}

def MaseCopiesToLinalgPass
    : Pass<"mase-copies-to-linalg", "::mlir::ModuleOp"> {
  let summary = "copy parts of buffers in loops of their own";
  let description = [{
    Features that are joined or cut out are copies of parts of a buffer, which
    LLVM code does by a function of MLIR's runtime library. Each becomes a
    `linalg.generic`; copies of whole buffers stay, since those are one memcpy.

    Example:

    ```mlir
    %part = memref.subview %y[0, 0] [%n, 4] [1, 1] : memref<?x8xf32> to memref<?x4xf32, strided<[8, 1]>>
    memref.copy %x, %part : memref<?x4xf32> to memref<?x4xf32, strided<[8, 1]>>
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def MaseOutlineSegmentsPass
    : Pass<"mase-outline-segments", "::mlir::ModuleOp"> {
  let summary = "cut long functions on buffers into private ones";
  let description = [{
    A network of a thousand layers is one block of thousands of loops. What
    frees its buffers, splits it into basic blocks and optimises it takes time
    that grows faster than the block, so consecutive ops with regions go to
    private functions, at most `max-ops` each. Functions that have no more stay
    as they are.

    A buffer that only one of them uses is allocated there; constants are
    copied.

    Example, with `max-ops=1`:

    ```mlir
    func.func @main(%x: memref<?x4xf32>, %y: memref<?x4xf32>) {
      %t = memref.alloc(%n) : memref<?x4xf32>
      linalg.generic {…} ins(%x : memref<?x4xf32>) outs(%t : memref<?x4xf32>) {…}
      linalg.generic {…} ins(%t : memref<?x4xf32>) outs(%y : memref<?x4xf32>) {…}
      return
    }
    ```

    becomes

    ```mlir
    func.func @main(%x: memref<?x4xf32>, %y: memref<?x4xf32>) {
      %t = memref.alloc(%n) : memref<?x4xf32>
      call @main_segment_0(%x, %t) : (memref<?x4xf32>, memref<?x4xf32>) -> ()
      call @main_segment_1(%t, %y) : (memref<?x4xf32>, memref<?x4xf32>) -> ()
      return
    }
    ```
  }];
  let options = [
    Option<"maxOps", "max-ops", "int64_t", /*default=*/"48",
           "the most ops with regions of a function">
  ];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def ConvertMaseToKernelPass : Pass<"convert-mase-to-kernel", "::mlir::ModuleOp"> {
  let summary = "lower the integer level of mase to a kernel";
  let description = [{
    Each function on tensors becomes one fused `mase_kernel.kernel` that keeps the
    activations of a few samples in registers: for GPUs, or with `kernel=lanes` for
    CPUs. Run `--mase-lower-to-integer`
    first. What has no kernel is an error that says why.
  }];
  let options = [
    Option<"kernel", "kernel", "std::string", /*default=*/"\"auto\"",
           "auto, a family (thread; lanes, for CPUs) or one of its kernels (dp4a, scalar)">,
    Option<"samplesPerThread", "samples-per-thread", "int64_t", /*default=*/"0",
           "samples a thread works on at once; 0: chosen from the network">,
    Option<"threadsPerBlock", "threads-per-block", "int64_t", /*default=*/"128",
           "threads in a block">
  ];
  let dependentDialects = ["::mase::kernel::MaseKernelDialect"];
}

def ConvertMaseKernelToVectorPass
    : Pass<"convert-mase-kernel-to-vector", "::mlir::ModuleOp"> {
  let summary = "lower kernels for CPUs to functions on vectors";
  let description = [{
    Each `mase_kernel.kernel` of the layout `lanes` becomes a function
    `(x, y, n)` of two pointers and a count: `n` samples in rows of f32 one after
    the other, and their results. As many samples as vectors have lanes are
    computed together, and few in whose lanes are the features of one; stages
    are loops over tiles of vectors. Constants are globals in the order in which
    the processor reads them. What is neither arithmetic of vectors nor an
    instruction of the processor calls a function of the library
    MaseLaneFunctions (tanh, softmax, rounding by a format's definition).

    `isa` is an instruction set, and with it the number of lanes: `generic` (4,
    for any processor), `avx2` (8, with FMA), `avx512` (16: F, BW, DQ, VL) or
    `avx512vnni`, whose products of bytes it uses.

    Example:

    ```mlir
    mase_kernel.kernel @net layout lanes strategy dp4a {…}
    ```

    becomes

    ```mlir
    func.func private @net_block(%x: !llvm.ptr, %y: !llvm.ptr) {…}
    func.func @net(%x: !llvm.ptr, %y: !llvm.ptr, %n: i64) {
      …
      scf.for %i = %c0 to %n step %c4 : i64 {…  // func.call @net_block
    ```
  }];
  let options = [
    Option<"isa", "isa", "std::string", /*default=*/"\"generic\"",
           "instruction set: generic, avx2, avx512 or avx512vnni">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
}

#endif // MASE_CONVERSION_PASSES_TD
