// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// NPZ files: zip archives of NPY files, stored or deflated.
#include "ClassNumbers.h"
#include "Members.h"
#include "NpyElements.h"
#include "NpyRows.h"
#include "Readers.h"

#include "mase/Data/Array.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
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

namespace {

/// A member's content, from its beginning to its end.
class MemberStream {
public:
  static absl::StatusOr<MemberStream> open(zip_t *archive, zip_uint64_t index,
                                           const std::string &name,
                                           const DataFile &file) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    uint64_t archiveSize = file.bytes.size();
    if (zip_stat_index(archive, index, 0, &stat) != 0)
      return readError(name, zip_strerror(archive));
    if (!(stat.valid & ZIP_STAT_SIZE))
      return readError(name, "the archive doesn't say how long it is");
    // Deflate shrinks by a factor of 1032 at most, so a size beyond that is a
    // lie, told to exhaust the memory.
    if (stat.size / 1033 > archiveSize)
      return readError(name, absl::StrCat("an archive of ", archiveSize,
                                          " bytes cannot hold a member of ",
                                          stat.size, " bytes"));
    if (absl::Status status = checkExpansion(name, archiveSize, stat.size);
        !status.ok())
      return status;
    MemberStream stream(file, name, stat.size);
    stream.member.reset(zip_fopen_index(archive, index, 0));
    if (!stream.member)
      return readError(name, zip_strerror(archive));
    return stream;
  }

  /// As the archive says; read() makes it true.
  uint64_t size() const { return claimed; }

  /// Appends `n` bytes, or fewer at the end.
  absl::Status read(std::string &to, uint64_t n) {
    constexpr uint64_t kBlock = 1 << 20;
    while (n > 0) {
      size_t begin = to.size();
      to.resize(begin + std::min(n, kBlock));
      zip_int64_t got =
          zip_fread(member.get(), to.data() + begin, to.size() - begin);
      if (got < 0)
        return readError(name, zip_file_strerror(member.get()));
      to.resize(begin + got);
      came += got;
      n -= got;
      if (got == 0 && came != claimed)
        return readError(name, absl::StrCat("it is damaged: expected ", claimed,
                                            " bytes, found ", came));
      if (came > claimed)
        return readError(name, absl::StrCat("it is damaged: expected ", claimed,
                                            " bytes, found more"));
      if (came / kReleased != (came - got) / kReleased)
        file->release();
      if (got == 0)
        break;
    }
    return absl::OkStatus();
  }

  /// Reads up to the end, where the checksum is compared.
  absl::Status finish() {
    std::string rest;
    while (true) {
      rest.clear();
      if (absl::Status status = read(rest, 1 << 20); !status.ok())
        return status;
      if (rest.empty())
        return absl::OkStatus();
    }
  }

private:
  MemberStream(const DataFile &file, std::string name, uint64_t claimed)
      : file(&file), name(std::move(name)), claimed(claimed) {}

  /// Bytes after which those of the archive are released.
  static constexpr uint64_t kReleased = 1 << 24;

  const DataFile *file;
  std::string name;
  uint64_t claimed, came = 0;
  std::unique_ptr<zip_file_t, CloseMember> member;
};

/// An archive's members and the file that they are in.
struct NpzReader {
  const DataFile &file;
  zip_t *archive;
  std::vector<std::string> found;

  std::string nameOf(const std::string &member) const {
    return absl::StrCat(file.name, " (member '", member, "')");
  }

  absl::StatusOr<MemberStream> open(const std::string &member) const {
    return MemberStream::open(archive,
                              llvm::find(found, member) - found.begin(),
                              nameOf(member), file);
  }

  /// All of a member.
  absl::StatusOr<std::string> read(const std::string &member) const {
    absl::StatusOr<MemberStream> stream = open(member);
    std::string content;
    absl::Status status = stream.status();
    if (status.ok())
      status = stream->read(content, stream->size());
    if (status.ok())
      status = stream->finish();
    if (!status.ok())
      return status;
    return content;
  }

  /// The features, of an array whose first bytes are `head`.
  absl::Status sendFeatures(NpyRows &rows, std::string head,
                            MemberStream &stream, RowSink &sink,
                            int64_t maxRows) const {
    head.erase(0, rows.header().length);
    if (rows.header().fortranOrder) {
      // Its last row's first element stands near the beginning.
      if (absl::Status status = stream.read(head, stream.size()); !status.ok())
        return status;
      return rows.sendAll(head, std::min(rows.header().shape[0], maxRows), sink,
                          [](llvm::StringRef) {});
    }
    uint64_t rowBytes = rows.rowBytes(), block = rows.blockBytes();
    if (rows.header().count == 0)
      return absl::OkStatus();
    for (uint64_t left = rows.header().shape[0] * rowBytes; left > 0;) {
      uint64_t wanted = std::min(block, left);
      if (head.size() < wanted)
        if (absl::Status status = stream.read(head, wanted - head.size());
            !status.ok())
          return status;
      uint64_t whole = std::min<uint64_t>(head.size(), left);
      whole -= whole % rowBytes;
      if (absl::Status status =
              rows.sendRows(llvm::StringRef(head).take_front(whole), sink);
          !status.ok())
        return status;
      head.erase(0, whole);
      left -= whole;
    }
    return absl::OkStatus();
  }
};

} // namespace

