// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether the own test of a header in C passes.
#define NET_IMPLEMENTATION
#include "net.h"

#include <stdio.h>

int main(void) {
  puts(net_self_test() ? "the interpreter's bits" : "other bits");
  return 0;
}
