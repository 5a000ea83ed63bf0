// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A number format from outside (test/tools), which no pass knows, through every
// room; and what integer ops say of it.
// RUN: split-file %s %t
// RUN: mase-test-opt %t/net.mlir --mase-quantize='by=name layers=fc:{name="powers",data_in_width=4,weight_width=4,bias_width=5},act:{name="powers",data_in_width=5}' -o %t/q.mlir
// RUN: FileCheck %s --input-file %t/q.mlir --check-prefix=QUANTIZED
// RUN: mase-test-opt %t/q.mlir --mase-lower-to-integer -o %t/i.mlir
// RUN: FileCheck %s --input-file %t/i.mlir --check-prefix=LOWERED
// RUN: mase-test-opt %t/q.mlir --mase-report="format=csv tables=costs" -o /dev/null 2>&1 | FileCheck %s --check-prefix=REPORT
// RUN: %python -c "import numpy; numpy.save('%t/x.npy', numpy.random.default_rng(1).normal(size=(100, 4)).astype('f4'))"
// RUN: mase-test-run %t/q.mlir --input %t/x.npy --output %t/interpreter.npy --engine=interpreter
// RUN: mase-test-run %t/i.mlir --input %t/x.npy --output %t/integer.npy --engine=interpreter
// RUN: mase-test-run %t/q.mlir --input %t/x.npy --output %t/cuda.npy --engine=cuda-host
// RUN: cmp %t/interpreter.npy %t/integer.npy
// RUN: cmp %t/interpreter.npy %t/cuda.npy
// RUN: mase-test-run %t/q.mlir --input %t/x.npy --output %t/cpu.npy --engine=cpu
// RUN: cmp %t/interpreter.npy %t/cpu.npy
// RUN: mase-test-opt %t/i.mlir --convert-mase-to-linalg -o %t/linalg.mlir
// RUN: FileCheck %s --input-file %t/linalg.mlir --check-prefix=LINALG
// RUN: mase-test-run %t/linalg.mlir --input %t/x.npy --output %t/from-linalg.npy --engine=cpu
// RUN: cmp %t/interpreter.npy %t/from-linalg.npy
// RUN: mase-test-opt %t/q.mlir --mase-to-llvm-pipeline -o %t/llvm.mlir
// RUN: FileCheck %s --input-file %t/llvm.mlir --check-prefix=LLVM
// RUN: mase-test-run %t/llvm.mlir --input %t/x.npy --output %t/from-llvm.npy --engine=cpu
// RUN: cmp %t/interpreter.npy %t/from-llvm.npy
// RUN: mase-test-opt %t/names.mlir --convert-mase-to-linalg | FileCheck %s --check-prefix=NAMES
// RUN: sed '/llvm.func @mase_round_1/i llvm.func @mase_round_f32(f32) -> f32' %t/llvm.mlir > %t/taken.mlir
// RUN: not mase-test-run %t/taken.mlir --input %t/x.npy --output %t/no.npy --engine=cpu 2>&1 | FileCheck %s --check-prefix=TAKEN
// RUN: %python %t/check.py %t/interpreter.npy %t/x.npy
// RUN: mase-test-run --quantize='{name="powers", width=3}' --input %t/x.npy --output %t/rounded.npy
// RUN: %python -c "import numpy; assert set(abs(numpy.load('%t/rounded.npy')).ravel()) <= {0, .25, .5, 1}"
// RUN: not mase-opt %t/q.mlir 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not mase-test-opt %t/net.mlir --mase-quantize='by=name layers=fc:{name="powers",data_in_width=9,weight_width=4}' 2>&1 | FileCheck %s --check-prefix=WIDTH
// RUN: not mase-test-opt %t/net.mlir --mase-quantize='by=name layers=fc:{name="powers",data_in_width=4,weight_width=[4,5,4]}' 2>&1 | FileCheck %s --check-prefix=LIST
// RUN: mase-test-opt %t/errors.mlir --split-input-file --verify-diagnostics

