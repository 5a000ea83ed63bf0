// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a number format is for in a layer.
#ifndef MASE_NUMERICS_OPERANDROLE_H
#define MASE_NUMERICS_OPERANDROLE_H

#include "absl/strings/string_view.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace mase {

enum class OperandRole : uint8_t { DataIn, Weight, Bias, DataOut };
inline constexpr OperandRole kAllRoles[] = {
    OperandRole::DataIn, OperandRole::Weight, OperandRole::Bias,
    OperandRole::DataOut};
inline constexpr size_t kNumRoles = 4;

/// The role's name in attributes and configurations: "data_in", ….
constexpr absl::string_view toString(OperandRole role) {
  switch (role) {
  case OperandRole::DataIn:
    return "data_in";
  case OperandRole::Weight:
    return "weight";
  case OperandRole::Bias:
    return "bias";
  case OperandRole::DataOut:
    return "data_out";
  }
  return "";
}

/// Something for each role.
template <typename T> struct ByRole {
  std::array<T, kNumRoles> values{};
  T &operator[](OperandRole role) { return values[size_t(role)]; }
  const T &operator[](OperandRole role) const { return values[size_t(role)]; }
  auto operator<=>(const ByRole &) const = default;
};

} // namespace mase

#endif // MASE_NUMERICS_OPERANDROLE_H
