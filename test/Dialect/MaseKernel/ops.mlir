// RUN: mase-opt %s | mase-opt | FileCheck %s
// RUN: mase-opt %s --emit-bytecode | mase-opt | FileCheck %s

// CHECK-LABEL: mase_kernel.kernel @net
// CHECK-SAME: dp4a samples 4 threads 128 unrolled because "an example"
mase_kernel.kernel @net layout thread strategy dp4a samples 4 threads 128 unrolled because "an example" {
^bb0(%x: vector<4xf32>):
  // CHECK: mase_kernel.stage "first" tile 4
  %0 = mase_kernel.stage "first" tile 4 (%x) : (vector<4xf32>) -> vector<1xi32> {
  ^bb0(%a: vector<4xf32>):
    // CHECK: mase_kernel.affine "bn"
    // CHECK: mase_kernel.relu "act"
    // CHECK: mase_kernel.quantize ["act"]
    // CHECK-SAME: factor 1.250000e-01 relu to #mase.fixed<8, 4> by
    // CHECK-SAME: saturate bits 7 clamp packed bytes
    %s = mase_kernel.affine "bn" %a, dense<2.0> : tensor<4xf32>, dense<1.0> : tensor<4xf32> : vector<4xf32>
    %r = mase_kernel.relu "act" %s : vector<4xf32>
    %q = mase_kernel.quantize ["act"] %r factor 0.125 relu to #mase.fixed<8, 4> by saturate bits 7 clamp packed bytes : vector<4xf32> -> vector<1xi32>
    mase_kernel.yield %q : vector<1xi32>
  }
  %1 = mase_kernel.stage "fc" tile 2 (%0) : (vector<1xi32>) -> vector<2xf32> {
  ^bb0(%a: vector<1xi32>):
    // CHECK: mase_kernel.dot "fc"
    // CHECK-SAME: dp4a
    // CHECK-SAME: as(#mase.fixed<8, 4>), dense<{{\[\[}}4, 3, 2, 1], [-1, -1, -1, -1]]> : tensor<2x4xi32> as(#mase.fixed<8, 4>)
    // CHECK-SAME: init dense<[1, 2]> : tensor<2xi32> as(#mase.fixed<8, 4>) shift 1
    // CHECK: mase_kernel.dequantize {{.*}} frac 8
    // CHECK: mase_kernel.constant dense<5.000000e-01>
    // CHECK: mase_kernel.add "a"
    // CHECK: mase_kernel.sub "b"
    // CHECK: mase_kernel.mul "c"
    %sum = mase_kernel.dot "fc" dp4a %a as(#mase.fixed<8, 4>), dense<[[4, 3, 2, 1], [-1, -1, -1, -1]]> : tensor<2x4xi32> as(#mase.fixed<8, 4>) init dense<[1, 2]> : tensor<2xi32> as(#mase.fixed<8, 4>) shift 1 : vector<1xi32> -> vector<2xi32>
    %y = mase_kernel.dequantize %sum frac 8 : vector<2xi32> -> vector<2xf32>
    %c = mase_kernel.constant dense<0.5> : tensor<2xf32> : vector<2xf32>
    %u = mase_kernel.add "a" %y, %c : vector<2xf32>
    %v = mase_kernel.sub "b" %u, %y : vector<2xf32>
    %w = mase_kernel.mul "c" %u, %v : vector<2xf32>
    mase_kernel.yield %w : vector<2xf32>
  }
  %2 = mase_kernel.stage "head" tile 3 (%1) : (vector<2xf32>) -> vector<3xf32> {
  ^bb0(%a: vector<2xf32>):
    // CHECK: mase_kernel.linear "head" {{.*}}, dense<1.000000e+00> : tensor<3x2xf32>, dense<0.000000e+00> : tensor<3xf32>
    %y = mase_kernel.linear "head" %a, dense<1.0> : tensor<3x2xf32>, dense<0.0> : tensor<3xf32> : vector<2xf32> -> vector<3xf32>
    mase_kernel.yield %y : vector<3xf32>
  }
  %3 = mase_kernel.stage "probabilities" tile 3 (%2) : (vector<3xf32>) -> vector<3xf32> {
  ^bb0(%a: vector<3xf32>):
    // CHECK: mase_kernel.softmax "probabilities"
    %y = mase_kernel.softmax "probabilities" %a : vector<3xf32>
    mase_kernel.yield %y : vector<3xf32>
  }
  %4 = mase_kernel.stage "gate" tile 1 (%3) : (vector<3xf32>) -> vector<3xf32> {
  ^bb0(%a: vector<3xf32>):
    // CHECK: mase_kernel.clip "clip" %{{.*}} from 0.000000e+00 to 6.000000e+00 : vector<3xf32>
    %clip = mase_kernel.clip "clip" %a from 0.0 to 6.0 : vector<3xf32>
    // CHECK: mase_kernel.tanh "tanh" %{{.*}} : vector<3xf32>
    %tanh = mase_kernel.tanh "tanh" %a : vector<3xf32>
    // CHECK: mase_kernel.div "div" %{{.*}}, %{{.*}} : vector<3xf32>
    %div = mase_kernel.div "div" %a, %tanh : vector<3xf32>
    // CHECK: mase_kernel.leaky_relu "leaky" %{{.*}} alpha 1.000000e-01 : vector<3xf32>
    %z = mase_kernel.leaky_relu "leaky" %a alpha 0.1 : vector<3xf32>
    // CHECK: mase_kernel.sigmoid "gate" %{{.*}} : vector<3xf32>
    %y = mase_kernel.sigmoid "gate" %z : vector<3xf32>
    mase_kernel.yield %y : vector<3xf32>
  }
  %5 = mase_kernel.stage "log_p" tile 3 (%4) : (vector<3xf32>) -> vector<3xf32> {
  ^bb0(%a: vector<3xf32>):
    // CHECK: mase_kernel.log_softmax "log_p" %{{.*}} : vector<3xf32>
    %y = mase_kernel.log_softmax "log_p" %a : vector<3xf32>
    mase_kernel.yield %y : vector<3xf32>
  }
  // CHECK: mase_kernel.return
  mase_kernel.return %5 : vector<3xf32>
}

// CHECK-LABEL: mase_kernel.kernel @signs
mase_kernel.kernel @signs layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<4xf32>):
    // CHECK: mase_kernel.read %{{.*}} bits 8 unsigned : vector<4xi32> -> vector<4xi32>
    // CHECK: mase_kernel.read %{{.*}} bits 33 : vector<4xi32> -> vector<4xi64>
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    %r = mase_kernel.read %q bits 8 unsigned : vector<4xi32> -> vector<4xi32>
    %s = mase_kernel.read %r bits 33 : vector<4xi32> -> vector<4xi64>
    %y = mase_kernel.dequantize %s frac 4 : vector<4xi64> -> vector<4xf32>
    mase_kernel.yield %y : vector<4xf32>
  }
  mase_kernel.return %0 : vector<4xf32>
}

