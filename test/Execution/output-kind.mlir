// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a network's results are: what it ends with, or what its attribute says,
// which lowering keeps.
// RUN: rm -rf %t && split-file %s %t
// RUN: mase-run %t/plain.mlir --input %t/x.csv | FileCheck %s --check-prefix=PLAIN
// RUN: mase-run %t/said.mlir --input %t/x.csv | FileCheck %s --check-prefix=SAID
// RUN: mase-run %t/one.mlir --input %t/x.csv | FileCheck %s --check-prefix=ONE
// RUN: sed 's/log_probabilities/percent/' %t/said.mlir | not mase-run - --input %t/x.csv 2>&1 | FileCheck %s --check-prefix=WRONG
// RUN: mase-opt %t/softmax.mlir --convert-mase-to-linalg | FileCheck %s --check-prefix=LINALG
// RUN: mase-opt %t/softmax.mlir --mase-to-llvm-pipeline | FileCheck %s --check-prefix=LLVM
// RUN: mase-run %t/sigmoid.mlir --input %t/x.csv | FileCheck %s --check-prefix=SIGMOID
// RUN: sed -e 's/log_softmax/sigmoid/' %t/log_softmax.mlir | mase-run - --input %t/x.csv | FileCheck %s --check-prefix=SEVERAL
// RUN: mase-run %t/log_softmax.mlir --input %t/x.csv | FileCheck %s --check-prefix=LOG
// RUN: mase-opt %t/log_softmax.mlir --mase-to-llvm-pipeline | FileCheck %s --check-prefix=LOG-LLVM
// RUN: mase-opt %t/log_softmax.mlir --mase-to-llvm-pipeline | mase-run - --input %t/x.csv | FileCheck %s --check-prefix=LOG
// RUN: mase-opt %t/said.mlir --convert-mase-to-kernel | FileCheck %s --check-prefix=KERNEL

// PLAIN: loss           {{.*}} (cross-entropy of logits)
// SAID: loss           {{.*}} (cross-entropy of log-probabilities)
// ONE: accuracy       0.5{{$}}
// ONE: loss           {{.*}} (binary cross-entropy of one logit)
// ONE: auc            0.75 ± 0.{{[0-9]+$}}
// WRONG: error: expected 'mase.output_kind' to be "logits", "probabilities" or "log_probabilities", found "percent"
// LINALG: func.func @main({{.*}}) -> tensor<?x2xf32> attributes {{{.*}}mase.output_kind = "probabilities"
// LLVM: llvm.func @main({{.*}}mase.output_kind = "probabilities"
// SIGMOID: accuracy       0.5{{$}}
// SIGMOID: loss           {{.*}} (binary cross-entropy of one probability)
// SIGMOID: auc            0.75 ± 0.{{[0-9]+$}}
// SEVERAL: loss           {{.*}} (cross-entropy of probabilities)
// LOG: loss           {{.*}} (cross-entropy of log-probabilities)
// LOG-LLVM: llvm.func @main({{.*}}mase.output_kind = "log_probabilities"
// KERNEL: mase_kernel.kernel @main {{.*}} attributes {mase.output_kind = "log_probabilities"}

//--- x.csv
a,b,label
1.0,2.0,0
3.0,1.0,0
2.0,0.5,1
4.0,3.0,1
//--- plain.mlir
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = mase.relu "act" %x : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
//--- said.mlir
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> attributes {mase.output_kind = "log_probabilities"} {
  %0 = mase.relu "act" %x : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
//--- softmax.mlir
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = mase.softmax "p" %x : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
//--- one.mlir
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[1.0, 0.0]]> : tensor<1x2xf32>
  %0 = mase.linear "fc" %x, %w : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}
//--- sigmoid.mlir
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[1.0, 0.0]]> : tensor<1x2xf32>
  %0 = mase.linear "fc" %x, %w : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x1xf32>
  %1 = mase.sigmoid "p" %0 : tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}
//--- log_softmax.mlir
func.func @main(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %0 = mase.log_softmax "p" %x : tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
