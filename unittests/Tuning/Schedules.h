// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Small schedules as text. What they do to a module shows in its attributes.
#ifndef MASE_UNITTESTS_TUNING_SCHEDULES_H
#define MASE_UNITTESTS_TUNING_SCHEDULES_H

#include "mase/InitAll.h"
#include "mase/Tuning/Schedule.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllPasses.h"

#include <string>
#include <vector>

namespace mase::test {

/// A module of sequences, the first of them the entry.
inline std::string scheduleText(const std::string &body,
                                const std::string &others = "",
                                bool consumes = false) {
  return "module attributes {transform.with_named_sequence} {\n"
         "transform.named_sequence @__transform_main("
         "%net: !transform.any_op {transform." +
         std::string(consumes ? "consumed" : "readonly") + "}) {\n" + body +
         "transform.yield\n}\n" + others + "}\n";
}

/// A knob whose value is left in the module.
inline std::string knob(const std::string &name, const std::string &options) {
  return "%" + name + " = transform.tune.knob<\"" + name +
         "\"> options = " + options + " -> !transform.any_param\n" +
         "transform.annotate %net \"" + name + "\" = %" + name +
         " : !transform.any_op, !transform.any_param\n";
}

/// Alternatives whose regions hold these texts and leave their number.
inline std::string alternatives(const std::string &name,
                                const std::vector<std::string> &regions,
                                const std::string &selected = "",
                                const std::string &type = "") {
  std::string text = "transform.tune.alternatives<\"" + name + "\"> " +
                     selected + (type.empty() ? "" : " : " + type);
  for (size_t r = 0; r < regions.size(); ++r) {
    std::string number = "region_" + name + std::to_string(r);
    text +=
        (r ? ", {\n" : " {\n") +
        ("transform.annotate %net \"" + number + "\" : !transform.any_op\n") +
        regions[r] + "}";
  }
  return text + "\n";
}

class Context {
public:
  Context() : context(registry(), mlir::MLIRContext::Threading::DISABLED) {}

  mlir::MLIRContext context;

private:
  static mlir::DialectRegistry registry() {
    static const bool registered = [] {
      mlir::registerAllPasses();
      registerAllPasses();
      return true;
    }();
    (void)registered;
    mlir::DialectRegistry result;
    registerAllDialects(result);
    return result;
  }
};

inline std::string print(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os);
  return text;
}

} // namespace mase::test

#endif // MASE_UNITTESTS_TUNING_SCHEDULES_H
