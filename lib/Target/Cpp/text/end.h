// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef __clang__
#pragma GCC diagnostic pop
#pragma GCC pop_options
#endif
#undef MASE_DEVICE
#undef MASE_INLINE
#undef MASE_LANES
#undef MASE_LANES_SET
#undef MASE_LANES_SPACE
#undef MASE_UNROLL
