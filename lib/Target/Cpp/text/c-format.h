// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// UniformFormat in C, with what it computes in C++ as members.
//@ UniformFormat
/// value = scale * (code - zeroPoint); codes are integers of `width` bits.
struct UniformFormat {
  int width;
  float scale;
  int64_t zeroPoint, minCode, maxCode;
  bool isSigned, bipolar, zeroPointFirst;
  Rounding rounding;
  Overflow overflow;
};

//@
