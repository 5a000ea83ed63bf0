// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows on their way through a pipe. Both ends are one program: numbers go as
// they lie in memory.
#include "PipeSink.h"

#include <algorithm>
#include <cstring>

namespace mase {

/// Elements of a block.
static constexpr size_t kBlock = 1 << 20;
/// More than any file has.
static constexpr uint64_t kMaxCount = 1 << 20;

/// The block's first byte.
enum Tag : char {
  Begin = 'H',
  Features = 'X',
  Labels = 'L',
  Classes = 'C',
  End = 'D',
  Error = 'E',
};

namespace {

class Writer {
public:
  explicit Writer(Tag tag) : text(1, tag) {}

  Writer &number(int64_t value) {
    text.append(reinterpret_cast<const char *>(&value), sizeof(value));
    return *this;
  }
  Writer &string(llvm::StringRef value) {
    number(value.size());
    text += value;
    return *this;
  }
  template <typename T> Writer &elements(llvm::ArrayRef<T> values) {
    text.append(reinterpret_cast<const char *>(values.data()),
                values.size() * sizeof(T));
    return *this;
  }

  std::string text;
};

/// Turns false at the first thing that isn't there.
class Reader {
public:
  explicit Reader(llvm::StringRef rest) : rest(rest) {}

  int64_t number() {
    int64_t value = 0;
    isWhole &= rest.size() >= sizeof(value);
    if (!isWhole)
      return 0;
    std::memcpy(&value, rest.data(), sizeof(value));
    rest = rest.drop_front(sizeof(value));
    return value;
  }
  uint64_t count() {
    int64_t value = number();
    isWhole &= value >= 0 && uint64_t(value) <= kMaxCount;
    return isWhole ? value : 0;
  }
  std::string string() {
    int64_t length = number();
    isWhole &= length >= 0 && uint64_t(length) <= rest.size();
    if (!isWhole)
      return "";
    std::string value = rest.take_front(length).str();
    rest = rest.drop_front(length);
    return value;
  }
  template <typename T> std::vector<T> elements() {
    std::vector<T> values(rest.size() / sizeof(T));
    isWhole &= rest.size() % sizeof(T) == 0;
    if (!values.empty())
      std::memcpy(values.data(), rest.bytes_begin(), values.size() * sizeof(T));
    rest = "";
    return values;
  }
  bool atEnd() const { return isWhole && rest.empty(); }

  bool isWhole = true;

private:
  llvm::StringRef rest;
};

} // namespace

absl::Status PipeSink::begin(const RowsHeader &header) {
  Writer writer(Begin);
  writer.number(header.rows).number(header.mostRows).number(header.fileBytes);
  writer.number(header.labelled).number(header.shape.size());
  for (int64_t size : header.shape)
    writer.number(size);
  writer.number(header.featureNames.size());
  for (const std::string &name : header.featureNames)
    writer.string(name);
  send(writer.text);
  return absl::OkStatus();
}

template <typename T>
static void sendElements(Tag tag, llvm::ArrayRef<T> values,
                         llvm::function_ref<void(llvm::StringRef)> send) {
  while (!values.empty()) {
    llvm::ArrayRef<T> part = values.take_front(std::min(kBlock, values.size()));
    send(Writer(tag).elements(part).text);
    values = values.drop_front(part.size());
  }
}

absl::Status PipeSink::features(llvm::ArrayRef<float> rows) {
  sendElements(Features, rows, send);
  return absl::OkStatus();
}

absl::Status PipeSink::labels(llvm::ArrayRef<int32_t> labels) {
  sendElements(Labels, labels, send);
  return absl::OkStatus();
}

absl::Status PipeSink::classes(llvm::ArrayRef<FoundClass> classes,
                               bool isOrdered) {
  Writer writer(Classes);
  writer.number(isOrdered).number(classes.size());
  for (const FoundClass &one : classes)
    writer.string(one.name).string(one.place);
  send(writer.text);
  return absl::OkStatus();
}

void PipeSink::end(const absl::Status &status) {
  send(status.ok() ? Writer(End).text
                   : Writer(Error)
                         .string(llvm::StringRef(status.message().data(),
                                                 status.message().size()))
                         .text);
}

absl::Status PipeReceiver::take(llvm::StringRef block) {
  char tag = block.empty() ? '\0' : block.front();
  Reader reader(block.drop_front(!block.empty()));
  isDamaged = hasEnded || (!hasBegun && tag != Begin && tag != Error);
  if (isDamaged)
    return absl::OkStatus();
  switch (tag) {
  case Begin: {
    RowsHeader header;
    header.rows = reader.number();
    header.mostRows = reader.number();
    header.fileBytes = reader.number();
    header.labelled = reader.number() != 0;
    header.shape.resize(reader.count());
    for (int64_t &size : header.shape)
      reader.isWhole &= (size = reader.number()) >= 0;
    header.featureNames.resize(reader.count());
    for (std::string &name : header.featureNames)
      name = reader.string();
    isDamaged = hasBegun || !reader.atEnd() || header.shape.empty();
    hasBegun = true;
    return isDamaged ? absl::OkStatus() : sink.begin(header);
  }
  case Features: {
    std::vector<float> values = reader.elements<float>();
    isDamaged = !reader.atEnd();
    return sink.features(values);
  }
  case Labels: {
    std::vector<int32_t> values = reader.elements<int32_t>();
    isDamaged = !reader.atEnd();
    return sink.labels(values);
  }
  case Classes: {
    bool isOrdered = reader.number() != 0;
    std::vector<FoundClass> classes(reader.count());
    for (FoundClass &one : classes) {
      one.name = reader.string();
      one.place = reader.string();
    }
    isDamaged = !reader.atEnd();
    return isDamaged ? absl::OkStatus() : sink.classes(classes, isOrdered);
  }
  case End:
    hasEnded = true;
    isDamaged = !reader.atEnd();
    return absl::OkStatus();
  case Error: {
    hasEnded = true;
    std::string message = reader.string();
    isDamaged = !reader.atEnd();
    return absl::InvalidArgumentError(message);
  }
  default:
    isDamaged = true;
    return absl::OkStatus();
  }
}

bool PipeReceiver::receive(llvm::StringRef block) {
  status = take(block);
  return status.ok() && !isDamaged;
}

absl::Status PipeReceiver::finish(const std::string &name) {
  if (isDamaged || (status.ok() && !hasEnded))
    return readError(name, "the HDF5 library made something else of it");
  return status;
}

} // namespace mase
