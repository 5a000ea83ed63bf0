// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The standard scaler: (x - mean) / scale for each feature.
#ifndef MASE_DATA_SCALER_H
#define MASE_DATA_SCALER_H

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mase {

/// One mean and one scale for each feature, as scikit-learn's StandardScaler
/// has them (mean_, scale_).
struct Scaler {
  std::vector<double> mean;
  std::vector<double> scale;         // finite, not zero
  std::vector<std::string> features; // names in order; may be empty

  /// Replaces each x of `rows` (row-major, as many features per row as the
  /// scaler has) by float((x - mean) / scale), computed in binary64 and rounded
  /// once. The number of elements must be a multiple of the features.
  void apply(llvm::MutableArrayRef<float> rows) const;
};

/// Reads a JSON file {"mean": [...], "scale": [...], "features": [...]};
/// `features` and other keys may be there or not. "-" is standard input.
absl::StatusOr<Scaler> readScaler(llvm::StringRef path);
/// The same from text; `name` is what messages call it.
absl::StatusOr<Scaler> parseScaler(llvm::StringRef text,
                                   const std::string &name);

} // namespace mase

#endif // MASE_DATA_SCALER_H
