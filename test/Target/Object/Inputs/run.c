// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs an object file's network on the samples of a file, in C or C++: usage:
// run INPUT OUTPUT. Both are float32 in rows; the first samples are computed
// one by one, then five at a time, the others all at once.
#include "net.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  if (argc != 3 || net_inputs != NET_INPUTS || net_outputs != NET_OUTPUTS)
    return 2;
  FILE *in = fopen(argv[1], "rb"), *out = fopen(argv[2], "wb");
  if (!in || !out)
    return 3;
  float *x = (float *)malloc(1000 * NET_INPUTS * sizeof(float)),
        *y = (float *)malloc(1000 * NET_OUTPUTS * sizeof(float));
  size_t n = fread(x, NET_INPUTS * sizeof(float), 1000, in), i = 0;
  for (; i < 3 && i < n; ++i)
    net_infer(x + i * NET_INPUTS, y + i * NET_OUTPUTS, 1);
  for (; i + 5 <= n && i < 20; i += 5)
    net_infer(x + i * NET_INPUTS, y + i * NET_OUTPUTS, 5);
  net_infer(x + i * NET_INPUTS, y + i * NET_OUTPUTS, n - i);
  fwrite(y, NET_OUTPUTS * sizeof(float), n, out);
  fclose(in);
  fclose(out);
  free(x);
  free(y);
  printf("%zu samples, hash %016llx\n", n, (unsigned long long)net_hash);
  return 0;
}
