// RUN: mase-opt %s --split-input-file --verify-diagnostics

// mase_kernel.kernel C1
// expected-error @+1 {{(C1) expected one argument, a vector of f32, found 1 ('vector<4xi32>')}}
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xi32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xi32>) -> vector<4xf32> {
  ^bb0(%a: vector<4xi32>):
    %y = mase_kernel.dequantize %a frac 0 : vector<4xi32> -> vector<4xf32>
    mase_kernel.yield %y : vector<4xf32>
  }
  mase_kernel.return %0 : vector<4xf32>
}

// -----

// mase_kernel.kernel C2
// expected-error @+1 {{(C2) expected no 'samples', 'threads' and 'unrolled' in the layout 'lanes', which is for CPUs}}
mase_kernel.kernel @net layout lanes strategy scalar samples 4 {
^bb0(%x: vector<4xf32>):
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.kernel C2
// expected-error @+1 {{(C2) expected 1 to 8 samples a thread, found none}}
mase_kernel.kernel @net layout thread strategy scalar threads 32 {
^bb0(%x: vector<4xf32>):
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.kernel C2
// expected-error @+1 {{(C2) expected 1 to 8 samples a thread, found 9}}
mase_kernel.kernel @net layout thread strategy scalar samples 9 threads 128 {
^bb0(%x: vector<4xf32>):
  mase_kernel.return %x : vector<4xf32>
}

// -----

// expected-error @+1 {{(C2) expected a multiple of 32 threads a block, from 32 to 1024, found 100}}
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 100 {
^bb0(%x: vector<4xf32>):
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.kernel C3
// expected-error @+1 {{(C3) expected stages, found 'arith.constant'}}
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %c = arith.constant 1 : i32
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.kernel C4
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  // expected-note @+1 {{the other one is here}}
  %0 = mase_kernel.stage "same" tile 1 (%x) : (vector<4xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<4xf32>):
    mase_kernel.yield %a : vector<4xf32>
  }
  // expected-error @+1 {{(C4) expected a name of its own, found 'same' again}}
  %1 = mase_kernel.stage "same" tile 1 (%0) : (vector<4xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<4xf32>):
    mase_kernel.yield %a : vector<4xf32>
  }
  mase_kernel.return %1 : vector<4xf32>
}

// -----

// mase_kernel.kernel C5
mase_kernel.kernel @net layout lanes strategy scalar {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 4 (%x) : (vector<4xf32>) -> vector<1xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C5) expected 'shift', 'convert' or 'exact' in the layout 'lanes', found 'saturate', which is for GPUs}}
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4, unsigned> by saturate bits 8 clamp packed bytes : vector<4xf32> -> vector<1xi32>
    mase_kernel.yield %q : vector<1xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.dot C6
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<2xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<2xf32>) -> vector<2xi32> {
  ^bb0(%a: vector<2xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<2xf32> -> vector<2xi32>
    mase_kernel.yield %q : vector<2xi32>
  }
  %1 = mase_kernel.stage "b" tile 1 (%0) : (vector<2xi32>) -> vector<1xi32> {
  ^bb0(%a: vector<2xi32>):
    // expected-error @+1 {{(C6) expected 'sparse' with 'dp4a' of one particle only, found 'mad32' of 1}}
    %s = mase_kernel.dot "fc" mad32 sparse %a as(#mase.fixed<8, 4>), dense<[[0, 1]]> : tensor<1x2xi32> as(#mase.fixed<8, 4>) : vector<2xi32> -> vector<1xi32>
    mase_kernel.yield %s : vector<1xi32>
  }
  mase_kernel.return %x : vector<2xf32>
}

// -----

// mase_kernel.quantize C7
mase_kernel.kernel @net layout lanes strategy scalar {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 4 (%x) : (vector<4xf32>) -> vector<1xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C7) expected a code shift of 4 packed codes, found 2}}
    %q = mase_kernel.quantize [] %a to #mase.fixed<6, 4> by convert packed bytes shifted [0, 1] : vector<4xf32> -> vector<1xi32>
    mase_kernel.yield %q : vector<1xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.quantize C7
