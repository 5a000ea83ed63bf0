// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the printers of stages share, whatever the language: what values and
// tables are called, and the text of one element of one sample.
#ifndef MASE_LIB_TARGET_TEXT_STAGETEXT_H
#define MASE_LIB_TARGET_TEXT_STAGETEXT_H

#include "ElementText.h"

#include "mase/Dialect/MaseKernel/IR/MaseKernel.h"

#include "mlir/Support/IndentedOstream.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace mase {

/// The base of a stage's printer. Arguments are `x`, `x2`, …, the result is
/// `y`, an element's index `o`.
class StageText {
protected:
  /// `reserved` are the names that the printed function declares itself, beside
  /// `code`, `sum`, `x` and `y`.
  StageText(kernel::StageOp stage, mlir::raw_indented_ostream &os,
            llvm::ArrayRef<llvm::StringRef> reserved = {});
  virtual ~StageText() = default;

  /// What the stage does, a line of comment for each layer.
  void printDescription();

  /// `name`, with a number if it is taken.
  std::string unique(llvm::StringRef name);

  /// What the table of an op is called, and how its element o is read; empty if
  /// it has none of that role.
  std::string tableOf(mlir::Operation *op, llvm::StringRef role) const;
  std::string elementOf(mlir::Operation *op, llvm::StringRef role) const;

  /// Element o of a value.
  virtual std::string element(mlir::Value value) = 0;

  /// The ops that compute each element: not the head, nor constants, which get
  /// the names that `elementOf` has for them.
  llvm::SmallVector<mlir::Operation *> elementOps();

  /// What a variable for the result of an op is called, and its text in the
  /// language. May add to `statements`.
  virtual std::pair<std::string, std::string>
  expression(mlir::Operation *op) = 0;

  /// Computes element o of one number and assigns it to `target`.
  llvm::SmallVector<std::string> scalarStatements(const std::string &target);

  /// What a variable for the result of an op is called, and its text; none for
  /// ops whose text is a language's own.
  std::optional<std::pair<std::string, std::string>>
  commonExpression(mlir::Operation *op);
  /// The same with those ops that read the same wherever an element is one
  /// number.
  std::optional<std::pair<std::string, std::string>>
  scalarExpression(mlir::Operation *op);

  /// The names that the text of a quantisation takes.
  QuantizeContext quantizeContext(kernel::QuantizeOp quantize);

  kernel::StageOp stage;
  mlir::raw_indented_ostream &os;
  mlir::Block &body;
  mlir::Value result;
  int64_t size;          ///< of the result, before packing
  mlir::Operation *head; ///< the op that mixes features, or null
  /// What values are called; of a constant, its element.
  llvm::DenseMap<mlir::Value, std::string> names;
  std::map<std::pair<mlir::Operation *, std::string>, std::string> tables,
      elements;
  llvm::SmallVector<std::string> statements;

private:
  llvm::StringMap<int> used;
};

} // namespace mase

#endif // MASE_LIB_TARGET_TEXT_STAGETEXT_H
