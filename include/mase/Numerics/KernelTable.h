// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The builds of a source file that mase_add_kernels (cmake/MaseTargets.cmake)
// compiles once per instruction set.
#ifndef MASE_NUMERICS_KERNELTABLE_H
#define MASE_NUMERICS_KERNELTABLE_H

#include "mase/Numerics/InstructionSet.h"

#ifdef __x86_64__
#define MASE_X86_KERNELS(...) __VA_ARGS__
#else
#define MASE_X86_KERNELS(...)
#endif

/// Defines `const Table &function(InstructionSet)`: the constant `name` of the
/// build for that set. To be used in the namespace that the builds' own
/// namespaces (MASE_KERNELS) are in.
#define MASE_KERNEL_TABLE(Table, name, function)                               \
  namespace generic {                                                          \
  extern const Table name;                                                     \
  }                                                                            \
  MASE_X86_KERNELS(                                                            \
      namespace avx2 { extern const Table name; } namespace avx512 {           \
        extern const Table name;                                               \
      } namespace avx512vnni { extern const Table name; })                     \
  const Table &function(::mase::InstructionSet set) {                          \
    switch (set) {                                                             \
      MASE_X86_KERNELS(                                                        \
          case ::mase::InstructionSet::AVX2 : return avx2::name;               \
          case ::mase::InstructionSet::AVX512 : return avx512::name;           \
          case ::mase::InstructionSet::AVX512VNNI : return avx512vnni::name;)  \
    default:                                                                   \
      return generic::name;                                                    \
    }                                                                          \
  }

#endif // MASE_NUMERICS_KERNELTABLE_H
