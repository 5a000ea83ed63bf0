// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names of layers from names in ONNX files.
#include "LayerNames.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/Unicode.h"

using namespace llvm;

namespace mase::onnx_import {

bool isParameterName(StringRef name) {
  return !name.starts_with("onnx::") && !name.starts_with("/") &&
         !name.rsplit('.').second.empty() && !name.rsplit('.').first.empty();
}

/// The length of the letter or digit that `text` begins with, 0 if it begins
/// with something else. Python's identifiers may have letters of any script;
/// beyond ASCII all is one that Unicode calls printable but no space or
/// punctuation of the General Punctuation block.
static size_t letterLength(StringRef text) {
  if (uint8_t(text.front()) < 0x80)
    return isAlnum(text.front()) ? 1 : 0;
  size_t length = getNumBytesForUTF8(text.front());
  const auto *begin = reinterpret_cast<const UTF8 *>(text.data()), *at = begin;
  UTF32 code = 0, *to = &code;
  if (length > text.size() ||
      ConvertUTF8toUTF32(&at, begin + length, &to, &code + 1,
                         strictConversion) != conversionOK)
    return 0;
  bool letter = sys::unicode::isPrintable(code) && code >= 0xaa &&
                !(code >= 0x2000 && code <= 0x206f) && code != 0x3000;
  return letter ? length : 0;
}

std::string sanitizeIdentifier(StringRef name) {
  std::string text;
  if (!name.empty() && isDigit(name.front()))
    text += '_';
  while (!name.empty()) {
    size_t length = letterLength(name);
    if (length > 0)
      text += name.take_front(length);
    else
      text += '_';
    name = name.drop_front(std::max<size_t>(length, 1));
  }
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

void LayerNames::remove(mlir::Operation *layer) {
  erase_if(entries, [&](const Entry &entry) { return entry.layer == layer; });
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
