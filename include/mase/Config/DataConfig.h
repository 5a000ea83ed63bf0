// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where samples come from, as options and configurations say it: a path, or a
// table that takes a part of a file.
#ifndef MASE_CONFIG_DATACONFIG_H
#define MASE_CONFIG_DATACONFIG_H

#include "mase/Config/QuantizeConfig.h"
#include "mase/Support/Location.h"

#include "absl/status/statusor.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mase {

/// A named part of a file's rows.
struct SplitFraction {
  std::string name;
  double fraction; ///< above 0; all of a file add up to 1 at most
};

/// `"x.npz"`, or `{file = "x.npz", split = "test", fractions = {train = 0.8,
/// test = 0.2}, seed = 1, scaler_split = "train"}`.
struct DataConfig {
  Setting<std::string> file;
  /// The part that is taken, one of `fractions`; not set: all rows.
  Setting<std::string> split;
  std::vector<SplitFraction> fractions; ///< in the order of the text
  Setting<int64_t> seed{0, {}};         ///< of the split, from 0
  /// A scaler's path, or the split that one is fitted on; not both.
  Setting<std::string> scaler, scalerSplit;
  /// The names of the labels 0, 1, … where the file has none.
  std::vector<std::string> classes;
  SourceLocation location;

  bool isSet() const { return file.isSet(); }
};

/// The text of an option: a table in braces (which MLIR takes away where they
/// are the whole value), else a path. `origin` is the option, for errors.
absl::StatusOr<DataConfig> parseInlineData(llvm::StringRef text,
                                           llvm::StringRef origin);

/// The text of an option that parseInlineData reads as `data`.
std::string toInlineText(const DataConfig &data);

} // namespace mase

#endif // MASE_CONFIG_DATACONFIG_H
