// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One network at every level that mase-opt writes, on every engine that runs
// the level: the same file. Without --engine the first such engine runs it, and
// an engine that doesn't says which do.
// REQUIRES: clang
// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/make_npy.py %t
// RUN: mase-run %s --allow-nonfinite --input %t/nonfinite.npy --output %t/expected.npy

// RUN: mase-opt %s --mase-lower-to-integer -o %t/integer.mlir
// RUN: mase-opt %t/integer.mlir --convert-mase-to-linalg -o %t/linalg.mlir
// RUN: mase-opt %t/linalg.mlir --mase-fuse-elementwise -o %t/fused.mlir
// RUN: mase-opt %t/linalg.mlir --one-shot-bufferize=bufferize-function-boundaries -o %t/buffers.mlir
// RUN: mase-opt %t/linalg.mlir --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" --buffer-results-to-out-params="hoist-dynamic-allocs modify-public-functions" --buffer-deallocation-pipeline -o %t/freed.mlir
// RUN: mase-opt %t/freed.mlir --convert-linalg-to-loops -o %t/loops.mlir
// RUN: mase-opt %s --mase-to-llvm-pipeline -o %t/llvm.mlir
// RUN: mase-opt %t/integer.mlir --convert-mase-to-kernel -o %t/kernel.mlir
// RUN: mase-opt %s --mase-to-cuda-pipeline -o %t/cuda.mlir

// RUN: mase-run %t/integer.mlir --allow-nonfinite --input %t/nonfinite.npy --output %t/a.npy && cmp %t/expected.npy %t/a.npy
// RUN: mase-run %s --engine=cpu --allow-nonfinite --input %t/nonfinite.npy --output %t/b.npy && cmp %t/expected.npy %t/b.npy
// RUN: mase-run %s --engine=cuda-host --allow-nonfinite --input %t/nonfinite.npy --output %t/c.npy && cmp %t/expected.npy %t/c.npy
// RUN: mase-run %t/integer.mlir --engine=cpu --allow-nonfinite --input %t/nonfinite.npy --output %t/d.npy && cmp %t/expected.npy %t/d.npy
// RUN: mase-run %t/integer.mlir --engine=cuda-host --allow-nonfinite --input %t/nonfinite.npy --output %t/e.npy && cmp %t/expected.npy %t/e.npy
// RUN: mase-run %t/linalg.mlir --allow-nonfinite --input %t/nonfinite.npy --output %t/f.npy && cmp %t/expected.npy %t/f.npy
// RUN: mase-run %t/fused.mlir --engine=cpu --allow-nonfinite --input %t/nonfinite.npy --output %t/g.npy && cmp %t/expected.npy %t/g.npy
// RUN: mase-run %t/buffers.mlir --allow-nonfinite --input %t/nonfinite.npy --output %t/h.npy && cmp %t/expected.npy %t/h.npy
// RUN: mase-run %t/freed.mlir --allow-nonfinite --input %t/nonfinite.npy --output %t/i.npy && cmp %t/expected.npy %t/i.npy
// RUN: mase-run %t/loops.mlir --engine=cpu --allow-nonfinite --input %t/nonfinite.npy --output %t/j.npy && cmp %t/expected.npy %t/j.npy
// RUN: mase-run %t/llvm.mlir --allow-nonfinite --input %t/nonfinite.npy --output %t/k.npy && cmp %t/expected.npy %t/k.npy
// RUN: mase-run %t/kernel.mlir --allow-nonfinite --input %t/nonfinite.npy --output %t/l.npy && cmp %t/expected.npy %t/l.npy
// RUN: mase-run %t/cuda.mlir --engine=cuda-host --allow-nonfinite --input %t/nonfinite.npy --output %t/m.npy && cmp %t/expected.npy %t/m.npy

// RUN: not mase-run %t/linalg.mlir --engine=interpreter --allow-nonfinite --input %t/nonfinite.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=LINALG
// LINALG: linalg.mlir:{{[0-9:]+}} error: expected layers, which the engine 'interpreter' runs; found ops of other dialects on tensors, which 'cpu' and 'linalg' run
// RUN: not mase-run %t/buffers.mlir --engine=cuda-host --allow-nonfinite --input %t/nonfinite.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=BUFFERS
// BUFFERS: error: expected layers or kernels, which the engine 'cuda-host' runs; found functions on memrefs, which 'cpu' and 'linalg' run
// RUN: not mase-run %t/llvm.mlir --engine=cuda --allow-nonfinite --input %t/nonfinite.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=LLVM
// LLVM: error: expected layers or kernels, which the engine 'cuda' runs; found the LLVM dialect, which 'cpu' and 'linalg' run
// RUN: not mase-run %t/cuda.mlir --engine=cpu --allow-nonfinite --input %t/nonfinite.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=KERNEL
// KERNEL: error: expected layers or ops of other dialects on tensors or functions on memrefs or the LLVM dialect or kernels in lanes, which the engine 'cpu' runs; found kernels, which 'cuda-host' and 'cuda' run

// What has lost its type, or its interface, is an error.
// RUN: sed 's/mase.network = [^}]*}/other.attribute}/' %t/llvm.mlir > %t/untyped.mlir
// RUN: not mase-run %t/untyped.mlir --allow-nonfinite --input %t/nonfinite.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=UNTYPED
// UNTYPED: error: expected a function of the LLVM dialect with 'mase.network', its type as a network, which --convert-mase-to-linalg and --mase-to-llvm-pipeline leave; found none
// RUN: sed 's/_mlir_ciface_main/other/' %t/llvm.mlir > %t/no-interface.mlir
// RUN: not mase-run %t/no-interface.mlir --allow-nonfinite --input %t/nonfinite.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=INTERFACE
// INTERFACE: error: expected a network with the C interface of --mase-to-llvm-pipeline, a function '_mlir_ciface_main' that takes descriptors of the input and the output; found none of that name
// RUN: sed 's/mase.network = [^}]*}/mase.network = (i32) -> i32}/' %t/llvm.mlir > %t/ill-typed.mlir
// RUN: not mase-run %t/ill-typed.mlir --allow-nonfinite --input %t/nonfinite.npy --output %t/no.npy 2>&1 | FileCheck %s --check-prefix=TYPE
// TYPE: error: expected 'mase.network' to be a network's type, '(tensor<?x...xf32>) -> tensor<?x...xf32>', found (i32) -> i32
// RUN: not ls %t/no.npy
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %w = arith.constant dense<[[1.5, 0.1], [-3.0, 1.0]]> : tensor<2x2xf32>
  %b = arith.constant dense<[0.0, 4.0]> : tensor<2xf32>
  %p = arith.constant dense<[0.5, 1.5]> : tensor<2xf32>
  %0 = mase.linear "fc" %x, %w, %b precision <data_in = #mase.fixed<4, 2>,
    weight = #mase.fixed<4, 1>, bias = #mase.fixed<4, 0>>
    : (tensor<?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %1 = mase.relu "act" %0 : tensor<?x2xf32>
  %2 = mase.batch_norm "bn" %1, %p, %p, %p, %p epsilon 1.0e-5 : (tensor<?x2xf32>,
    tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %3 = mase.matmul "mm" %2, %w : (tensor<?x2xf32>, tensor<2x2xf32>) -> tensor<?x2xf32>
  %4 = mase.softmax "soft" %3 : tensor<?x2xf32>
  return %4 : tensor<?x2xf32>
}
