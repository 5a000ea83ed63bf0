// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// HDF5 files. The library believes what a file says of itself, and damaged
// files have crashed it in many places (version 1.10: types of 32,776 bits,
// heaps beyond their end). So it reads in a process of its own, and what is
// read comes back through a pipe (PipeSink.h).
#include "Hdf5.h"
#include "PipeSink.h"

#include "mase/Support/ChildProcess.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

namespace mase {

static constexpr const char *kJets = "t_allpar_new";

std::string hdf5Reason() {
  std::string reason;
  auto take = [](unsigned depth, const H5E_error2_t *error, void *data) {
    if (depth == 0 && error->desc)
      *static_cast<std::string *>(data) = error->desc;
    return herr_t(0);
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take, &reason);
  return reason.empty() ? "unknown error" : reason;
}

/// Opens the file; negative with the reason where that fails.
static hid_t openFile(llvm::StringRef path, llvm::StringRef bytes,
                      std::string &reason) {
  Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  // Reading needs no lock, and many network file systems have none.
  H5Pset_file_locking(access, /*use_file_locking=*/false,
                      /*ignore_when_disabled=*/true);
  std::string file = path.str();
  if (path == "-" || !llvm::sys::fs::is_regular_file(path)) {
    H5Pset_fapl_core(access, 1 << 20, /*backing_store=*/false);
    H5Pset_file_image(access, const_cast<char *>(bytes.data()), bytes.size());
    // HDF5 wants a name for bytes in memory, one that no file has.
    file = "/dev/null/memory";
  }
  hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDONLY, access);
  if (id < 0)
    reason = hdf5Reason();
  return id;
}

/// The names in the file's root group.
static std::vector<std::string> rootNames(hid_t file) {
  std::vector<std::string> names;
  auto take = [](hid_t, const char *name, const H5L_info_t *, void *data) {
    static_cast<std::vector<std::string> *>(data)->push_back(escaped(name));
    return herr_t(0);
  };
  H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, nullptr, take, &names);
  return names;
}

/// The filter that the dataset was written with and this HDF5 lacks, or "".
static std::string missingFilter(hid_t dataset) {
  Hdf5Handle list(H5Dget_create_plist(dataset), H5Pclose);
  int count = H5Pget_nfilters(list);
  for (int i = 0; i < count; ++i) {
    unsigned flags = 0, config = 0;
    size_t values = 0;
    char name[64] = "";
    H5Z_filter_t id = H5Pget_filter2(list, i, &flags, &values, nullptr,
                                     sizeof(name) - 1, name, &config);
    if (id >= 0 && H5Zfilter_avail(id) <= 0)
      return absl::StrCat("filter ", quoted(name), " (", id, ")");
  }
  return "";
}

absl::Status checkFilters(hid_t dataset, const std::string &what,
                          const std::string &name) {
  std::string filter = missingFilter(dataset);
  if (filter.empty())
    return absl::OkStatus();
  return readError(name, what + " is compressed with " + filter +
                             ", which this HDF5 library lacks; expected no "
                             "compression or gzip (h5repack -f GZIP=4)");
}

uint64_t hdf5FileSize(hid_t file) {
  hsize_t size = 0;
  return H5Fget_filesize(file, &size) < 0 ? 0 : size;
}

absl::Status checkClaim(hid_t file, hsize_t rows, hsize_t rowBytes,
                        const std::string &name) {
  uint64_t fileSize = hdf5FileSize(file);
  // gzip shrinks by a factor of 1032 at most; without compression the factor
  // is 1. A file that claims more would only fill the memory.
  hsize_t bytes;
  if (__builtin_mul_overflow(rows, rowBytes, &bytes) || bytes / 1033 > fileSize)
    return readError(name, absl::StrCat("a file of ", fileSize,
                                        " bytes cannot hold the ", rows,
                                        " rows it claims"));
  return checkExpansion(name, fileSize, bytes);
}

bool isSoundNumber(hid_t type) {
  H5T_class_t kind = H5Tget_class(type);
  if (kind == H5T_ENUM) {
    Hdf5Handle base(H5Tget_super(type), H5Tclose);
    return base >= 0 && H5Tget_class(base) == H5T_INTEGER &&
           isSoundNumber(base);
  }
  if (kind != H5T_INTEGER && kind != H5T_FLOAT)
    return false;
  size_t size = H5Tget_size(type), precision = H5Tget_precision(type);
  int offset = H5Tget_offset(type);
  // The largest are x86's long double and 128-bit floats.
  if (size == 0 || size > 16 || precision == 0 || precision > 8 * size ||
      offset < 0 || size_t(offset) > 8 * size - precision)
    return false;
  if (kind == H5T_INTEGER)
    return true;
  size_t sign = 0, exponent = 0, exponentSize = 0, mantissa = 0,
         mantissaSize = 0;
  if (H5Tget_fields(type, &sign, &exponent, &exponentSize, &mantissa,
                    &mantissaSize) < 0)
    return false;
  return sign < precision && exponentSize <= 15 && exponentSize > 0 &&
         exponent <= precision && exponentSize <= precision - exponent &&
         mantissa <= precision && mantissaSize <= precision - mantissa;
}

/// In the child.
static absl::Status readHere(const DataFile &dataFile, RowSink &sink,
                             const ReadRequest &request) {
  // Our messages say what went wrong.
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  std::string reason;
  Hdf5Handle file(openFile(dataFile.path, dataFile.bytes, reason), H5Fclose);
  const std::string &name = dataFile.name;
  if (file < 0)
    return readError(name, "expected an HDF5 file, found one that is damaged "
                           "or truncated: " +
                               reason);
  if (H5Lexists(file, kJets, H5P_DEFAULT) <= 0)
    return readHdf5Arrays(file, rootNames(file), name, sink, request);
  Hdf5Handle table(H5Dopen2(file, kJets, H5P_DEFAULT), H5Dclose);
  if (table < 0)
    return readError(name, std::string("cannot open dataset '") + kJets +
                               "': " + hdf5Reason());
  return readHdf5Jets(file, table, name, sink, request);
}

absl::Status readHdf5(const DataFile &file, RowSink &sink,
                      const ReadRequest &request) {
  // The library's own, and what its caches and blocks take.
  uint64_t memory = (uint64_t(1) << 31) + 300 * uint64_t(file.bytes.size());
  ChildLimits limits{10 + file.bytes.size() / 1000000, memory};
  PipeReceiver receiver(sink);
  absl::Status status = streamFromChild(
      [&](llvm::function_ref<void(llvm::StringRef)> send) {
        PipeSink pipe(send);
        pipe.end(readHere(file, pipe, request));
      },
      [&](llvm::StringRef block) { return receiver.receive(block); }, limits);
  if (!status.ok())
    return readError(file.name,
                     "expected an HDF5 file, found one that is damaged: the "
                     "HDF5 library read it in a process of its own, and " +
                         std::string(status.message()));
  return receiver.finish(file.name);
}

} // namespace mase
