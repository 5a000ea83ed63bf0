// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The readers of the single formats, joined by readDataset. `name` is what
// messages call the file (inputName); `maxRows` is a bound on the rows needed:
// a reader may stop there, or read on.
#ifndef MASE_LIB_DATA_READERS_H
#define MASE_LIB_DATA_READERS_H

#include "mase/Data/Dataset.h"
#include "mase/Support/Quoting.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace mase {

/// "cannot read <name>: <reason>"
inline absl::Status readError(const std::string &name,
                              const std::string &reason) {
  return absl::InvalidArgumentError(
      absl::StrCat("cannot read ", name, ": ", reason));
}

inline absl::string_view view(llvm::StringRef text) {
  return absl::string_view(text.data(), text.size());
}

/// "expected finite numbers, found nan": the beginning of an error about one.
std::string nonFiniteText(float value);
/// Its end.
inline constexpr absl::string_view kAllowNonFiniteHint =
    "; with allow-nonfinite such data are taken";

/// An error if `unpacked` bytes are more than anybody packs into `packed` ones:
/// a file of some MB that fills the memory with zeros.
absl::Status checkExpansion(const std::string &name, uint64_t packed,
                            uint64_t unpacked);

absl::StatusOr<Dataset> parseNpyDataset(llvm::StringRef bytes,
                                        const std::string &name);
absl::StatusOr<Dataset> parseNpz(llvm::StringRef bytes,
                                 const std::string &name);
/// `location` is the file's name as it stands before ":line:column".
absl::StatusOr<Dataset> parseCsv(llvm::StringRef bytes,
                                 const std::string &location,
                                 const DatasetOptions &options,
                                 int64_t maxRows);
/// Reads from the file `path` itself, or from `bytes` where that is "-" or no
/// regular file.
absl::StatusOr<Dataset> readHdf5(llvm::StringRef path, llvm::StringRef bytes,
                                 const std::string &name, int64_t maxRows);

} // namespace mase

#endif // MASE_LIB_DATA_READERS_H
