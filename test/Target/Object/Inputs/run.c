// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs an object file's network on the samples of a file, in C or C++: usage:
// run INPUT OUTPUT. Both are float32 in rows; the first samples are computed
// one by one, then five at a time, the others all at once. The header's other
// forms must give the same bits.
#include "net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 1000

/// The form that did not give `y` for `n` samples `x`, or null.
static const char *different(const float *x, const float *y, size_t n) {
  static float wide[MOST * (NET_INPUTS + 3)], result[MOST * (NET_OUTPUTS + 2)];
  static float columns[NET_INPUTS][MOST];
  static int32_t classes[MOST];
  const float *features[NET_INPUTS];
  for (size_t f = 0; f < NET_INPUTS; ++f)
    features[f] = columns[f];
  for (size_t i = 0; i < n; ++i)
    for (size_t f = 0; f < NET_INPUTS; ++f)
      wide[i * (NET_INPUTS + 3) + f] = columns[f][i] = x[i * NET_INPUTS + f];
  net_infer_strided(wide, NET_INPUTS + 3, result, NET_OUTPUTS + 2, n);
  for (size_t i = 0; i < n; ++i)
    if (memcmp(result + i * (NET_OUTPUTS + 2), y + i * NET_OUTPUTS,
               NET_OUTPUTS * sizeof(float)))
      return "strided";
  net_infer_columns(features, result, n);
  if (memcmp(result, y, n * NET_OUTPUTS * sizeof(float)))
    return "columns";
  net_classify(x, classes, n);
  for (size_t i = 0; i < n; ++i) {
    int32_t best = classes[i];
    for (int32_t o = 0; o < NET_OUTPUTS; ++o) {
      float value = y[i * NET_OUTPUTS + (size_t)o],
            largest = y[i * NET_OUTPUTS + (size_t)best];
      if (o < best ? value >= largest : value > largest)
        return "classify";
    }
  }
  if (n == 0)
    return NULL;
  net_infer_one(x, result);
  if (memcmp(result, y, NET_OUTPUTS * sizeof(float)))
    return "one";
  return net_classify_one(x) == classes[0] ? NULL : "classify one";
}

int main(int argc, char **argv) {
  if (argc != 3 || net_inputs != NET_INPUTS || net_outputs != NET_OUTPUTS)
    return 2;
  FILE *in = fopen(argv[1], "rb"), *out = fopen(argv[2], "wb");
  if (!in || !out)
    return 3;
  float *x = (float *)malloc(MOST * NET_INPUTS * sizeof(float)),
        *y = (float *)malloc(MOST * NET_OUTPUTS * sizeof(float));
  size_t n = fread(x, NET_INPUTS * sizeof(float), MOST, in), i = 0;
  for (; i < 3 && i < n; ++i)
    net_infer(x + i * NET_INPUTS, y + i * NET_OUTPUTS, 1);
  for (; i + 5 <= n && i < 20; i += 5)
    net_infer(x + i * NET_INPUTS, y + i * NET_OUTPUTS, 5);
  net_infer(x + i * NET_INPUTS, y + i * NET_OUTPUTS, n - i);
  if (different(x, y, n)) {
    printf("%s: other bits\n", different(x, y, n));
    return 4;
  }
  fwrite(y, NET_OUTPUTS * sizeof(float), n, out);
  fclose(in);
  fclose(out);
  free(x);
  free(y);
  printf("%zu samples, hash %016llx\n", n, (unsigned long long)net_hash);
  return 0;
}
