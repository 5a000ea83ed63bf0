// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// One sample to the codes of the last layer's result.
inline void inferCodes(const float *x, OutputCode *y) noexcept {
  rt::Numbers<rt::Features, int(kInputs)> in{};
  std::memcpy(&in, x, sizeof(float) * kInputs);
  LastCodes<rt::Features> out;
  networkToCodes<rt::Features>(in, out);
  rt::storeCodes<rt::Features, int(kOutputs)>(out, y, 0);
}

/// `count` samples in rows without gaps.
inline void inferCodes(const float *x, OutputCode *y,
                       std::size_t count) noexcept {
  constexpr std::size_t lanes = rt::kLanes;
  if (count < lanes) {
    for (std::size_t i = 0; i < count; ++i)
      inferCodes(x + i * kInputs, y + i * kOutputs);
    return;
  }
  for (std::size_t i = 0; i < count; i += lanes) {
    const std::size_t first = i + lanes <= count ? i : count - lanes;
    rt::Numbers<rt::Samples, int(kInputs)> in{};
    rt::loadRows<int(kInputs)>(x + first * kInputs, std::ptrdiff_t(kInputs),
                               in);
    LastCodes<rt::Samples> out;
    networkToCodes<rt::Samples>(in, out);
    rt::storeCodes<rt::Samples, int(kOutputs)>(out, y + first * kOutputs,
                                               std::ptrdiff_t(kOutputs));
  }
}
