// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// As net_store.
static void net_store_codes(const net_code_out *out, net_output_code *y,
                            size_t count) {
  for (size_t s = 0; s < count; ++s)
    for (int f = 0; f < NET_OUTPUTS; ++f)
      y[s * NET_OUTPUTS + (size_t)f] =
          (net_output_code)out[(size_t)f * NET_BLOCK + s];
}

void net_infer_to_codes_one(const float *x, net_output_code *y) {
  net_code_out out[NET_OUTPUTS];
  net_one_to_codes(x, out);
  for (int f = 0; f < NET_OUTPUTS; ++f)
    y[f] = (net_output_code)out[f];
}

void net_infer_to_codes(const float *x, net_output_code *y, size_t count) {
  float in[NET_INPUTS * NET_BLOCK];
  net_code_out out[NET_OUTPUTS * NET_BLOCK];
  for (size_t i = 0, some; i < count; i += some) {
    some = net_next(count - i);
    if (some == 1) {
      net_infer_to_codes_one(x + i * NET_INPUTS, y + i * NET_OUTPUTS);
      continue;
    }
    net_load(x + i * NET_INPUTS, NET_INPUTS, some, in);
    net_block_to_codes(in, out);
    net_store_codes(out, y + i * NET_OUTPUTS, some);
  }
}
