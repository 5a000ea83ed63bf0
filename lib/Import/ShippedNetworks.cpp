// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The trained networks that come with the project, by name.
#include "mase/Import/ShippedNetworks.h"

#include "mase/Support/NearestNames.h"
#include "mase/Support/Quoting.h"
#include "mase/Support/ShippedFiles.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;

static constexpr StringLiteral kExtension = ".onnx";

absl::StatusOr<std::string> mase::findShippedNetwork(StringRef name) {
  std::string tried;
  std::optional<std::string> folder =
      findShippedFolder({"MASE_NETWORK_DIR", "share/mase-opt/examples/jsc",
                         MASE_SOURCE_NETWORK_DIR},
                        "jsc-new.onnx", tried);
  if (!folder)
    return absl::NotFoundError(
        "cannot find the networks that ship with the project; expected "
        "'jsc-new.onnx' in " +
        tried +
        "; the environment variable MASE_NETWORK_DIR can name another folder");
  std::vector<std::string> names;
  std::error_code code;
  for (sys::fs::directory_iterator it(*folder, code), end; !code && it != end;
       it.increment(code)) {
    StringRef file = sys::path::filename(it->path());
    if (!file.consume_back(kExtension))
      continue;
    names.push_back(file.str());
    if (file == name)
      return it->path();
  }
  llvm::sort(names); // a folder has no order
  return absl::NotFoundError("no network " + quoted(name) +
                             " ships with the project" +
                             nearestNamesText(name, names));
}
