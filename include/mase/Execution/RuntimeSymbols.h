// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Functions that code compiled from linalg calls. A program that links such
// code ahead of time links the library MaseRuntimeSymbols.
#ifndef MASE_EXECUTION_RUNTIMESYMBOLS_H
#define MASE_EXECUTION_RUNTIMESYMBOLS_H

/// exp, the same bits on every engine: expF32 of Numerics/Elementary.h.
extern "C" float mase_exp_f32(float x);

#endif // MASE_EXECUTION_RUNTIMESYMBOLS_H
