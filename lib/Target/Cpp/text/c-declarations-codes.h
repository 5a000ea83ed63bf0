// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// One sample of codes as the network's first quantisation makes them.
void net_infer_codes_one(const net_input_code *x, float *y);
/// `count` samples of codes in rows without gaps.
void net_infer_codes(const net_input_code *x, float *y, size_t count);
