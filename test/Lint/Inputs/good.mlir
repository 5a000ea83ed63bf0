// RUN: split-file %s %t
// RUN: mase-opt %t/a.mlir -o %t.mlir
// RUN: mase-opt %t.mlir --mase-quantize='by=type layers="relu:{a|b}"' | \
// RUN:   FileCheck %s --check-prefixes=CHECK,QUANT
// RUN: not mase-opt %s --no-such-option 2>&1 | FileCheck %s --check-prefix ERROR
// RUN: mase-opt %s --verify-diagnostics --split-input-file
// Checks: prose with a colon. NOTE: prose too. Next: more of it.
// COM: CHECK-NXT: not a directive
// expected-error @+1 {{unknown}}
// CHECK-LABEL: @f
// CHECK-COUNT-2: x
// QUANT{LITERAL}: [[y]]
// QUANT-NEXT: z
// ERROR: unknown
