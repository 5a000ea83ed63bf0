// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Number formats of settings that know where they stand.
#ifndef MASE_LIB_CONFIG_LOCATEDFORMAT_H
#define MASE_LIB_CONFIG_LOCATEDFORMAT_H

#include "mase/Config/QuantizeConfig.h"

namespace mase {

/// What stands before the keys of a format: "weight_" for a role, else nothing.
std::string prefixOf(std::optional<OperandRole> role);

/// The format called `name`; keys in `settings` have no prefix. Lists without
/// an axis are about `role`'s (without one: about the last). `location` is that
/// of errors that no one setting is to blame for.
absl::StatusOr<NumberFormat>
makeLocatedFormat(const std::string &name, std::vector<LayerSetting> settings,
                  std::optional<OperandRole> role,
                  const SourceLocation &location);

} // namespace mase

#endif // MASE_LIB_CONFIG_LOCATEDFORMAT_H
