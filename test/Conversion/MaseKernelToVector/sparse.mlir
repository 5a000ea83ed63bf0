// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Codes that are shifted to one grid, and words of weights that are zero: no
// products, in code without a loop for samples in lanes.
// RUN: mase-opt %s --convert-mase-kernel-to-vector | FileCheck %s --check-prefixes=CHECK,GENERIC
// RUN: mase-opt %s --convert-mase-kernel-to-vector=isa=avx2 | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: mase-opt %s --convert-mase-kernel-to-vector=isa=avx512vnni | FileCheck %s --check-prefixes=CHECK,VNNI

// Left shifts of 3, 0, 1, 2, 0 bits for lanes that are features, and powers of
// two in both halves of words.
// CHECK-DAG: @net_input_shifts_{{[0-9]+}}(dense<[3, 0, 1, 2, 0, 0, 0, 0
// AVX2-DAG: @net_input_powers_{{[0-9]+}}(dense<[524296, 524296, 65537, 65537, 131074, 131074, 262148, 262148, 65537, 65537, 0
// VNNI-DAG: @net_input_powers_{{[0-9]+}}(dense<[524296, 524296, 65537, 65537, 131074, 131074, 262148, 262148, 65537, 65537, 0

// Codes without a sign are packed by instructions that saturate below.
// CHECK-LABEL: func.func private @net_block(
// GENERIC: arith.shli {{.*}} : vector<4xi32>
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.packusdw"
// AVX2: arith.muli {{.*}} : vector<16xi16>
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.packuswb"
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.packusdw.512"
// VNNI: arith.muli {{.*}} : vector<32xi16>
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.packuswb.512"
// The second output reads the second word alone, the third none.
// VNNI-COUNT-2: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// VNNI-NOT: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// Of pairs: codes 1 and 3 of the first word, code 0 of the second.
// AVX2-COUNT-2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// AVX2-NOT: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// CHECK-LABEL: func.func private @net_one(
// CHECK-SAME: passthrough = ["noinline"]
// AVX2: arith.shli {{.*}} : vector<8xi32>
// VNNI: arith.shli {{.*}} : vector<16xi32>
// VNNI: scf.for
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
mase_kernel.kernel @net layout lanes strategy dp4a {
^bb0(%x: vector<5xf32>):
  %0 = mase_kernel.stage "input" tile 4 (%x) : (vector<5xf32>) -> vector<2xi32> {
  ^bb0(%a: vector<5xf32>):
    %q = mase_kernel.quantize [] %a factor [1.0, 8.0, 4.0, 2.0, 8.0] to #mase.format<integer, width = [2, 5, 4, 3, 5], frac_width = [0, 3, 2, 1, 3], axis = 0, signed = false> by convert packed bytes shifted [3, 0, 1, 2, 0] : vector<5xf32> -> vector<2xi32>
    mase_kernel.yield %q : vector<2xi32>
  }
  %1 = mase_kernel.stage "fc" tile 3 (%0) : (vector<2xi32>) -> vector<3xf32> {
  ^bb0(%a: vector<2xi32>):
    %sum = mase_kernel.dot "fc" dp4a sparse %a as(#mase.fixed<5, 3, unsigned>), dense<[[0, 2, 0, 4, 0], [0, 0, 0, 0, 3], [0, 0, 0, 0, 0]]> : tensor<3x5xi32> as(#mase.fixed<8, 4>) : vector<2xi32> -> vector<3xi32>
    %y = mase_kernel.dequantize %sum frac 7 : vector<3xi32> -> vector<3xf32>
    mase_kernel.yield %y : vector<3xf32>
  }
  mase_kernel.return %1 : vector<3xf32>
}