mase_kernel.kernel @net layout lanes strategy scalar {
^bb0(%x: vector<2xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<2xf32>) -> vector<2xi32> {
  ^bb0(%a: vector<2xf32>):
    // expected-error @+1 {{(C7) expected a code shift of 2 packed codes, found 2, not packed}}
    %q = mase_kernel.quantize [] %a to #mase.fixed<6, 4> by convert shifted [0, 1] : vector<2xf32> -> vector<2xi32>
    mase_kernel.yield %q : vector<2xi32>
  }
  mase_kernel.return %x : vector<2xf32>
}

// -----

// mase_kernel.quantize C7
mase_kernel.kernel @net layout lanes strategy scalar {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 4 (%x) : (vector<4xf32>) -> vector<1xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C7) expected codes without a zero point that fit a byte when they are shifted by 0 to 7 bits, found a shift of 3 for element 2 of #mase.fixed<6, 4>}}
    %q = mase_kernel.quantize [] %a to #mase.fixed<6, 4> by convert packed bytes shifted [0, 1, 3, 2] : vector<4xf32> -> vector<1xi32>
    mase_kernel.yield %q : vector<1xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.quantize C7
mase_kernel.kernel @net layout lanes strategy scalar {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 4 (%x) : (vector<4xf32>) -> vector<1xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C7) expected codes without a zero point that fit a byte when they are shifted by 0 to 7 bits, found a shift of 0 for element 0 of #mase.format<integer, width = 6, frac_width = 4, zero_point = 1>}}
    %q = mase_kernel.quantize [] %a to #mase.format<integer, width = 6, frac_width = 4, zero_point = 1> by convert packed bytes shifted [0, 1, 2, 2] : vector<4xf32> -> vector<1xi32>
    mase_kernel.yield %q : vector<1xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.stage C1
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  // expected-error @+1 {{(C1) expected arguments of the operands' types and a yielded value of the result's}}
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<5xf32>):
    mase_kernel.yield %a : vector<5xf32>
  }
  mase_kernel.return %0 : vector<4xf32>
}

// -----

// mase_kernel.stage C2
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<2xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<2xf32>) -> vector<2xf32> {
  ^bb0(%a: vector<2xf32>):
    %r = mase_kernel.relu "r" %a : vector<2xf32>
    // expected-error @+1 {{(C2) expected to come first in its stage, once, with an argument of the stage as operand}}
    %y = mase_kernel.linear "fc" %r, dense<1.0> : tensor<2x2xf32> : vector<2xf32> -> vector<2xf32>
    mase_kernel.yield %y : vector<2xf32>
  }
  mase_kernel.return %0 : vector<2xf32>
}

// -----

mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<2xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<2xf32>) -> vector<2xf32> {
  ^bb0(%a: vector<2xf32>):
    // expected-error @+1 {{(C2) expected to come first in its stage, once, with an argument of the stage as operand, and alone}}
    %y = mase_kernel.softmax "s" %a : vector<2xf32>
    %r = mase_kernel.relu "r" %y : vector<2xf32>
    mase_kernel.yield %r : vector<2xf32>
  }
  mase_kernel.return %0 : vector<2xf32>
}

// -----

mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<2xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<2xf32>) -> vector<2xf32> {
  ^bb0(%a: vector<2xf32>):
    // expected-error @+1 {{(C2) expected to come first in its stage, once, with an argument of the stage as operand, and alone}}
    %y = mase_kernel.log_softmax "s" %a : vector<2xf32>
    %r = mase_kernel.sigmoid "r" %y : vector<2xf32>
    mase_kernel.yield %r : vector<2xf32>
  }
  mase_kernel.return %0 : vector<2xf32>
}

// -----

mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<2xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<2xf32>) -> vector<3xf32> {
  ^bb0(%a: vector<2xf32>):
    %c = mase_kernel.constant dense<0.5> : tensor<3xf32> : vector<3xf32>
    // expected-error @+1 {{(C3) expected operands of 3 elements, not packed, as the stage's result has, found 'vector<2xf32>'}}
    %y = mase_kernel.sigmoid "s" %a : vector<2xf32>
    mase_kernel.yield %c : vector<3xf32>
  }
  mase_kernel.return %0 : vector<3xf32>
}

