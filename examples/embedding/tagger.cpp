// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A network for everything that calls C.
#include "tagger.hpp"

extern "C" {
std::size_t tagger_inputs() { return jets::tagger::kInputs; }
std::size_t tagger_outputs() { return jets::tagger::kOutputs; }
int tagger_self_test() { return jets::tagger::selfTest(); }
/// `count` samples in rows.
void tagger_infer(const float *x, float *y, std::size_t count) {
  jets::tagger::infer(x, y, count);
}
}
