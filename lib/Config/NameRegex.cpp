// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Regular expressions over layer names. std::regex and not llvm::Regex: MASE's
// patterns are Python's, whose `\d`, `(?:…)` and lookahead POSIX lacks.
#include "mase/Config/QuantizeConfig.h"

#include <regex>

using namespace mase;

struct NameRegex::Impl {
  std::regex regex;
};

absl::StatusOr<NameRegex> NameRegex::create(llvm::StringRef pattern) {
  // The matcher recurses, and a pattern's nesting is the user's.
  constexpr size_t kMaxLength = 1000;
  if (pattern.size() > kMaxLength)
    return absl::InvalidArgumentError(
        "regular expression is longer than 1000 characters");
  // std::regex reports errors by throwing only.
  try {
    auto impl = std::make_shared<Impl>();
    impl->regex.assign(pattern.str(), std::regex::ECMAScript);
    NameRegex result;
    result.impl = std::move(impl);
    return result;
  } catch (const std::regex_error &error) {
    return absl::InvalidArgumentError(
        "'" + pattern.str() + "' is not a regular expression: " + error.what());
  }
}

bool NameRegex::fullMatch(llvm::StringRef name) const {
  try {
    return std::regex_match(name.begin(), name.end(), impl->regex);
  } catch (const std::regex_error &) {
    return false; // the pattern is too complex for this name
  }
}