// -----

// mase_kernel.stage C3
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<1xf32>):
  %0 = mase_kernel.stage "a" tile 4 (%x) : (vector<1xf32>) -> vector<1xf32> {
  ^bb0(%a: vector<1xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert packed bytes : vector<1xf32> -> vector<1xi32>
    // expected-error @+1 {{(C3) expected operands of 1 elements, not packed, as the stage's result has, found 'vector<1xi32>'}}
    %y = mase_kernel.dequantize %q frac 4 : vector<1xi32> -> vector<1xf32>
    mase_kernel.yield %y : vector<1xf32>
  }
  mase_kernel.return %x : vector<1xf32>
}

// -----

mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<2xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<2xf32>) -> vector<2xf32> {
  ^bb0(%a: vector<2xf32>):
    // expected-error @+1 {{(C3) expected 2 elements, as the stage's result has, found 'vector<3xf32>'}}
    %y = mase_kernel.linear "fc" %a, dense<1.0> : tensor<3x2xf32> : vector<2xf32> -> vector<3xf32>
    mase_kernel.yield %a : vector<2xf32>
  }
  mase_kernel.return %0 : vector<2xf32>
}

// -----

// mase_kernel.stage C4
mase_kernel.kernel @net layout thread strategy dp4a samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  // expected-error @+1 {{(C4) expected a tile of at least 1, and a multiple of 4 for packed codes, found 2}}
  %0 = mase_kernel.stage "a" tile 2 (%x) : (vector<4xf32>) -> vector<1xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert packed bytes : vector<4xf32> -> vector<1xi32>
    mase_kernel.yield %q : vector<1xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.stage C5
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  // expected-error @+1 {{(C5) expected a C++ identifier that is not reserved as name, found 'double'}}
  %0 = mase_kernel.stage "double" tile 1 (%x) : (vector<4xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<4xf32>):
    mase_kernel.yield %a : vector<4xf32>
  }
  mase_kernel.return %0 : vector<4xf32>
}

// -----

