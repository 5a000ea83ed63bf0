// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The trained networks that come with the project, by name.
#ifndef MASE_IMPORT_SHIPPEDNETWORKS_H
#define MASE_IMPORT_SHIPPEDNETWORKS_H

#include "absl/status/statusor.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace mase {

/// The ONNX file of the network `name`, "jsc-new": in the folder that the
/// environment variable MASE_NETWORK_DIR names, then in
/// share/mase-opt/examples/jsc of the installation, then in the source tree.
/// An unknown name is an error with the nearest that there are.
absl::StatusOr<std::string> findShippedNetwork(llvm::StringRef name);

} // namespace mase

#endif // MASE_IMPORT_SHIPPEDNETWORKS_H
