// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constants of add, sub and mul are parameters, each once; a BatchNorm has two a
// feature whatever its rank. The same at every level.
// RUN: mase-opt %s --mase-report -o /dev/null 2>&1 | FileCheck %s --check-prefixes=CHECK,NETWORK
// RUN: mase-opt %s --mase-lower-to-integer --mase-report -o /dev/null 2>&1 | FileCheck %s
// RUN: mase-opt %s --mase-to-cuda-pipeline --mase-report -o /dev/null 2>&1 | FileCheck %s --check-prefixes=CHECK,KERNEL
// RUN: mase-opt %s --mase-to-cuda-pipeline | FileCheck %s --check-prefix=FEATURES

// NETWORK: | bn    | batch_norm |          4 |   12 |           16 |            32.00 |
// NETWORK-NEXT: | shift | add        |         12 |    0 |           48 |            32.00 |
// NETWORK-NEXT: | twice | add        |          0 |
// KERNEL: | bn    | quantize |          4 |   12 |           16 |            32.00 |
// KERNEL-NEXT: | shift | add      |         12 |    0 |           48 |            32.00 |
// CHECK: | total |{{ +}}|{{ +}}16 |   12 |           64 |            32.00 |
// FEATURES: mase_kernel.quantize ["bn"] {{.*}} features 2 to #mase.fixed<8, 4>

// RUN: mase-opt %s --mase-quantize="by=type layers=default:{name='NA'}" --mase-to-cuda-pipeline -o %t.mlir
// RUN: mase-opt %t.mlir --verify-roundtrip | FileCheck %s --check-prefix=FLOAT
// RUN: mase-opt %t.mlir --mase-report -o /dev/null 2>&1 | FileCheck %s
// FLOAT: mase_kernel.affine "bn" {{.*}} features 2 : vector<12xf32>

func.func @main(%x: tensor<?x2x6xf32>) -> tensor<?x2x6xf32> {
  %gamma = arith.constant dense<[2.0, 3.0]> : tensor<2xf32>
  %beta = arith.constant dense<[0.5, 1.0]> : tensor<2xf32>
  %mean = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %var = arith.constant dense<[4.0, 1.0]> : tensor<2xf32>
  %row = arith.constant dense<0.3> : tensor<1x2x6xf32>
  %0 = mase.batch_norm "bn" %x, %gamma, %beta, %mean, %var epsilon 0.0 : (tensor<?x2x6xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x6xf32>
  %1 = mase.add "shift" %0, %row precision <data_in = #mase.fixed<8, 4>> : (tensor<?x2x6xf32>, tensor<1x2x6xf32>) -> tensor<?x2x6xf32>
  %2 = mase.add "twice" %1, %1 : (tensor<?x2x6xf32>, tensor<?x2x6xf32>) -> tensor<?x2x6xf32>
  return %2 : tensor<?x2x6xf32>
}