// mase_kernel.dot C1
mase_kernel.kernel @net layout thread strategy dp4a samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "q" tile 4 (%x) : (vector<4xf32>) -> vector<1xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert packed bytes : vector<4xf32> -> vector<1xi32>
    mase_kernel.yield %q : vector<1xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<1xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<1xi32>):
    // expected-error @+1 {{(C1) expected weights of 2 x 1 to 4 integers for input 'vector<1xi32>', found 'tensor<2x5xi32>'}}
    %s = mase_kernel.dot "fc" dp4a %a as(#mase.fixed<8, 4>), dense<1> : tensor<2x5xi32> as(#mase.fixed<8, 4>) : vector<1xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.dot C2
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "q" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<4xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<4xi32>):
    // expected-error @+1 {{(C2) expected an init of 2 elements like the sums, with a bias format, or neither}}
    %s = mase_kernel.dot "fc" mad32 %a as(#mase.fixed<8, 4>), dense<1> : tensor<2x4xi32> as(#mase.fixed<8, 4>) init dense<1> : tensor<3xi32> as(#mase.fixed<8, 4>) : vector<4xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.dot C3
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "q" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<4xi32>) -> vector<2xi64> {
  ^bb0(%a: vector<4xi32>):
    // expected-error @+1 {{(C3) expected sums of 32 bits and codes of 32, found 'vector<4xi32>' and 'vector<2xi64>'}}
    %s = mase_kernel.dot "fc" mad32 %a as(#mase.fixed<8, 4>), dense<1> : tensor<2x4xi32> as(#mase.fixed<8, 4>) : vector<4xi32> -> vector<2xi64>
    mase_kernel.yield %s : vector<2xi64>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.dot C4
mase_kernel.kernel @net layout thread strategy dp4a samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "q" tile 4 (%x) : (vector<4xf32>) -> vector<1xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert packed bytes : vector<4xf32> -> vector<1xi32>
    mase_kernel.yield %q : vector<1xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<1xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<1xi32>):
    // expected-error @+1 {{(C4) expected integer formats of at most 8 bits, found #mase.fixed<9, 4> and #mase.fixed<8, 4>}}
    %s = mase_kernel.dot "fc" dp4a %a as(#mase.fixed<9, 4>), dense<1> : tensor<2x4xi32> as(#mase.fixed<8, 4>) : vector<1xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.dot C5
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "q" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<16, 4> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<4xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<4xi32>):
    // expected-error @+1 {{(C5) expected sums of at most 32 bits, found output 0 with sums of 33}}
    %s = mase_kernel.dot "fc" mad32 %a as(#mase.fixed<16, 4>), dense<32767> : tensor<2x4xi32> as(#mase.fixed<16, 4>) : vector<4xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "q" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<16, 4> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<4xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<4xi32>):
    // expected-error @+1 {{(C5) expected a product shift in [0, 30], found 63}}
    %s = mase_kernel.dot "fc" mad32 %a as(#mase.fixed<16, 4>), dense<1> : tensor<2x4xi32> as(#mase.fixed<16, 4>) shift 63 : vector<4xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.linear (C1, C2)
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<2xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<2xf32>) -> vector<2xf32> {
  ^bb0(%a: vector<2xf32>):
    // expected-error @+1 {{(C1) expected a weight of 2 x 2 f32 elements, found 'tensor<2x3xf32>'}}
    %y = mase_kernel.linear "fc" %a, dense<1.0> : tensor<2x3xf32> : vector<2xf32> -> vector<2xf32>
    mase_kernel.yield %y : vector<2xf32>
  }
  mase_kernel.return %0 : vector<2xf32>
}

// -----

mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<2xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<2xf32>) -> vector<2xf32> {
  ^bb0(%a: vector<2xf32>):
    // expected-error @+1 {{(C2) expected a bias of 2 f32 elements, found 'tensor<3xf32>'}}
    %y = mase_kernel.linear "fc" %a, dense<1.0> : tensor<2x2xf32>, dense<1.0> : tensor<3xf32> : vector<2xf32> -> vector<2xf32>
    mase_kernel.yield %y : vector<2xf32>
  }
  mase_kernel.return %0 : vector<2xf32>
}

// -----

// mase_kernel.constant C1
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<2xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<2xf32>) -> vector<2xf32> {
  ^bb0(%a: vector<2xf32>):
    // expected-error @+1 {{(C1) expected a value of 2 f32 elements, found 'tensor<2xf64>'}}
    %y = mase_kernel.constant dense<1.0> : tensor<2xf64> : vector<2xf32>
    mase_kernel.yield %y : vector<2xf32>
  }
  mase_kernel.return %0 : vector<2xf32>
}

// -----

// mase_kernel.affine C1
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<2xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<2xf32>) -> vector<2xf32> {
  ^bb0(%a: vector<2xf32>):
    // expected-error @+1 {{(C1) expected a shift of 2 f32 elements, found 'tensor<1xf32>'}}
    %y = mase_kernel.affine "bn" %a, dense<1.0> : tensor<2xf32>, dense<1.0> : tensor<1xf32> : vector<2xf32>
    mase_kernel.yield %y : vector<2xf32>
  }
  mase_kernel.return %0 : vector<2xf32>
}

// -----

// mase_kernel.dequantize (C1, C2)
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<2xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<2xf32>) -> vector<3xf32> {
  ^bb0(%a: vector<2xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<2xf32> -> vector<2xi32>
    // expected-error @+1 {{(C1) expected input and result of one size, found 'vector<2xi32>' and 'vector<3xf32>'}}
    %y = mase_kernel.dequantize %q frac 4 : vector<2xi32> -> vector<3xf32>
    mase_kernel.yield %y : vector<3xf32>
  }
  mase_kernel.return %x : vector<2xf32>
}

// -----

mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<2xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<2xf32>) -> vector<2xf32> {
  ^bb0(%a: vector<2xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<2xf32> -> vector<2xi32>
    // expected-error @+1 {{(C2) expected a fraction width in [-127, 149], found -200}}
    %y = mase_kernel.dequantize %q frac -200 : vector<2xi32> -> vector<2xf32>
    mase_kernel.yield %y : vector<2xf32>
  }
  mase_kernel.return %0 : vector<2xf32>
}

