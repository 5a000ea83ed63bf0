// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifdef __cplusplus
}
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif
#undef MASE_INLINE
#undef MASE_KEEP
