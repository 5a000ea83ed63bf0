// From the network level, and stages of float layers.
// RUN: mase-opt %s --mase-to-cuda-pipeline | FileCheck %s
// RUN: mase-opt %s --mase-to-cuda-pipeline="samples-per-thread=1 threads-per-block=256 kernel=scalar" | FileCheck %s --check-prefix=ONE

// ONE: mase_kernel.kernel @residual layout thread strategy scalar samples 1 threads 256
// CHECK-LABEL: mase_kernel.kernel @residual
// CHECK-NEXT: ^bb0(%[[X:.*]]: vector<4xf32>):
// The sum of two paths is computed with the second.
// CHECK: %[[A:.*]] = mase_kernel.stage "fc1" tile 4(%[[X]])
// CHECK: mase_kernel.linear "fc1"
// CHECK-NEXT: mase_kernel.relu "act"
// CHECK: %[[Q:.*]] = mase_kernel.stage "quantize" tile 4(%[[A]])
// CHECK: %[[B:.*]] = mase_kernel.stage "fc2" tile 4(%[[Q]], %[[A]]) : (vector<1xi32>, vector<4xf32>) -> vector<4xf32>
// CHECK: mase_kernel.dot "fc2" dp4a
// CHECK-NEXT: mase_kernel.dequantize
// CHECK-NEXT: mase_kernel.add "res"
// CHECK-NEXT: mase_kernel.constant dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]>
// CHECK-NEXT: mase_kernel.mul "gain"
// CHECK: mase_kernel.stage "probabilities" tile 4(%[[B]])
// CHECK: mase_kernel.softmax
func.func @residual(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %w = arith.constant dense<0.5> : tensor<4x4xf32>
  %b = arith.constant dense<0.25> : tensor<4xf32>
  %g = arith.constant dense<[[1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>
  %0 = mase.linear "fc1" %x, %w, %b : (tensor<?x4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %1 = mase.relu "act" %0 : tensor<?x4xf32>
  %2 = mase.linear "fc2" %1, %w precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<8, 4>> : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %3 = mase.add "res" %2, %1 : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %4 = mase.mul "gain" %3, %g : (tensor<?x4xf32>, tensor<1x4xf32>) -> tensor<?x4xf32>
  %5 = mase.softmax "probabilities" %4 : tensor<?x4xf32>
  return %5 : tensor<?x4xf32>
}

// A BatchNorm over channels of a rank-3 input has a constant for each element;
// flatten moves nothing; names that C++ has taken get a prefix.
// CHECK-LABEL: mase_kernel.kernel @image
// CHECK-NEXT: ^bb0(%{{.*}}: vector<4xf32>):
// CHECK-NEXT: mase_kernel.stage "layer_double" tile 1
// CHECK: mase_kernel.affine "double" {{.*}}, dense<[5.000000e-01, 5.000000e-01, 2.500000e-01, 2.500000e-01]>
// CHECK: mase_kernel.stage "mm" tile 2
// CHECK: mase_kernel.linear "mm" {{.*}}, dense<{{\[\[}}1.000000e+00, 3.000000e+00, 5.000000e+00, 7.000000e+00], [2.000000e+00, 4.000000e+00, 6.000000e+00, 8.000000e+00]]> : tensor<2x4xf32>
func.func @image(%x: tensor<?x2x2xf32>) -> tensor<?x2xf32> {
  %gamma = arith.constant dense<[0.5, 0.25]> : tensor<2xf32>
  %zero = arith.constant dense<0.0> : tensor<2xf32>
  %one = arith.constant dense<1.0> : tensor<2xf32>
  %0 = mase.batch_norm "double" %x, %gamma, %zero, %zero, %one epsilon 0.0 : (tensor<?x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2x2xf32>
  %1 = mase.flatten "flat" %0 : (tensor<?x2x2xf32>) -> tensor<?x4xf32>
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]> : tensor<4x2xf32>
  %2 = mase.matmul "mm" %1, %w : (tensor<?x4xf32>, tensor<4x2xf32>) -> tensor<?x2xf32>
  return %2 : tensor<?x2xf32>
}

// Too much for registers: loops, and fewer samples where even those are many.
// CHECK: mase_kernel.kernel @large layout thread strategy dp4a samples 4 threads 128 because "1 of 1 integer layers fit bytes; about {{.*}} too many for registers: loops over local memory"
func.func @large(%x: tensor<?x784xf32>) -> tensor<?x64xf32> {
  %w = arith.constant dense<0.5> : tensor<64x784xf32>
  %0 = mase.linear "fc" %x, %w precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<8, 4>> : (tensor<?x784xf32>, tensor<64x784xf32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// A sigmoid is computed where its operand is, and rounded there; a log-softmax
// has a stage of its own.
// CHECK-LABEL: mase_kernel.kernel @gates
// CHECK: mase_kernel.dot "fc1" dp4a
// CHECK-NEXT: mase_kernel.dequantize
// CHECK-NEXT: %[[GATE:.*]] = mase_kernel.sigmoid "gate"
// CHECK-NEXT: mase_kernel.quantize [] %[[GATE]] {{.*}} packed bytes
// CHECK: mase_kernel.stage "log_p" tile 4
// CHECK-NEXT: ^bb0
// CHECK-NEXT: mase_kernel.log_softmax "log_p"
// CHECK-NEXT: mase_kernel.yield
func.func @gates(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %w = arith.constant dense<0.5> : tensor<4x4xf32>
  %0 = mase.linear "fc1" %x, %w precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<8, 4>> : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %1 = mase.sigmoid "gate" %0 : tensor<?x4xf32>
  %2 = mase.linear "fc2" %1, %w precision <data_in = #mase.fixed<8, 7, unsigned>, weight = #mase.fixed<8, 4>> : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %3 = mase.log_softmax "log_p" %2 : tensor<?x4xf32>
  return %3 : tensor<?x4xf32>
}
