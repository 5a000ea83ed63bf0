// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// One sample of codes to codes.
void net_infer_codes_to_codes_one(const net_input_code *x, net_output_code *y);
/// `count` samples in rows without gaps.
void net_infer_codes_to_codes(const net_input_code *x, net_output_code *y,
                              size_t count);
