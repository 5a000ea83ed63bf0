// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// How many of the `rest` samples are computed next, and where: all lanes are,
/// those beyond with the last sample, but few are computed one by one.
MASE_INLINE size_t net_next(size_t rest) {
  return rest >= NET_BLOCK ? NET_BLOCK : rest > NET_BLOCK / 4 ? rest : 1;
}

/// Rows of `count` samples as [NET_INPUTS][NET_BLOCK], the last one repeated.
static void net_load(const float *x, ptrdiff_t stride, size_t count,
                     float *in) {
  for (size_t s = 0; s < NET_BLOCK; ++s)
    for (int f = 0; f < NET_INPUTS; ++f)
      in[(size_t)f * NET_BLOCK + s] =
          x[(ptrdiff_t)(s < count ? s : count - 1) * stride + f];
}

/// [NET_OUTPUTS][NET_BLOCK] to `count` rows.
static void net_store(const float *out, float *y, ptrdiff_t stride,
                      size_t count) {
  for (size_t s = 0; s < count; ++s)
    for (int f = 0; f < NET_OUTPUTS; ++f)
      y[(ptrdiff_t)s * stride + f] = out[(size_t)f * NET_BLOCK + s];
}

void net_infer_strided(const float *x, ptrdiff_t x_stride, float *y,
                       ptrdiff_t y_stride, size_t count) {
  float in[NET_INPUTS * NET_BLOCK], out[NET_OUTPUTS * NET_BLOCK];
  for (size_t i = 0, some; i < count; i += some) {
    const float *row = x + (ptrdiff_t)i * x_stride;
    float *result = y + (ptrdiff_t)i * y_stride;
    some = net_next(count - i);
    if (some == 1) {
      net_infer_one(row, result);
      continue;
    }
    net_load(row, x_stride, some, in);
    net_block(in, out);
    net_store(out, result, y_stride, some);
  }
}

void net_infer(const float *x, float *y, size_t count) {
  net_infer_strided(x, NET_INPUTS, y, NET_OUTPUTS, count);
}

void net_infer_columns(const float *const *x, float *y, size_t count) {
  float in[NET_INPUTS * NET_BLOCK], out[NET_OUTPUTS * NET_BLOCK];
  for (size_t i = 0, some; i < count; i += some) {
    float *result = y + i * NET_OUTPUTS;
    some = net_next(count - i);
    if (some == 1) {
      for (int f = 0; f < NET_INPUTS; ++f)
        in[f] = x[f][i];
      net_infer_one(in, result);
      continue;
    }
    for (int f = 0; f < NET_INPUTS; ++f)
      for (size_t s = 0; s < NET_BLOCK; ++s)
        in[(size_t)f * NET_BLOCK + s] = x[f][i + (s < some ? s : some - 1)];
    net_block(in, out);
    net_store(out, result, NET_OUTPUTS, some);
  }
}

/// The place of the first of the largest.
MASE_INLINE int net_largest(const float *y) {
  int place = 0;
  for (int o = 1; o < NET_OUTPUTS; ++o)
    place = y[o] > y[place] ? o : place;
  return place;
}

int net_classify_one(const float *x) {
  float y[NET_OUTPUTS];
  net_infer_one(x, y);
  return net_largest(y);
}

void net_classify(const float *x, int32_t *classes, size_t count) {
  float y[NET_OUTPUTS * NET_BLOCK];
  for (size_t i = 0, some; i < count; i += some) {
    some = count - i < NET_BLOCK ? count - i : NET_BLOCK;
    net_infer(x + i * NET_INPUTS, y, some);
    for (size_t s = 0; s < some; ++s)
      classes[i + s] = net_largest(y + s * NET_OUTPUTS);
  }
}
