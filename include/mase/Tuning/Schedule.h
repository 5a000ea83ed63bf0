// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Transform-dialect schedules as search spaces: what a schedule leaves open is
// a knob, a point closes it, and the closed schedule is applied to a module or
// written to a file.
//
//     transform.named_sequence @__transform_main(%net: !transform.any_op
//                                                {transform.consumed}) {
//       %n = transform.tune.knob<"n"> options = [1, 2, 4] ->
//       !transform.any_param %r = transform.apply_registered_pass "some-pass"
//              with options = { "n" = %n } to %net : …
//
// A `transform.tune.knob` without `selected` is a knob of its options, a
// `transform.tune.alternatives` without `selected_region` one of its regions'
// numbers. What stands in a region exists only where that region is taken, and
// so do its knobs: they are conditional, and points that differ only there are
// one point. Ops of one name are one knob.
#ifndef MASE_TUNING_SCHEDULE_H
#define MASE_TUNING_SCHEDULE_H

#include "mase/Search/Space.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mase {

/// A schedule in a context. Applying and printing change its ops, so threads
/// need one each (`parse(text(), file(), …)` in a context of their own).
class Schedule {
public:
  /// Reads a module with `transform.with_named_sequence` and the sequence
  /// `@__transform_main`. Errors ("file:line:column: …"): an unreadable file,
  /// syntax, no such sequence, a pass that is not registered, a knob without a
  /// list of options or with one twice, ops of one name that disagree, a knob
  /// whose existence depends on more than the choice of one other.
  static absl::StatusOr<std::unique_ptr<Schedule>>
  load(llvm::StringRef path, mlir::MLIRContext *context);
  /// The same from text; `file` stands in locations.
  static absl::StatusOr<std::unique_ptr<Schedule>>
  parse(llvm::StringRef text, llvm::StringRef file, mlir::MLIRContext *context);

  llvm::StringRef text() const { return source; }
  llvm::StringRef file() const { return fileName; }

  /// What is open, in the order of being met; knobs are named
  /// "schedule/<name>". May be empty. Conditions refer to this space.
  const Space &space() const { return knobs; }
  /// Open ops with a single option: they have no knob, and always take it.
  llvm::ArrayRef<std::pair<std::string, Choice>> constants() const {
    return fixed;
  }

  /// Applies the schedule to `payload` (of the same context) with `point` of
  /// `space()`. On failure the payload is of no use; the message is one line.
  absl::Status apply(mlir::ModuleOp payload, const Point &point);

  /// The schedule with `point`'s choices selected; knobs that do not exist
  /// there stay open. mase-opt replays it:
  ///     --transform-preload-library='transform-library-paths=FILE'
  ///     --transform-interpreter
  std::string print(const Point &point);
  /// Writes the same to `path`, whole or not at all, below `comment` (lines
  /// without "//").
  absl::Status write(llvm::StringRef path, const Point &point,
                     llvm::StringRef comment);

  /// An open op, or several of one name.
  struct Entry {
    std::string name;
    std::vector<mlir::Operation *> ops;
    /// A knob's options; for alternatives the regions' numbers.
    llvm::SmallVector<mlir::Attribute> options;
    static constexpr size_t kNoKnob = ~size_t(0);
    size_t knob = kNoKnob; ///< of the space; none: a single option
  };

private:
  Schedule() = default;
  void select(const Point &point);

  std::string source, fileName;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<Entry> entries;
  Space knobs;
  std::vector<std::pair<std::string, Choice>> fixed;
};

} // namespace mase

#endif // MASE_TUNING_SCHEDULE_H
