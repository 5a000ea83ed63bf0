// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Activations that are too large for a stack go through linalg, which says so.
// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy as np; np.save('%t/x.npy', np.random.default_rng(0).normal(size=(3, 100000)).astype(np.float32))"
// RUN: mase-run %s --engine=interpreter --input %t/x.npy --output %t/a.npy
// RUN: mase-run %s --engine=cpu --input %t/x.npy --output %t/b.npy 2>&1 | FileCheck %s && cmp %t/a.npy %t/b.npy
// RUN: mase-run %s --engine=linalg --input %t/x.npy --output %t/c.npy 2>&1 | count 0 && cmp %t/a.npy %t/c.npy
// CHECK: wide.mlir:11:{{[0-9]+}}: warning: runs through linalg, which is slower, since there is no kernel: expected activations of at most 2048 KiB for the samples in a vector's lanes

func.func @main(%x: tensor<?x100000xf32>) -> tensor<?x100000xf32> {
  %0 = mase.relu "relu" %x : tensor<?x100000xf32>
  %1 = mase.relu "again" %0 : tensor<?x100000xf32>
  return %1 : tensor<?x100000xf32>
}
