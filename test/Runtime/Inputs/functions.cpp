// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of the runtime header on the host against plain definitions.
#include "mase/Runtime/Cuda.h"

#include <cmath>
#include <cstdio>

namespace rt = mase::rt;

static int failures = 0;
static void expect(bool holds, const char *what, float x) {
  if (!holds && ++failures < 10)
    std::printf("%s fails at %a\n", what, double(x));
}

static void roundings(float x) {
  mase::FixedPointFormat byte, floorByte, seven;
  byte.fracWidth = 0;
  floorByte.fracWidth = 0;
  floorByte.rounding = mase::Rounding::Floor;
  seven.width = 7;
  seven.fracWidth = 0;
  seven.isSigned = false;
  expect(rt::clampRound<-128, 127>(x) == mase::quantizeToCode(x, byte),
         "clampRound", x);
  expect(rt::clampFloor<-128, 127>(x) == mase::quantizeToCode(x, floorByte),
         "clampFloor", x);
  expect(rt::quantize(x, 8, 0, true, mase::Rounding::NearestEven) ==
             mase::quantizeToCode(x, byte),
         "quantize", x);
  // As generated code composes them, for codes that are not negative …
  float fraction = rt::min(rt::saturate(rt::mul(x, 0x1p-7f)), 127.0f / 128.0f);
  expect(rt::round<7>(fraction) == mase::quantizeToCode(x, seven),
         "saturate and round", x);
  expect((rt::roundToByte<7>(fraction) & 255) == mase::quantizeToCode(x, seven),
         "saturate and roundToByte", x);
  // … and for signed ones.
  if (x == x) {
    float steps = rt::max(rt::min(x, 127.0f), -128.0f);
    expect(rt::round<0>(steps) == mase::quantizeToCode(x, byte),
           "clamp and round", x);
    expect(int8_t(rt::roundToByte<0>(steps)) == mase::quantizeToCode(x, byte),
           "clamp and roundToByte", x);
  }
  float relu = rt::relu(x);
  expect(x > 0 ? relu == x : relu == 0 && !std::signbit(relu), "relu", x);
}

int main() {
  for (int i = -100000; i <= 100000; ++i)
    roundings(float(i) * 0x1p-8f); // all ties between -390 and 390
  for (uint32_t bits = 0; bits < 0xFFFF0000u; bits += 65521)
    roundings(mase::floatOf(bits)); // everything else, thinly

  uint32_t state = 1;
  for (int i = 0; i < 10000; ++i) {
    uint8_t x[4], w[4];
    int32_t ss = 7, us = 7, su = 7, uu = 7;
    for (int k = 0; k < 4; ++k) {
      state = state * 1664525u + 1013904223u;
      x[k] = uint8_t(state >> 24);
      w[k] = uint8_t(state >> 16);
      ss += int8_t(x[k]) * int8_t(w[k]);
      us += x[k] * int8_t(w[k]);
      su += int8_t(x[k]) * w[k];
      uu += x[k] * w[k];
    }
    int32_t a = rt::pack(x[0], x[1], x[2], x[3]),
            b = rt::packBytes(w[0] | 0x100, w[1], w[2] - 0x100, w[3]);
    expect(rt::dp4a(a, b, 7) == ss, "dp4a", float(i));
    expect(rt::dp4aU8S8(a, b, 7) == us, "dp4aU8S8", float(i));
    expect(rt::dp4aS8U8(a, b, 7) == su, "dp4aS8U8", float(i));
    expect(rt::dp4aU8U8(a, b, 7) == uu, "dp4aU8U8", float(i));
  }
  if (failures == 0)
    std::printf("all functions agree\n");
  return failures != 0;
}
