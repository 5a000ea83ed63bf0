// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Regular expressions over layer names. RE2, because a pattern's time must be
// linear in the name whatever the two are: std::regex backtracks ((a+)+b takes
// a minute on 40 characters) and recurses (a name of 100,000 characters ends
// its stack); llvm::Regex is POSIX's, without Python's \d, (?:…) and lazy
// quantifiers, and backtracks for back-references.
#include "mase/Config/QuantizeConfig.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <re2/re2.h>

using namespace mase;

struct NameRegex::Impl {
  Impl(llvm::StringRef pattern, const re2::RE2::Options &options)
      : regex(re2::StringPiece(pattern.data(), pattern.size()), options) {}

  re2::RE2 regex;
};

/// "'pattern' is not a regular expression: missing ): 'a(b', at character 2".
static absl::Status describe(const re2::RE2 &regex, llvm::StringRef pattern) {
  constexpr size_t kLongest = 100;
  std::string text = "'";
  llvm::raw_string_ostream os(text);
  llvm::printEscapedString(pattern.take_front(kLongest), os);
  os << (pattern.size() > kLongest ? "…'" : "'")
     << " is not a regular expression: ";
  // RE2's message ends with the part that is wrong, which it also gives alone.
  llvm::StringRef message(regex.error()), part(regex.error_arg());
  message.consume_back(part);
  message.consume_back(": ");
  os << message;
  if (part.empty() || part.size() > kLongest)
    return absl::InvalidArgumentError(text);
  os << " '";
  llvm::printEscapedString(part, os);
  os << '\'';
  if (size_t at = pattern.find(part); at != llvm::StringRef::npos)
    os << " at character " << at + 1;
  if (part.starts_with("(?") || llvm::StringRef(part).starts_with("\\"))
    os << " (lookahead, lookbehind and back-references are not supported: "
          "matching takes linear time)";
  return absl::InvalidArgumentError(text);
}

absl::StatusOr<NameRegex> NameRegex::create(llvm::StringRef pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  // A pattern of any length is compiled within this, or refused.
  options.set_max_mem(int64_t(8) << 20);
  auto impl = std::make_shared<Impl>(pattern, options);
  if (!impl->regex.ok())
    return describe(impl->regex, pattern);
  NameRegex result;
  result.impl = std::move(impl);
  return result;
}

bool NameRegex::fullMatch(llvm::StringRef name) const {
  return re2::RE2::FullMatch(re2::StringPiece(name.data(), name.size()),
                             impl->regex);
}
