// Scales, zero points and widths of single features and outputs in kernels: what
// goes into constants, and what is left to compute.
// RUN: mase-opt %s --convert-mase-to-kernel | FileCheck %s
// RUN: mase-opt %s --convert-mase-to-kernel=kernel=lanes | FileCheck %s --check-prefix=LANES

// Powers of two of outputs go into the constants of the affine that follows, and
// cost nothing: there is no factor.
// CHECK-LABEL: mase_kernel.kernel @fold layout thread strategy
// CHECK: mase_kernel.dot "fc" dp4a {{.*}} as(#mase.format<integer, width = 4, frac_width = [3, 2, 4], axis = 0>)
// CHECK: mase_kernel.quantize ["bn", "act"] %{{[0-9]+}} affine dense<[4.8828125E-4, 0.001953125, 7.32421875E-4]> : tensor<3xf32>, dense<[3.125000e-02, 1.562500e-02, -6.250000e-02]> : tensor<3xf32> relu to #mase.fixed<8, 4, unsigned> by saturate bits 8 clamp
func.func @fold(%x: tensor<?x2xf32>) -> tensor<?x3xf32> {
  %q = mase.quantize %x to(#mase.fixed<8, 4>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %w = arith.constant dense<[[1, 2], [3, -1], [7, -8]]> : tensor<3x2xi4>
  %a = mase.int_linear "fc" %q as(#mase.fixed<8, 4>), %w as(#mase.format<integer, width = 4, frac_width = [3, 2, 4], axis = 0>) : (tensor<?x2xi8>, tensor<3x2xi4>) -> tensor<?x3xi32>
  %s = arith.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %t = arith.constant dense<[0.5, 0.25, -1.0]> : tensor<3xf32>
  %r = mase.requantize ["bn", "act"] %a frac [7, 6, 8] affine %s, %t relu to(#mase.fixed<8, 4, unsigned>) : (tensor<?x3xi32>, tensor<3xf32>, tensor<3xf32>) -> tensor<?x3xi8>
  %y = mase.dequantize %r frac 4 unsigned : tensor<?x3xi8> -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// Without one they are a factor each, and so are other scales. Features of the
// codes may have a step and a width of their own.
// CHECK-LABEL: mase_kernel.kernel @factor layout thread strategy
// CHECK: mase_kernel.quantize [] {{.*}} factor [1.600000e+01, 4.000000e+00] to #mase.format<integer, width = [8, 4], frac_width = [4, 2], axis = -1> by convert packed bytes
// 2 * 4 = 8 in the second byte of the first word.
// CHECK: mase_kernel.dot "fc" dp4a {{.*}} dense<{{\[\[}}1, 8], [3, -4]]>
// CHECK: mase_kernel.quantize [] {{.*}} factor [3.000000e-01, 0.699999988] to #mase.format<integer, width = [5, 3], frac_width = 4, axis = -1> by shift clamp
// CHECK: mase_kernel.dequantize {{.*}} frac [4, 3] :
func.func @factor(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %q = mase.quantize %x to(#mase.format<integer, width = [8, 4], frac_width = [4, 2], axis = 1>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %w = arith.constant dense<[[1, 2], [3, -1]]> : tensor<2x2xi4>
  %a = mase.int_linear "fc" %q as(#mase.format<integer, width = [8, 4], frac_width = [4, 2], axis = 1>), %w as(#mase.format<integer, width = 4, scale = [0.3, 0.7], axis = 0>) : (tensor<?x2xi8>, tensor<2x2xi4>) -> tensor<?x2xi32>
  %r = mase.requantize [] %a scale [0.01875, 0.04375] to(#mase.format<integer, width = [5, 3], frac_width = 4, axis = 1>) : (tensor<?x2xi32>) -> tensor<?x2xi5>
  %y = mase.dequantize %r frac [4, 3] axis 1 : tensor<?x2xi5> -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// A scale that is no power of two stays a product of its own before the fma.
// CHECK-LABEL: mase_kernel.kernel @two_roundings layout thread strategy
// CHECK: mase_kernel.quantize ["bn"] {{.*}} factor 1.875000e-02 affine dense<[1.600000e+01, 3.200000e+01]>{{.*}} by shift clamp
func.func @two_roundings(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %q = mase.quantize %x to(#mase.fixed<8, 4>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %w = arith.constant dense<[[1, 2], [3, -1]]> : tensor<2x2xi4>
  %a = mase.int_linear "fc" %q as(#mase.fixed<8, 4>), %w as(#mase.format<integer, width = 4, scale = 0.3>) : (tensor<?x2xi8>, tensor<2x2xi4>) -> tensor<?x2xi32>
  %s = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %r = mase.requantize ["bn"] %a scale 0.01875 affine %s, %s to(#mase.fixed<8, 4>) : (tensor<?x2xi32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xi8>
  %y = mase.dequantize %r frac 4 : tensor<?x2xi8> -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// Zero points go into weights and init; unsigned weights become signed steps.
// CHECK-LABEL: mase_kernel.kernel @zero_points layout thread strategy
// CHECK: mase_kernel.dot "fc" dp4a {{.*}} dense<{{\[\[}}-8, 0], [7, -7]]>{{.*}} init dense<[25, -54]> : tensor<2xi32> as(#mase.fixed<8, 6>) :
// CHECK: mase_kernel.quantize [] {{.*}} zero_point = -128> by saturate bits 8 clamp
// CHECK: mase_kernel.dequantize {{.*}} frac 4 zero_point -128 :
func.func @zero_points(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %q = mase.quantize %x to(#mase.format<integer, width = 8, frac_width = 4, zero_point = [3, -5], axis = 1>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %w = arith.constant dense<[[0, 8], [15, 1]]> : tensor<2x2xi4>
  %b = arith.constant dense<[1, 2]> : tensor<2xi8>
  %a = mase.int_linear "fc" %q as(#mase.format<integer, width = 8, frac_width = 4, zero_point = [3, -5], axis = 1>), %w as(#mase.format<integer, width = 4, frac_width = 2, signed = false, zero_point = 8>), %b as(#mase.fixed<8, 6>) : (tensor<?x2xi8>, tensor<2x2xi4>, tensor<2xi8>) -> tensor<?x2xi32>
  %r = mase.requantize [] %a frac 6 to(#mase.format<integer, width = 8, frac_width = 4, zero_point = -128>) : (tensor<?x2xi32>) -> tensor<?x2xi8>
  %y = mase.dequantize %r frac 4 zero_point -128 : tensor<?x2xi8> -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// The steps of features are shifts, and those are in the weights, which may
// outgrow a byte by them.
// CHECK-LABEL: mase_kernel.kernel @input_shift layout thread strategy
// CHECK: mase_kernel.dot "fits" dp4a {{.*}} dense<{{\[\[}}1, 124]]>
func.func @input_shift(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %q = mase.quantize %x to(#mase.format<integer, width = 8, frac_width = [4, 2], axis = 1>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %w = arith.constant dense<[[1, 31]]> : tensor<1x2xi6>
  %a = mase.int_linear "fits" %q as(#mase.format<integer, width = 8, frac_width = [4, 2], axis = 1>), %w as(#mase.fixed<6, 2>) : (tensor<?x2xi8>, tensor<1x2xi6>) -> tensor<?x1xi32>
  %y = mase.dequantize %a frac 6 : tensor<?x1xi32> -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}
// CHECK-LABEL: mase_kernel.kernel @input_shift_outgrows layout thread strategy
// CHECK: mase_kernel.dot "outgrows" mad32 {{.*}} dense<{{\[\[}}1, 248]]>
func.func @input_shift_outgrows(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %q = mase.quantize %x to(#mase.format<integer, width = 8, frac_width = [5, 2], axis = 1>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %w = arith.constant dense<[[1, 31]]> : tensor<1x2xi6>
  %a = mase.int_linear "outgrows" %q as(#mase.format<integer, width = 8, frac_width = [5, 2], axis = 1>), %w as(#mase.fixed<6, 2>) : (tensor<?x2xi8>, tensor<1x2xi6>) -> tensor<?x1xi32>
  %y = mase.dequantize %a frac 7 : tensor<?x1xi32> -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// A bias that is finer than the products of some outputs shifts those: in the
// weights where bytes hold them, else after the sum.
// CHECK-LABEL: mase_kernel.kernel @product_shift layout thread strategy
// CHECK: mase_kernel.dot "in_weights" dp4a {{.*}} dense<{{\[\[}}24], [-4]]> {{.*}} init dense<[5, 12]> {{.*}} :
func.func @product_shift(%x: tensor<?x1xf32>) -> tensor<?x2xf32> {
  %q = mase.quantize %x to(#mase.fixed<4, 2>) : tensor<?x1xf32> -> tensor<?x1xi4>
  %w = arith.constant dense<[[3], [-4]]> : tensor<2x1xi4>
  %b = arith.constant dense<[5, 6]> : tensor<2xi8>
  %a = mase.int_linear "in_weights" %q as(#mase.fixed<4, 2>), %w as(#mase.fixed<4, 2>), %b as(#mase.format<integer, width = 8, frac_width = [7, 3], axis = 0>) : (tensor<?x1xi4>, tensor<2x1xi4>, tensor<2xi8>) -> tensor<?x2xi32>
  %y = mase.dequantize %a frac [7, 4] axis 1 : tensor<?x2xi32> -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
// CHECK-LABEL: mase_kernel.kernel @product_shift_after layout thread strategy
// CHECK: mase_kernel.dot "after" dp4a {{.*}} dense<{{\[\[}}3], [-4]]> {{.*}} shift [8, 0] :
func.func @product_shift_after(%x: tensor<?x1xf32>) -> tensor<?x2xf32> {
  %q = mase.quantize %x to(#mase.fixed<4, 2>) : tensor<?x1xf32> -> tensor<?x1xi4>
  %w = arith.constant dense<[[3], [-4]]> : tensor<2x1xi4>
  %b = arith.constant dense<[5, 6]> : tensor<2xi8>
  %a = mase.int_linear "after" %q as(#mase.fixed<4, 2>), %w as(#mase.fixed<4, 2>), %b as(#mase.format<integer, width = 8, frac_width = [12, 3], axis = 0>) : (tensor<?x1xi4>, tensor<2x1xi4>, tensor<2xi8>) -> tensor<?x2xi32>
  %y = mase.dequantize %a frac [12, 4] axis 1 : tensor<?x2xi32> -> tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// Codes that no sum wraps are computed as those that saturate; others and the
// other roundings are `exact`. A scale that is no power of two is divided by.
// CHECK-LABEL: mase_kernel.kernel @rounders layout thread strategy
// CHECK: mase_kernel.quantize {{.*}} overflow = "wrap"> by exact packed bytes
// CHECK: mase_kernel.quantize {{.*}} overflow = "wrap"> by shift packed bytes
// CHECK: mase_kernel.quantize {{.*}} factor 2.500000e-01 {{.*}} overflow = "wrap"> by shift packed bytes
// CHECK: mase_kernel.quantize {{.*}} factor 1.562500e-02 divisor 1.000000e-01 to {{.*}} scale = 0.1> by shift packed bytes
// CHECK: mase_kernel.quantize {{.*}} rounding = "ceil"> by exact :
func.func @rounders(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %q = mase.quantize %x to(#mase.format<integer, width = 4, frac_width = 2, overflow = "wrap">) : tensor<?x1xf32> -> tensor<?x1xi4>
  %w = arith.constant dense<3> : tensor<1x1xi4>
  %a = mase.int_linear "a" %q as(#mase.format<integer, width = 4, frac_width = 2, overflow = "wrap">), %w as(#mase.fixed<4, 2>) : (tensor<?x1xi4>, tensor<1x1xi4>) -> tensor<?x1xi32>
  %r = mase.requantize [] %a frac 4 to(#mase.format<integer, width = 6, frac_width = 4, overflow = "wrap">) : (tensor<?x1xi32>) -> tensor<?x1xi6>
  %b = mase.int_linear "b" %r as(#mase.fixed<6, 4>), %w as(#mase.fixed<4, 2>) : (tensor<?x1xi6>, tensor<1x1xi4>) -> tensor<?x1xi32>
  %s = mase.requantize [] %b frac 6 to(#mase.format<integer, width = 6, frac_width = 4, overflow = "wrap">) : (tensor<?x1xi32>) -> tensor<?x1xi6>
  %c = mase.int_linear "c" %s as(#mase.fixed<6, 4>), %w as(#mase.fixed<4, 2>) : (tensor<?x1xi6>, tensor<1x1xi4>) -> tensor<?x1xi32>
  %t = mase.requantize [] %c frac 6 to(#mase.format<integer, width = 6, scale = 0.1>) : (tensor<?x1xi32>) -> tensor<?x1xi6>
  %d = mase.int_linear "d" %t as(#mase.fixed<6, 4>), %w as(#mase.fixed<4, 2>) : (tensor<?x1xi6>, tensor<1x1xi4>) -> tensor<?x1xi32>
  %u = mase.requantize [] %d frac 6 to(#mase.format<integer, width = 6, frac_width = 4, rounding = "ceil">) : (tensor<?x1xi32>) -> tensor<?x1xi6>
  %y = mase.dequantize %u frac 4 : tensor<?x1xi6> -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// Sums of 64 bits that need more where zero points are in the init.
// CHECK-LABEL: mase_kernel.kernel @modular layout thread strategy
// CHECK: mase_kernel.dot "fc" mad64 {{.*}} init dense<4611686018427387904> : tensor<1xi64> modular : vector<1xi64> -> vector<1xi64>
func.func @modular(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %q = mase.quantize %x to(#mase.format<integer, width = 32, frac_width = 16, signed = false, zero_point = 2147483648>) : tensor<?x1xf32> -> tensor<?x1xi32>
  %w = arith.constant dense<-2147483648> : tensor<1x1xi32>
  %a = mase.int_linear "fc" %q as(#mase.format<integer, width = 32, frac_width = 16, signed = false, zero_point = 2147483648>), %w as(#mase.fixed<32, 16>) : (tensor<?x1xi32>, tensor<1x1xi32>) -> tensor<?x1xi64>
  %y = mase.dequantize %a frac 32 : tensor<?x1xi64> -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}

// Numbers of any size are converted; a ReLU is in the bounds; powers of two
// beside other scales are divided by, too, but not where they are rounded down.
// CHECK-LABEL: mase_kernel.kernel @division layout thread strategy
// CHECK: mase_kernel.quantize [] {{.*}} affine dense<[1.000000e+00, 2.000000e+00]>{{.*}} divisor [1.000000e-01, 5.000000e-01] relu to {{.*}} by convert :
// CHECK: mase_kernel.quantize [] {{.*}} divisor 1.000000e-01 to {{.*}} by convert :
// CHECK: mase_kernel.quantize [] {{.*}} to {{.*}} by exact :
func.func @division(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %s = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = mase.affine "" %x, %s, %s : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %1 = mase.relu "" %0 : tensor<?x2xf32>
  %2 = mase.quantize %1 to(#mase.format<integer, width = 8, scale = [0.1, 0.5], axis = 1>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %3 = mase.dequantize %2 scale [0.1, 0.5] axis 1 : tensor<?x2xi8> -> tensor<?x2xf32>
  %4 = mase.sigmoid "" %3 : tensor<?x2xf32>
  %5 = mase.quantize %4 to(#mase.format<integer_floor, width = 8, scale = 0.1>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %6 = mase.dequantize %5 scale 0.1 : tensor<?x2xi8> -> tensor<?x2xf32>
  %7 = mase.sigmoid "" %6 : tensor<?x2xf32>
  %8 = mase.quantize %7 to(#mase.format<integer_floor, width = 8, scale = [0.1, 0.5], axis = 1>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %9 = mase.dequantize %8 scale [0.1, 0.5] axis 1 : tensor<?x2xi8> -> tensor<?x2xf32>
  return %9 : tensor<?x2xf32>
}

// With a ReLU no step is below 0, however low the zero point lets codes be.
// LANES-LABEL: mase_kernel.kernel @wide_after_relu
// LANES: mase_kernel.quantize ["act"] {{.*}} relu to #mase.format<integer, width = 21, frac_width = 0, zero_point = 61> by shift
func.func @wide_after_relu(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %q = mase.quantize %x to(#mase.fixed<8, 4>) : tensor<?x2xf32> -> tensor<?x2xi8>
  %w = arith.constant dense<[[1, 2]]> : tensor<1x2xi4>
  %a = mase.int_linear "fc" %q as(#mase.fixed<8, 4>), %w as(#mase.fixed<4, 0>) : (tensor<?x2xi8>, tensor<1x2xi4>) -> tensor<?x1xi32>
  %r = mase.requantize ["act"] %a frac 4 relu to(#mase.format<integer, width = 21, frac_width = 0, zero_point = 61>) : (tensor<?x1xi32>) -> tensor<?x1xi21>
  %y = mase.dequantize %r frac 0 zero_point 61 : tensor<?x1xi21> -> tensor<?x1xf32>
  return %y : tensor<?x1xf32>
}
