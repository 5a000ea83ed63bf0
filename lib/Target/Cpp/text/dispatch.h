// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// Calls `function` of the processor's set.
#define MASE_DISPATCHED(function, ...)                                         \
  if (__builtin_cpu_supports("avx512vnni") &&                                  \
      __builtin_cpu_supports("avx512bw") &&                                    \
      __builtin_cpu_supports("avx512dq") &&                                    \
      __builtin_cpu_supports("avx512vl"))                                      \
    return for_avx512vnni::function(__VA_ARGS__);                              \
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))         \
    return for_avx2::function(__VA_ARGS__);                                    \
  return for_any::function(__VA_ARGS__)

// As in the code for each set.
inline void infer(const float *x, float *y) noexcept {
  MASE_DISPATCHED(infer, x, y);
}
inline void infer(const float *x, std::ptrdiff_t xStride, float *y,
                  std::ptrdiff_t yStride, std::size_t count) noexcept {
  MASE_DISPATCHED(infer, x, xStride, y, yStride, count);
}
inline void infer(const float *x, float *y, std::size_t count) noexcept {
  MASE_DISPATCHED(infer, x, y, count);
}
inline void infer(const float *const *x, float *y, std::size_t count) noexcept {
  MASE_DISPATCHED(infer, x, y, count);
}
inline int classify(const float *x) noexcept { MASE_DISPATCHED(classify, x); }
inline void classify(const float *x, std::int32_t *classes,
                     std::size_t count) noexcept {
  MASE_DISPATCHED(classify, x, classes, count);
}
