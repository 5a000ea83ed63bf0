// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a file is, by its first bytes.
#include "mase/Support/FileKind.h"

#include "absl/strings/str_cat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <string>

namespace mase {

/// The bytes that are looked at.
static constexpr size_t kHead = 1 << 16;

/// A ModelProto starts with ir_version (field 1, a small varint) and goes on
/// with one of its other fields, which are all length-delimited but
/// model_version (5).
static bool isOnnx(llvm::StringRef bytes) {
  if (bytes.size() < 4 || bytes[0] != 0x08 || uint8_t(bytes[1]) > 0x20)
    return false;
  unsigned tag = uint8_t(bytes[2]);
  unsigned field = tag >> 3, wire = tag & 7;
  return (wire == 2 && field >= 2 && field <= 8 && field != 5) ||
         (wire == 0 && field == 5);
}

static bool isHdf5Signature(llvm::StringRef bytes) {
  // It stands at 0 or, after a block of the user's, at 512, 1024, ….
  for (size_t at = 0; at < bytes.size(); at = at == 0 ? 512 : 2 * at)
    if (bytes.substr(at).starts_with("\x89HDF\r\n\x1a\n"))
      return true;
  return false;
}

/// The first line that is neither blank nor a comment of MLIR, CUDA or TOML.
/// (`#` begins an alias in MLIR, too: not the line that decides.)
static llvm::StringRef significantLine(llvm::StringRef text) {
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    line = line.trim();
    if (!line.empty() && !line.starts_with("//") &&
        (!line.starts_with("#") || line.starts_with("#include") ||
         line.starts_with("#pragma")))
      return line;
    text = rest;
  }
  return "";
}

static bool isTomlLine(llvm::StringRef line) {
  llvm::StringRef rest = line;
  if (rest.consume_front("[")) // [table] or [[list]]
    return llvm::isAlpha(rest.ltrim("[ ").take_front(1).str()[0]) &&
           rest.split('#').first.rtrim().ends_with("]") && !rest.contains(',');
  rest = rest.drop_while([](char c) {
    return llvm::isAlnum(c) || c == '_' || c == '-' || c == '.';
  });
  return rest.size() < line.size() && rest.ltrim().starts_with("=");
}

static bool isMlirLine(llvm::StringRef line) {
  for (llvm::StringRef begin : {"module", "func.func", "builtin.", "mase.",
                                "\"builtin.", "\"func.", "{-#", "!"})
    if (line.starts_with(begin))
      return true;
  return false;
}

static bool isNumber(llvm::StringRef cell) {
  double value;
  return !cell.trim().getAsDouble(value);
}

/// Whether the first line that is neither blank nor a comment of ARFF begins
/// with one of its keywords.
static bool isArff(llvm::StringRef text) {
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    line = line.trim();
    if (!line.empty() && !line.starts_with("%"))
      return line.starts_with_insensitive("@relation") ||
             line.starts_with_insensitive("@attribute");
    text = rest;
  }
  return false;
}

static FileKind textKind(llvm::StringRef text) {
  text.consume_front("\xef\xbb\xbf"); // byte order mark
  if (isArff(text))
    return FileKind::Arff;
  llvm::StringRef line = significantLine(text);
  if (line.empty())
    return FileKind::Text;
  if (line.starts_with("#include") || line.starts_with("#pragma") ||
      line.starts_with("extern \"C\"") || line.starts_with("__global__"))
    return FileKind::Cuda;
  if (isMlirLine(line) && !isTomlLine(line))
    return FileKind::Mlir;
  if (isTomlLine(line) && !text.contains("tensor<"))
    return FileKind::Toml;
  if (line.starts_with("{") || line.starts_with("[")) {
    llvm::StringRef rest = text.ltrim().drop_front().ltrim();
    if (rest.empty() || llvm::StringRef("\"{}[]-0123456789").contains(rest[0]))
      return FileKind::Json;
    return FileKind::Text;
  }
  // A header row, and numbers below it.
  llvm::StringRef second = text.ltrim().split('\n').second.split('\n').first;
  if (line.contains(',') && line.find_first_of("(){}<>%=") == line.npos &&
      isNumber(second.split(',').first) && second.contains(','))
    return FileKind::Csv;
  return FileKind::Text;
}