// -----

// mase_kernel.quantize C2
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 4 (%x) : (vector<4xf32>) -> vector<1xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C2) expected a result for 4 codes of format #mase.fixed<9, 4>, packed, found 'vector<1xi32>'}}
    %q = mase_kernel.quantize [] %a to #mase.fixed<9, 4> by convert packed bytes : vector<4xf32> -> vector<1xi32>
    mase_kernel.yield %q : vector<1xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C2) expected a result for 4 codes of format #mase.fixed<32, 4, unsigned>, found 'vector<4xi32>'}}
    %q = mase_kernel.quantize [] %a to #mase.fixed<32, 4, unsigned> by exact : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.quantize C3
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C3) expected a scale of 4 f32 elements, found 'tensor<3xf32>'}}
    %q = mase_kernel.quantize [] %a affine dense<1.0> : tensor<3xf32>, dense<1.0> : tensor<4xf32> to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.quantize C4
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C4) expected rounding to nearest and at most 21 bits, found #mase.fixed<8, 4, floor> and 8 bits}}
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4, floor> by shift : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C4) expected every code of #mase.fixed<8, 4> below 2^bits, found 6 bits}}
    %q = mase_kernel.quantize [] %a relu to #mase.fixed<8, 4> by saturate bits 6 : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.affine C2
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C2) expected features that divide 4 elements, found 3}}
    %y = mase_kernel.affine "bn" %a, dense<1.0> : tensor<4xf32>, dense<1.0> : tensor<4xf32> features 3 : vector<4xf32>
    mase_kernel.yield %y : vector<4xf32>
  }
  mase_kernel.return %0 : vector<4xf32>
}

// -----

