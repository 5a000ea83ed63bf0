// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// inferCodes of a header gives what infer gives for the codes' values.
#include "net.hpp"

#include <cstdio>
#include <cstring>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

int main() {
  constexpr std::size_t n = 101;
  std::mt19937 random;
  std::uniform_int_distribution<int> draw(LOW, HIGH);
  std::vector<net::InputCode> codes(n * net::kInputs);
  std::vector<float> x(codes.size()), y(n * net::kOutputs), z(y.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = net::InputCode(draw(random));
    x[i] = net::kInputScale * float(int(codes[i]) - net::kInputZeroPoint);
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
