// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The codes that inferCodes gives are what infer's numbers are made of.
#include "net.hpp"

#include <cstdio>
#include <random>
#include <vector>

int main() {
  constexpr std::size_t n = 101;
  std::mt19937 random;
  std::uniform_int_distribution<int> draw(-32, 31);
  std::vector<net::InputCode> in(n * net::kInputs);
  std::vector<float> x(in.size()), y(n * net::kOutputs);
  std::vector<net::OutputCode> ofNumbers(y.size()), ofCodes(y.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    in[i] = net::InputCode(draw(random));
    x[i] = net::kInputScale * float(int(in[i]) - net::kInputZeroPoint);
  }
  net::infer(x.data(), y.data(), n);
  net::inferCodes(x.data(), ofNumbers.data(), n);
  net::inferCodes(in.data(), ofCodes.data(), n);
  bool same = ofNumbers == ofCodes, varied = false;
  for (std::size_t i = 0; i < y.size(); ++i) {
    same &= y[i] ==
            net::kOutputScale * float(int(ofCodes[i]) - net::kOutputZeroPoint);
    varied |= ofCodes[i] != ofCodes[0];
  }
  for (std::size_t i = 0; i < n; ++i) {
    net::OutputCode one[2][net::kOutputs];
    net::inferCodes(&x[i * net::kInputs], one[0]);
    net::inferCodes(&in[i * net::kInputs], one[1]);
    for (std::size_t o = 0; o < net::kOutputs; ++o)
      same &=
          one[0][o] == ofCodes[i * net::kOutputs + o] && one[1][o] == one[0][o];
  }
  std::printf("%s, codes of %d bytes\n",
              !varied ? "constant"
              : same  ? "the same"
                      : "different",
              int(sizeof(net::OutputCode)));
}
