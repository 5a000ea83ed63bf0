// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows become a dataset, and names of classes numbers.
#include "DatasetBuilder.h"

#include "mase/Data/Jets.h"
#include "mase/Support/NearestNames.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
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

absl::Status DatasetBuilder::begin(const RowsHeader &header) {
  dataset.sampleShape = header.shape;
  dataset.features = header.width().value_or(0);
  dataset.labelled = header.labelled;
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
  uint64_t rows = std::min<uint64_t>(most, bytes / rowBytes);
  dataset.x.reserve(rows * dataset.features);
  if (header.labelled)
    dataset.labels.reserve(rows);
  return absl::OkStatus();
}

absl::Status DatasetBuilder::features(llvm::ArrayRef<float> rows) {
  int64_t most;
  if (llvm::MulOverflow(maxRows, dataset.features, most))
    most = std::numeric_limits<int64_t>::max();
  rows = rows.take_front(
      std::min<size_t>(size_t(most) - dataset.x.size(), rows.size()));
  dataset.x.insert(dataset.x.end(), rows.begin(), rows.end());
  return absl::OkStatus();
}

absl::Status DatasetBuilder::labels(llvm::ArrayRef<int32_t> labels) {
  labels = labels.take_front(
      std::min<uint64_t>(maxRows - dataset.labels.size(), labels.size()));
  dataset.labels.insert(dataset.labels.end(), labels.begin(), labels.end());
  return absl::OkStatus();
}

absl::Status DatasetBuilder::classes(llvm::ArrayRef<FoundClass> classes,
                                     bool ordered) {
  found = classes.vec();
  isOrdered = ordered;
  return absl::OkStatus();
}

absl::Status
DatasetBuilder::nameClasses(llvm::ArrayRef<std::string> classNames) {
  for (size_t i = 0; i < found.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (found[i].name == found[j].name)
        return absl::InvalidArgumentError(
            absl::StrCat(found[i].place, ": expected each class once, found ",
                         quoted(found[i].name), " twice"));
  if (classNames.empty() && isOrdered) {
    for (const FoundClass &one : found)
      dataset.classNames.push_back(one.name);
    return absl::OkStatus();
  }
  llvm::ArrayRef<std::string> names =
      classNames.empty() ? jetClassNames() : classNames;
  // Where nobody says what the classes are, they may be meant to be the jets'.
  bool known =
      !classNames.empty() || llvm::any_of(found, [&](const FoundClass &one) {
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
                      llvm::join(names, ", "), ", found ", quoted(one.name))));
    numbers.push_back(name - names.begin());
  }
  // Labels that have no name stay what they are, for the check of labels.
  for (int32_t &label : dataset.labels)
    if (label >= 0 && size_t(label) < numbers.size())
      label = numbers[label];
  dataset.classNames = names.vec();
  return absl::OkStatus();
}

absl::StatusOr<Dataset>
DatasetBuilder::finish(llvm::ArrayRef<std::string> classNames) {
  if (isCounted && dataset.features > 0)
    dataset.samples = int64_t(dataset.x.size()) / dataset.features;
  // What comes through a pipe need not be what was announced.
  if (dataset.samples * dataset.features != int64_t(dataset.x.size()) ||
      int64_t(dataset.labels.size()) != dataset.samples * dataset.labelled)
    return absl::InternalError(
        absl::StrCat("expected ", dataset.samples, " samples of ",
                     dataset.features, " features, found ", dataset.x.size(),
                     " features and ", dataset.labels.size(), " labels"));
  if (!found.empty())
    if (absl::Status status = nameClasses(classNames); !status.ok())
      return status;
  return std::move(dataset);
}

} // namespace mase
