// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The depth of JSON.
#include "mase/Support/Json.h"

using namespace mase;

llvm::Expected<llvm::json::Value> mase::parseJson(llvm::StringRef text) {
  unsigned depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted) {
      i += c == '\\';
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMostJsonDepth)
        return llvm::createStringError(
            "nested more than " + std::to_string(kMostJsonDepth) + " deep");
    } else if ((c == ']' || c == '}') && depth) {
      --depth;
    }
  }
  return llvm::json::parse(text);
}
