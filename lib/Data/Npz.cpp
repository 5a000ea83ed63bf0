// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NPZ files: zip archives of NPY files, stored or deflated.
#include "Readers.h"

#include "mase/Config/NearestNames.h"
#include "mase/Data/Array.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <zip.h>

namespace mase {

bool isZip(llvm::StringRef bytes) {
  // The second is that of an archive without members.
  return bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06");
}

namespace {

struct CloseArchive {
  void operator()(zip_t *archive) const { zip_discard(archive); }
};
struct CloseMember {
  void operator()(zip_file_t *member) const { zip_fclose(member); }
};

} // namespace

using Archive = std::unique_ptr<zip_t, CloseArchive>;

static absl::StatusOr<Archive> openArchive(llvm::StringRef bytes,
                                           const std::string &name) {
  zip_error_t error;
  zip_error_init(&error);
  Archive archive;
  if (zip_source_t *source = zip_source_buffer_create(
          bytes.data(), bytes.size(), /*freep=*/0, &error)) {
    archive.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
    if (!archive)
      zip_source_free(source);
  }
  std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (!archive)
    return readError(name, "expected an NPZ file (a zip archive), found one "
                           "that is damaged or truncated: " +
                               reason);
  return archive;
}

/// The index of the NPY file of the array `member`, if there is one.
static std::optional<zip_uint64_t> findMember(zip_t *archive,
                                              const std::string &member) {
  // numpy.savez appends ".npy".
  for (const std::string &file : {member + ".npy", member}) {
    zip_int64_t index = zip_name_locate(archive, file.c_str(), 0);
    if (index >= 0)
      return index;
  }
  return std::nullopt;
}

static absl::StatusOr<std::string> readMember(zip_t *archive,
                                              zip_uint64_t index,
                                              const std::string &name,
                                              size_t archiveSize) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_stat_index(archive, index, 0, &stat) != 0)
    return readError(name, zip_strerror(archive));
  // Deflate shrinks by a factor of 1032 at most, so a size beyond that is a
  // lie, told to exhaust the memory.
  if (stat.valid & ZIP_STAT_SIZE && stat.size / 1033 > archiveSize)
    return readError(name, absl::StrCat("an archive of ", archiveSize,
                                        " bytes cannot hold a member of ",
                                        stat.size, " bytes"));
  std::unique_ptr<zip_file_t, CloseMember> file(
      zip_fopen_index(archive, index, 0));
  if (!file)
    return readError(name, zip_strerror(archive));
  // Up to the end even where the size is known: there the checksum is compared.
  std::string content;
  std::vector<char> block(1 << 20);
  while (true) {
    zip_int64_t got = zip_fread(file.get(), block.data(), block.size());
    if (got < 0)
      return readError(name, zip_file_strerror(file.get()));
    if (got == 0)
      return content;
    content.append(block.data(), got);
  }
}

absl::StatusOr<Dataset> parseNpz(llvm::StringRef bytes,
                                 const std::string &name) {
  absl::StatusOr<Archive> archive = openArchive(bytes, name);
  if (!archive.ok())
    return archive.status();
  std::optional<zip_uint64_t> xIndex = findMember(archive->get(), "x");
  std::optional<zip_uint64_t> yIndex = findMember(archive->get(), "y");
  if (!xIndex) {
    std::vector<std::string> members;
    zip_int64_t count = zip_get_num_entries(archive->get(), 0);
    for (zip_int64_t i = 0; i < count; ++i)
      if (const char *member = zip_get_name(archive->get(), i, 0)) {
        llvm::StringRef text(member);
        text.consume_back(".npy");
        members.push_back(escaped(text));
      }
    return readError(
        name, members.empty()
                  ? "expected the members 'x' and 'y', found an empty archive"
                  : "expected the members 'x' and 'y', found no 'x'" +
                        nearestNamesText("x", members));
  }

  std::string xName = name + " (member 'x')";
  absl::StatusOr<std::string> x =
      readMember(archive->get(), *xIndex, xName, bytes.size());
  if (!x.ok())
    return x.status();
  absl::StatusOr<Dataset> dataset = parseNpyDataset(*x, xName);
  if (!dataset.ok() || !yIndex)
    return dataset;

  std::string yName = name + " (member 'y')";
  absl::StatusOr<std::string> y =
      readMember(archive->get(), *yIndex, yName, bytes.size());
  if (!y.ok())
    return y.status();
  absl::StatusOr<std::vector<int32_t>> labels = parseNpyIntegers(*y, yName);
  if (!labels.ok())
    return labels.status();
  dataset->labels = std::move(*labels);
  if (int64_t(dataset->labels.size()) != dataset->samples)
    return readError(name, absl::StrCat("member 'x' has ", dataset->samples,
                                        " samples, but member 'y' has ",
                                        dataset->labels.size(), " labels"));
  return dataset;
}

} // namespace mase
