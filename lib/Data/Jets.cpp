// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The jet substructure data: names, and the files that ship with the project.
#include "mase/Data/Jets.h"

#include "absl/strings/str_cat.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

namespace mase {

llvm::ArrayRef<std::string> jetClassNames() {
  static const std::vector<std::string> names = {"g", "q", "w", "z", "t"};
  return names;
}

llvm::ArrayRef<std::string> jetFeatureNames() {
  static const std::vector<std::string> names = {
      "zlogz",         "c1_b0_mmdt",    "c1_b1_mmdt", "c1_b2_mmdt",
      "c2_b1_mmdt",    "c2_b2_mmdt",    "d2_b1_mmdt", "d2_b2_mmdt",
      "d2_a1_b1_mmdt", "d2_a1_b2_mmdt", "m2_b1_mmdt", "m2_b2_mmdt",
      "n2_b1_mmdt",    "n2_b2_mmdt",    "mass_mmdt",  "multiplicity"};
  return names;
}

absl::StatusOr<std::string> findShippedFile(llvm::StringRef name) {
  llvm::SmallVector<std::string, 3> folders;
  if (std::optional<std::string> folder =
          llvm::sys::Process::GetEnv("MASE_DATA_DIR"))
    folders.push_back(*folder);
  // Any address in the program serves; on Linux /proc is asked.
  llvm::SmallString<128> installed(llvm::sys::fs::getMainExecutable(
      nullptr, reinterpret_cast<void *>(&findShippedFile)));
  llvm::sys::path::remove_filename(installed);
  llvm::sys::path::append(installed, "..", "share", "mase-opt");
  llvm::sys::path::append(installed, "examples", "jsc", "data");
  llvm::sys::path::remove_dots(installed, /*remove_dot_dot=*/true);
  folders.push_back(installed.str().str());
  folders.push_back(MASE_SOURCE_DATA_DIR);

  std::string tried;
  for (const std::string &folder : folders) {
    llvm::SmallString<128> path(folder);
    llvm::sys::path::append(path, name);
    if (llvm::sys::fs::is_regular_file(path))
      return path.str().str();
    absl::StrAppend(&tried, tried.empty() ? "'" : ", '", folder, "'");
  }
  return absl::NotFoundError(absl::StrCat(
      "cannot find the file '", name.str(),
      "' that ships with the project; expected it in ", tried,
      "; the environment variable MASE_DATA_DIR can name another folder"));
}

absl::StatusOr<Dataset> readShippedJets(llvm::StringRef name,
                                        std::optional<int64_t> maxSamples) {
  absl::StatusOr<std::string> jets = findShippedFile(name);
  if (!jets.ok())
    return jets.status();
  absl::StatusOr<std::string> scalerPath = findShippedFile("scaler.json");
  if (!scalerPath.ok())
    return scalerPath.status();
  absl::StatusOr<Scaler> scaler = readScaler(*scalerPath);
  if (!scaler.ok())
    return scaler.status();
  DatasetOptions options;
  options.maxSamples = maxSamples;
  options.scaler = std::move(*scaler);
  return readDataset(*jets, options);
}

} // namespace mase
