// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one source file that holds the code of the network in tagger.h.
#define TAGGER_IMPLEMENTATION
#include "tagger.h"
