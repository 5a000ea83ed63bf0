// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The codes that net_infer_to_codes gives are what net_infer's numbers are made
// of.
#define NET_IMPLEMENTATION
#include "net.h"

#include <stdio.h>
#include <string.h>

enum { kSamples = 101 };

int main(void) {
  static net_input_code in[kSamples * NET_INPUTS];
  static net_output_code of_numbers[kSamples * NET_OUTPUTS],
      of_codes[kSamples * NET_OUTPUTS];
  static float x[kSamples * NET_INPUTS], y[kSamples * NET_OUTPUTS];
  uint32_t random = 1;
  for (size_t i = 0; i < kSamples * NET_INPUTS; ++i) {
    random = random * 1664525u + 1013904223u;
    in[i] = (net_input_code)((int)(random >> 26) - 32);
    x[i] = NET_INPUT_SCALE * (float)((int)in[i] - NET_INPUT_ZERO_POINT);
  }
  net_infer(x, y, kSamples);
  net_infer_to_codes(x, of_numbers, kSamples);
  net_infer_codes_to_codes(in, of_codes, kSamples);
  int same = memcmp(of_numbers, of_codes, sizeof of_codes) == 0, varied = 0;
  for (size_t i = 0; i < kSamples * NET_OUTPUTS; ++i) {
    const float value =
        NET_OUTPUT_SCALE * (float)((int)of_codes[i] - NET_OUTPUT_ZERO_POINT);
    same &= memcmp(&value, &y[i], sizeof value) == 0;
    varied |= of_codes[i] != of_codes[0];
  }
  for (size_t i = 0; i < kSamples; ++i) {
    net_output_code one[2][NET_OUTPUTS];
    net_infer_to_codes_one(x + i * NET_INPUTS, one[0]);
    net_infer_codes_to_codes_one(in + i * NET_INPUTS, one[1]);
    same &= memcmp(one[0], of_codes + i * NET_OUTPUTS, sizeof one[0]) == 0 &&
            memcmp(one[0], one[1], sizeof one[0]) == 0;
  }
  printf("%s, codes of %d bytes\n",
         !varied ? "constant"
         : same  ? "the same"
                 : "different",
         (int)sizeof(net_output_code));
  return 0;
}
