// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a search would do.
#ifndef MASE_LIB_TUNING_SEARCHCHECK_H
#define MASE_LIB_TUNING_SEARCHCHECK_H

#include "SearchSetup.h"

#include "llvm/Support/raw_ostream.h"

namespace mase {

/// Prints network, data, space, knobs, the first configuration and what a
/// search of `setup` would take, estimated from sizes; `constraints` is what is
/// known of those (ConstraintLook::text). Errors: the sampler's; those of
/// checkStudy are not looked for.
absl::Status printSearchCheck(const SearchSetup &setup,
                              llvm::StringRef constraints,
                              llvm::raw_ostream &os);

} // namespace mase

#endif // MASE_LIB_TUNING_SEARCHCHECK_H
