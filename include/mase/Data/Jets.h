// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The jet substructure data: names, and the files that ship with the project.
#ifndef MASE_DATA_JETS_H
#define MASE_DATA_JETS_H

#include "mase/Data/Dataset.h"

#include "absl/status/statusor.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace mase {

/// The classes in the order of their numbers: g, q, w, z, t (gluon, light
/// quark, W, Z, top). Not OpenML's order, which is g, q, t, w, z.
llvm::ArrayRef<std::string> jetClassNames();

/// The 16 features in order, without the prefix "j_" of the HDF5 columns.
llvm::ArrayRef<std::string> jetFeatureNames();

/// The path of a data file that ships with the project ("validation.h5",
/// "test.h5", "scaler.json"). Looked for in the folder that the environment
/// variable MASE_DATA_DIR names, then in share/mase-opt/examples/jsc/data of
/// the installation, then in the source tree (findShippedFolder). The error
/// lists these folders.
absl::StatusOr<std::string> findShippedFile(llvm::StringRef name);

/// Shipped jets ("validation.h5" serves where a command names no data),
/// standardised with the shipped scaler. `classNames` as in DatasetOptions; a
/// network without any is taken to be MASE's, whose order these jets have.
absl::StatusOr<Dataset>
readShippedJets(llvm::StringRef name = "validation.h5",
                std::optional<int64_t> maxSamples = std::nullopt,
                llvm::ArrayRef<std::string> classNames = {});

} // namespace mase

#endif // MASE_DATA_JETS_H
