// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the files are that come with the project.
#ifndef MASE_SUPPORT_SHIPPEDFILES_H
#define MASE_SUPPORT_SHIPPEDFILES_H

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace mase {

/// A folder with files that come with the project.
struct ShippedFolder {
  llvm::StringRef variable;  ///< the environment variable that names another
  llvm::StringRef installed; ///< where it is below the installation's prefix
  llvm::StringRef source;    ///< where it is in the source tree
};

/// The folder in which `file` is: that of the environment variable, that of the
/// installation which has the program or the shared library with this code (in
/// bin or lib), or that of the source tree, the first of them that has it. None
/// if there is none; then `tried` lists the folders, for a message.
std::optional<std::string> findShippedFolder(const ShippedFolder &folder,
                                             llvm::StringRef file,
                                             std::string &tried);

} // namespace mase

#endif // MASE_SUPPORT_SHIPPEDFILES_H
