// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The builds of the kernels, by instruction set.
#include "Kernels.h"

namespace mase {

namespace generic {
extern const Kernels kernels;
}
#ifdef __x86_64__
namespace avx2 {
extern const Kernels kernels;
}
namespace avx512 {
extern const Kernels kernels;
}
namespace avx512vnni {
extern const Kernels kernels;
}
#endif

const Kernels &kernelsFor(InstructionSet set) {
  switch (set) {
#ifdef __x86_64__
  case InstructionSet::AVX2:
    return avx2::kernels;
  case InstructionSet::AVX512:
    return avx512::kernels;
  case InstructionSet::AVX512VNNI:
    return avx512vnni::kernels;
#endif
  default:
    return generic::kernels;
  }
}

} // namespace mase
