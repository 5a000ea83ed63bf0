// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// QONNX's names of roundings, for import and export.
#ifndef MASE_NUMERICS_QONNXROUNDING_H
#define MASE_NUMERICS_QONNXROUNDING_H

#include "mase/Numerics/Rounding.h"

#include "absl/strings/string_view.h"

namespace mase {

struct QonnxRounding {
  absl::string_view name;
  Rounding rounding;
};

/// The values of `rounding_mode`; of two names of one rounding the usual one
/// comes first. NearestUp has none.
inline constexpr QonnxRounding kQonnxRoundings[] = {
    {"ROUND", Rounding::NearestEven},
    {"HALF_EVEN", Rounding::NearestEven},
    {"CEIL", Rounding::Ceil},
    {"FLOOR", Rounding::Floor},
    {"UP", Rounding::AwayFromZero},
    {"DOWN", Rounding::TowardsZero},
    {"HALF_UP", Rounding::NearestAway},
    {"HALF_DOWN", Rounding::NearestTowardsZero}};

} // namespace mase

#endif // MASE_NUMERICS_QONNXROUNDING_H
