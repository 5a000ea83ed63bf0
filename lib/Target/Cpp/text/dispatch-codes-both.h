// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

inline void inferCodes(const InputCode *x, OutputCode *y) noexcept {
  MASE_DISPATCHED(inferCodes, x, y);
}
inline void inferCodes(const InputCode *x, OutputCode *y,
                       std::size_t count) noexcept {
  MASE_DISPATCHED(inferCodes, x, y, count);
}
