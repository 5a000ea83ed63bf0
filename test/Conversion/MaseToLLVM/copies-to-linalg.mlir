// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-copies-to-linalg: copies of parts become loops, those of whole buffers
// stay; a network with branches needs no library.
// RUN: mase-opt %s --mase-copies-to-linalg | FileCheck %s
// RUN: mase-opt %s --mase-to-llvm-pipeline | FileCheck %s --check-prefix=LLVM
// RUN: mase-opt %S/fuse-elementwise.mlir --mase-copies-to-linalg -o /dev/null 2>&1 | FileCheck %s --check-prefix=NOTHING

// NOTHING: warning: --mase-copies-to-linalg: nothing to do: expected copies of buffers

// LLVM: module
// LLVM-NOT: memrefCopy
// LLVM: llvm.func @branches(

// CHECK-LABEL: func.func private @parts(
// CHECK:       linalg.generic
// CHECK-SAME:    ins(%{{.*}} : memref<?x4xf32>) outs(%{{.*}} : memref<?x4xf32, strided<[8, 1]>>)
// CHECK:       memref.copy %{{.*}}, %{{.*}} : memref<?x4xf32> to memref<?x4xf32>
// CHECK-NOT:   memref.copy
func.func private @parts(%x: memref<?x4xf32>, %y: memref<?x8xf32>, %z: memref<?x4xf32>, %n: index) {
  %part = memref.subview %y[0, 0] [%n, 4] [1, 1] : memref<?x8xf32> to memref<?x4xf32, strided<[8, 1]>>
  memref.copy %x, %part : memref<?x4xf32> to memref<?x4xf32, strided<[8, 1]>>
  memref.copy %x, %z : memref<?x4xf32> to memref<?x4xf32>
  return
}

func.func @branches(%x: tensor<?x4xf32>) -> tensor<?x6xf32> {
  %0 = mase.tanh "tanh" %x : tensor<?x4xf32>
  %1 = mase.concat "join" %x, %0, %x : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x12xf32>
  %2 = mase.slice "part" %1 from 3 to 9 : (tensor<?x12xf32>) -> tensor<?x6xf32>
  return %2 : tensor<?x6xf32>
}
