// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a network's results are called.
#include "mase/Dialect/Mase/IR/ClassNames.h"

#include "mase/Metrics/Metrics.h"
#include "mase/Support/Quoting.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mase;

std::string mase::wrongClassNames(ArrayRef<std::string> names,
                                  int64_t results) {
  int64_t classes = ClassifierOutput(results).classes();
  if (int64_t(names.size()) != classes)
    return "expected the names of " + std::to_string(classes) +
           " classes, found " + std::to_string(names.size());
  llvm::StringSet<> seen;
  for (const std::string &name : names) {
    if (name.empty())
      return "expected names of classes, found an empty one";
    if (!seen.insert(name).second)
      return "expected each class once, found " + quoted(name) + " twice";
  }
  return "";
}

FailureOr<std::vector<std::string>> mase::getClassNames(Operation *network,
                                                        int64_t results) {
  std::vector<std::string> names;
  Attribute attribute = network->getAttr(kClassesAttrName);
  if (!attribute)
    return names;
  auto list = dyn_cast<ArrayAttr>(attribute);
  if (!list ||
      llvm::any_of(list, [](Attribute name) { return !isa<StringAttr>(name); }))
    return network->emitError()
           << "expected '" << kClassesAttrName
           << "' to be a list of names, found " << attribute;
  for (Attribute name : list)
    names.push_back(cast<StringAttr>(name).str());
  if (std::string wrong = wrongClassNames(names, results); !wrong.empty())
    return network->emitError() << "'" << kClassesAttrName << "': " << wrong;
  return names;
}
