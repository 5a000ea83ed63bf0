// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// One sample to the codes of the last layer's result.
void net_infer_to_codes_one(const float *x, net_output_code *y);
/// `count` samples in rows without gaps.
void net_infer_to_codes(const float *x, net_output_code *y, size_t count);
