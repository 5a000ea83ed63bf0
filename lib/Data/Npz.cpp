// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NPZ files: zip archives of NPY files, stored or deflated.
#include "Members.h"
#include "Readers.h"

#include "mase/Data/Array.h"

#include "llvm/ADT/STLExtras.h"

#include <memory>
#include <zip.h>

namespace mase {

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

/// The name of the array in the file `file`: numpy.savez appends ".npy".
static std::string memberName(const char *file) {
  llvm::StringRef text(file);
  text.consume_back(".npy");
  return text.str();
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
  if (stat.valid & ZIP_STAT_SIZE)
    if (absl::Status status = checkExpansion(name, archiveSize, stat.size);
        !status.ok())
      return status;
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
    if (absl::Status status = checkExpansion(name, archiveSize, content.size());
        !status.ok())
      return status;
  }
}

absl::StatusOr<Dataset> parseNpz(llvm::StringRef bytes,
                                 const std::string &name) {
  absl::StatusOr<Archive> archive = openArchive(bytes, name);
  if (!archive.ok())
    return archive.status();
  // The first of equal names.
  std::vector<std::string> found;
  zip_int64_t count = zip_get_num_entries(archive->get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char *file = zip_get_name(archive->get(), i, 0);
    found.push_back(file ? memberName(file) : "");
  }
  absl::StatusOr<Members> members = chooseMembers(found, name);
  if (!members.ok())
    return members.status();
  auto nameOf = [&](const std::string &member) {
    return absl::StrCat(name, " (member '", member, "')");
  };
  auto read = [&](const std::string &member) {
    return readMember(archive->get(), llvm::find(found, member) - found.begin(),
                      nameOf(member), bytes.size());
  };
  absl::StatusOr<std::string> x = read(members->x);
  if (!x.ok())
    return x.status();
  absl::StatusOr<Dataset> dataset = parseNpyDataset(*x, nameOf(members->x));
  if (!dataset.ok() || members->y.empty())
    return dataset;

  absl::StatusOr<std::string> y = read(members->y);
  if (!y.ok())
    return y.status();
  absl::StatusOr<std::vector<int32_t>> labels =
      parseNpyLabels(*y, nameOf(members->y));
  if (!labels.ok())
    return labels.status();
  dataset->labelled = true;
  dataset->labels = *std::move(labels);
  if (absl::Status status = checkSamples(*dataset, *members, name);
      !status.ok())
    return status;
  return dataset;
}

} // namespace mase
