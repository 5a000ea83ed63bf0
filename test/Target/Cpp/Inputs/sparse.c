// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same where each feature has a format of its own (sparse.mlir).
#define NET_IMPLEMENTATION
#include "net.h"

#include <stdio.h>
#include <string.h>

enum { kSamples = 101 };
static const int width[NET_INPUTS] = {4, 6, 3, 7, 5, 4},
                 fraction[NET_INPUTS] = {2, 5, 4, 5, 4, 3};

int main(void) {
  static net_input_code codes[kSamples * NET_INPUTS];
  static float x[kSamples * NET_INPUTS], y[kSamples * NET_OUTPUTS],
      z[kSamples * NET_OUTPUTS];
  uint32_t random = 1;
  for (size_t i = 0; i < kSamples * NET_INPUTS; ++i) {
    random = random * 1664525u + 1013904223u;
    const size_t f = i % NET_INPUTS;
    const int count = 1 << width[f];
    codes[i] = (net_input_code)((int)(random >> 8) % count - count / 2);
    x[i] = (float)codes[i] / (float)(1 << fraction[f]);
  }
  net_infer(x, y, kSamples);
  net_infer_codes(codes, z, kSamples);
  int same = memcmp(y, z, sizeof y) == 0;
  for (size_t i = 0; i < kSamples; ++i) {
    float one[NET_OUTPUTS];
    net_infer_codes_one(codes + i * NET_INPUTS, one);
    same &= memcmp(one, y + i * NET_OUTPUTS, sizeof one) == 0;
  }
  printf("%s, codes of %d bytes\n", same ? "the same" : "different",
         (int)sizeof(net_input_code));
  return 0;
}
