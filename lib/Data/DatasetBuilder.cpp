// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows become a dataset, and names of classes numbers.
#include "DatasetBuilder.h"

#include "mase/Data/Jets.h"
#include "mase/Support/HugePages.h"
#include "mase/Support/NearestNames.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <limits>

namespace mase {

std::optional<int64_t> RowsHeader::width() const {
  int64_t width = 1;
  for (int64_t size : shape)
    if (llvm::MulOverflow(width, size, width))
      return std::nullopt;
  return width;
}

int64_t blockRows(int64_t width) {
  constexpr int64_t kElements = 1 << 18;
  return std::max<int64_t>(kElements / std::max<int64_t>(width, 1), 1);
}

absl::Status RowSink::stored(const StoredRows &rows) {
  const int64_t step = blockRows(rows.width);
  std::vector<float> block;
  for (int64_t row = 0; row < rows.rows; row += step) {
    block.resize(size_t(std::min(step, rows.rows - row) * rows.width));
    rows.read(row, block);
    if (absl::Status status = features(block); !status.ok())
      return status;
  }
  return absl::OkStatus();
}

absl::Status DatasetBuilder::begin(const RowsHeader &header) {
  dataset.sampleShape = header.shape;
  dataset.features = header.width().value_or(0);
  dataset.labelled = header.labelled && takesLabels;
  dataset.featureNames = header.featureNames;
  isCounted = header.rows < 0;
  int64_t most = std::min(isCounted ? header.mostRows : header.rows, maxRows);
  if (!isCounted)
    dataset.samples = most;
  // What compressed files say of themselves is believed as far as data can be
  // compressed; beyond it the vector grows with what comes.
  constexpr uint64_t kFactor = 16;
  uint64_t bytes = header.fileBytes * kFactor,
           rowBytes = std::max<uint64_t>(dataset.features, 1) * sizeof(float);
  expected = std::min<uint64_t>(most, bytes / rowBytes);
  if (dataset.labelled)
    dataset.labels.reserve(expected);
  return absl::OkStatus();
}

int64_t DatasetBuilder::accept(int64_t came) {
  int64_t most;
  if (llvm::MulOverflow(maxRows, dataset.features, most))
    most = std::numeric_limits<int64_t>::max();
  came = std::min(most - elements, came);
  elements += came;
  return came;
}

absl::Status DatasetBuilder::features(llvm::ArrayRef<float> rows) {
  if (elements == 0) {
    dataset.x.reserve(expected * dataset.features);
    adviseHugePages(dataset.x.data(), dataset.x.capacity() * sizeof(float));
  }
  rows = rows.take_front(size_t(accept(int64_t(rows.size()))));
  dataset.x.insert(dataset.x.end(), rows.begin(), rows.end());
  return absl::OkStatus();
}

absl::Status DatasetBuilder::labels(llvm::ArrayRef<int32_t> labels) {
  if (!takesLabels)
    return absl::OkStatus();
  labels = labels.take_front(
      std::min<uint64_t>(maxRows - dataset.labels.size(), labels.size()));
  dataset.labels.insert(dataset.labels.end(), labels.begin(), labels.end());
  return absl::OkStatus();
}

absl::Status DatasetBuilder::classes(llvm::ArrayRef<FoundClass> classes,
                                     bool ordered) {
  if (takesLabels)
    found = classes.vec();
  isOrdered = ordered;
  return absl::OkStatus();
}

/// More classes than anybody trains for.
static constexpr size_t kMaxClasses = 10000;

/// An error unless `found` are as many names as there are labels, each once.
static absl::Status checkFound(llvm::ArrayRef<FoundClass> found,
                               llvm::ArrayRef<int32_t> labels) {
  llvm::StringSet<> names;
  for (const FoundClass &one : found)
    if (!names.insert(one.name).second)
      return absl::InvalidArgumentError(
          absl::StrCat(one.place, ": expected each class once, found ",
                       quoted(one.name), " twice"));
  if (found.size() > kMaxClasses)
    return absl::InvalidArgumentError(
        absl::StrCat(found.front().place, ": expected at most ", kMaxClasses,
                     " classes, found ", found.size()));
  for (size_t row = 0; row < labels.size(); ++row)
    if (labels[row] < 0 || size_t(labels[row]) >= found.size())
      return absl::InvalidArgumentError(absl::StrCat(
          found.front().place, ": expected the names of all classes, found ",
          found.size(), " names and the label ", labels[row], " in row ", row,
          " (counted from 0)"));
  return absl::OkStatus();
}

/// "'g', 'q' and 3 more"
static std::string listed(llvm::ArrayRef<std::string> names) {
  constexpr size_t kMost = 10;
  std::string text;
  for (const std::string &name : names.take_front(kMost))
    absl::StrAppend(&text, text.empty() ? "" : ", ", quoted(name));
  if (names.size() > kMost)
    absl::StrAppend(&text, " and ", names.size() - kMost, " more");
  return text;
}

absl::Status DatasetBuilder::nameClasses(llvm::ArrayRef<std::string> classNames,
                                         const std::string &name) {
  if (absl::Status status = checkFound(found, dataset.labels); !status.ok())
    return status;
  if (classNames.empty() && isOrdered) {
    for (const FoundClass &one : found)
      dataset.classNames.push_back(one.name);
  } else {
    llvm::ArrayRef<std::string> names =
        classNames.empty() ? jetClassNames() : classNames;
    if (absl::Status status = renumber(names, !classNames.empty());
        !status.ok())
      return status;
  }
  // Numbers alone don't say whether they are the network's.
  if (classNames.empty())
    dataset.warnings.push_back(absl::StrCat(
        name, ": the network's results have no names, and are taken in ",
        isOrdered ? "the file's" : "MASE's",
        " order of the classes: ", listed(dataset.classNames),
        "; mase-translate --onnx-classes= names them"));
  return absl::OkStatus();
}

absl::Status DatasetBuilder::renumber(llvm::ArrayRef<std::string> names,
                                      bool areNetworks) {
  // Where nobody says what the classes are, they may be meant to be the jets'.
  bool known = areNetworks || llvm::any_of(found, [&](const FoundClass &one) {
                 return llvm::is_contained(names, one.name);
               });
  std::vector<int32_t> numbers;
  for (const FoundClass &one : found) {
    const std::string *name = llvm::find(names, one.name);
    if (name == names.end())
      return absl::InvalidArgumentError(absl::StrCat(
          one.place, ": ",
          known ? absl::StrCat("unknown class ", quoted(one.name),
                               nearestNamesText(one.name, names.vec()))
                : absl::StrCat(
                      "expected a class, as a number from 0 or one of ",
                      llvm::join(names, ", "), ", found ", quoted(one.name),
                      "; other names take a network whose results have them "
                      "(mase-translate --onnx-classes=)")));
    numbers.push_back(name - names.begin());
  }
  for (int32_t &label : dataset.labels)
    label = numbers[label];
  dataset.classNames = names.vec();
  return absl::OkStatus();
}

absl::StatusOr<Dataset>
DatasetBuilder::finish(llvm::ArrayRef<std::string> classNames,
                       const std::string &name) {
  if (isCounted && dataset.features > 0)
    dataset.samples = elements / dataset.features;
  // What comes through a pipe need not be what was announced.
  if (dataset.samples * dataset.features != elements ||
      int64_t(dataset.labels.size()) != dataset.samples * dataset.labelled)
    return absl::InternalError(
        absl::StrCat("expected ", dataset.samples, " samples of ",
                     dataset.features, " features, found ", elements,
                     " features and ", dataset.labels.size(), " labels"));
  if (found.empty() && dataset.labelled) {
    for (const std::string &one : fileClasses)
      found.push_back({one, name + " ('classes')"});
    isOrdered = true;
  }
  if (!found.empty())
    if (absl::Status status = nameClasses(classNames, name); !status.ok())
      return status;
  return std::move(dataset);
}

} // namespace mase
