// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a file is, by its first bytes: for messages when it was given to the
// wrong tool.
#ifndef MASE_SUPPORT_FILEKIND_H
#define MASE_SUPPORT_FILEKIND_H

#include "absl/status/status.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace mase {

enum class FileKind : uint8_t {
  Empty,
  Onnx,
  Npy,
  Zip, ///< NPZ files are zip archives
  Hdf5,
  Parquet,
  TorchCheckpoint, ///< what torch.save writes
  Pickle,
  Gzip,
  Bytecode, ///< MLIR's
  Binary,   ///< none of the above, but no text either
  Mlir,     ///< from here on: text
  Cuda,
  Toml,
  Json,
  Csv,
  Arff,
  Text, ///< none of these
};

/// Looks at the first bytes. A text's kind is a guess, made only where nothing
/// of another kind begins so.
FileKind detectFileKind(llvm::StringRef bytes);

/// "an ONNX model", "an NPY file", "a binary file of unknown format", ….
llvm::StringRef describe(FileKind kind);

/// An error unless `bytes` are of one of the `wanted` kinds, or text of no kind
/// in particular (Empty and Text pass: the parser has a message for them):
/// "cannot read 'a.onnx': expected <what>, found an ONNX model; import it with
/// mase-translate --import-onnx". `name` is inputName's.
absl::Status expectFileKind(llvm::StringRef bytes, llvm::StringRef name,
                            llvm::StringRef what,
                            llvm::ArrayRef<FileKind> wanted);

/// ": found an ONNX model; import it with …", the end of such an error.
std::string foundFileKind(llvm::StringRef bytes);

} // namespace mase

#endif // MASE_SUPPORT_FILEKIND_H
