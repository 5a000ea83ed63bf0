// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Asks the processor what it runs.
#include "mase/Numerics/InstructionSet.h"

#include "absl/strings/string_view.h"
#include <cstdlib>

namespace mase {

const char *nameOf(InstructionSet set) {
  switch (set) {
  case InstructionSet::Generic:
    return "generic";
  case InstructionSet::AVX2:
    return "avx2";
  case InstructionSet::AVX512:
    return "avx512";
  case InstructionSet::AVX512VNNI:
    return "avx512vnni";
  }
  return "generic";
}

std::vector<std::string> featuresOf(InstructionSet set) {
  std::vector<std::string> features;
  auto add = [&](InstructionSet first, std::vector<std::string> more) {
    if (set >= first)
      features.insert(features.end(), more.begin(), more.end());
  };
  add(InstructionSet::AVX2, {"+avx2", "+fma", "+popcnt"});
  add(InstructionSet::AVX512,
      {"+avx512f", "+avx512dq", "+avx512bw", "+avx512vl"});
  add(InstructionSet::AVX512VNNI, {"+avx512vnni"});
  return features;
}

std::vector<InstructionSet> availableInstructionSets() {
  std::vector<InstructionSet> sets = {InstructionSet::Generic};
#ifdef __x86_64__
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
      !__builtin_cpu_supports("popcnt"))
    return sets;
  sets.push_back(InstructionSet::AVX2);
  if (!__builtin_cpu_supports("avx512f") ||
      !__builtin_cpu_supports("avx512dq") ||
      !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512vl"))
    return sets;
  sets.push_back(InstructionSet::AVX512);
  if (__builtin_cpu_supports("avx512vnni"))
    sets.push_back(InstructionSet::AVX512VNNI);
#endif
  return sets;
}

InstructionSet bestInstructionSet() {
  static const InstructionSet best = [] {
    std::vector<InstructionSet> sets = availableInstructionSets();
    if (const char *wanted = std::getenv("MASE_ISA"))
      for (InstructionSet set : sets)
        if (absl::string_view(nameOf(set)) == wanted)
          return set;
    return sets.back();
  }();
  return best;
}

} // namespace mase