FileKind detectFileKind(llvm::StringRef bytes) {
  if (bytes.empty())
    return FileKind::Empty;
  if (bytes.starts_with("\x93NUMPY"))
    return FileKind::Npy;
  // An archive without members begins with the end of its directory.
  if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06"))
    // torch.save's archive begins with the member archive/data.pkl.
    return bytes.take_front(256).contains("/data.pkl")
               ? FileKind::TorchCheckpoint
               : FileKind::Zip;
  if (isHdf5Signature(bytes))
    return FileKind::Hdf5;
  if (bytes.starts_with("PAR1"))
    return FileKind::Parquet;
  if (bytes.starts_with("ML\xefR"))
    return FileKind::Bytecode;
  if (bytes.starts_with("\x1f\x8b"))
    return FileKind::Gzip;
  if (bytes.size() > 2 && bytes[0] == '\x80' && uint8_t(bytes[1]) >= 2 &&
      uint8_t(bytes[1]) <= 5)
    return FileKind::Pickle;
  if (isOnnx(bytes))
    return FileKind::Onnx;
  llvm::StringRef head = bytes.take_front(kHead);
  if (llvm::any_of(head, [](char c) {
        return uint8_t(c) < 0x20 && c != '\n' && c != '\r' && c != '\t' &&
               c != '\f' && c != '\v';
      }))
    return FileKind::Binary;
  return textKind(head);
}

llvm::StringRef describe(FileKind kind) {
  switch (kind) {
  case FileKind::Empty:
    return "an empty file";
  case FileKind::Onnx:
    return "an ONNX model";
  case FileKind::Npy:
    return "an NPY file";
  case FileKind::Zip:
    return "an NPZ file (a zip archive)";
  case FileKind::Hdf5:
    return "an HDF5 file";
  case FileKind::Parquet:
    return "a Parquet file";
  case FileKind::TorchCheckpoint:
    return "a PyTorch checkpoint";
  case FileKind::Pickle:
    return "a Python pickle";
  case FileKind::Gzip:
    return "a gzip file";
  case FileKind::Bytecode:
    return "MLIR bytecode";
  case FileKind::Binary:
    return "a binary file of another format";
  case FileKind::Mlir:
    return "MLIR";
  case FileKind::Cuda:
    return "CUDA or C source";
  case FileKind::Toml:
    return "a TOML file";
  case FileKind::Json:
    return "a JSON file";
  case FileKind::Csv:
    return "a CSV file";
  case FileKind::Arff:
    return "an ARFF file";
  case FileKind::Text:
    return "a text file";
  }
  return "";
}

/// What to do with a file of this kind, or "".
static llvm::StringRef advice(FileKind kind) {
  switch (kind) {
  case FileKind::Onnx:
    return "import it with mase-translate --import-onnx";
  case FileKind::Npy:
  case FileKind::Zip:
  case FileKind::Hdf5:
  case FileKind::Csv:
  case FileKind::Arff:
    return "data go to --input of mase-run or data= of --mase-search";
  case FileKind::Parquet:
    return "in Python, pandas.read_parquet(\"x.parquet\").to_csv(\"x.csv\", "
           "index=False) makes a CSV file of it";
  case FileKind::TorchCheckpoint:
  case FileKind::Pickle:
    return "export the model with torch.onnx.export and import that with "
           "mase-translate --import-onnx";
  case FileKind::Gzip:
    return "unpack it with gunzip";
  case FileKind::Bytecode:
  case FileKind::Mlir:
    return "mase-opt and mase-run read networks";
  case FileKind::Cuda:
    return "nvcc compiles it";
  case FileKind::Toml:
    return "configurations go to config= of --mase-quantize or --mase-search";
  case FileKind::Json:
    return "a scaler goes to --scaler of mase-run or scaler= of --mase-search";
  default:
    return "";
  }
}

std::string foundFileKind(llvm::StringRef bytes) {
  FileKind kind = detectFileKind(bytes);
  std::string text = absl::StrCat(", found ", describe(kind).str());
  if (llvm::StringRef hint = advice(kind); !hint.empty())
    absl::StrAppend(&text, "; ", hint.str());
  return text;
}

absl::Status expectFileKind(llvm::StringRef bytes, llvm::StringRef name,
                            llvm::StringRef what,
                            llvm::ArrayRef<FileKind> wanted) {
  FileKind kind = detectFileKind(bytes);
  if (kind == FileKind::Empty || kind == FileKind::Text ||
      llvm::is_contained(wanted, kind))
    return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("cannot read ", name.str(),
                                                 ": expected ", what.str(),
                                                 foundFileKind(bytes)));
}

} // namespace mase
