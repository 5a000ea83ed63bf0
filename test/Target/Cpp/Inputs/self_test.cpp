// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether a header's own test passes.
#include "net.hpp"

#include <cstdio>

int main() {
  std::puts(net::selfTest() ? "the interpreter's bits" : "other bits");
  return 0;
}
