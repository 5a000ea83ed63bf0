// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --mase-report: the table, its formats and where it goes.
// RUN: mase-opt %S/Inputs/network.mlir --mase-quantize="configuration=trial_2" --mase-report -o /dev/null 2>&1 | FileCheck %s --check-prefix=TABLE --strict-whitespace
// RUN: mase-opt %S/Inputs/network.mlir --mase-report=format=table -o /dev/null 2>&1 | FileCheck %s --check-prefix=FLOAT
// RUN: mase-opt %S/Inputs/network.mlir --mase-quantize="configuration=trial_2" --mase-report="format=json output=%t.json" -o /dev/null && FileCheck %s --check-prefix=JSON < %t.json
// RUN: mase-opt %S/Inputs/network.mlir --mase-quantize="configuration=trial_2" --mase-report="format=csv output=-" -o /dev/null | FileCheck %s --check-prefix=CSV
// RUN: not mase-opt %S/Inputs/network.mlir --mase-report=format=xml 2>&1 | FileCheck %s --check-prefix=FORMAT
// RUN: not mase-opt %S/Inputs/network.mlir --mase-report=output=%t.missing/a.txt 2>&1 | FileCheck %s --check-prefix=FOLDER
// RUN: echo "module {}" | not mase-opt --mase-report 2>&1 | FileCheck %s --check-prefix=EMPTY

// TABLE:      | layer | type       | parameters | macs | packed bytes | bits a parameter |
// TABLE-NEXT: |-------+------------+------------+------+--------------+------------------|
// TABLE-NEXT: | act_0 | relu       |          0 |    0 |            0 |                - |
// TABLE-NEXT: | fc_1  | linear     |         15 |   12 |           60 |            32.00 |
// TABLE-NEXT: | bn_2  | batch_norm |          6 |    3 |           24 |            32.00 |
// TABLE-NEXT: | act_3 | relu       |          0 |    0 |            0 |                - |
// TABLE-NEXT: | fc_4  | linear     |          6 |    6 |            6 |             8.00 |
// TABLE-NEXT: |-------+------------+------------+------+--------------+------------------|
// TABLE-NEXT: | total |            |         27 |   21 |           90 |            26.67 |
// TABLE-NEXT: average_bitwidth      8.0000
// TABLE-NEXT: average_bitwidth_all  26.6667
// TABLE-NEXT: model_bytes           90

// FLOAT: | total |            |         27 |   21 |          108 |            32.00 |
// FLOAT-NEXT: average_bitwidth      32.0000

// JSON: "name": "fc_4"
// JSON: "packed_bytes": 6
// JSON: "model_bytes": 90

// CSV: layer,type,parameters,macs,packed bytes,bits a parameter
// CSV: fc_4,linear,6,6,6,8.00

// FORMAT: error: --mase-report: expected format=table, json or csv, found 'xml'
// FOLDER: error: --mase-report: {{.*}}missing
// EMPTY: error: --mase-report: expected a network of mase layers, or their integer level or kernels, found none

// Lowering keeps the totals.
// RUN: mase-opt %S/Inputs/network.mlir --mase-quantize="configuration=trial_2" --mase-lower-to-integer --mase-report -o /dev/null 2>&1 | FileCheck %s --check-prefixes=INTEGER,TOTALS
// RUN: mase-opt %S/Inputs/network.mlir --mase-quantize="configuration=trial_2" --mase-to-cuda-pipeline --mase-report -o /dev/null 2>&1 | FileCheck %s --check-prefixes=KERNEL,TOTALS

// INTEGER: | act_0 | relu       |          0 |    0 |            0 |                - |
// INTEGER-NEXT: | fc_1  | linear     |         15 |   12 |           60 |            32.00 |
// INTEGER-NEXT: | bn_2  | affine     |          6 |    3 |           24 |            32.00 |
// INTEGER-NEXT: | act_3 | relu       |          0 |    0 |            0 |                - |
// INTEGER-NEXT: | fc_4  | int_linear |          6 |    6 |            6 |             8.00 |

// KERNEL: | fc_1  | linear   |         15 |   12 |           60 |            32.00 |
// KERNEL-NEXT: | bn_2  | quantize |          6 |    3 |           24 |            32.00 |
// KERNEL-NEXT: | fc_4  | dot      |          6 |    6 |            6 |             8.00 |

// TOTALS: | total |{{.*}}|         27 |   21 |           90 |            26.67 |
// TOTALS-NEXT: average_bitwidth      8.0000
// TOTALS-NEXT: average_bitwidth_all  26.6667
// TOTALS-NEXT: model_bytes           90
