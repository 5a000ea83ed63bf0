// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --convert-mase-kernel-to-vector: stages as loops over tiles of vectors, for
// any processor and for one that multiplies bytes.
// RUN: mase-opt %s --convert-mase-kernel-to-vector | FileCheck %s --check-prefixes=CHECK,GENERIC
// RUN: mase-opt %s --convert-mase-kernel-to-vector=isa=avx2 | FileCheck %s --check-prefixes=CHECK,AVX2
// RUN: mase-opt %s --convert-mase-kernel-to-vector=isa=avx512vnni | FileCheck %s --check-prefixes=CHECK,VNNI

// Two codes of 16 bits in a word, 0 and 2, and 1 and 3; or four of 8 bits, and
// sums that make up for 128 more of each code with a sign.
// GENERIC-DAG: @net_fc_words_{{[0-9]+}}(dense<[262148, 196611, 0, 0, 131074, 1, 0, 0]> : tensor<8xi32>)
// GENERIC-DAG: @net_fc_start_{{[0-9]+}}(dense<[5, 6, 0, 0]> : tensor<4xi32>)
// AVX2-DAG: tensor<16xi32>)
// VNNI-DAG: @net_fc_words_{{[0-9]+}}(dense<[33817092, 196867, 0, 0,
// VNNI-DAG: @net_fc_start_{{[0-9]+}}(dense<[-1531, -890, 0, 0,

// CHECK-LABEL: func.func private @net_block(
// CHECK-SAME: !llvm.ptr, %{{.*}}: !llvm.ptr)
// GENERIC: arith.addf {{.*}} : vector<4xf32>
// GENERIC-NOT: call_intrinsic
// AVX2: llvm.call_intrinsic "llvm.x86.avx.cvt.ps2dq.256"
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.packssdw"
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.mask.cvtps2dq.512"
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.packsswb.512"
// VNNI: arith.xori
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// Features in lanes.
// CHECK-LABEL: func.func private @net_one(
// CHECK-NOT: passthrough
// CHECK-LABEL: func.func @net(
// CHECK-SAME: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: i64)
// CHECK: scf.if
// CHECK: func.call @net_one
// CHECK: func.call @net_block
// CHECK-NOT: mase_kernel
mase_kernel.kernel @net layout lanes strategy dp4a {
^bb0(%x: vector<4xf32>):
  %0 = mase_kernel.stage "input" tile 4 (%x) : (vector<4xf32>) -> vector<1xi32> {
  ^bb0(%a: vector<4xf32>):
    %q = mase_kernel.quantize [] %a factor 1.600000e+01 to #mase.fixed<8, 4> by convert packed bytes : vector<4xf32> -> vector<1xi32>
    mase_kernel.yield %q : vector<1xi32>
  }
  %1 = mase_kernel.stage "fc" tile 2 (%0) : (vector<1xi32>) -> vector<2xf32> {
  ^bb0(%a: vector<1xi32>):
    %sum = mase_kernel.dot "fc" dp4a %a as(#mase.fixed<8, 4>), dense<[[4, 2, 4, 2], [3, 1, 3, 0]]> : tensor<2x4xi32> as(#mase.fixed<8, 4>) init dense<[5, 6]> : tensor<2xi32> as(#mase.fixed<8, 4>) : vector<1xi32> -> vector<2xi32>
    %y = mase_kernel.dequantize %sum frac 8 : vector<2xi32> -> vector<2xf32>
    mase_kernel.yield %y : vector<2xf32>
  }
  mase_kernel.return %1 : vector<2xf32>
}
