// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names of layers from names in ONNX files.
#include "LayerNames.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace mase::onnx_import {

bool isParameterName(StringRef name) {
  return !name.starts_with("onnx::") && !name.starts_with("/") &&
         !name.rsplit('.').second.empty() && !name.rsplit('.').first.empty();
}

std::string sanitizeIdentifier(StringRef name) {
  std::string text;
  if (!name.empty() && isDigit(name.front()))
    text += '_';
  for (char c : name)
    text += isAlnum(c) ? c : '_';
  return text;
}

/// What a node is called beside its operation, or "".
static StringRef pathName(StringRef nodeName, StringRef opType) {
  auto [path, last] = nodeName.rsplit('/');
  if (last.empty() && path == nodeName)
    std::swap(path, last); // no '/' in it
  StringRef number = last;
  if (number.consume_front(opType) &&
      (number.empty() || (number.consume_front("_") && !number.empty() &&
                          all_of(number, isDigit))))
    last = path.rsplit('/').second.empty() ? path : path.rsplit('/').second;
  return last.ltrim('/');
}

void LayerNames::add(mlir::Operation *layer, ArrayRef<StringRef> parameters,
                     StringRef nodeName, StringRef opType) {
  for (StringRef parameter : parameters)
    if (isParameterName(parameter)) {
      entries.push_back(
          {layer, Parameter, sanitizeIdentifier(parameter.rsplit('.').first)});
      return;
    }
  std::string path = sanitizeIdentifier(pathName(nodeName, opType));
  entries.push_back({layer, path.empty() ? Number : Path, path});
}

void LayerNames::assign() {
  StringMap<unsigned> numbers;
  for (Entry &entry : entries)
    if (entry.source == Number) {
      StringRef type = entry.layer->getName().stripDialect();
      entry.wanted = (type + "_" + Twine(numbers[type]++)).str();
    }

  // First those who get what they want, so that a duplicate's number takes
  // nobody's name.
  StringSet<> taken;
  std::vector<const Entry *> duplicates;
  auto setName = [](const Entry &entry, StringRef name) {
    entry.layer->setAttr(
        "layer", mlir::StringAttr::get(entry.layer->getContext(), name));
  };
  for (int source = 0; source < NumSources; ++source)
    for (const Entry &entry : entries)
      if (entry.source == source) {
        if (taken.insert(entry.wanted).second)
          setName(entry, entry.wanted);
        else
          duplicates.push_back(&entry);
      }
  StringMap<unsigned> last;
  for (const Entry *entry : duplicates)
    for (unsigned &k = last[entry->wanted];;) {
      std::string name = entry->wanted + "_" + std::to_string(++k);
      if (taken.insert(name).second) {
        setName(*entry, name);
        break;
      }
    }
}

} // namespace mase::onnx_import
