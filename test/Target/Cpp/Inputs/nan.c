// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The result of a network of one number for NaN, alone and among others.
#define NET_IMPLEMENTATION
#include "net.h"

#include <stdio.h>

int main(void) {
  float x[NET_BLOCK], y[NET_BLOCK], one;
  for (int i = 0; i < NET_BLOCK; ++i)
    x[i] = NAN;
  net_infer_one(x, &one);
  net_infer(x, y, NET_BLOCK);
  printf("%g %g\n", (double)one, (double)y[0]);
  return 0;
}
