// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The elements of an NPY file in C order.
#ifndef MASE_LIB_DATA_NPYELEMENTS_H
#define MASE_LIB_DATA_NPYELEMENTS_H

#include "NpyHeader.h"

#include "llvm/Support/Endian.h"

namespace mase {

template <typename T> T loadLittle(const char *bytes) {
  return llvm::support::endian::read<T, llvm::endianness::little>(bytes);
}

/// Calls store(p) for `count` elements in C order from the one with the number
/// `first` along the first dimension; p points to its bytes.
template <typename Store>
void forElements(const NpyHeader &header, llvm::StringRef data, int64_t first,
                 int64_t count, Store store) {
  const int64_t size = int64_t(header.elementSize);
  llvm::ArrayRef<int64_t> shape = header.shape;
  const size_t rank = shape.size();
  std::vector<int64_t> index(rank, 0), stride(rank, 1);
  if (header.fortranOrder)
    for (size_t d = 1; d < rank; ++d)
      stride[d] = stride[d - 1] * shape[d - 1];
  else
    for (size_t d = rank; d-- > 1;)
      stride[d - 1] = stride[d] * shape[d];
  int64_t offset = 0;
  if (rank > 0) {
    index[0] = first;
    offset = first * stride[0];
  }
  if (!header.fortranOrder || rank < 2) {
    for (int64_t i = 0; i < count; ++i)
      store(data.data() + (offset + i) * size);
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    store(data.data() + offset * size);
    for (size_t d = rank; d-- > 0;) {
      offset += stride[d];
      if (++index[d] < shape[d])
        break;
      offset -= stride[d] * shape[d];
      index[d] = 0;
    }
  }
}

template <typename Store>
void forEachElement(const NpyHeader &header, llvm::StringRef data,
                    Store store) {
  forElements(header, data, 0, header.count, store);
}

/// Calls store(value) for `count` elements of type '<f4' or '<f8', the latter
/// rounded to binary32.
template <typename Store>
void forFloats(const NpyHeader &header, llvm::StringRef data, int64_t first,
               int64_t count, Store store) {
  if (header.elementSize == sizeof(float))
    forElements(header, data, first, count,
                [&](const char *p) { store(loadLittle<float>(p)); });
  else
    forElements(header, data, first, count, [&](const char *p) {
      store(static_cast<float>(loadLittle<double>(p)));
    });
}

/// The text of an element '|S3' or '<U3', without the zeros behind it.
std::string npyText(const NpyHeader &header, const char *bytes);

/// The header of an array of float32 or float64.
absl::StatusOr<NpyHeader> parseFloatHeader(llvm::StringRef head,
                                           uint64_t fileSize,
                                           const std::string &name);

} // namespace mase

#endif // MASE_LIB_DATA_NPYELEMENTS_H
