// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Features of an NPY file, a block of rows at a time.
#include "NpyRows.h"

#include "NpyElements.h"

#include "mase/Data/Array.h"

#include <algorithm>

namespace mase {

absl::StatusOr<NpyRows> NpyRows::create(llvm::StringRef head, uint64_t fileSize,
                                        const std::string &name) {
  absl::StatusOr<NpyHeader> header = parseFloatHeader(head, fileSize, name);
  if (!header.ok())
    return header.status();
  llvm::ArrayRef<int64_t> shape = header->shape;
  if (shape.size() < 2)
    return readError(
        name,
        "expected an array of shape [n, features], found shape " +
            shapeText(shape) +
            (shape.size() == 1 ? "; one sample is x.reshape(1, -1)" : ""));
  NpyRows rows;
  rows.npy = *std::move(header);
  // Without samples the other sizes have not been compared with the data.
  std::optional<int64_t> width = rows.rowsHeader(0).width();
  if (!width)
    return readError(name, "the shape " + shapeText(rows.npy.shape) +
                               " has more elements than memory can hold");
  rows.width = *width;
  return rows;
}

RowsHeader NpyRows::rowsHeader(uint64_t fileBytes) const {
  RowsHeader header;
  header.rows = npy.shape[0];
  header.shape.assign(npy.shape.begin() + 1, npy.shape.end());
  header.fileBytes = fileBytes;
  return header;
}

uint64_t NpyRows::blockBytes() const {
  return uint64_t(blockRows(int64_t(width))) * rowBytes();
}

absl::Status NpyRows::sendRows(llvm::StringRef bytes, RowSink &sink) {
  block.clear();
  int64_t count = int64_t(bytes.size() / npy.elementSize);
  block.reserve(count);
  NpyHeader inCOrder = npy;
  inCOrder.fortranOrder = false;
  forFloats(inCOrder, bytes, 0, count, [&](float x) { block.push_back(x); });
  return sink.features(block);
}

namespace {

/// Rows as an NPY file has them.
class NpyStored : public StoredRows {
public:
  NpyStored(const NpyHeader &npy, llvm::StringRef data, int64_t rows,
            int64_t width, llvm::function_ref<void(llvm::StringRef)> release)
      : StoredRows(rows, width), npy(npy), data(data), release(release) {}

  void read(int64_t first, llvm::MutableArrayRef<float> to) const override {
    float *next = to.data();
    forFloats(npy, data, first, int64_t(to.size()),
              [&](float x) { *next++ = x; });
    if (npy.fortranOrder)
      return release(data);
    // What lies before, of which others may be reading the end. Seldom: every
    // processor must be told.
    constexpr uint64_t kStep = 1 << 24;
    const uint64_t begin = uint64_t(first * width) * npy.elementSize,
                   end = begin + to.size() * npy.elementSize;
    if (begin / kStep != end / kStep)
      release(data.slice(begin - std::min(begin, kStep), end));
  }

private:
  const NpyHeader &npy;
  llvm::StringRef data;
  llvm::function_ref<void(llvm::StringRef)> release;
};

} // namespace

absl::Status
NpyRows::sendAll(llvm::StringRef data, int64_t rows, RowSink &sink,
                 llvm::function_ref<void(llvm::StringRef)> release) {
  if (npy.count == 0)
    return absl::OkStatus();
  return sink.stored(NpyStored(npy, data, rows, int64_t(width), release));
}

absl::Status readNpyRows(const DataFile &file, RowSink &sink,
                         const ReadRequest &request) {
  absl::StatusOr<NpyRows> rows =
      NpyRows::create(file.bytes, file.bytes.size(), file.name);
  if (!rows.ok())
    return rows.status();
  RowsHeader header = rows->rowsHeader(file.bytes.size());
  if (absl::Status status = sink.begin(header); !status.ok())
    return status;
  return rows->sendAll(file.bytes.drop_front(rows->header().length),
                       std::min(header.rows, request.maxRows), sink,
                       [&](llvm::StringRef part) { file.release(part); });
}

} // namespace mase
