// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

void net_infer_codes_to_codes_one(const net_input_code *x, net_output_code *y) {
  net_code_in in[NET_INPUTS];
  net_code_out out[NET_OUTPUTS];
  for (int f = 0; f < NET_INPUTS; ++f)
    in[f] = (net_code_in)x[f];
  net_one_of_codes_to_codes(in, out);
  for (int f = 0; f < NET_OUTPUTS; ++f)
    y[f] = (net_output_code)out[f];
}

void net_infer_codes_to_codes(const net_input_code *x, net_output_code *y,
                              size_t count) {
  net_code_in in[NET_INPUTS * NET_BLOCK];
  net_code_out out[NET_OUTPUTS * NET_BLOCK];
  for (size_t i = 0, some; i < count; i += some) {
    some = net_next(count - i);
    if (some == 1) {
      net_infer_codes_to_codes_one(x + i * NET_INPUTS, y + i * NET_OUTPUTS);
      continue;
    }
    net_load_codes(x + i * NET_INPUTS, some, in);
    net_block_of_codes_to_codes(in, out);
    net_store_codes(out, y + i * NET_OUTPUTS, some);
  }
}
