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

// TABLE:      | layer | type       | parameters | macs | packed bytes | average bits |
// TABLE-NEXT: |-------+------------+------------+------+--------------+--------------|
// TABLE-NEXT: | act_0 | relu       |          0 |    0 |            0 |            - |
// TABLE-NEXT: | fc_1  | linear     |         15 |   12 |           60 |        32.00 |
// TABLE-NEXT: | bn_2  | batch_norm |          6 |    3 |           24 |        32.00 |
// TABLE-NEXT: | act_3 | relu       |          0 |    0 |            0 |            - |
// TABLE-NEXT: | fc_4  | linear     |          6 |    6 |            6 |         8.00 |
// TABLE-NEXT: |-------+------------+------------+------+--------------+--------------|
// TABLE-NEXT: | total |            |         27 |   21 |           90 |        26.67 |
// TABLE-NEXT: average_bitwidth      8.0000
// TABLE-NEXT: average_bitwidth_all  26.6667
// TABLE-NEXT: model_bytes           90
// TABLE-NEXT: activation_bytes      28  (largest live set, a sample)
// TABLE-NEXT: macs                  21
// TABLE-NEXT: flops                 42
// TABLE-NEXT: thop_flops            30
// TABLE-NEXT: bitops                12480
// TABLE-NEXT: ebops                 12308

// FLOAT: | total |            |         27 |   21 |          108 |            32.00 |
// FLOAT-NEXT: average_bitwidth      32.0000

// JSON: "name": "act_0"
// JSON: "average_bits": null
// JSON: "name": "fc_4"
// JSON: "packed_bytes": 6
// JSON-NEXT: "average_bits": 8
// JSON-NEXT: "flops": 12
// JSON-NEXT: "thop_flops": 6
// JSON-NEXT: "bitops": 192
// JSON-NEXT: "ebops": 20
// JSON-NEXT: "data_in": "fixed<4, 2>"
// JSON: "macs": 21
// JSON-NEXT: "flops": 42
// JSON-NEXT: "thop_flops": 30
// JSON-NEXT: "bitops": 12480
// JSON-NEXT: "ebops": 12308
// JSON-NEXT: "model_bytes": 90
// JSON-NEXT: "activation_bytes": 28

// CSV: layer,type,parameters,macs,packed bytes,average bits
// CSV: fc_4,linear,6,6,6,8.00

// FORMAT: mase-opt: error: --mase-report: expected format=table, markdown, json or csv, found 'xml'
// FOLDER: error: --mase-report: {{.*}}missing
// EMPTY: error: --mase-report: expected a network of mase layers, or their integer level or kernels, found no layer at all

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
// TOTALS: macs                  21
// TOTALS-NEXT: flops                 42
// TOTALS-NEXT: thop_flops            30
// TOTALS-NEXT: bitops                12480
// TOTALS-NEXT: ebops                 12308

// Effective bits: codes 32, 64, 16, 8 and 4 have one, 3 and 6 two, 10 three, 13
// four, and 0 none: fc_1 has 19, fc_4 five. All operands in integers, lowering
// keeps them, too.
// RUN: mase-opt %S/Inputs/network.mlir --mase-quantize="by=type layers=linear:{name='integer',data_in_width=8,weight_width=8,weight_frac_width=5,bias_width=8}" -o %t.mlir
// RUN: mase-opt %t.mlir --mase-report -o /dev/null 2>&1 | FileCheck %s --check-prefixes=EFFECTIVE,HELD
// RUN: mase-opt %t.mlir --mase-lower-to-integer --mase-report -o /dev/null 2>&1 | FileCheck %s --check-prefix=EFFECTIVE
// RUN: mase-opt %t.mlir --mase-to-cuda-pipeline --mase-report -o /dev/null 2>&1 | FileCheck %s --check-prefixes=EFFECTIVE,REGISTERS
// HELD: activation_bytes      16
// REGISTERS: model_bytes
// REGISTERS-NOT: activation_bytes
// EFFECTIVE: bitops                1152
// EFFECTIVE-NEXT: ebops                 192

// What is alive: an operand that is read again later; what rounds alike is held
// in that format, what is rounded differently or returned in binary32.
// RUN: mase-opt %S/Inputs/residual.mlir --mase-report -o /dev/null 2>&1 | FileCheck %s --check-prefix=ALIVE
// RUN: mase-opt %S/Inputs/residual.mlir --mase-quantize="by=type layers=linear:{name='integer',data_in_width=4,weight_width=4,bias_width=4},add:{name='integer',data_in_width=4}" --mase-report -o /dev/null 2>&1 | FileCheck %s --check-prefix=ALIKE
// RUN: mase-opt %S/Inputs/residual.mlir --mase-quantize="by=type layers=linear:{name='integer',data_in_width=4,weight_width=4,bias_width=4},add:{name='integer',data_in_width=8}" --mase-report -o /dev/null 2>&1 | FileCheck %s --check-prefix=DIFFER
// ALIVE: activation_bytes      32
// ALIKE: activation_bytes      16
// DIFFER: activation_bytes      20

// A name is one field, whatever it holds.
// RUN: sed 's/"fc_1"/"fc, \\22one\\22\\0A"/' %S/Inputs/network.mlir | mase-opt --mase-report="format=csv output=-" -o /dev/null | FileCheck %s --check-prefix=FIELD
// FIELD: {{^"fc, ""one""$}}
// FIELD-NEXT: {{^",linear,}}
