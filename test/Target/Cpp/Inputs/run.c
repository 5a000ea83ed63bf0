// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every function of a header in C on the samples of a file: usage: run INPUT
// OUTPUT. INPUT is float32 [n, NET_INPUTS]; OUTPUT what net_infer gives for all
// at once. Exit status 1 if one of the others says anything else. It is C++,
// too.
#define NET_IMPLEMENTATION
#include "net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int same(float a, float b) {
  return (a != a && b != b) || memcmp(&a, &b, sizeof a) == 0;
}

static int fail(const char *name, size_t sample) {
  fprintf(stderr, "%s differs at sample %zu\n", name, sample);
  return 1;
}

static float *numbers(size_t count) {
  float *result = (float *)calloc(count + 1, sizeof(float));
  if (!result)
    exit(2);
  return result;
}

int main(int argc, char **argv) {
  if (argc != 3 || net_inputs != NET_INPUTS || net_outputs != NET_OUTPUTS ||
      net_hash != NET_HASH || !net_layers[NET_LAYERS - 1])
    return 2;
  FILE *file = fopen(argv[1], "rb");
  if (!file)
    return 2;
  float *x = numbers(1000 * NET_INPUTS);
  const size_t n =
      fread(x, sizeof(float), 1000 * NET_INPUTS, file) / NET_INPUTS;
  fclose(file);
  float *y = numbers(n * NET_OUTPUTS), *other = numbers(n * (NET_OUTPUTS + 1)),
        *columns = numbers(n * NET_INPUTS);
  net_infer(x, y, n);

  int32_t *classes = (int32_t *)calloc(n + 1, sizeof(int32_t));
  if (!classes)
    return 2;
  net_classify(x, classes, n);
  for (size_t i = 0; i < n; ++i) {
    float one[NET_OUTPUTS];
    int place = 0;
    net_infer_one(x + i * NET_INPUTS, one);
    for (int o = 0; o < NET_OUTPUTS; ++o) {
      if (!same(one[o], y[i * NET_OUTPUTS + (size_t)o]))
        return fail("net_infer_one", i);
      place = one[o] > one[place] ? o : place;
    }
    if (classes[i] != place || net_classify_one(x + i * NET_INPUTS) != place)
      return fail("net_classify", i);
  }

  net_infer_strided(x, NET_INPUTS, other, NET_OUTPUTS + 1, n);
  for (size_t i = 0; i < n; ++i)
    for (size_t o = 0; o < NET_OUTPUTS; ++o)
      if (!same(other[i * (NET_OUTPUTS + 1) + o], y[i * NET_OUTPUTS + o]))
        return fail("net_infer_strided", i);

  const float *features[NET_INPUTS];
  for (size_t f = 0; f < NET_INPUTS; ++f) {
    features[f] = columns + f * n;
    for (size_t i = 0; i < n; ++i)
      columns[f * n + i] = x[i * NET_INPUTS + f];
  }
  net_infer_columns(features, other, n);
  for (size_t i = 0; i < n * NET_OUTPUTS; ++i)
    if (!same(other[i], y[i]))
      return fail("net_infer_columns", i / NET_OUTPUTS);

  if (!net_self_test())
    return fail("net_self_test", 0);
  file = fopen(argv[2], "wb");
  if (!file ||
      fwrite(y, sizeof(float), n * NET_OUTPUTS, file) != n * NET_OUTPUTS)
    return 2;
  free(x), free(y), free(other), free(columns), free(classes);
  return fclose(file) ? 2 : 0;
}
