// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parameters that the pass which set their formats has warned of are not warned
// of again by a report in the same command, but by one of the file.
// RUN: %python -c "import numpy as np; np.save(r'%t.npy', np.arange(8, dtype='f4').reshape(4, 2) / 8)"
// RUN: mase-opt %s --mase-quantize="by=type layers=linear:{name='integer',data_in_width=8,data_in_frac_width=4,weight_width=4,weight_frac_width=3}" --mase-report="data=%t.npy output=/dev/null" -o %t.mlir 2>&1 | FileCheck %s --check-prefix=ONCE --implicit-check-not=warning:
// RUN: mase-opt %s --mase-quantize="by=type layers=linear:{name='integer',data_in_width=8,data_in_frac_width=4,weight_width=4,weight_frac_width=3}" --mase-profile=data=%t.npy --mase-report=output=/dev/null -o /dev/null 2>&1 | FileCheck %s --check-prefix=ONCE --implicit-check-not=warning:
// RUN: mase-opt %t.mlir --mase-report="data=%t.npy output=/dev/null" -o /dev/null 2>&1 | FileCheck %s --check-prefix=ONCE --implicit-check-not=warning:
// ONCE: warning: 1 of 2 weights (50.0 %) of layer 'fc' saturates in #mase.fixed<4, 3>

// Who has raised the bound there has done so for the report.
// RUN: mase-opt %s --mase-quantize="by=type layers=linear:{name='integer',data_in_width=8,data_in_frac_width=4,weight_width=4,weight_frac_width=3} max-saturated=0.6" --mase-report="data=%t.npy output=/dev/null" -o /dev/null 2>&1 | count 0

// What is no longer the same is judged again.
// RUN: mase-opt %s --mase-quantize="by=type layers=linear:{name='integer',data_in_width=8,data_in_frac_width=4,weight_width=4,weight_frac_width=3}" --canonicalize --mase-report="data=%t.npy output=/dev/null" -o /dev/null 2>&1 | FileCheck %s --check-prefix=AGAIN
// AGAIN-COUNT-2: warning: 1 of 2 weights (50.0 %) of layer 'fc' saturates

// The same of weights that are not finite.
// RUN: sed 's/\[3.5, -0.25\]/[0x7FC00000, -0.25]/' %s > %t.nan.mlir
// RUN: mase-opt %t.nan.mlir --mase-quantize="by=type layers=linear:{name='integer',data_in_width=8,weight_width=8}" --mase-report=output=/dev/null -o /dev/null 2>&1 | FileCheck %s --check-prefix=NAN --implicit-check-not=warning:
// RUN: mase-opt %t.nan.mlir --mase-report=output=/dev/null -o /dev/null 2>&1 | FileCheck %s --check-prefix=NAN --implicit-check-not=warning:
// NAN: warning: {{.*}}'fc'

func.func @main(%x: tensor<?x2xf32>) -> tensor<?x1xf32> {
  %w = arith.constant dense<[[3.5, -0.25]]> : tensor<1x2xf32>
  %0 = mase.linear "fc" %x, %w : (tensor<?x2xf32>, tensor<1x2xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}
