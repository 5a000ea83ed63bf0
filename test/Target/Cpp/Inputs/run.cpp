// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every function of a header on the samples of a file: usage: run INPUT OUTPUT.
// INPUT is float32 [n, kInputs]; OUTPUT what infer gives for all at once. Exit
// status 1 if one of the others says anything else.
#include "net.hpp"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

static bool same(float a, float b) {
  return (a != a && b != b) || std::memcmp(&a, &b, sizeof a) == 0;
}

static int fail(const char *name, std::size_t sample) {
  std::fprintf(stderr, "%s differs at sample %zu\n", name, sample);
  return 1;
}

int main(int, char **argv) {
  using namespace net;
  std::ifstream file(argv[1], std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<float> x(bytes.size() / sizeof(float));
  if (!x.empty())
    std::memcpy(x.data(), bytes.data(), bytes.size());
  const std::size_t n = x.size() / kInputs;
  std::vector<float> y(n * kOutputs), other(n * (kOutputs + 1)),
      columns(x.size());
  infer(x.data(), y.data(), n);

  std::vector<std::int32_t> classes(n);
  classify(x.data(), classes.data(), n);
  for (std::size_t i = 0; i < n; ++i) {
    float one[kOutputs];
    infer(&x[i * kInputs], one);
    std::int32_t place = 0;
    for (std::size_t o = 0; o < kOutputs; ++o) {
      if (!same(one[o], y[i * kOutputs + o]))
        return fail("infer of one sample", i);
      place = one[o] > one[place] ? std::int32_t(o) : place;
    }
    if (classes[i] != place || classify(&x[i * kInputs]) != place)
      return fail("classify", i);
  }

  infer(x.data(), std::ptrdiff_t(kInputs), other.data(),
        std::ptrdiff_t(kOutputs) + 1, n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t o = 0; o < kOutputs; ++o)
      if (!same(other[i * (kOutputs + 1) + o], y[i * kOutputs + o]))
        return fail("infer with strides", i);

  std::vector<const float *> features(kInputs);
  for (std::size_t f = 0; f < kInputs; ++f) {
    features[f] = columns.data() + f * n;
    for (std::size_t i = 0; i < n; ++i)
      columns[f * n + i] = x[i * kInputs + f];
  }
  infer(features.data(), other.data(), n);
  for (std::size_t i = 0; i < n * kOutputs; ++i)
    if (!same(other[i], y[i]))
      return fail("infer of columns", i / kOutputs);

  if (!selfTest())
    return fail("selfTest", 0);
  std::ofstream out(argv[2], std::ios::binary);
  out.write(reinterpret_cast<const char *>(y.data()),
            std::streamsize(y.size() * sizeof(float)));
  return out ? 0 : 1;
}
