// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// One sample of codes to codes.
inline void inferCodes(const InputCode *x, OutputCode *y) noexcept {
  FirstCodes<rt::Features> in;
  rt::loadCodes<rt::Features, int(kInputs)>(x, std::ptrdiff_t(kInputs), in);
  LastCodes<rt::Features> out;
  networkOfCodesToCodes<rt::Features>(in, out);
  rt::storeCodes<rt::Features, int(kOutputs)>(out, y, 0);
}

/// `count` samples in rows without gaps.
inline void inferCodes(const InputCode *x, OutputCode *y,
                       std::size_t count) noexcept {
  constexpr std::size_t lanes = rt::kLanes;
  if (count < lanes) {
    for (std::size_t i = 0; i < count; ++i)
      inferCodes(x + i * kInputs, y + i * kOutputs);
    return;
  }
  for (std::size_t i = 0; i < count; i += lanes) {
    const std::size_t first = i + lanes <= count ? i : count - lanes;
    FirstCodes<rt::Samples> in;
    rt::loadCodes<rt::Samples, int(kInputs)>(x + first * kInputs,
                                             std::ptrdiff_t(kInputs), in);
    LastCodes<rt::Samples> out;
    networkOfCodesToCodes<rt::Samples>(in, out);
    rt::storeCodes<rt::Samples, int(kOutputs)>(out, y + first * kOutputs,
                                               std::ptrdiff_t(kOutputs));
  }
}
