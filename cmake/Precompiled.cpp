// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Nothing: the precompiled header (MaseTargets.cmake) needs a source file.