/// Reads a stream's NPY header and a little more.
static absl::StatusOr<std::string> readHead(MemberStream &stream,
                                            const std::string &name) {
  std::string head;
  if (absl::Status status = stream.read(head, 1 << 12); !status.ok())
    return status;
  absl::StatusOr<uint64_t> length = npyHeaderLength(head, name);
  if (!length.ok())
    return length.status();
  if (*length > head.size())
    if (absl::Status status = stream.read(head, *length - head.size());
        !status.ok())
      return status;
  return head;
}

/// The texts of a member [n] or [n, 1], one for each call.
static absl::Status
forTexts(llvm::StringRef bytes, const std::string &name,
         llvm::function_ref<absl::Status(std::string text)> take) {
  absl::StatusOr<NpyHeader> header =
      parseNpyHeader(bytes, bytes.size(), name, "text ('<U8', '|S8')",
                     "; in NumPy y.astype(str) makes it", isNpyText);
  if (!header.ok())
    return header.status();
  llvm::ArrayRef<int64_t> shape = header->shape;
  if (shape.size() != 1 && !(shape.size() == 2 && shape[1] == 1))
    return readError(name, "expected names of shape [n], found shape " +
                               shapeText(shape));
  absl::Status status;
  forEachElement(*header, bytes.drop_front(header->length), [&](const char *p) {
    if (status.ok())
      status = take(npyText(*header, p));
  });
  return status;
}

/// Whether an NPY file's elements are text.
static bool holdsText(llvm::StringRef bytes) {
  absl::StatusOr<NpyHeader> header = parseNpyHeader(
      bytes, bytes.size(), "", "", "",
      [](llvm::StringRef descr) { return npyElementSize(descr) != 0; });
  return header.ok() && isNpyText(header->descr);
}

static absl::Status sendLabels(const NpzReader &reader, const Members &members,
                               int64_t rows, RowSink &sink) {
  absl::StatusOr<std::string> y = reader.read(members.y);
  if (!y.ok())
    return y.status();
  std::string name = reader.nameOf(members.y);
  std::vector<int32_t> labels;
  std::vector<FoundClass> classes;
  bool isText = holdsText(*y);
  absl::Status status;
  if (isText) {
    ClassNumbers numbers;
    status = forTexts(*y, name, [&](std::string text) -> absl::Status {
      std::optional<int32_t> number = numbers.number(text, [&] {
        return absl::StrCat(name, ", row ", labels.size(), " (counted from 0)");
      });
      if (!number)
        return readError(name, numbers.tooMany());
      labels.push_back(*number);
      return absl::OkStatus();
    });
    classes = numbers.take();
  } else {
    absl::StatusOr<std::vector<int32_t>> parsed = parseNpyLabels(*y, name);
    status = parsed.status();
    if (parsed.ok())
      labels = *std::move(parsed);
  }
  if (status.ok())
    status = checkSamples(rows, labels.size(), members, reader.file.name);
  if (status.ok())
    status = sink.labels(labels);
  if (status.ok() && !isText && !members.classes.empty()) {
    absl::StatusOr<std::string> names = reader.read(members.classes);
    if (!names.ok())
      return names.status();
    std::string place = reader.nameOf(members.classes);
    status = forTexts(*names, place, [&](std::string text) {
      classes.push_back({std::move(text), place});
      return absl::OkStatus();
    });
  }
  if (status.ok() && !classes.empty())
    status = sink.classes(classes, /*isOrdered=*/!isText);
  return status;
}

absl::Status readNpz(const DataFile &file, RowSink &sink,
                     const ReadRequest &request) {
  absl::StatusOr<Archive> archive = openArchive(file.bytes, file.name);
  if (!archive.ok())
    return archive.status();
  NpzReader reader{file, archive->get(), {}};
  // The first of equal names.
  zip_int64_t count = zip_get_num_entries(archive->get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char *member = zip_get_name(archive->get(), i, 0);
    reader.found.push_back(member ? memberName(member) : "");
  }
  absl::StatusOr<Members> members = chooseMembers(reader.found, file.name);
  if (!members.ok())
    return members.status();

  absl::StatusOr<MemberStream> stream = reader.open(members->x);
  if (!stream.ok())
    return stream.status();
  std::string name = reader.nameOf(members->x);
  absl::StatusOr<std::string> head = readHead(*stream, name);
  if (!head.ok())
    return head.status();
  absl::StatusOr<NpyRows> rows = NpyRows::create(*head, stream->size(), name);
  if (!rows.ok())
    return rows.status();
  RowsHeader header = rows->rowsHeader(file.bytes.size());
  header.labelled = !members->y.empty();
  absl::Status status = sink.begin(header);
  if (status.ok())
    status = reader.sendFeatures(*rows, *std::move(head), *stream, sink,
                                 request.maxRows);
  if (status.ok())
    status = stream->finish();
  if (!status.ok() || members->y.empty())
    return status;

  return sendLabels(reader, *members, header.rows, sink);
}

} // namespace mase
