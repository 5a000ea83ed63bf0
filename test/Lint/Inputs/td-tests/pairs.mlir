// RUN: mase-opt %s --toy-pass="same=2 tested=3 flag" | FileCheck %s --check-prefix=FLAG
// RUN: mase-opt %s --toy-pass="same=2 tested=3 flag=false" | FileCheck %s --check-prefix=NO-FLAG
// RUN: mase-opt %s --pass-pipeline='builtin.module(toy-pass{same=2 flag tested=4})' | FileCheck %s --check-prefix=FOUR
// RUN: mase-opt %s --toy-pair=alike=1 | FileCheck %s
// RUN: mase-opt %s --toy-pair=alike=2 -o %t
// RUN: FileCheck --check-prefix CHECK --input-file %t %s
// RUN: mase-opt %s --toy-pair="together=1 alike=5" | FileCheck %s --check-prefix=ONE
// RUN: mase-opt %s --toy-pair="together=2 alike=6" | FileCheck %s --check-prefix=TWO
// RUN: not mase-opt %s --toy-pair=wrong=1 2>&1 | FileCheck %s --check-prefix=BAD
// RUN: not mase-opt %s --toy-pair=wrong=2 2>&1 | FileCheck %s --check-prefix=WORSE
// RUN: mase-opt %s --toy-pair="compared=1" -o %t.1
// RUN: mase-opt %s --toy-pair="compared=2" -o %t.2
// RUN: not cmp %t.1 %t.2
