// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// JSON that comes from outside.
#ifndef MASE_SUPPORT_JSON_H
#define MASE_SUPPORT_JSON_H

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

namespace mase {

/// How deep lists and objects may be nested.
constexpr unsigned kMostJsonDepth = 100;

/// llvm::json::parse, which calls itself for each level, of a text that is
/// nested no deeper than kMostJsonDepth; an error otherwise.
llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef text);

} // namespace mase

#endif // MASE_SUPPORT_JSON_H
