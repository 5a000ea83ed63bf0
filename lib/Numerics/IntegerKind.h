// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef MASE_LIB_NUMERICS_INTEGERKIND_H
#define MASE_LIB_NUMERICS_INTEGERKIND_H

#include "mase/Numerics/NumberFormat.h"

namespace mase {

std::shared_ptr<const NumberFormat::Model>
makeIntegerModel(UniformTensorFormat format);

std::shared_ptr<const NumberFormat::Model>
makeOpenModel(const OpenFormat &format);

/// "integer", or "integer_floor" where codes are rounded down.
absl::string_view integerName(Rounding rounding);
/// The settings that say how codes are rounded and which of them there are,
/// but for width, sign and what belongs to the scale.
void addCodeSettings(const UniformFormat &format,
                     std::vector<FormatSetting> &settings);

/// "integer", "fixed" and "integer_floor".
std::unique_ptr<FormatKind> makeIntegerKind();

} // namespace mase

#endif // MASE_LIB_NUMERICS_INTEGERKIND_H
