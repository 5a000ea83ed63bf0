// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which number formats which layers get: MASE's `[passes.quantize]` TOML, and
// the same settings of one layer as an inline table. Knows no MLIR.
#ifndef MASE_CONFIG_QUANTIZECONFIG_H
#define MASE_CONFIG_QUANTIZECONFIG_H

#include "mase/Numerics/NumberFormat.h"
#include "mase/Numerics/OperandRole.h"
#include "mase/Support/Location.h"

#include "absl/status/statusor.h"
#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mase {

/// A value as a configuration writes it; std::monostate is MASE's "NA" (JSON
/// null). The same type as Choice of Search/Space.h.
using ConfigValue = FormatValue;

/// `by` of a configuration: what the keys of its entries name.
enum class SelectBy : uint8_t { Type, Name, RegexName };

/// The number formats of one layer. A format is there if a key of it was given;
/// a relu quantises its input unsigned: the consumer's part.
struct LayerConfig {
  /// A name of a kind of formats; empty for "NA" (the layer is left alone).
  std::string name;
  /// `bypass = true`: computed in float although formats are given.
  bool bypass = false;
  ByRole<std::optional<NumberFormat>> formats;
  /// `bias` was not given and is the weight's format.
  bool biasIsWeight = false;
  SourceLocation location;

  /// The layer computes in a number format.
  bool quantizes() const { return !name.empty() && !bypass; }
};

/// The error of `layer` where `config` quantises but lacks a key that it
/// needs: "file:4:1: layer 'fc1': key 'weight_width' is missing". A relu needs
/// `data_in` alone.
absl::Status requireFormats(const LayerConfig &config, llvm::StringRef layer,
                            bool needsWeight);

/// A key of a layer's settings with its value, e.g. {"weight_width", 8}.
struct LayerSetting {
  std::string key;
  ConfigValue value;
  SourceLocation location;
};

/// Keys that a layer's settings may have: "name", "bypass", for each role and
/// key of a number format "data_in_width", …, and those that all of a layer's
/// formats share ("rounding").
llvm::ArrayRef<std::string> layerConfigKeys();

/// Whether `value` may stand for `key` in a layer's settings: known format
/// names, what a format says of its keys. The message names value and limits.
absl::Status checkLayerSetting(const LayerSetting &setting);

/// Puts settings together: what the TOML of a layer and one point of a search
/// space mean. A missing name means "integer" if there are any other settings.
absl::StatusOr<LayerConfig>
makeLayerConfig(llvm::ArrayRef<LayerSetting> settings,
                const SourceLocation &location);

/// A Python regular expression in full match, but for what cannot be matched in
/// time linear in the name: lookahead, lookbehind and back-references are
/// errors (RE2 syntax; `\d`, `\w` and `\s` mean ASCII's, `.` is a character of
/// UTF-8, `$` is the very end). Errors say which part of the pattern, and
/// where.
class NameRegex {
public:
  static absl::StatusOr<NameRegex> create(llvm::StringRef pattern);
  bool fullMatch(llvm::StringRef name) const;

private:
  struct Impl;
  std::shared_ptr<const Impl> impl;
};

/// One entry: a layer's name or type or a regular expression, and its formats.
struct QuantizeEntry {
  std::string key;
  LayerConfig config;
  SourceLocation location;
  std::optional<NameRegex> regex; ///< of by = "regex_name"
};

/// `[passes.quantize]`.
struct QuantizeConfig {
  SelectBy by = SelectBy::Type;
  LayerConfig defaultConfig; ///< leaves layers alone unless the file says more
  std::vector<QuantizeEntry> entries; ///< in the order of the file
  SourceLocation location;

  /// The formats of a layer: those of the first entry that matches, else the
  /// default. `type` is MASE's name of the operation ("linear", "relu").
  const LayerConfig &lookup(llvm::StringRef name, llvm::StringRef type) const;
  /// The entry that `lookup` takes, or null for the default: consumers report
  /// entries that no layer matched.
  const QuantizeEntry *match(llvm::StringRef name, llvm::StringRef type) const;
};

/// Reads `[passes.quantize]` of a TOML file. Errors: a file that cannot be
/// read, TOML syntax, no such table, unknown keys or formats, wrong types,
/// impossible widths: "file:line:column: …".
absl::StatusOr<QuantizeConfig> loadQuantizeConfig(llvm::StringRef path);

/// The same from text; `file` stands in locations.
absl::StatusOr<QuantizeConfig> parseQuantizeConfig(llvm::StringRef text,
                                                   llvm::StringRef file);

/// One layer's settings as an inline table:
/// {name="integer", data_in_width=8, weight_width=4, weight_frac_width="NA"}.
/// `origin` stands in locations ("--mase-quantize").
absl::StatusOr<LayerConfig> parseInlineLayerConfig(llvm::StringRef text,
                                                   llvm::StringRef origin);

/// One number format as an inline table: {name="integer", width=8,
/// frac_width=4} (`mase-run --quantize`); keys are the format's. A list
/// without an axis is about the last.
absl::StatusOr<NumberFormat> parseInlineFormat(llvm::StringRef text,
                                               llvm::StringRef origin);

} // namespace mase

#endif // MASE_CONFIG_QUANTIZECONFIG_H
