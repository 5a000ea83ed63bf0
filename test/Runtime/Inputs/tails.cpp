// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs generated code on batches of awkward sizes, each in buffers of its exact
// size (so that the address sanitiser sees a step beyond), and compares with
// the samples run one by one.
#include NETWORK

#include <cstdio>
#include <vector>

int main() {
  constexpr int kInputs = NAME::kInputs, kOutputs = OUTPUTS;
  uint32_t state = 1;
  auto draw = [&] {
    state = state * 1664525u + 1013904223u;
    if (state % 61 == 0)
      return mase::floatOf(state); // anything: infinity, NaN, denormals
    return float(int32_t(state >> 8) - (1 << 23)) * 0x1p-21f;
  };
  for (int64_t count : {0, 1, 3, 4, 5, 1023}) {
    std::vector<float> x(count * kInputs), y(count * kOutputs), one(kOutputs);
    for (float &value : x)
      value = draw();
    HOST(x.data(), y.data(), count);
    for (int64_t i = 0; i < count; ++i) {
      std::vector<float> sample(&x[i * kInputs], &x[i * kInputs] + kInputs);
      HOST(sample.data(), one.data(), 1);
      for (int o = 0; o < kOutputs; ++o)
        if (mase::bitsOf(one[o]) != mase::bitsOf(y[i * kOutputs + o]) &&
            !(one[o] != one[o] && y[i * kOutputs + o] != y[i * kOutputs + o])) {
          std::printf("sample %lld of %lld differs at output %d\n",
                      (long long)i, (long long)count, o);
          return 1;
        }
    }
    std::printf("%lld samples agree\n", (long long)count);
  }
}
