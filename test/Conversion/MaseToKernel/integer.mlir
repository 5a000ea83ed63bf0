// The kernels of integer layers: how sums are formed and codes rounded.
// RUN: mase-opt %s --convert-mase-to-kernel | FileCheck %s
// RUN: mase-opt %s --convert-mase-to-kernel=kernel=scalar | FileCheck %s --check-prefix=SCALAR
// RUN: mase-opt %s --convert-mase-to-kernel="samples-per-thread=2 threads-per-block=64" | FileCheck %s --check-prefix=TWO
// RUN: mase-opt %s --convert-mase-to-kernel=samples-per-thread=2 | FileCheck %s --check-prefix=SAMPLES
// RUN: mase-opt %s --convert-mase-to-kernel=threads-per-block=64 | FileCheck %s --check-prefix=THREADS

// A BatchNorm's constants and the ReLU go into the quantisation, scaled to its
// steps; codes travel packed to the dp4a.
// CHECK-LABEL: mase_kernel.kernel @bytes
// CHECK-SAME: dp4a samples 4 threads 128 unrolled
// CHECK: mase_kernel.stage "bn" tile 4
// CHECK-NEXT: ^bb0
// CHECK-NEXT: mase_kernel.quantize ["bn", "act"]
// CHECK-SAME: affine dense<[1.250000e-01, 2.500000e-01, 3.750000e-01, -1.250000e-01, 6.250000e-02]> : tensor<5xf32>
// CHECK-SAME: relu to #mase.fixed<8, 4> by saturate bits 7 clamp packed bytes : vector<5xf32> -> vector<2xi32>
// CHECK: mase_kernel.stage "fc" tile 4
// CHECK-NEXT: ^bb0
// CHECK-NEXT: mase_kernel.dot "fc" dp4a
// CHECK-SAME: dense<{{\[\[}}1, 2, 3, -1, 7], [5, -2, -1, 2, -8], [1, 1, 1, 1, 1]]> : tensor<3x5xi32> as(#mase.fixed<4, 2>)
// CHECK-SAME: init dense<[4, -4, 0]> : tensor<3xi32> as(#mase.fixed<8, 4>)
// No sum reaches the end of the format: nothing is clamped.
// CHECK-NEXT: mase_kernel.quantize ["bn2", "act2"]
// CHECK-SAME: relu to #mase.fixed<8, 0, unsigned> by saturate bits 8 packed bytes : vector<3xi32> -> vector<1xi32>
// Unsigned codes.
// CHECK: mase_kernel.dot "fc2" dp4a {{.*}} as(#mase.fixed<8, 0, unsigned>)
// CHECK: mase_kernel.dequantize {{.*}} frac 2
// SCALAR-LABEL: mase_kernel.kernel @bytes
// SCALAR-SAME: scalar samples 4
// SCALAR: mase_kernel.quantize ["bn", "act"] {{.*}} : vector<5xf32> -> vector<5xi32>
// SCALAR: mase_kernel.dot "fc" mad32 {{.*}} : vector<5xi32> -> vector<3xi32>
// TWO-LABEL: mase_kernel.kernel @bytes
// TWO-SAME: samples 2 threads 64
// SAMPLES-LABEL: mase_kernel.kernel @bytes
// SAMPLES-SAME: samples 2 threads 128
// THREADS-LABEL: mase_kernel.kernel @bytes
// THREADS-SAME: samples 4 threads 64
func.func @bytes(%x: tensor<?x5xf32>) -> tensor<?x2xf32> {
  %s = arith.constant dense<[1.0, 2.0, 3.0, -1.0, 0.5]> : tensor<5xf32>
  %t = arith.constant dense<[1.0, 2.0, 3.0, -1.0, 0.25]> : tensor<5xf32>
  %0 = mase.affine "bn" %x, %s, %t : (tensor<?x5xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<?x5xf32>
  %1 = mase.relu "act" %0 : tensor<?x5xf32>
  %q = mase.quantize %1 to(#mase.fixed<8, 4>) : tensor<?x5xf32> -> tensor<?x5xi8>
  %w = arith.constant dense<[[1, 2, 3, -1, 7], [5, -2, -1, 2, -8], [1, 1, 1, 1, 1]]> : tensor<3x5xi4>
  %b = arith.constant dense<[1, -1, 0]> : tensor<3xi8>
  %a = mase.int_linear "fc" %q as(#mase.fixed<8, 4>), %w as(#mase.fixed<4, 2>), %b as(#mase.fixed<8, 4>) : (tensor<?x5xi8>, tensor<3x5xi4>, tensor<3xi8>) -> tensor<?x3xi32>
  %s2 = arith.constant dense<[1.0, 2.0, 0.3]> : tensor<3xf32>
  %q2 = mase.requantize ["bn2", "act2"] %a frac 6 affine %s2, %s2 relu to(#mase.fixed<8, 0, unsigned>) : (tensor<?x3xi32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x3xi8>
  %w2 = arith.constant dense<[[1, -2, 1], [-1, 1, 0]]> : tensor<2x3xi4>
  %a2 = mase.int_linear "fc2" %q2 as(#mase.fixed<8, 0, unsigned>), %w2 as(#mase.fixed<4, 2>) : (tensor<?x3xi8>, tensor<2x3xi4>) -> tensor<?x2xi32>
  %y = mase.dequantize %a2 frac 2 : tensor<?x2xi32> -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// Wider codes: 32-bit sums where the weights at hand allow it, else 64.
// CHECK-LABEL: mase_kernel.kernel @wide
// CHECK-SAME: scalar
// Without a ReLU a code may be negative, and x may be NaN.
// CHECK: mase_kernel.quantize [] {{.*}} factor 2.560000e+02 to #mase.fixed<16, 8> by convert : vector<2xf32> -> vector<2xi32>
// CHECK: mase_kernel.dot "narrow" mad32 {{.*}} : vector<2xi32> -> vector<2xi32>
// CHECK-NEXT: mase_kernel.quantize [] {{.*}} to #mase.fixed<16, 8> by shift : vector<2xi32> -> vector<2xi32>
// CHECK: mase_kernel.dot "wide" mad64 {{.*}} : vector<2xi32> -> vector<2xi64>
func.func @wide(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %q = mase.quantize %x to(#mase.fixed<16, 8>) : tensor<?x2xf32> -> tensor<?x2xi16>
  %w = arith.constant dense<[[1, 2], [3, -1]]> : tensor<2x2xi16>
  %a = mase.int_linear "narrow" %q as(#mase.fixed<16, 8>), %w as(#mase.fixed<16, 12>) : (tensor<?x2xi16>, tensor<2x2xi16>) -> tensor<?x2xi64>
  %q2 = mase.requantize [] %a frac 20 to(#mase.fixed<16, 8>) : (tensor<?x2xi64>) -> tensor<?x2xi16>
  %w2 = arith.constant dense<[[32767, 32767], [3, -1]]> : tensor<2x2xi16>
  %b2 = arith.constant dense<[32767, 1]> : tensor<2xi16>
  %a2 = mase.int_linear "wide" %q2 as(#mase.fixed<16, 8>), %w2 as(#mase.fixed<16, 8>), %b2 as(#mase.fixed<16, -4>) : (tensor<?x2xi16>, tensor<2x2xi16>, tensor<2xi16>) -> tensor<?x2xi64>
  %y = mase.dequantize %a2 frac 16 : tensor<?x2xi64> -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// A bias with more fraction bits than the products shifts them.
// CHECK-LABEL: mase_kernel.kernel @fine_bias
// CHECK: mase_kernel.dot "fc" dp4a {{.*}} shift 3
func.func @fine_bias(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %q = mase.quantize %x to(#mase.fixed<4, 2>) : tensor<?x1xf32> -> tensor<?x1xi4>
  %w = arith.constant dense<3> : tensor<1x1xi4>
  %b = arith.constant dense<5> : tensor<1xi8>
  %a = mase.int_linear "fc" %q as(#mase.fixed<4, 2>), %w as(#mase.fixed<4, 2>), %b as(#mase.fixed<8, 7>) : (tensor<?x1xi4>, tensor<1x1xi4>, tensor<1xi8>) -> tensor<?x1xi32>
  %y = mase.dequantize %a frac 7 : tensor<?x1xi32> -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// Constants that can't be scaled exactly, or that aren't finite, take the long
// way; so do floors of small f32.
// CHECK-LABEL: mase_kernel.kernel @exact
// CHECK: mase_kernel.quantize ["bn"] {{.*}} affine dense<1.401300e-45> {{.*}} to #mase.fixed<8, -4> by exact
// CHECK: mase_kernel.dequantize {{.*}} frac -4
// CHECK-NEXT: mase_kernel.quantize ["bn2"] {{.*}} factor 1.600000e+01 affine dense<0x7F800000> {{.*}} by exact
// CHECK: mase_kernel.quantize [] {{.*}} to #mase.fixed<8, -2, floor> by exact
// CHECK: mase_kernel.quantize [] {{.*}} factor 4.000000e+00 to #mase.fixed<8, 2, floor> by convert
func.func @exact(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %tiny = arith.constant dense<1.4e-45> : tensor<2xf32>
  %inf = arith.constant dense<0x7F800000> : tensor<2xf32>
  %0 = mase.affine "bn" %x, %tiny, %tiny : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %q = mase.quantize %0 to(#mase.fixed<8, -4>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %f = mase.dequantize %q frac -4 : tensor<?x2xi8> -> tensor<?x2xf32>
  %q2 = mase.requantize ["bn2"] %q frac -4 affine %inf, %inf to(#mase.fixed<8, 4>) : (tensor<?x2xi8>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xi8>
  %f2 = mase.dequantize %q2 frac 4 : tensor<?x2xi8> -> tensor<?x2xf32>
  %1 = mase.add "a" %f, %f2 : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %q3 = mase.quantize %1 to(#mase.fixed<8, -2, floor>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %f3 = mase.dequantize %q3 frac -2 : tensor<?x2xi8> -> tensor<?x2xf32>
  %2 = mase.mul "m" %f3, %1 : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>
  %q4 = mase.quantize %2 to(#mase.fixed<8, 2, floor>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %f4 = mase.dequantize %q4 frac 2 : tensor<?x2xi8> -> tensor<?x2xf32>
  return %f4 : tensor<?x2xf32>
}
