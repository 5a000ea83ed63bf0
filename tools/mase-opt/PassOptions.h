// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Options of our passes, checked before MLIR and LLVM parse them.
#ifndef MASE_TOOLS_MASEOPT_PASSOPTIONS_H
#define MASE_TOOLS_MASEOPT_PASSOPTIONS_H

#include "absl/status/status.h"

#include <string>
#include <vector>

namespace mase {

/// An error where the command line gives a pass of ours an option that it does
/// not have, or a number or a truth value that is none, whether as
/// `--PASS=OPTIONS` or in `--pass-pipeline`. MLIR's and LLVM's own messages
/// name neither the pass nor its options. Other passes, and what is wrong in
/// another way, are left to them.
absl::Status checkPassOptions(int argc, char **argv);

/// The files that `config=` of our passes names, in the order of the command
/// line.
std::vector<std::string> configFiles(int argc, char **argv);

} // namespace mase

#endif // MASE_TOOLS_MASEOPT_PASSOPTIONS_H
