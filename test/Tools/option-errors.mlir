// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Options that a pass does not have, and values that are none: one message that
// names the pass and what it has, wherever they are given.
// RUN: not mase-opt %s --mase-search=trails=3 2>&1 | FileCheck %s --check-prefix=NAME --match-full-lines --implicit-check-not={{.}}
// RUN: not mase-opt %s --pass-pipeline='builtin.module(mase-report,mase-search{config="a b" trails=3})' 2>&1 | FileCheck %s --check-prefix=NAME --match-full-lines --implicit-check-not={{.}}
// NAME: mase-opt: error: --mase-search: no option 'trails'; nearest: 'trials', {{.*}}
// RUN: not mase-opt %s --mase-report="format=json tabels=costs" 2>&1 | FileCheck %s --check-prefix=LIST --match-full-lines --implicit-check-not={{.}}
// LIST: mase-opt: error: --mase-report: no option 'tabels'; nearest: 'tables', {{.*}}
// RUN: not mase-opt %s --mase-to-cuda-pipeline="kernl=scalar" 2>&1 | FileCheck %s --check-prefix=PIPELINE --match-full-lines --implicit-check-not={{.}}
// PIPELINE: mase-opt: error: --mase-to-cuda-pipeline: no option 'kernl'; valid: 'kernel', {{.*}}

// RUN: not mase-opt %s --mase-search=trials=x 2>&1 | FileCheck %s --check-prefix=INTEGER --match-full-lines --implicit-check-not={{.}}
// INTEGER: mase-opt: error: --mase-search: expected an integer for 'trials', found 'x'
// RUN: not mase-opt %s --mase-search=trials 2>&1 | FileCheck %s --check-prefix=NONE --match-full-lines --implicit-check-not={{.}}
// NONE: mase-opt: error: --mase-search: expected an integer for 'trials', found none
// RUN: not mase-opt %s --mase-search="quiet=perhaps" 2>&1 | FileCheck %s --check-prefix=TRUTH --match-full-lines --implicit-check-not={{.}}
// TRUTH: mase-opt: error: --mase-search: expected true or false for 'quiet', found 'perhaps'
// RUN: not mase-opt %s --mase-quantize="by=type layers=default:{name='NA'} max-saturated=much" 2>&1 | FileCheck %s --check-prefix=NUMBER --match-full-lines --implicit-check-not={{.}}
// NUMBER: mase-opt: error: --mase-quantize: expected a number for 'max-saturated', found 'much'

// What is right goes through, to passes of others as well.
// RUN: mase-opt %s --mase-quantize="by=type layers=default:{name='NA'} max-saturated=.5" --canonicalize=max-iterations=3 -o /dev/null 2>&1 | FileCheck %s --check-prefix=RIGHT
// RIGHT: nothing to do
// Those say themselves what is wrong.
// RUN: not mase-opt %s --canonicalize=max-iteration=3 2>&1 | FileCheck %s --check-prefix=OTHER --match-full-lines --implicit-check-not={{.}}
// OTHER: mase-opt: error: no pass option 'max-iteration' here; --help lists those of every pass

module {}
