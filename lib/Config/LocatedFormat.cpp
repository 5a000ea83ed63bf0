// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Number formats of settings, with errors at the setting that is to blame.
#include "LocatedFormat.h"

#include "mase/Support/Error.h"
#include "mase/Support/Quoting.h"

#include "llvm/ADT/STLExtras.h"

using namespace mase;

std::string mase::prefixOf(std::optional<OperandRole> role) {
  return role ? std::string(toString(*role)) + "_" : std::string();
}

/// Along which the slices of a list lie unless it is given: a parameter's
/// output channels, an activation's features.
static int64_t defaultAxis(std::optional<OperandRole> role) {
  if (!role)
    return -1;
  return role == OperandRole::Weight || role == OperandRole::Bias ? 0 : 1;
}

static bool isList(const ConfigValue &value) {
  return std::holds_alternative<std::vector<int64_t>>(value) ||
         std::holds_alternative<std::vector<double>>(value);
}

absl::StatusOr<NumberFormat> mase::makeLocatedFormat(
    const std::string &name, std::vector<LayerSetting> settings,
    std::optional<OperandRole> role, const SourceLocation &location) {
  auto has = [&](llvm::StringRef key) {
    return llvm::any_of(settings, [&](const LayerSetting &setting) {
      return setting.key == key;
    });
  };
  // Of kinds that know slices: to others a list is a value like any.
  const FormatKind *kind = findFormatKind(name);
  if (kind && llvm::is_contained(kind->keys(), "axis") && !has("axis") &&
      llvm::any_of(settings, [](const LayerSetting &setting) {
        return isList(setting.value);
      }))
    settings.push_back({"axis", defaultAxis(role), location});
  std::vector<FormatSetting> values;
  for (const LayerSetting &setting : settings)
    values.push_back({setting.key, setting.value});
  auto made = makeNumberFormat(name, values, prefixOf(role));
  if (NumberFormat *format = std::get_if<NumberFormat>(&made))
    return std::move(*format);
  const auto &[message, blamed] = std::get<FormatError>(made);
  if (blamed && *blamed < settings.size())
    return errorAt(settings[*blamed].location, message);
  std::string whose =
      role ? quoted(std::string(toString(*role))) + ": " : std::string();
  return errorAt(location, whose + message);
}
