// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the results are called: as the user says, else as the model's metadata.
#include "OnnxImporter.h"

#include "mase/Dialect/Mase/IR/ClassNames.h"
#include "mase/Support/Json.h"
#include "mase/Support/Quoting.h"

using namespace mlir;

namespace mase::onnx_import {

/// The names of a JSON list of strings, or of text with commas.
static std::vector<std::string> parseNames(StringRef text) {
  std::vector<std::string> names;
  llvm::Expected<llvm::json::Value> value = parseJson(text);
  if (!value) {
    llvm::consumeError(value.takeError());
    SmallVector<StringRef> parts;
    text.split(parts, ',');
    for (StringRef part : parts)
      names.push_back(part.trim().str());
    return names;
  }
  const llvm::json::Array *list = value->getAsArray();
  if (!list)
    return {};
  for (const llvm::json::Value &element : *list) {
    std::optional<StringRef> name = element.getAsString();
    if (!name)
      return {};
    names.push_back(name->str());
  }
  return names;
}

LogicalResult OnnxImporter::nameClasses(func::FuncOp function) {
  auto result = cast<RankedTensorType>(function.getFunctionType().getResult(0));
  int64_t results = ShapedType::getNumElements(result.getShape().drop_front());
  auto name = [&](ArrayRef<std::string> names) {
    SmallVector<StringRef> texts(names.begin(), names.end());
    function->setAttr(kClassesAttrName, builder.getStrArrayAttr(texts));
  };
  if (!options.classes.empty()) {
    std::vector<std::string> names = parseNames(options.classes);
    if (std::string wrong = wrongClassNames(names, results); !wrong.empty())
      return emitError() << "--onnx-classes: " << wrong;
    name(names);
    return success();
  }
  for (const onnx::StringStringEntryProto &entry : model.metadata_props()) {
    StringRef key = entry.key();
    if (key != "class_names" && key != "classes")
      continue;
    std::vector<std::string> names = parseNames(entry.value());
    std::string wrong = wrongClassNames(names, results);
    // Metadata are notes, which may be about something else.
    if (!wrong.empty()) {
      emitWarning(fileLoc) << "the model's metadata " << quoted(key)
                           << " are not taken for its classes' names: "
                           << wrong;
      continue;
    }
    name(names);
    return success();
  }
  return success();
}

} // namespace mase::onnx_import
