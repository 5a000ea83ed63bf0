// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// One sample: kInputs numbers to kOutputs.
inline void infer(const float *x, float *y) noexcept {
  rt::Numbers<rt::Features, int(kInputs)> in{};
  std::memcpy(&in, x, sizeof(float) * kInputs);
  rt::Numbers<rt::Features, int(kOutputs)> out;
  network(in, out);
  std::memcpy(y, &out, sizeof(float) * kOutputs);
}

/// `count` samples in rows, `xStride` numbers apart, to rows `yStride` numbers
/// apart. The results must not lie over the samples.
inline void infer(const float *x, std::ptrdiff_t xStride, float *y,
                  std::ptrdiff_t yStride, std::size_t count) noexcept {
  constexpr std::size_t lanes = rt::kLanes;
  if (count < lanes) {
    for (std::size_t i = 0; i < count; ++i)
      infer(x + std::ptrdiff_t(i) * xStride, y + std::ptrdiff_t(i) * yStride);
    return;
  }
  for (std::size_t i = 0; i < count; i += lanes) {
    // The last samples are computed with some that have been before.
    const auto first = std::ptrdiff_t(i + lanes <= count ? i : count - lanes);
    rt::Numbers<rt::Samples, int(kInputs)> in{};
    rt::loadRows<int(kInputs)>(x + first * xStride, xStride, in);
    rt::Numbers<rt::Samples, int(kOutputs)> out;
    network(in, out);
    rt::storeRows<int(kOutputs)>(out, y + first * yStride, yStride);
  }
}

/// `count` samples in rows without gaps, [count][kInputs] to [count][kOutputs].
inline void infer(const float *x, float *y, std::size_t count) noexcept {
  infer(x, std::ptrdiff_t(kInputs), y, std::ptrdiff_t(kOutputs), count);
}

/// `count` samples whose features have columns of their own: x[f][i] to rows.
inline void infer(const float *const *x, float *y, std::size_t count) noexcept {
  constexpr std::size_t lanes = rt::kLanes;
  if (count < lanes) {
    for (std::size_t i = 0; i < count; ++i) {
      float sample[kInputs];
      for (std::size_t f = 0; f < kInputs; ++f)
        sample[f] = x[f][i];
      infer(sample, y + i * kOutputs);
    }
    return;
  }
  for (std::size_t i = 0; i < count; i += lanes) {
    const std::size_t first = i + lanes <= count ? i : count - lanes;
    rt::Numbers<rt::Samples, int(kInputs)> in{};
    rt::loadColumns<int(kInputs)>(x, first, in);
    rt::Numbers<rt::Samples, int(kOutputs)> out;
    network(in, out);
    rt::storeRows<int(kOutputs)>(out, y + first * kOutputs,
                                 std::ptrdiff_t(kOutputs));
  }
}

/// The class of a sample: the first of its largest outputs.
inline int classify(const float *x) noexcept {
  float y[kOutputs];
  infer(x, y);
  int place = 0;
  for (int o = 1; o < int(kOutputs); ++o)
    place = y[o] > y[place] ? o : place;
  return place;
}

/// The classes of `count` samples in rows without gaps.
inline void classify(const float *x, std::int32_t *classes,
                     std::size_t count) noexcept {
  constexpr std::size_t lanes = rt::kLanes;
  if (count < lanes) {
    for (std::size_t i = 0; i < count; ++i)
      classes[i] = classify(x + i * kInputs);
    return;
  }
  for (std::size_t i = 0; i < count; i += lanes) {
    const std::size_t first = i + lanes <= count ? i : count - lanes;
    rt::Numbers<rt::Samples, int(kInputs)> in{};
    rt::loadRows<int(kInputs)>(x + first * kInputs, std::ptrdiff_t(kInputs),
                               in);
    rt::Numbers<rt::Samples, int(kOutputs)> out;
    network(in, out);
    const rt::Ints places = rt::largest<int(kOutputs)>(out);
    std::memcpy(classes + first, &places, sizeof places);
  }
}