// mase_kernel.quantize C5
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C5) expected features that divide 4 elements, found 0}}
    %q = mase_kernel.quantize [] %a affine dense<1.0> : tensor<4xf32>, dense<1.0> : tensor<4xf32> features 0 to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.read C1
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<3xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    // expected-error @+1 {{(C1) expected input and result of one size, found 'vector<4xi32>' and 'vector<3xi32>'}}
    %r = mase_kernel.read %q bits 8 unsigned : vector<4xi32> -> vector<3xi32>
    mase_kernel.yield %r : vector<3xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.read C2
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    // expected-error @+1 {{(C2) expected a width in [1, 31] for a result of 'vector<4xi32>', found 32}}
    %r = mase_kernel.read %q bits 32 unsigned : vector<4xi32> -> vector<4xi32>
    mase_kernel.yield %r : vector<4xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.dot C2: an init without a bias is what zero points make.
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "q" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<4xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<4xi32>):
    // expected-error @+1 {{(C2) expected an init of 2 elements like the sums, with a bias format, or neither}}
    %s = mase_kernel.dot "fc" mad32 %a as(#mase.fixed<8, 4>), dense<1> : tensor<2x4xi32> as(#mase.fixed<8, 4>) init dense<1> : tensor<2xi32> : vector<4xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.dot C4
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "q" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<4xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<4xi32>):
    // expected-error @+1 {{(C4) expected 4 slices along axis -1, found a number format of 3}}
    %s = mase_kernel.dot "fc" mad32 %a as(#mase.format<integer, width = 8, frac_width = [1, 2, 3], axis = -1>), dense<1> : tensor<2x4xi32> as(#mase.fixed<8, 4>) : vector<4xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.dot C4
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "q" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<4xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<4xi32>):
    // expected-error @+1 {{(C4) expected 2 slices along axis 0, found a number format of 3}}
    %s = mase_kernel.dot "fc" mad32 %a as(#mase.fixed<8, 4>), dense<1> : tensor<2x4xi32> as(#mase.format<integer, width = 8, frac_width = [1, 2, 3], axis = 0>) : vector<4xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.dot C5
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "q" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<4xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<4xi32>):
    // expected-error @+1 {{(C5) expected one product shift or 2, found 3}}
    %s = mase_kernel.dot "fc" mad32 %a as(#mase.fixed<8, 4>), dense<1> : tensor<2x4xi32> as(#mase.fixed<8, 4>) shift [1, 2, 3] : vector<4xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.dot C5
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "q" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<4xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<4xi32>):
    // expected-error @+1 {{(C5) expected modular sums of 64 bits without a product shift}}
    %s = mase_kernel.dot "fc" mad32 %a as(#mase.fixed<8, 4>), dense<1> : tensor<2x4xi32> as(#mase.fixed<8, 4>) modular : vector<4xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.dot C5
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "q" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<4xi32>) -> vector<2xi64> {
  ^bb0(%a: vector<4xi32>):
    // expected-error @+1 {{(C5) expected modular sums of 64 bits without a product shift}}
    %s = mase_kernel.dot "fc" mad64 %a as(#mase.fixed<8, 4>), dense<1> : tensor<2x4xi32> as(#mase.fixed<8, 4>) shift 1 modular : vector<4xi32> -> vector<2xi64>
    mase_kernel.yield %s : vector<2xi64>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.quantize C1
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C1) expected 4 slices along axis -1, found a number format of 3}}
    %q = mase_kernel.quantize [] %a to #mase.format<integer, width = 8, frac_width = [1, 2, 3], axis = -1> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.quantize C4
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C4) expected scales that are powers of two, found #mase.format<integer, width = 8, scale = 0.1>}}
    %q = mase_kernel.quantize [] %a to #mase.format<integer, width = 8, scale = 0.1> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.quantize C4
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C4) expected rounding to nearest even or down, and neither wrapping overflow of numbers nor a zero point that is added first, found #mase.format<integer, width = 8, frac_width = 4, rounding = "ceil">}}
    %q = mase_kernel.quantize [] %a to #mase.format<integer, width = 8, frac_width = 4, rounding = "ceil"> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.quantize C6
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C6) expected one factor or 4, found 3}}
    %q = mase_kernel.quantize [] %a factor [1.0, 2.0, 3.0] to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.dequantize C2
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    // expected-error @+1 {{(C2) expected positive scales, found array<f32: -1.000000e+00>}}
    %y = mase_kernel.dequantize %q scale -1.0 : vector<4xi32> -> vector<4xf32>
    mase_kernel.yield %y : vector<4xf32>
  }
  mase_kernel.return %0 : vector<4xf32>
}

// -----

// mase_kernel.dequantize C2
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    // expected-error @+1 {{(C2) expected one scale and zero point or 4, found 3}}
    %y = mase_kernel.dequantize %q scale 1.0 zero_point [1, 2, 3] : vector<4xi32> -> vector<4xf32>
    mase_kernel.yield %y : vector<4xf32>
  }
  mase_kernel.return %0 : vector<4xf32>
}

// -----

// mase_kernel.quantize C6
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C6) expected one divisor or 4, found 2}}
    %q = mase_kernel.quantize [] %a divisor [0.1, 0.1] to #mase.format<integer, width = 8, scale = 0.1> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.quantize C6
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C6) expected a divisor with 'shift' or 'convert' only, found 'exact'}}
    %q = mase_kernel.quantize [] %a divisor 0.1 to #mase.format<integer, width = 8, scale = 0.1> by exact : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.apply C1
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C1) expected a definition of 'twice', found 'MASE_DEVICE float thrice(float x) { return 3 * x; }'}}
    %y = mase_kernel.apply "act" %a function "twice" of "MASE_DEVICE float thrice(float x) { return 3 * x; }" : vector<4xf32>
    mase_kernel.yield %y : vector<4xf32>
  }
  mase_kernel.return %0 : vector<4xf32>
}

// -----

// mase_kernel.apply C1
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C1) expected a C++ identifier that is not reserved as the function's name, found 'float'}}
    %y = mase_kernel.apply "act" %a function "float" of "MASE_DEVICE float twice(float x) { return 2 * x; }" : vector<4xf32>
    mase_kernel.yield %y : vector<4xf32>
  }
  mase_kernel.return %0 : vector<4xf32>
}

// -----

