// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Source locations, texts about them, and errors that carry them.
#include "mase/Support/Error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "llvm/ADT/StringRef.h"

using namespace mase;

/// The payload of a status that has a location: "line:column:file".
static constexpr char kLocationUrl[] = "mase/location";

std::string SourceLocation::str() const {
  if (!isValid())
    return file;
  return absl::StrCat(file, ":", line, ":", column);
}

std::string LocatedText::str() const {
  std::string where = location.str();
  return where.empty() ? text : where + ": " + text;
}

absl::Status mase::errorAt(const SourceLocation &location,
                           const llvm::Twine &message) {
  absl::Status status = absl::InvalidArgumentError(message.str());
  std::string bytes =
      absl::StrCat(location.line, ":", location.column, ":", location.file);
  status.SetPayload(kLocationUrl, absl::Cord(absl::string_view(bytes)));
  return status;
}

LocatedText mase::locatedText(const absl::Status &status) {
  LocatedText result{{}, std::string(status.message())};
  absl::optional<absl::Cord> payload = status.GetPayload(kLocationUrl);
  if (!payload)
    return result;
  std::string bytes(*payload);
  llvm::StringRef rest(bytes);
  rest.consumeInteger(10, result.location.line);
  rest.consume_front(":");
  rest.consumeInteger(10, result.location.column);
  rest.consume_front(":");
  result.location.file = rest.str();
  return result;
}

std::string mase::messageOf(const absl::Status &status) {
  return locatedText(status).str();
}
