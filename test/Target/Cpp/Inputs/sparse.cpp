// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same where each feature has a format of its own (sparse.mlir).
#include "net.hpp"

#include <cstdio>
#include <cstring>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

namespace {
constexpr int kWidth[net::kInputs] = {4, 6, 3, 7, 5, 4},
              kFraction[net::kInputs] = {2, 5, 4, 5, 4, 3};
}

int main() {
  constexpr std::size_t n = 101;
  std::mt19937 random;
  std::vector<net::InputCode> codes(n * net::kInputs);
  std::vector<float> x(codes.size()), y(n * net::kOutputs), z(y.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::size_t f = i % net::kInputs;
    const int codeCount = 1 << kWidth[f];
    codes[i] =
        net::InputCode(int(random() % unsigned(codeCount)) - codeCount / 2);
    x[i] = float(codes[i]) / float(1 << kFraction[f]);
  }
  net::infer(x.data(), y.data(), n);
  net::inferCodes(codes.data(), z.data(), n);
  bool same = std::memcmp(y.data(), z.data(), y.size() * sizeof(float)) == 0;
  for (std::size_t i = 0; i < n; ++i) {
    float one[net::kOutputs];
    net::inferCodes(&codes[i * net::kInputs], one);
    same &= std::memcmp(one, &y[i * net::kOutputs], sizeof one) == 0;
  }
  std::printf("%s, codes of %d bytes\n", same ? "the same" : "different",
              int(sizeof(net::InputCode)));
}
