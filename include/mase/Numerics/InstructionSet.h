// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which build of the kernels to run. Kernels are one source, compiled once per
// instruction set; all of them give the same bits.
#ifndef MASE_NUMERICS_INSTRUCTIONSET_H
#define MASE_NUMERICS_INSTRUCTIONSET_H

#include <string>
#include <vector>

namespace mase {

/// In ascending order: each includes the ones before it.
enum class InstructionSet {
  Generic,   ///< what the target has at least (x86-64: SSE2)
  AVX2,      ///< AVX2 and FMA
  AVX512,    ///< AVX-512 F, DQ, BW, VL
  AVX512VNNI ///< and its dot products of bytes
};

/// "generic", "avx2", "avx512", "avx512vnni".
const char *nameOf(InstructionSet set);

/// LLVM's names of the features that a set needs of an x86-64: "+avx2", "+fma",
/// ….
std::vector<std::string> featuresOf(InstructionSet set);

/// The instruction sets that this machine runs, ascending; Generic is always
/// among them.
std::vector<InstructionSet> availableInstructionSets();

/// The best available one. The environment variable MASE_ISA may name a lower
/// one (for tests and measurements); a name that is unknown or not available
/// is ignored. Read once.
InstructionSet bestInstructionSet();

} // namespace mase

#endif // MASE_NUMERICS_INSTRUCTIONSET_H
