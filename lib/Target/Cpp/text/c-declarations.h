// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// One sample: NET_INPUTS numbers to NET_OUTPUTS.
void net_infer_one(const float *x, float *y);
/// `count` samples in rows without gaps.
void net_infer(const float *x, float *y, size_t count);
/// `count` samples in rows, `x_stride` numbers apart, to rows `y_stride`
/// numbers apart. The results must not lie over the samples.
void net_infer_strided(const float *x, ptrdiff_t x_stride, float *y,
                       ptrdiff_t y_stride, size_t count);
/// `count` samples whose features have columns of their own: x[f][i] to rows.
void net_infer_columns(const float *const *x, float *y, size_t count);
/// The class of a sample: the first of its largest outputs.
int net_classify_one(const float *x);
/// The classes of `count` samples in rows without gaps.
void net_classify(const float *x, int32_t *classes, size_t count);
