// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Options that a pass does not have, and values that are none: one message,
// without an empty one behind it or the name of LLVM's parser.
// RUN: not mase-opt %s --mase-search=trialz=3 2>&1 | FileCheck %s --check-prefix=NAME --match-full-lines --implicit-check-not={{.}}
// NAME: mase-opt: error: no pass option 'trialz' here; --help lists those of every pass
// RUN: not mase-opt %s --pass-pipeline='builtin.module(mase-search{trialz=3})' 2>&1 | FileCheck %s --check-prefix=PLACE --match-full-lines --implicit-check-not={{.}}
// PLACE: mase-opt: error: no pass option 'trialz' here; --help lists those of every pass (failed to add `mase-search` with options `trialz=3`)
// RUN: not mase-opt %s --mase-search=trials=x 2>&1 | FileCheck %s --check-prefix=VALUE --match-full-lines --implicit-check-not={{.}}
// VALUE: mase-opt: for the --trials option: 'x' value invalid for long argument!

module {}
