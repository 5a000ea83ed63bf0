// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// One sample: kInputs numbers to kOutputs. All lanes compute the same.
inline void infer(const float *x, float *y) noexcept {
  rt::Numbers<rt::Samples, int(kInputs)> in{};
  rt::loadRows<int(kInputs)>(x, 0, in);
  rt::Numbers<rt::Samples, int(kOutputs)> out;
  network(in, out);
  rt::firstLane<int(kOutputs)>(out, y);
}
