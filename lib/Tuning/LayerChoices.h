// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The precisions that one layer may take.
#ifndef MASE_LIB_TUNING_LAYERCHOICES_H
#define MASE_LIB_TUNING_LAYERCHOICES_H

#include "PrecisionSpace.h"

namespace mase {

/// Gives `layer` a choice for every combination of the lists' choices, the last
/// list's fastest. `lists` are of the layer's own keys alone, from `seed`.
/// Errors: too many combinations, settings that make no format.
absl::Status addChoices(llvm::ArrayRef<ChoiceList> lists, const SeedEntry &seed,
                        LayerKnobs &layer);

} // namespace mase

#endif // MASE_LIB_TUNING_LAYERCHOICES_H
