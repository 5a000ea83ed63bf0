// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The jet substructure data: names, and the files that ship with the project.
#include "mase/Data/Jets.h"

#include "mase/Support/ShippedFiles.h"

#include "absl/strings/str_cat.h"

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
  std::string tried;
  std::optional<std::string> folder =
      findShippedFolder({"MASE_DATA_DIR", "share/mase-opt/examples/jsc/data",
                         MASE_SOURCE_DATA_DIR},
                        name, tried);
  if (folder)
    return *folder + "/" + name.str();
  return absl::NotFoundError(absl::StrCat(
      "cannot find the file '", name.str(),
      "' that ships with the project; expected it in ", tried,
      "; the environment variable MASE_DATA_DIR can name another folder"));
}

absl::StatusOr<Dataset>
readShippedJets(llvm::StringRef name, std::optional<int64_t> maxSamples,
                llvm::ArrayRef<std::string> classNames) {
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
  options.classNames =
      classNames.empty() ? jetClassNames().vec() : classNames.vec();
  return readDataset(*jets, options);
}

} // namespace mase