// QUANTIZED: mase.linear "fc" {{.*}} precision <data_in = #mase.format<powers, width = 4>, weight = #mase.format<powers, width = 4>, bias = #mase.format<powers, width = 5>>
// QUANTIZED: mase.relu "act" {{.*}} precision <data_in = #mase.format<powers, width = 5>>

// Values are rounded, sums are a chain in binary32, and a ReLU of negative
// values stays.
// LOWERED: %[[X:.*]] = mase.round %{{.*}} to(#mase.format<powers, width = 4>)
// LOWERED: %[[Y:.*]] = mase.linear "fc" %[[X]], %{{.*}} : (tensor<?x4xf32>, tensor<3x4xf32>, tensor<3xf32>)
// LOWERED: %[[R:.*]] = mase.round %[[Y]] to(#mase.format<powers, width = 5>)
// LOWERED: mase.relu "act" %[[R]]

// A function for each format, which the engine defines.
// LINALG: func.func private @mase_round_0(f32) -> f32 attributes {mase.format = #mase.format<powers, width = 4>}
// LINALG: func.func private @mase_round_1(f32) -> f32 attributes {mase.format = #mase.format<powers, width = 5>}
// LINALG: func.func @net(
// LINALG: linalg.generic
// LINALG-NEXT: ^bb0(%[[IN:.*]]: f32, %{{.*}}: f32):
// LINALG-NEXT: %[[ROUNDED:.*]] = func.call @mase_round_0(%[[IN]]) : (f32) -> f32
// LINALG-NEXT: linalg.yield %[[ROUNDED]] : f32
// LINALG: func.call @mase_round_1
// LLVM: llvm.func @mase_round_0(f32) -> f32 attributes {mase.format = #mase.format<powers, width = 4>
// LLVM: llvm.call @mase_round_0
// LLVM: llvm.call @mase_round_1

// One that is there serves, and a name that is taken is left to who has it.
// NAMES: func.func private @mase_round_0_[[K:.*]](f32) -> f32 attributes {mase.format = #mase.format<powers, width = 4>}
// NAMES: func.func private @mase_round_0(f64) -> f64
// NAMES: func.func private @five(f32) -> f32 attributes {mase.format = #mase.format<powers, width = 5>}
// NAMES-COUNT-2: func.call @mase_round_0_[[K]](
// NAMES: func.call @five(

// TAKEN: error: redefinition of function 'mase_round_f32' of different type

// 12 weights of 4 bits and 3 biases of 5, in 6 and 2 bytes; 12 products of 4 by
// 4 bits.
// REPORT: fc,linear,15,12,8,4.20,24,12,192,192,

// UNKNOWN: error: (C1) unknown number format 'powers'
// WIDTH: expected a width of 2 to 6 for 'data_in_width', found 9
// LIST: expected a width of 2 to 6 for 'weight_width', found [4, 5, 4]

