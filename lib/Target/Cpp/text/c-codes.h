// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

void net_infer_codes(const net_input_code *x, float *y, size_t count) {
  net_code in[NET_INPUTS * NET_BLOCK];
  float out[NET_OUTPUTS * NET_BLOCK];
  for (size_t i = 0, some; i < count; i += some) {
    const net_input_code *row = x + i * NET_INPUTS;
    some = net_next(count - i);
    if (some == 1) {
      net_infer_codes_one(row, y + i * NET_OUTPUTS);
      continue;
    }
    for (size_t s = 0; s < NET_BLOCK; ++s)
      for (int f = 0; f < NET_INPUTS; ++f)
        in[(size_t)f * NET_BLOCK + s] =
            (net_code)row[(s < some ? s : some - 1) * NET_INPUTS + (size_t)f];
    net_block_of_codes(in, out);
    net_store(out, y + i * NET_OUTPUTS, NET_OUTPUTS, some);
  }
}
