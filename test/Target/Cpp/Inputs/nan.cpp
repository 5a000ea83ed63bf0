// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a network makes of NaN, one sample and many.
#include "net.hpp"

#include <cstdio>

int main() {
  float x[40 * net::kInputs], y[40 * net::kOutputs], one[net::kOutputs];
  for (float &value : x)
    value = __builtin_nanf("");
  net::infer(x, y, 40);
  net::infer(x, one);
  std::printf("%g %g\n", double(y[0]), double(one[0]));
}
