// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// One sample.
static inline void net_infer_one(const float *x, float *y) {
  net_infer(x, y, 1);
}

/// Samples that the following functions copy at a time.
enum { net_some = 16 };

/// `count` samples in rows, `x_stride` numbers apart, to rows `y_stride`
/// numbers apart. The results must not lie over the samples.
static inline void net_infer_strided(const float *x, ptrdiff_t x_stride,
                                     float *y, ptrdiff_t y_stride,
                                     size_t count) {
  float in[net_some * NET_INPUTS], out[net_some * NET_OUTPUTS];
  for (size_t i = 0, some; i < count; i += some) {
    some = count - i < net_some ? count - i : net_some;
    for (size_t s = 0; s < some; ++s)
      for (size_t f = 0; f < NET_INPUTS; ++f)
        in[s * NET_INPUTS + f] =
            x[(ptrdiff_t)(i + s) * x_stride + (ptrdiff_t)f];
    net_infer(in, out, some);
    for (size_t s = 0; s < some; ++s)
      for (size_t o = 0; o < NET_OUTPUTS; ++o)
        y[(ptrdiff_t)(i + s) * y_stride + (ptrdiff_t)o] =
            out[s * NET_OUTPUTS + o];
  }
}

/// `count` samples whose features have columns of their own: x[f][i] to rows.
static inline void net_infer_columns(const float *const *x, float *y,
                                     size_t count) {
  float in[net_some * NET_INPUTS];
  for (size_t i = 0, some; i < count; i += some) {
    some = count - i < net_some ? count - i : net_some;
    for (size_t f = 0; f < NET_INPUTS; ++f)
      for (size_t s = 0; s < some; ++s)
        in[s * NET_INPUTS + f] = x[f][i + s];
    net_infer(in, y + i * NET_OUTPUTS, some);
  }
}

/// The classes of `count` samples in rows without gaps: of each the first of
/// its largest outputs.
static inline void net_classify(const float *x, int32_t *classes,
                                size_t count) {
  float y[net_some * NET_OUTPUTS];
  for (size_t i = 0, some; i < count; i += some) {
    some = count - i < net_some ? count - i : net_some;
    net_infer(x + i * NET_INPUTS, y, some);
    for (size_t s = 0; s < some; ++s) {
      int32_t best = 0;
      for (int32_t o = 1; o < NET_OUTPUTS; ++o)
        if (y[s * NET_OUTPUTS + (size_t)o] > y[s * NET_OUTPUTS + (size_t)best])
          best = o;
      classes[i + s] = best;
    }
  }
}

/// The class of a sample.
static inline int net_classify_one(const float *x) {
  int32_t best;
  net_classify(x, &best, 1);
  return (int)best;
}
