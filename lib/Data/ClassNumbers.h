// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Numbers for classes that a file names row by row.
#ifndef MASE_LIB_DATA_CLASSNUMBERS_H
#define MASE_LIB_DATA_CLASSNUMBERS_H

#include "Readers.h"

#include "llvm/ADT/StringMap.h"

namespace mase {

/// Numbers names in the order in which they come first.
class ClassNumbers {
public:
  /// The number of the class called `name`; `place` is where it stands. None if
  /// there are more than anybody trains for.
  std::optional<int32_t> number(llvm::StringRef name,
                                llvm::function_ref<std::string()> place) {
    auto [it, isNew] = numbers.try_emplace(name, int32_t(names.size()));
    if (isNew) {
      if (names.size() == kMost)
        return std::nullopt;
      names.push_back({name.str(), place()});
    }
    return it->second;
  }
  /// What to say then.
  static std::string tooMany() {
    return absl::StrCat("expected at most ", kMost,
                        " classes, found more: these are no labels");
  }
  std::vector<FoundClass> take() { return std::move(names); }

private:
  static constexpr size_t kMost = 10000;
  llvm::StringMap<int32_t> numbers;
  std::vector<FoundClass> names;
};

} // namespace mase

#endif // MASE_LIB_DATA_CLASSNUMBERS_H
