// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Counts the classes that a network in C finds in samples as they come, one by
// one.
#include "tagger.h"

#include <stdio.h>

/// A number between -2 and 2, the same at every start.
static float draw(void) {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return (float)(state >> 8) * 0x1p-22f - 2.0f;
}

int main(void) {
  if (!tagger_self_test()) {
    puts("this build does not give the bits that the search measured");
    return 1;
  }
  enum { kSamples = 1000 };
  int found[TAGGER_OUTPUTS] = {0};
  for (int i = 0; i < kSamples; ++i) {
    float sample[TAGGER_INPUTS];
    for (int f = 0; f < TAGGER_INPUTS; ++f)
      sample[f] = draw();
    ++found[tagger_classify_one(sample)];
  }
  printf("of %d jets the network takes", kSamples);
  for (int class_ = 0; class_ < TAGGER_OUTPUTS; ++class_)
    printf(" %d", found[class_]);
  puts(" for one of each class");
  return 0;
}
