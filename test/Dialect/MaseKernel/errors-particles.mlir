// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// RUN: mase-opt %s --split-input-file --verify-diagnostics

// mase_kernel.dot C1
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<6xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<6xf32>) -> vector<6xi32> {
  ^bb0(%a: vector<6xf32>):
    %q = mase_kernel.quantize [] %a factor 1.600000e+01 to #mase.fixed<8, 4> by convert : vector<6xf32> -> vector<6xi32>
    mase_kernel.yield %q : vector<6xi32>
  }
  %1 = mase_kernel.stage "b" tile 1 (%0) : (vector<6xi32>) -> vector<4xf32> {
  ^bb0(%a: vector<6xi32>):
    // expected-error @+1 {{(C1) expected input and result of whole particles, found 'vector<6xi32>' and 'vector<4xi32>' for 4}}
    %s = mase_kernel.dot "fc" mad32 %a as(#mase.fixed<8, 4>), dense<1> : tensor<2x3xi32> as(#mase.fixed<8, 4>) particles 4 : vector<6xi32> -> vector<4xi32>
    %y = mase_kernel.dequantize %s frac 8 : vector<4xi32> -> vector<4xf32>
    mase_kernel.yield %y : vector<4xf32>
  }
  mase_kernel.return %1 : vector<4xf32>
}

// -----

// Words are of one particle: of packed ones none is half full.
// mase_kernel.dot C1
mase_kernel.kernel @net layout thread strategy dp4a samples 1 threads 128 {
^bb0(%x: vector<8xf32>):
  %0 = mase_kernel.stage "a" tile 4 (%x) : (vector<8xf32>) -> vector<2xi32> {
  ^bb0(%a: vector<8xf32>):
    %q = mase_kernel.quantize [] %a factor 1.600000e+01 to #mase.fixed<8, 4> by convert packed bytes : vector<8xf32> -> vector<2xi32>
    mase_kernel.yield %q : vector<2xi32>
  }
  %1 = mase_kernel.stage "b" tile 1 (%0) : (vector<2xi32>) -> vector<4xf32> {
  ^bb0(%a: vector<2xi32>):
    // expected-error @+1 {{(C1) expected weights of 2 x 4 to 4 integers for input 'vector<2xi32>', found 'tensor<2x3xi32>'}}
    %s = mase_kernel.dot "fc" dp4a %a as(#mase.fixed<8, 4>), dense<1> : tensor<2x3xi32> as(#mase.fixed<8, 4>) particles 2 : vector<2xi32> -> vector<4xi32>
    %y = mase_kernel.dequantize %s frac 8 : vector<4xi32> -> vector<4xf32>
    mase_kernel.yield %y : vector<4xf32>
  }
  mase_kernel.return %1 : vector<4xf32>
}

// -----

// mase_kernel.linear C1
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<6xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<6xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<6xf32>):
    // expected-error @+1 {{(C1) expected input and result of whole particles, found 'vector<6xf32>' and 'vector<4xf32>' for 0}}
    %y = mase_kernel.linear "fc" %a, dense<1.0> : tensor<2x3xf32> particles 0 : vector<6xf32> -> vector<4xf32>
    mase_kernel.yield %y : vector<4xf32>
  }
  mase_kernel.return %0 : vector<4xf32>
}

// -----

// mase_kernel.reduce C1
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<6xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<6xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<6xf32>):
    // expected-error @+1 {{(C1) expected whole particles and elements of one kind, found 'vector<6xf32>' and 'vector<4xf32>'}}
    %y = mase_kernel.reduce "sum" %a : vector<6xf32> -> vector<4xf32>
    mase_kernel.yield %y : vector<4xf32>
  }
  mase_kernel.return %0 : vector<4xf32>
}

// -----

// mase_kernel.reduce C2
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<6xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<6xf32>) -> vector<3xf32> {
  ^bb0(%a: vector<6xf32>):
    // expected-error @+1 {{(C2) expected neither a data format nor an init for f32}}
    %y = mase_kernel.reduce "sum" %a as(#mase.fixed<8, 4>) : vector<6xf32> -> vector<3xf32>
    mase_kernel.yield %y : vector<3xf32>
  }
  mase_kernel.return %0 : vector<3xf32>
}

// -----

