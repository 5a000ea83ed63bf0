// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-outline-segments: functions with more loops than max-ops become calls.
// RUN: mase-opt %s --mase-outline-segments=max-ops=2 | FileCheck %s --check-prefixes=CHECK,TWO
// RUN: mase-opt %s --mase-outline-segments=max-ops=1 | FileCheck %s --check-prefixes=CHECK,ONE
// RUN: mase-opt %s --mase-outline-segments | FileCheck %s --check-prefix=WHOLE
// RUN: not mase-opt %s --mase-outline-segments=max-ops=0 2>&1 | FileCheck %s --check-prefix=RANGE
// RANGE: error: --mase-outline-segments: expected max-ops of at least 1, found 0

// WHOLE-LABEL: func.func @main(
// WHOLE-COUNT-3: linalg.generic
// WHOLE-NOT: call

// The buffer between the first two is in the function that has both; that
// between the second and the third is the caller's.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[X:.*]]: memref<?x4xf32>, %[[Y:.*]]: memref<?x4xf32>)
// TWO: %[[N:.*]] = memref.dim %[[X]]
// TWO: %[[B:.*]] = memref.alloc(%[[N]])
// TWO-NOT: memref.alloc
// TWO: call @main_segment_0(%[[N]], %[[X]], %[[B]])
// TWO: call @main_segment_1(%[[B]], %[[Y]])
// TWO-NEXT: return
// ONE: %[[N:.*]] = memref.dim %[[X]]
// ONE: %[[A:.*]] = memref.alloc(%[[N]])
// ONE: call @main_segment_0(%[[X]], %[[A]])
// ONE: %[[B:.*]] = memref.alloc(%[[N]])
// ONE: call @main_segment_1(%[[A]], %[[B]])
// ONE: call @main_segment_2(%[[B]], %[[Y]])

// Constants are made where they are used.
// TWO-LABEL: func.func private @main_segment_0(
// TWO: arith.constant 2.0
// TWO: memref.alloc
// TWO-COUNT-2: linalg.generic
// TWO-NOT: linalg.generic
// ONE-LABEL: func.func private @main_segment_0(
// ONE: arith.constant 2.0
// ONE: linalg.generic
// ONE-NOT: linalg.generic
// CHECK-LABEL: func.func private @main_segment_1(
#map = affine_map<(d0, d1) -> (d0, d1)>
func.func @main(%x: memref<?x4xf32>, %y: memref<?x4xf32>) {
  %c0 = arith.constant 0 : index
  %two = arith.constant 2.0 : f32
  %n = memref.dim %x, %c0 : memref<?x4xf32>
  %a = memref.alloc(%n) : memref<?x4xf32>
  linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<?x4xf32>) outs(%a : memref<?x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.mulf %in, %two : f32
    linalg.yield %0 : f32
  }
  %b = memref.alloc(%n) : memref<?x4xf32>
  linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<?x4xf32>) outs(%b : memref<?x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %in, %two : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]}
      ins(%b : memref<?x4xf32>) outs(%y : memref<?x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.negf %in : f32
    linalg.yield %0 : f32
  }
  return
}
