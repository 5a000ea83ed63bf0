// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What people call features and labels in NPZ and HDF5 files.
#include "Members.h"

#include "Readers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace mase {

// The first of each is ours; a file that has it may have others beside it.
static constexpr llvm::StringLiteral kFeatures[] = {
    "x",      "X",     "features", "data",    "x_test",
    "X_test", "x_val", "X_val",    "x_train", "X_train"};
static constexpr llvm::StringLiteral kLabels[] = {
    "y",       "Y",      "labels", "label",  "target",
    "targets", "y_test", "y_val",  "y_train"};

static constexpr llvm::StringLiteral kClasses[] = {"classes", "class_names"};

/// "'x', 'y' and 'z'", of ten at most.
static std::string list(llvm::ArrayRef<std::string> names) {
  constexpr size_t kMost = 10;
  std::string text;
  for (const std::string &name : names.take_front(kMost))
    absl::StrAppend(&text, text.empty() ? "" : ", ", quoted(name));
  if (names.size() > kMost)
    absl::StrAppend(&text, ", … (", names.size(), " in all)");
  return text;
}

/// The member that is meant, or "".
static absl::StatusOr<std::string>
choose(llvm::ArrayRef<llvm::StringLiteral> wanted,
       llvm::ArrayRef<std::string> found, const std::string &name) {
  std::vector<std::string> there;
  for (llvm::StringRef candidate : wanted)
    if (llvm::is_contained(found, candidate))
      there.push_back(candidate.str());
  if (there.empty())
    return "";
  if (there.size() > 1 && there.front() != wanted.front())
    return readError(name,
                     absl::StrCat("expected one of the members ", list(there),
                                  ", found all of them; "
                                  "call the one that is meant '",
                                  view(wanted.front()), "'"));
  return there.front();
}

absl::StatusOr<Members> chooseMembers(llvm::ArrayRef<std::string> found,
                                      const std::string &name) {
  absl::StatusOr<std::string> x = choose(kFeatures, found, name);
  if (!x.ok())
    return x.status();
  if (x->empty())
    return readError(
        name,
        absl::StrCat("expected a member 'x' with the features (or '",
                     llvm::join(llvm::ArrayRef(kFeatures).drop_front(), "', '"),
                     "'), found ", found.empty() ? "no members" : list(found)));
  absl::StatusOr<std::string> y = choose(kLabels, found, name);
  if (!y.ok())
    return y.status();
  absl::StatusOr<std::string> classes = choose(kClasses, found, name);
  if (!classes.ok())
    return classes.status();
  return Members{*std::move(x), *std::move(y), *std::move(classes)};
}

absl::Status checkSamples(int64_t samples, int64_t labels,
                          const Members &members, const std::string &name) {
  if (labels == samples)
    return absl::OkStatus();
  return readError(name, absl::StrCat("member '", members.x, "' has ", samples,
                                      " samples, but member '", members.y,
                                      "' has ", labels, " labels"));
}

} // namespace mase
