// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files for the tests of Data: a folder that goes away, and bytes to put in it.
#ifndef MASE_UNITTESTS_DATA_TESTFILES_H
#define MASE_UNITTESTS_DATA_TESTFILES_H

#include "mase/Support/Error.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

namespace mase::testing {

/// An empty folder, removed with all it holds at the end.
class TemporaryFolder {
public:
  TemporaryFolder() {
    llvm::SmallString<128> path;
    if (llvm::sys::fs::createUniqueDirectory("mase-data", path))
      ADD_FAILURE() << "cannot create a temporary folder";
    root = path.str().str();
  }
  ~TemporaryFolder() { llvm::sys::fs::remove_directories(root); }

  std::string path(llvm::StringRef name) const {
    llvm::SmallString<128> path(root);
    llvm::sys::path::append(path, name);
    return path.str().str();
  }

  /// Writes the file `name`, returns its path.
  std::string write(llvm::StringRef name, llvm::StringRef content) const {
    std::string file = path(name);
    // Some file systems write a truncated file's new content to the disk at
    // once, which takes milliseconds; a new file's they don't.
    llvm::sys::fs::remove(file);
    std::ofstream(file, std::ios::binary).write(content.data(), content.size());
    return file;
  }

  std::string read(llvm::StringRef name) const {
    auto buffer = llvm::MemoryBuffer::getFile(path(name));
    return buffer ? (*buffer)->getBuffer().str() : "(no such file)";
  }

  /// The names of what is in the folder, sorted.
  std::vector<std::string> list() const {
    std::vector<std::string> names;
    std::error_code code;
    for (llvm::sys::fs::directory_iterator it(root, code), end;
         it != end && !code; it.increment(code))
      names.push_back(llvm::sys::path::filename(it->path()).str());
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string root;
};

/// `value` as little-endian bytes.
template <typename T> std::string bytesOf(T value) {
  char bytes[sizeof(T)];
  llvm::support::endian::write<T>(bytes, value, llvm::endianness::little);
  return std::string(bytes, sizeof(T));
}

template <typename T> std::string bytesOf(const std::vector<T> &values) {
  std::string bytes;
  for (T value : values)
    bytes += bytesOf(value);
  return bytes;
}

/// An NPY file with this text as its header.
inline std::string npyWithHeader(const std::string &header,
                                 const std::string &data, int version = 1) {
  std::string file = "\x93NUMPY";
  file += char(version);
  file += '\0';
  file += version == 1 ? bytesOf<uint16_t>(header.size())
                       : bytesOf<uint32_t>(header.size());
  return file + header + data;
}

inline std::string npy(const std::string &descr, const std::string &shape,
                       const std::string &data, int version = 1,
                       bool fortran = false) {
  return npyWithHeader("{'descr': '" + descr + "', 'fortran_order': " +
                           (fortran ? "True" : "False") +
                           ", 'shape': " + shape + ", }\n",
                       data, version);
}

/// Fails unless `status` is an error whose message holds each of `parts`.
inline void expectError(const absl::Status &status,
                        std::initializer_list<llvm::StringRef> parts) {
  std::string message = messageOf(status);
  EXPECT_FALSE(status.ok()) << "expected an error";
  for (llvm::StringRef part : parts)
    EXPECT_TRUE(llvm::StringRef(message).contains(part))
        << "expected '" << part.str() << "' in: " << message;
}

} // namespace mase::testing

#endif // MASE_UNITTESTS_DATA_TESTFILES_H
