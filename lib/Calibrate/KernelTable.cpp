// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The builds of the kernels, by instruction set.
#include "CalibrationKernels.h"

namespace mase {

namespace generic {
extern const CalibrationKernels calibrationKernels;
} // namespace generic
#ifdef __x86_64__
namespace avx2 {
extern const CalibrationKernels calibrationKernels;
} // namespace avx2
namespace avx512 {
extern const CalibrationKernels calibrationKernels;
} // namespace avx512
namespace avx512vnni {
extern const CalibrationKernels calibrationKernels;
} // namespace avx512vnni
#endif

const CalibrationKernels &calibrationKernels(InstructionSet set) {
  switch (set) {
#ifdef __x86_64__
  case InstructionSet::AVX2:
    return avx2::calibrationKernels;
  case InstructionSet::AVX512:
    return avx512::calibrationKernels;
  case InstructionSet::AVX512VNNI:
    return avx512vnni::calibrationKernels;
#endif
  default:
    return generic::calibrationKernels;
  }
}

} // namespace mase
