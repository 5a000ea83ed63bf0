// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// Whether this code, compiled as it has been, gives the bits that mase-opt's
/// interpreter gave: kTests samples, one by one and all at once.
inline bool selfTest() noexcept {
  constexpr std::size_t size = sizeof kTestOutputs / sizeof kTestOutputs[0];
  float all[size], one[kOutputs];
  infer(kTestInputs, all, kTests);
  for (std::size_t i = 0; i < kTests; ++i) {
    infer(kTestInputs + i * kInputs, one);
    for (std::size_t o = 0; o < kOutputs; ++o) {
      const float expected = kTestOutputs[i * kOutputs + o],
                  together = all[i * kOutputs + o], alone = one[o];
      // NaNs are alike, whatever their bits.
      const bool isNaN =
          expected != expected && together != together && alone != alone;
      if (!isNaN && (std::memcmp(&expected, &together, sizeof(float)) != 0 ||
                     std::memcmp(&expected, &alone, sizeof(float)) != 0))
        return false;
    }
  }
  return true;
}