//--- net.mlir
func.func @net(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w = arith.constant dense<[[0.3, -0.7, 1.1, 0.05], [0.2, 0.4, -0.6, 0.9], [-1.3, 0.8, 0.33, -0.21]]> : tensor<3x4xf32>
  %b = arith.constant dense<[0.11, -0.4, 0.77]> : tensor<3xf32>
  %0 = mase.linear "fc" %x, %w, %b : (tensor<?x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<?x3xf32>
  %1 = mase.relu "act" %0 : tensor<?x3xf32>
  return %1 : tensor<?x3xf32>
}

//--- names.mlir
func.func private @mase_round_0(f64) -> f64
func.func private @five(f32) -> f32 attributes {mase.format = #mase.format<powers, width = 5>}
func.func @net(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = mase.round %x to(#mase.format<powers, width = 4>) : tensor<?x4xf32>
  %1 = mase.round %0 to(#mase.format<powers, width = 4>) : tensor<?x4xf32>
  %2 = mase.round %1 to(#mase.format<powers, width = 5>) : tensor<?x4xf32>
  return %2 : tensor<?x4xf32>
}

//--- check.py
# The same network in numpy: sums of few bits are exact in any order.
import sys
import numpy as np

y, x = np.load(sys.argv[1]), np.load(sys.argv[2]).astype("f8")

def powers(v, width):
    table = np.array([0.0] + [2.0 ** -k for k in range(2 ** (width - 1) - 2, -1, -1)])
    middle = (table[1:] + table[:-1]) / 2
    return np.sign(v) * table[(np.abs(v)[..., None] > middle).sum(-1)]

w = np.array([[0.3, -0.7, 1.1, 0.05], [0.2, 0.4, -0.6, 0.9], [-1.3, 0.8, 0.33, -0.21]])
z = powers(x, 4) @ powers(w, 4).T + powers(np.array([0.11, -0.4, 0.77]), 5)
assert np.array_equal(np.maximum(powers(z, 5), 0).astype("f4"), y)

//--- errors.mlir
func.func @quantize_c1(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C1) expected an integer format, found #mase.format<powers, width = 4>}}
  %0 = mase.quantize %x to(#mase.format<powers, width = 4>) : tensor<?x4xf32> -> tensor<?x4xi4>
  return
}

// -----

func.func @int_linear_c1(%x: tensor<?x2xi4>, %w: tensor<3x2xi4>) {
  // expected-error @+1 {{(C1) expected an integer format for the weight, found #mase.format<powers, width = 4>}}
  %0 = mase.int_linear "fc" %x as(#mase.fixed<4, 2>), %w as(#mase.format<powers, width = 4>) : (tensor<?x2xi4>, tensor<3x2xi4>) -> tensor<?x3xi32>
  return
}

// -----

func.func @requantize_c1(%x: tensor<?x4xi32>) {
  // expected-error @+1 {{(C1) expected an integer format and integers as wide, found #mase.format<powers, width = 4>}}
  %0 = mase.requantize [] %x frac 3 to(#mase.format<powers, width = 4>) : (tensor<?x4xi32>) -> tensor<?x4xi4>
  return
}

// -----

// round (C1): upstream says it.
func.func @round_c1(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{op requires the same type for all operands and results}}
  %0 = "mase.round"(%x) {format = #mase.format<powers, width = 4>} : (tensor<?x4xf32>) -> tensor<?x3xf32>
  return
}

// -----

func.func @round_c2(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C2) expected a format that is no integer format, found #mase.fixed<4, 2>}}
  %0 = mase.round %x to(#mase.fixed<4, 2>) : tensor<?x4xf32>
  return
}

// -----

// #mase.format (C1)
func.func @format_c1(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{(C1) key 'width' is missing}}
  %0 = mase.round %x to(#mase.format<integer, frac_width = 4>) : tensor<?x4xf32>
  return
}

// -----

// expected-error @+1 {{expected 'mase.format' to be a number format with a C++ function that rounds, found #mase.fixed<4, 2>}}
func.func private @rounding_of_integers(f32) -> f32 attributes {mase.format = #mase.fixed<4, 2>}

// -----

// expected-error @+1 {{expected 'mase.format' to be a number format with a C++ function that rounds, found 4 : i64}}
func.func private @rounding_of_nothing(f32) -> f32 attributes {mase.format = 4}

// -----

// expected-error @+1 {{expected 'mase.format' on a function of an f32 that gives one, found '(f32, f32) -> f32'}}
func.func private @rounding_of_two(f32, f32) -> f32 attributes {mase.format = #mase.format<powers, width = 4>}

// -----

// expected-error @+1 {{expected 'mase.format' on a function of an f32 that gives one, found 'builtin.module'}}
module attributes {mase.format = #mase.format<powers, width = 4>} {}
