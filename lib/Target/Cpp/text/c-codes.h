// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// As net_load.
static void net_load_codes(const net_input_code *x, size_t count,
                           net_code_in *in) {
  for (size_t s = 0; s < NET_BLOCK; ++s)
    for (int f = 0; f < NET_INPUTS; ++f)
      in[(size_t)f * NET_BLOCK + s] =
          (net_code_in)x[(s < count ? s : count - 1) * NET_INPUTS + (size_t)f];
}

void net_infer_codes_one(const net_input_code *x, float *y) {
  net_code_in in[NET_INPUTS];
  for (int f = 0; f < NET_INPUTS; ++f)
    in[f] = (net_code_in)x[f];
  net_one_of_codes(in, y);
}

void net_infer_codes(const net_input_code *x, float *y, size_t count) {
  net_code_in in[NET_INPUTS * NET_BLOCK];
  float out[NET_OUTPUTS * NET_BLOCK];
  for (size_t i = 0, some; i < count; i += some) {
    some = net_next(count - i);
    if (some == 1) {
      net_infer_codes_one(x + i * NET_INPUTS, y + i * NET_OUTPUTS);
      continue;
    }
    net_load_codes(x + i * NET_INPUTS, some, in);
    net_block_of_codes(in, out);
    net_store(out, y + i * NET_OUTPUTS, NET_OUTPUTS, some);
  }
}
