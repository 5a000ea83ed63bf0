// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The standard scaler and its JSON file.
#include "mase/Data/Scaler.h"

#include "Readers.h"

#include "mase/Support/FileKind.h"
#include "mase/Support/InputFile.h"
#include "mase/Support/Json.h"
#include "mase/Support/NearestNames.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace mase {

void Scaler::apply(llvm::MutableArrayRef<float> rows) const {
  size_t features = mean.size();
  assert(scale.size() == features && "a mean and a scale for each feature");
  for (size_t begin = 0; begin + features <= rows.size() && features;
       begin += features)
    for (size_t i = 0; i < features; ++i)
      rows[begin + i] = static_cast<float>(
          (static_cast<double>(rows[begin + i]) - mean[i]) / scale[i]);
}

/// What a message calls a value that should be something else.
static std::string describe(const llvm::json::Value &value) {
  if (std::optional<llvm::StringRef> text = value.getAsString())
    return quoted(*text);
  if (std::optional<double> number = value.getAsNumber())
    return absl::StrCat(*number);
  return value.getAsObject()  ? "an object"
         : value.getAsArray() ? "a list"
                              : llvm::formatv("{0}", value).str();
}

/// Reads the list of numbers under `key`; the reason why not, or "".
static std::string readNumbers(const llvm::json::Object &object,
                               llvm::StringRef key,
                               std::vector<double> &numbers) {
  const llvm::json::Value *value = object.get(key);
  if (!value) {
    std::vector<std::string> keys;
    for (const auto &entry : object)
      keys.push_back(entry.first.str());
    llvm::sort(keys);
    return "expected a key '" + key.str() + "', found none" +
           nearestNamesText(key, keys);
  }
  const llvm::json::Array *array = value->getAsArray();
  if (!array)
    return "expected a list of numbers for '" + key.str() + "', found " +
           describe(*value);
  for (const llvm::json::Value &element : *array) {
    std::optional<double> number = element.getAsNumber();
    if (!number || !std::isfinite(*number))
      return absl::StrCat("expected a finite number for '", view(key), "'[",
                          numbers.size(), "], found ", describe(element));
    numbers.push_back(*number);
  }
  return "";
}

/// The whole object; the reason why not, or "".
static std::string readObject(const llvm::json::Object &object,
                              Scaler &scaler) {
  std::string error = readNumbers(object, "mean", scaler.mean);
  if (error.empty())
    error = readNumbers(object, "scale", scaler.scale);
  if (!error.empty())
    return error;
  if (scaler.mean.size() != scaler.scale.size())
    return absl::StrCat("expected 'mean' and 'scale' to be of one length, "
                        "found ",
                        scaler.mean.size(), " and ", scaler.scale.size());
  for (size_t i = 0; i < scaler.scale.size(); ++i)
    if (scaler.scale[i] == 0)
      return absl::StrCat("expected a number other than 0 for 'scale'[", i,
                          "]");
  const llvm::json::Value *features = object.get("features");
  if (!features)
    return "";
  const llvm::json::Array *array = features->getAsArray();
  if (!array || array->size() != scaler.mean.size())
    return absl::StrCat("expected a list of ", scaler.mean.size(),
                        " names for 'features', found ",
                        array ? absl::StrCat(array->size(), " elements")
                              : "something else");
  for (const llvm::json::Value &element : *array) {
    std::optional<llvm::StringRef> text = element.getAsString();
    if (!text)
      return absl::StrCat("expected a name for 'features'[",
                          scaler.features.size(), "], found something else");
    scaler.features.push_back(text->str());
  }
  return "";
}

/// Python writes NaN, Infinity and -Infinity, which are no JSON. As strings
/// they get a message that says where they stand.
static std::string quoteNonNumbers(llvm::StringRef text) {
  std::string result;
  bool inString = false;
  while (!text.empty()) {
    size_t length = 1;
    if (inString && text.front() == '\\')
      length = std::min<size_t>(2, text.size());
    else if (text.front() == '"')
      inString = !inString;
    else if (!inString)
      for (llvm::StringRef word : {"NaN", "Infinity", "-Infinity"})
        if (text.starts_with(word)) {
          absl::StrAppend(&result, "\"", view(word), "\"");
          text = text.drop_front(word.size());
          length = 0;
          break;
        }
    result += text.take_front(length);
    text = text.drop_front(length);
  }
  return result;
}

absl::StatusOr<Scaler> readScaler(llvm::StringRef path) {
  absl::StatusOr<std::unique_ptr<llvm::MemoryBuffer>> buffer = readInput(path);
  if (!buffer.ok())
    return buffer.status();
  return parseScaler((*buffer)->getBuffer(), inputName(path));
}

absl::StatusOr<Scaler> parseScaler(llvm::StringRef text,
                                   const std::string &name) {
  if (absl::Status status = expectFileKind(
          text, name, "a scaler, a JSON file with 'mean' and 'scale'",
          {FileKind::Json});
      !status.ok())
    return status;
  llvm::Expected<llvm::json::Value> value = parseJson(quoteNonNumbers(text));
  if (!value)
    return readError(name,
                     "expected JSON: " + llvm::toString(value.takeError()));
  const llvm::json::Object *object = value->getAsObject();
  if (!object)
    return readError(name, "expected an object with the lists 'mean' and "
                           "'scale', found something else");
  Scaler scaler;
  std::string error = readObject(*object, scaler);
  if (!error.empty())
    return readError(name, error);
  return scaler;
}

} // namespace mase
