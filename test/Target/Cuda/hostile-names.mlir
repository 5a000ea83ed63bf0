// Names that would be code: each stays in its comment, and the text compiles.
// RUN: mase-translate --mase-to-cuda %s -o %t.cu
// RUN: FileCheck %s < %t.cu
// RUN: %host_cxx -std=c++17 -Wall -Wextra -Werror -fsyntax-only -x c++ -I %mase_src/include %t.cu 2>&1 | count 0

// The kernel level, too, whose reason is text of its own.
// RUN: mase-opt --mase-to-cuda-pipeline %s | sed 's|because "|&x\\0A#error reason\\0A*/|' > %t.kernel.mlir
// RUN: mase-translate --mase-to-cuda %t.kernel.mlir -o %t.kernel.cu
// RUN: FileCheck %s --check-prefix=REASON < %t.kernel.cu
// RUN: %host_cxx -std=c++17 -Wall -Wextra -Werror -fsyntax-only -x c++ -I %mase_src/include %t.kernel.cu 2>&1 | count 0

// REASON-NOT: {{^ *}}#error
// REASON: // reason\x0a*\x2fno layer computes in
// REASON-NOT: {{^ *}}#error

// CHECK-NOT: {{^ *}}#error
// CHECK-NOT: {{\\$}}
// CHECK:      //   a\x0a#error layer\x0a//  relu, float32
// CHECK-NEXT: //   ends in \x5c
// CHECK-NEXT: //   *\x2f #error /\x2a
// CHECK-NEXT: //   trigraph ?\x3f/
// CHECK-NEXT: //   é
// CHECK-NEXT: //   \u202eturned
// CHECK-NEXT: //   xxxx{{x*}}…  softmax, float32
// CHECK-NOT: {{^ *}}#error
// CHECK-NOT: {{\\$}}
// CHECK: namespace a_error_layer {
// CHECK-NOT: {{^ *}}#error
// CHECK: cudaError_t f_error_launch(
// CHECK-NOT: {{^ *}}#error
func.func @"f\n#error"(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = mase.relu "a\0A#error layer\0A//" %x : tensor<?x2xf32>
  %1 = mase.softmax "ends in \\" %0 : tensor<?x2xf32>
  %2 = mase.softmax "*/ #error /*" %1 : tensor<?x2xf32>
  %3 = mase.softmax "trigraph ??/" %2 : tensor<?x2xf32>
  %4 = mase.softmax "é" %3 : tensor<?x2xf32>
  %5 = mase.softmax "\E2\80\AEturned" %4 : tensor<?x2xf32>
  %6 = mase.softmax "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" %5 : tensor<?x2xf32>
  return %6 : tensor<?x2xf32>
}