// Formats of slices, lists of constants, and sums modulo 2^64.
// CHECK-LABEL: mase_kernel.kernel @slices
mase_kernel.kernel @slices layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<2xf32>):
  %0 = mase_kernel.stage "q" tile 1 (%x) : (vector<2xf32>) -> vector<2xi32> {
  ^bb0(%a: vector<2xf32>):
    // CHECK: mase_kernel.quantize [] %{{.*}} factor [8.000000e+00, 1.600000e+01] to #mase.format<integer, width = 8, frac_width = [3, 4], axis = -1> by convert :
    %q = mase_kernel.quantize [] %a factor [8.0, 16.0] to #mase.format<integer, width = 8, frac_width = [3, 4], axis = -1> by convert : vector<2xf32> -> vector<2xi32>
    // CHECK: mase_kernel.quantize [] %{{.*}} divisor 1.000000e-01 to {{.*}} scale = 0.1> by convert :
    %p = mase_kernel.quantize [] %a divisor 0.1 to #mase.format<integer, width = 8, scale = 0.1> by convert : vector<2xf32> -> vector<2xi32>
    mase_kernel.yield %q : vector<2xi32>
  }
  %1 = mase_kernel.stage "fc" tile 2 (%0) : (vector<2xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<2xi32>):
    // CHECK: mase_kernel.dot "fc" mad32 {{.*}} shift [1, 0] :
    %s = mase_kernel.dot "fc" mad32 %a as(#mase.fixed<8, 4>), dense<[[1, 2], [3, 4]]> : tensor<2x2xi32> as(#mase.fixed<8, 4>) shift [1, 0] : vector<2xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  %2 = mase_kernel.stage "fc2" tile 2 (%0) : (vector<2xi32>) -> vector<2xi64> {
  ^bb0(%a: vector<2xi32>):
    // CHECK: mase_kernel.dot "fc2" mad64 {{.*}} init dense<1> : tensor<2xi64> modular :
    %s = mase_kernel.dot "fc2" mad64 %a as(#mase.format<integer, width = 8, zero_point = 1>), dense<9223372036854775807> : tensor<2x2xi64> as(#mase.fixed<8, 4>) init dense<1> : tensor<2xi64> modular : vector<2xi32> -> vector<2xi64>
    mase_kernel.yield %s : vector<2xi64>
  }
  %3 = mase_kernel.stage "y" tile 1 (%1, %2) : (vector<2xi32>, vector<2xi64>) -> vector<2xf32> {
  ^bb0(%a: vector<2xi32>, %b: vector<2xi64>):
    // CHECK: mase_kernel.dequantize %{{.*}} frac [4, 3] zero_point [1, -2] :
    // CHECK: mase_kernel.dequantize %{{.*}} scale 0.1 :
    // CHECK: mase_kernel.dequantize %{{.*}} scale [0.1, 0.2] zero_point 3 :
    %y = mase_kernel.dequantize %a frac [4, 3] zero_point [1, -2] : vector<2xi32> -> vector<2xf32>
    %z = mase_kernel.dequantize %b scale 0.1 : vector<2xi64> -> vector<2xf32>
    %w = mase_kernel.dequantize %a scale [0.1, 0.2] zero_point 3 : vector<2xi32> -> vector<2xf32>
    %u = mase_kernel.add "u" %y, %z : vector<2xf32>
    %v = mase_kernel.add "v" %u, %w : vector<2xf32>
    mase_kernel.yield %v : vector<2xf32>
  }
  mase_kernel.return %3 : vector<2xf32>
}
