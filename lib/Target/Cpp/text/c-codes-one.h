// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

void net_infer_codes_one(const net_input_code *x, float *y) {
  net_code in[NET_INPUTS];
  for (int f = 0; f < NET_INPUTS; ++f)
    in[f] = (net_code)x[f];
  net_one_of_codes(in, y);
}
