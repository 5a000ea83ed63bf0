// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The parts of the HDF5 reader.
#ifndef MASE_LIB_DATA_HDF5_H
#define MASE_LIB_DATA_HDF5_H

#include "Readers.h"

#include "llvm/ADT/ArrayRef.h"

#include <hdf5.h>
#include <string>
#include <vector>

namespace mase {

/// An HDF5 identifier and what closes it.
class Hdf5Handle {
public:
  Hdf5Handle(hid_t id, herr_t (*close)(hid_t)) : id(id), close(close) {}
  Hdf5Handle(const Hdf5Handle &) = delete;
  Hdf5Handle &operator=(const Hdf5Handle &) = delete;
  ~Hdf5Handle() {
    if (id >= 0)
      close(id);
  }
  operator hid_t() const { return id; }

private:
  hid_t id;
  herr_t (*close)(hid_t);
};

/// The innermost message on HDF5's error stack, to be asked for right after the
/// call that failed.
std::string hdf5Reason();

/// Whether HDF5 can convert values of this type without harm: a number that is
/// described within its bytes.
bool isSoundNumber(hid_t type);

/// An error if the dataset is compressed in a way that this HDF5 lacks.
absl::Status checkFilters(hid_t dataset, const std::string &what,
                          const std::string &name);

/// An error if the file cannot hold `rows` rows of `rowBytes`.
absl::Status checkClaim(hid_t file, hsize_t rows, hsize_t rowBytes,
                        const std::string &name);

/// Bytes of the file.
uint64_t hdf5FileSize(hid_t file);

/// Dataset `table` in the layout of the public jet data.
absl::Status readHdf5Jets(hid_t file, hid_t table, const std::string &name,
                          RowSink &sink, const ReadRequest &request);

/// Datasets `x` and `y`, or what else they are called; `found` are the names in
/// the root group.
absl::Status readHdf5Arrays(hid_t file, llvm::ArrayRef<std::string> found,
                            const std::string &name, RowSink &sink,
                            const ReadRequest &request);

} // namespace mase

#endif // MASE_LIB_DATA_HDF5_H
