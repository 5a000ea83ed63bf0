// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Features of an NPY file, a block of rows at a time.
#include "NpyRows.h"

#include "NpyElements.h"

#include "mase/Data/Array.h"

#include <algorithm>

namespace mase {

/// Elements read at once.
static constexpr uint64_t kBlock = 1 << 18;

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
  return std::max<uint64_t>(kBlock / std::max<uint64_t>(width, 1), 1) *
         rowBytes();
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

absl::Status NpyRows::sendAll(llvm::StringRef data, int64_t rows, RowSink &sink,
                              llvm::function_ref<void(const char *)> release) {
  if (width == 0 || npy.count == 0)
    return absl::OkStatus();
  int64_t step = int64_t(blockBytes() / rowBytes());
  for (int64_t row = 0; row < rows; row += step) {
    int64_t count = std::min(step, rows - row);
    absl::Status status;
    if (npy.fortranOrder) {
      block.clear();
      forFloats(npy, data, row, count * int64_t(width),
                [&](float x) { block.push_back(x); });
      status = sink.features(block);
      release(data.end());
    } else {
      llvm::StringRef part = data.substr(row * rowBytes(), count * rowBytes());
      status = sendRows(part, sink);
      release(part.end());
    }
    if (!status.ok())
      return status;
  }
  return absl::OkStatus();
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
                       [&](const char *end) { file.release(end); });
}

} // namespace mase