// mase_kernel.round C1
mase_kernel.kernel @net layout thread strategy scalar samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "a" tile 1 (%x) : (vector<4xf32>) -> vector<4xf32> {
  ^bb0(%a: vector<4xf32>):
    // expected-error @+1 {{(C1) expected a number format with a C++ function that rounds, found #mase.fixed<8, 4>}}
    %y = mase_kernel.round %a to(#mase.fixed<8, 4>) : vector<4xf32>
    mase_kernel.yield %y : vector<4xf32>
  }
  mase_kernel.return %0 : vector<4xf32>
}

// -----

// mase_kernel.dot C1
mase_kernel.kernel @net layout thread strategy dp4a samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "q" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<4xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<4xi32>):
    // expected-error @+1 {{(C1) expected weights of 2 x 4 integers for input 'vector<4xi32>', found 'tensor<2x1xi32>'}}
    %s = mase_kernel.dot "fc" mad32 %a as(#mase.fixed<8, 4>), dense<1> : tensor<2x1xi32> as(#mase.fixed<8, 4>) : vector<4xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.dot C4
mase_kernel.kernel @net layout thread strategy dp4a samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "q" tile 4 (%x) : (vector<4xf32>) -> vector<1xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert packed bytes : vector<4xf32> -> vector<1xi32>
    mase_kernel.yield %q : vector<1xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<1xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<1xi32>):
    // expected-error @+1 {{(C4) expected weights from -128 to 127 for 'dp4a', found 128}}
    %s = mase_kernel.dot "fc" dp4a %a as(#mase.fixed<8, 4>), dense<128> : tensor<2x4xi32> as(#mase.fixed<8, 4>) : vector<1xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.dot C4
mase_kernel.kernel @net layout thread strategy dp4a samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "q" tile 4 (%x) : (vector<4xf32>) -> vector<1xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert packed bytes : vector<4xf32> -> vector<1xi32>
    mase_kernel.yield %q : vector<1xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<1xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<1xi32>):
    // expected-error @+1 {{(C4) expected weights from 0 to 255 for 'dp4a', found -1}}
    %s = mase_kernel.dot "fc" dp4a %a as(#mase.fixed<8, 4>), dense<-1> : tensor<2x4xi32> as(#mase.fixed<8, 4, unsigned>) : vector<1xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.stage C6
mase_kernel.kernel @net layout thread strategy dp4a samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  // expected-note @+1 {{the codes are made here}}
  %0 = mase_kernel.stage "q" tile 1 (%x) : (vector<4xf32>) -> vector<4xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert : vector<4xf32> -> vector<4xi32>
    mase_kernel.yield %q : vector<4xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<4xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<4xi32>):
    // expected-error @+1 {{(C6) expected codes packed as 'bytes' for 'dp4a', found codes not packed}}
    %s = mase_kernel.dot "fc" dp4a %a as(#mase.fixed<8, 4>), dense<1> : tensor<2x16xi32> as(#mase.fixed<8, 4>) : vector<4xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}

// -----

// mase_kernel.stage C6
mase_kernel.kernel @net layout thread strategy dp4a samples 1 threads 128 {
^bb0(%x: vector<4xf32>):
  // expected-note @+1 {{the codes are made here}}
  %0 = mase_kernel.stage "q" tile 4 (%x) : (vector<4xf32>) -> vector<1xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a to #mase.fixed<8, 4> by convert packed bytes : vector<4xf32> -> vector<1xi32>
    mase_kernel.yield %q : vector<1xi32>
  }
  %1 = mase_kernel.stage "fc" tile 1 (%0) : (vector<1xi32>) -> vector<2xi32> {
  ^bb0(%a: vector<1xi32>):
    // expected-error @+1 {{(C6) expected codes not packed for 'mad32', found codes packed as 'bytes'}}
    %s = mase_kernel.dot "fc" mad32 %a as(#mase.fixed<8, 4>), dense<1> : tensor<2x1xi32> as(#mase.fixed<8, 4>) : vector<1xi32> -> vector<2xi32>
    mase_kernel.yield %s : vector<2xi32>
  }
  mase_kernel.return %x : vector<4xf32>
}
