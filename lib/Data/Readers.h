// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The one interface through which every format is read: a reader gives rows, a
// block at a time, to a RowSink. No reader holds more than a block, and none
// allocates what a header says before the file is known to be that long.
#ifndef MASE_LIB_DATA_READERS_H
#define MASE_LIB_DATA_READERS_H

#include "mase/Data/Dataset.h"
#include "mase/Support/Quoting.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mase {

/// "cannot read <name>: <reason>"
inline absl::Status readError(const std::string &name,
                              const std::string &reason) {
  return absl::InvalidArgumentError(
      absl::StrCat("cannot read ", name, ": ", reason));
}

inline absl::string_view view(llvm::StringRef text) {
  return absl::string_view(text.data(), text.size());
}

/// "expected finite numbers, found nan": the beginning of an error about one.
std::string nonFiniteText(float value);
/// Its end.
inline constexpr absl::string_view kAllowNonFiniteHint =
    "; with allow-nonfinite such data are taken";

/// An error if `unpacked` bytes are more than anybody packs into `packed` ones:
/// a file of some MB that fills the memory with zeros.
absl::Status checkExpansion(const std::string &name, uint64_t packed,
                            uint64_t unpacked);

/// The rule for features that are no finite numbers, on rows of `dataset` of
/// which the first has the number `first`. `name` is the dataset's, `what` says
/// what it went through.
absl::Status checkFinite(llvm::ArrayRef<float> rows, int64_t first,
                         const Dataset &dataset, const std::string &name,
                         llvm::StringRef what);

/// Scales a dataset that came from `path`; where the values must be finite they
/// still must be then.
absl::Status scaleFinite(Dataset &dataset, const Scaler &scaler,
                         llvm::StringRef path, bool allowNonFinite);

/// An error unless the scaler is one for the features of `dataset`.
absl::Status checkScaler(const Dataset &dataset, const Scaler &scaler);

/// What is read.
struct DataFile {
  llvm::StringRef path;  ///< "-": standard input, or no file at all
  llvm::StringRef bytes; ///< of the whole file
  std::string name;      ///< what messages call it (inputName)
  bool mapped = false;   ///< the bytes are a file's, mapped

  /// The file's name as it stands before ":line:column".
  std::string location() const { return path == "-" ? "<stdin>" : path.str(); }

  /// The bytes before `end` have been read: mapped ones need no memory then.
  void release(const char *end) const;
  void release() const { release(bytes.end()); }
  /// So have these.
  void release(llvm::StringRef part) const;
};

/// The file `path`, whose bytes are in `buffer`.
DataFile dataFile(llvm::StringRef path, const llvm::MemoryBuffer &buffer);

/// Rows of `width` elements that are best read at once.
int64_t blockRows(int64_t width);

/// What a reader knows before the first row.
struct RowsHeader {
  /// Of a sample: one dimension at least.
  std::vector<int64_t> shape;
  bool labelled = false;
  std::vector<std::string> featureNames;
  /// As in the file; -1 where only its end tells.
  int64_t rows = -1;
  /// Where it does: not more than these.
  int64_t mostRows = 0;
  /// Bytes of the file: no more rows are expected than these can hold.
  uint64_t fileBytes = 0;

  /// Elements of a sample, or none where they are more than int64_t holds.
  std::optional<int64_t> width() const;
};

/// A class as the file names it.
struct FoundClass {
  std::string name;
  std::string place; ///< "x.csv:2:3" or "'x.npz' (member 'classes')"
};

/// Rows that lie in memory or in a mapped file, and can be read in any order
/// and by several threads at a time.
class StoredRows {
public:
  StoredRows(int64_t rows, int64_t width) : rows(rows), width(width) {}
  virtual ~StoredRows() = default;

  /// Reads whole rows from number `first` on. Each row should be read once.
  virtual void read(int64_t first, llvm::MutableArrayRef<float> to) const = 0;

  const int64_t rows, width; ///< width: elements of a row
};

/// Takes what a reader finds. Features and labels may come in any turns, each
/// in the order of the rows; rows beyond those that are wanted are ignored.
class RowSink {
public:
  virtual ~RowSink() = default;
  /// Comes first, once.
  virtual absl::Status begin(const RowsHeader &header) = 0;
  virtual absl::Status features(llvm::ArrayRef<float> rows) = 0;
  /// All rows at once, which the sink reads before it returns; it needn't be in
  /// order. Unless it is told otherwise it does so a block after the other.
  virtual absl::Status stored(const StoredRows &rows);
  virtual absl::Status labels(llvm::ArrayRef<int32_t> labels) = 0;
  /// The names of the labels 0, 1, …. `isOrdered`: the file says that this is
  /// their order; else they are in the order of their first rows.
  virtual absl::Status classes(llvm::ArrayRef<FoundClass> classes,
                               bool isOrdered) = 0;
};

/// What a reader is asked for. It may stop at `maxRows`, or read on.
struct ReadRequest {
  bool allowNonFinite = false;
  int64_t maxRows = 0;
};

/// Reads a file of any format, which the bytes, else the extension, say.
absl::Status readRows(const DataFile &file, RowSink &sink,
                      const ReadRequest &request);

absl::Status readNpyRows(const DataFile &file, RowSink &sink,
                         const ReadRequest &request);
absl::Status readNpz(const DataFile &file, RowSink &sink,
                     const ReadRequest &request);
absl::Status readCsv(const DataFile &file, RowSink &sink,
                     const ReadRequest &request);
absl::Status readArff(const DataFile &file, RowSink &sink,
                      const ReadRequest &request);
/// Reads from the file `path` itself, or from `bytes` where that is "-" or no
/// regular file.
absl::Status readHdf5(const DataFile &file, RowSink &sink,
                      const ReadRequest &request);

} // namespace mase

#endif // MASE_LIB_DATA_READERS_H
