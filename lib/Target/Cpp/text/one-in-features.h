// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// One sample: kInputs numbers to kOutputs.
inline void infer(const float *x, float *y) noexcept {
  rt::Numbers<rt::Features, int(kInputs)> in{};
  std::memcpy(&in, x, sizeof(float) * kInputs);
  rt::Numbers<rt::Features, int(kOutputs)> out;
  network(in, out);
  std::memcpy(y, &out, sizeof(float) * kOutputs);
}
