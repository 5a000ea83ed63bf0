// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Elements in files beside the model, and sparse tensors.
#include "OnnxData.h"

#include "mase/Support/InputFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace mase::onnx_import {

//===----------------------------------------------------------------------===//
// External data
//===----------------------------------------------------------------------===//

/// Whether `path` is a file in `folder` or below once links are followed.
static bool isBelow(StringRef path, StringRef folder) {
  SmallString<256> realPath, realFolder;
  if (sys::fs::real_path(path, realPath) ||
      sys::fs::real_path(folder, realFolder))
    return false;
  if (!realFolder.ends_with("/"))
    realFolder += '/';
  return realPath.str().starts_with(realFolder);
}

std::optional<StringRef> ExternalData::read(const onnx::TensorProto &proto,
                                            EmitErrorFn emitError) {
  StringRef location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
  for (const onnx::StringStringEntryProto &entry : proto.external_data()) {
    StringRef key = entry.key(), value = entry.value();
    uint64_t number = 0;
    if (key == "location") {
      location = value;
    } else if (key == "offset" || key == "length") {
      if (value.getAsInteger(10, number)) {
        emitError() << "expected a number of bytes as '" << key << "', found "
                    << quoted(value);
        return std::nullopt;
      }
      if (key == "offset")
        offset = number;
      else
        length = number;
    } else if (key != "checksum") {
      emitError() << "unknown key " << quoted(key)
                  << " of external data; valid: 'location', 'offset', "
                     "'length', 'checksum'";
      return std::nullopt;
    }
  }
  if (model == "<stdin>") {
    emitError() << "the data lie in another file, " << quoted(location)
                << ", which is looked for beside the model's file; expected a "
                   "model in a file, found standard input";
    return std::nullopt;
  }
  StringRef folder = sys::path::parent_path(model);
  if (folder.empty())
    folder = ".";
  if (location.empty() || location.contains('\0') ||
      sys::path::is_absolute(location) ||
      is_contained(
          make_range(sys::path::begin(location), sys::path::end(location)),
          "..")) {
    emitError()
        << "expected the data in a file of the model's folder or below, "
           "found "
        << quoted(location);
    return std::nullopt;
  }
  auto [it, isNew] = files.try_emplace(location);
  std::unique_ptr<MemoryBuffer> &file = it->second;
  if (isNew) {
    SmallString<256> path(folder);
    sys::path::append(path, location);
    sys::fs::file_status status;
    std::error_code code = sys::fs::status(path, status);
    if (!code && status.type() != sys::fs::file_type::regular_file) {
      emitError() << "expected the data in a file, found that " << quoted(path)
                  << " is none";
      return std::nullopt;
    }
    if (!code && !isBelow(path, folder)) {
      emitError() << "expected the data in a file of the model's folder or "
                     "below, found "
                  << quoted(location) << ", a link to elsewhere";
      return std::nullopt;
    }
    if (!code) {
      auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
      code = buffer.getError();
      if (buffer)
        file = std::move(*buffer);
    }
    if (code) {
      emitError() << "the data lie in another file: cannot read "
                  << quoted(path) << ": " << describeError(code);
      return std::nullopt;
    }
  }
  uint64_t size = file->getBufferSize();
  if (offset > size || (length && *length > size - offset)) {
    auto diagnostic = emitError();
    diagnostic << "expected ";
    if (length)
      diagnostic << *length << " bytes of data from byte " << offset;
    else
      diagnostic << "data from byte " << offset;
    diagnostic << " on in " << quoted(location) << ", found a file of " << size
               << " bytes";
    return std::nullopt;
  }
  return file->getBuffer().substr(offset, length.value_or(size - offset));
}

//===----------------------------------------------------------------------===//
// Sparse tensors
//===----------------------------------------------------------------------===//

std::shared_ptr<const OnnxTensor>
decodeSparse(const onnx::SparseTensorProto &proto, ExternalData &external,
             EmitErrorFn emitError, function_ref<bool(int64_t)> mayMake) {
  auto values = decodeTensor(proto.values(), external, emitError);
  auto indices =
      values ? decodeTensor(proto.indices(), external, emitError) : nullptr;
  if (!indices)
    return nullptr;
  ArrayRef<int64_t> dims(proto.dims().data(), proto.dims_size());
  int64_t total = 1, count = 0;
  for (int64_t size : dims)
    if (size <= 0 || MulOverflow(total, size, total)) {
      emitError() << "expected positive sizes whose product a file can count, "
                     "found "
                  << shapeText(dims);
      return nullptr;
    }
  if (!values->isFloat() || values->shape.size() != 1) {
    emitError() << "expected a vector of float32 as the 'values' of a sparse "
                   "tensor, found "
                << elementTypeName(values->elementType) << " of shape "
                << shapeText(values->shape);
    return nullptr;
  }
  count = values->shape[0];
  auto rank = int64_t(dims.size());
  bool linear = ArrayRef<int64_t>(indices->shape) == ArrayRef<int64_t>{count};
  if (indices->elementType != onnx::TensorProto::INT64 ||
      (!linear &&
       ArrayRef<int64_t>(indices->shape) != ArrayRef<int64_t>{count, rank})) {
    emitError() << "expected INT64 'indices' of a sparse tensor of shape ["
                << count << "] or " << shapeText({count, rank}) << ", found "
                << elementTypeName(indices->elementType) << " of shape "
                << shapeText(indices->shape);
    return nullptr;
  }
  if (!mayMake(total))
    return nullptr;
  std::vector<float> elements(total, 0);
  int64_t last = -1;
  for (int64_t i = 0; i < count; ++i) {
    int64_t at = linear ? indices->integers[i] : 0;
    bool inside = true;
    if (!linear)
      for (int64_t d = 0; d < rank; ++d) {
        int64_t index = indices->integers[i * rank + d];
        inside &= index >= 0 && index < dims[d];
        at = inside ? at * dims[d] + index : 0;
      }
    if (!inside || at <= last || at >= total) {
      emitError() << "expected 'indices' of a sparse tensor of shape "
                  << shapeText(dims)
                  << " within it and ascending, found that number " << i
                  << " (counted from 0) isn't";
      return nullptr;
    }
    elements[last = at] = values->values()[i];
  }
  return makeTensor(dims, std::move(elements));
}

} // namespace mase::onnx_import