// mase_kernel.reduce C2
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<6xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<6xf32>) -> vector<6xi32> {
  ^bb0(%a: vector<6xf32>):
    %q = mase_kernel.quantize [] %a factor 1.600000e+01 to #mase.fixed<8, 4> by convert : vector<6xf32> -> vector<6xi32>
    mase_kernel.yield %q : vector<6xi32>
  }
  %1 = mase_kernel.stage "b" tile 1 (%0) : (vector<6xi32>) -> vector<3xf32> {
  ^bb0(%a: vector<6xi32>):
    // expected-error @+1 {{(C2) expected an integer data format and no factor for integers}}
    %s = mase_kernel.reduce "sum" %a as(#mase.fixed<8, 4>) factor 5.000000e-01 : vector<6xi32> -> vector<3xi32>
    %y = mase_kernel.dequantize %s frac 4 : vector<3xi32> -> vector<3xf32>
    mase_kernel.yield %y : vector<3xf32>
  }
  mase_kernel.return %1 : vector<3xf32>
}

// -----

// mase_kernel.reduce C3
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<6xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<6xf32>) -> vector<6xi32> {
  ^bb0(%a: vector<6xf32>):
    %q = mase_kernel.quantize [] %a factor 1.600000e+01 to #mase.fixed<8, 4> by convert : vector<6xf32> -> vector<6xi32>
    mase_kernel.yield %q : vector<6xi32>
  }
  %1 = mase_kernel.stage "b" tile 1 (%0) : (vector<6xi32>) -> vector<3xf32> {
  ^bb0(%a: vector<6xi32>):
    // expected-error @+1 {{(C3) expected an init of 3 elements like the sums, found 'tensor<2xi32>'}}
    %s = mase_kernel.reduce "sum" %a as(#mase.fixed<8, 4>) init dense<1> : tensor<2xi32> : vector<6xi32> -> vector<3xi32>
    %y = mase_kernel.dequantize %s frac 4 : vector<3xi32> -> vector<3xf32>
    mase_kernel.yield %y : vector<3xf32>
  }
  mase_kernel.return %1 : vector<3xf32>
}

// -----

// mase_kernel.reduce C4
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<6xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<6xf32>) -> vector<6xi32> {
  ^bb0(%a: vector<6xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<32, 0> by exact : vector<6xf32> -> vector<6xi32>
    mase_kernel.yield %q : vector<6xi32>
  }
  %1 = mase_kernel.stage "b" tile 1 (%0) : (vector<6xi32>) -> vector<3xf32> {
  ^bb0(%a: vector<6xi32>):
    // expected-error @+1 {{(C4) expected sums of at least 34 bits, found 'vector<3xi32>'}}
    %s = mase_kernel.reduce "sum" %a as(#mase.fixed<32, 0>) : vector<6xi32> -> vector<3xi32>
    %y = mase_kernel.dequantize %s frac 4 : vector<3xi32> -> vector<3xf32>
    mase_kernel.yield %y : vector<3xf32>
  }
  mase_kernel.return %1 : vector<3xf32>
}

// -----

// mase_kernel.gather C1
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<3xf32>):
  %0 = mase_kernel.stage "a" tile 2 (%x) : (vector<3xf32>) -> vector<2xf32> {
  ^bb0(%a: vector<3xf32>):
    // expected-error @+1 {{(C1) expected an element of an operand for each of 2, found 2 and 2}}
    %y = mase_kernel.gather "slice" (%a) operands [0, 0] elements [2, 3] : (vector<3xf32>) -> vector<2xf32>
    mase_kernel.yield %y : vector<2xf32>
  }
  mase_kernel.return %0 : vector<2xf32>
}

// -----

// mase_kernel.stage C2
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<3xf32>):
  %0 = mase_kernel.stage "a" tile 2 (%x) : (vector<3xf32>) -> vector<2xf32> {
  ^bb0(%a: vector<3xf32>):
    // expected-error @+1 {{(C2) expected to come first in its stage, once, with an argument of the stage as operand, and alone}}
    %y = mase_kernel.gather "slice" (%a) operands [0, 0] elements [2, 0] : (vector<3xf32>) -> vector<2xf32>
    %z = mase_kernel.relu "relu" %y : vector<2xf32>
    mase_kernel.yield %z : vector<2xf32>
  }
  mase_kernel.return %0 : vector<2xf32>
}
