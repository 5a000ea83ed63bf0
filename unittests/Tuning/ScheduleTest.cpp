// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Spaces of schedules, against what applying every point of them does.
#include "Schedules.h"

#include "mase/Support/Error.h"

#include "mlir/Dialect/Transform/IR/TransformDialect.h"
#include "mlir/Dialect/Transform/Transforms/Passes.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include "gtest/gtest.h"

#include <set>

using namespace mlir;
using namespace mase;
using namespace mase::test;

namespace {

class ScheduleTest : public ::testing::Test, public Context {
protected:
  std::unique_ptr<Schedule> parse(const std::string &text) {
    auto schedule = Schedule::parse(text, "s.mlir", &context);
    EXPECT_TRUE(schedule.ok()) << schedule.status().message() << "\n" << text;
    return schedule.ok() ? *std::move(schedule) : nullptr;
  }

  /// Applies every point: as many modules must come out as there are points.
  void expectSize(uint64_t size, const std::string &body,
                  const std::string &others = "") {
    std::string text = scheduleText(body, others);
    std::unique_ptr<Schedule> schedule = parse(text);
    if (!schedule)
      return;
    EXPECT_EQ(toString(schedule->space().size()), std::to_string(size)) << text;
    std::set<std::string> modules;
    for (PointIndex i = 0; i < schedule->space().size(); ++i) {
      OwningOpRef<ModuleOp> module =
          ModuleOp::create(UnknownLoc::get(&context));
      absl::Status status =
          schedule->apply(*module, schedule->space().pointAt(i));
      EXPECT_TRUE(status.ok()) << status.message();
      modules.insert(test::print(*module));
    }
    EXPECT_EQ(modules.size(), size) << text;
  }
};

TEST_F(ScheduleTest, KnobsMultiply) {
  expectSize(6, knob("a", "[1, 2]") + knob("b", "[true, false, \"auto\"]"));
}

TEST_F(ScheduleTest, NothingOpenIsOnePoint) { expectSize(1, ""); }

TEST_F(ScheduleTest, RegionsAddUp) {
  expectSize(
      1 + 2 + 3 * (1 + 4),
      alternatives("a",
                   {"", knob("x", "[1, 2]"),
                    knob("y", "[1, 2, 3]") +
                        alternatives("b", {"", knob("z", "[1, 2, 3, 4]")})}));
}

TEST_F(ScheduleTest, OneNameInSeveralRegions) {
  std::string x = knob("x", "[1, 2]");
  expectSize(1 + 2 + 2, alternatives("a", {"", x, x}));
  expectSize(2 + 2 + 2, alternatives("a", {x, x, x}));
}

TEST_F(ScheduleTest, OneNameInsideAndOutside) {
  std::string again = "%again = transform.tune.knob<\"x\"> options = [1, 2] -> "
                      "!transform.any_param\n";
  expectSize(6, knob("x", "[1, 2]") + alternatives("a", {again, "", ""}));
  expectSize(6, alternatives("a", {again, "", ""}) + knob("x", "[1, 2]"));
}

TEST_F(ScheduleTest, ConditionsThatLaterRegionsMakeVoid) {
  std::string x = knob("x", "[1, 2]");
  // In some regions of `a`, but in all of `b`.
  expectSize(2 * 2 * 2, alternatives("a", {x, ""}) + alternatives("b", {x, x}));
}

TEST_F(ScheduleTest, AlternativesOfOneNameAreOneKnob) {
  std::string b = alternatives("b", {"", knob("x", "[1, 2]")});
  expectSize(1 + 2 * (1 + 2), alternatives("a", {"", b, b}));
  expectSize(1 + 2, b + alternatives("b", {"", knob("x", "[1, 2]")}));
}

TEST_F(ScheduleTest, IncludedSequences) {
  std::string include = "transform.include @f failures(propagate) (%net) : "
                        "(!transform.any_op) -> ()\n";
  std::string f = "transform.named_sequence @f(%net: !transform.any_op "
                  "{transform.readonly}) {\n" +
                  knob("x", "[1, 2]") + "transform.yield\n}\n";
  expectSize(2, include, f);
  expectSize(2, include + include, f);
  expectSize(1 + 2, alternatives("a", {include, ""}), f);
  // What nothing includes is not there.
  expectSize(1, "", f);
}

TEST_F(ScheduleTest, RegionsThatAKnobSelects) {
  expectSize(1 + 3,
             "%n = transform.tune.knob<\"n\"> options = [0, 1] -> "
             "!transform.any_param\n" +
                 alternatives("a", {"", knob("x", "[1, 2, 3]")},
                              "selected_region = %n", "!transform.any_param"));
  // A region that no option names has no knobs.
  expectSize(2,
             knob("n", "[0, 2]") +
                 alternatives("a", {"", knob("x", "[1, 2, 3]"), ""},
                              "selected_region = %n", "!transform.any_param"));
}

TEST_F(ScheduleTest, DecidedOpsAreNoKnobs) {
  expectSize(3, alternatives("a", {knob("x", "[1, 2]"), knob("y", "[1, 2, 3]")},
                             "selected_region = 1"));
  expectSize(2, "%0 = transform.tune.knob<\"x\"> = 2 from options = [1, 2] -> "
                "!transform.any_param\n" +
                    knob("y", "[1, 2]"));
}

TEST_F(ScheduleTest, SingleOptionsAreConstants) {
  std::unique_ptr<Schedule> schedule =
      parse(scheduleText(knob("x", "[7]") + knob("y", "[1, 2]") +
                         alternatives("a", {knob("z", "[1, 2]")})));
  ASSERT_TRUE(schedule);
  EXPECT_EQ(schedule->space().numKnobs(), 2u);
  EXPECT_FALSE(schedule->space().hasConditions());
  ASSERT_EQ(schedule->constants().size(), 2u);
  EXPECT_EQ(schedule->constants()[0].first, "schedule/x");
  EXPECT_EQ(schedule->constants()[0].second, Choice(int64_t(7)));
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  absl::Status status = schedule->apply(*module, {0, 0});
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_TRUE((*module)->hasAttr("x"));
}

TEST_F(ScheduleTest, ChoicesKeepTheirTypes) {
  std::unique_ptr<Schedule> schedule = parse(scheduleText(
      knob("x", "[1, -2, true, \"s\", 0.5, tensor<4xf32>, [1, 2], unit]")));
  ASSERT_TRUE(schedule);
  const Knob &x = schedule->space().knobs().front();
  EXPECT_EQ(x.name, "schedule/x");
  EXPECT_EQ(x.choices, (std::vector<Choice>{
                           int64_t(1), int64_t(-2), true, std::string("s"), 0.5,
                           std::string("tensor<4xf32>"), std::string("[1, 2]"),
                           std::string("unit")}));
}

TEST_F(ScheduleTest, AFailureSaysWhy) {
  std::unique_ptr<Schedule> schedule = parse(scheduleText(
      knob("kernel", "[\"dp5a\", \"auto\"]") +
          "%0 = transform.apply_registered_pass \"convert-mase-to-kernel\" "
          "with "
          "options = {\"kernel\" = %kernel} to %net : (!transform.any_op, "
          "!transform.any_param) -> !transform.any_op\n",
      "", /*consumes=*/true));
  ASSERT_TRUE(schedule);
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  EXPECT_EQ(messageOf(schedule->apply(*module, {0})),
            "unknown kernel 'dp5a'; nearest: 'dp4a', 'auto', 'thread'; "
            "s.mlir:5:6: pass pipeline failed");
}

TEST_F(ScheduleTest, YieldingWhatWasConsumedFails) {
  std::unique_ptr<Schedule> schedule = parse(scheduleText(
      R"(%m = transform.tune.alternatives<"a"> -> !transform.any_op {
           %1 = transform.apply_registered_pass "cse" to %net : (!transform.any_op) -> !transform.any_op
           transform.yield %net : !transform.any_op
         }, {
           transform.yield %net : !transform.any_op
         }
      )",
      "", /*consumes=*/true));
  ASSERT_TRUE(schedule);
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  EXPECT_NE(messageOf(schedule->apply(*module, {0}))
                .find("op uses a handle invalidated"),
            std::string::npos);
  EXPECT_TRUE(schedule->apply(*module, {1}).ok());
  // What is written is what was read.
  EXPECT_EQ(schedule->print({1}).find("num_associations"), std::string::npos);
}

/// The module that upstream's passes make of the schedule in `path`.
std::string replay(ModuleOp module, StringRef path) {
  PassManager pm(module.getContext());
  transform::PreloadLibraryPassOptions library;
  library.transformLibraryPaths = {path.str()};
  pm.addPass(transform::createPreloadLibraryPass(library));
  pm.addPass(transform::createInterpreterPass());
  EXPECT_TRUE(succeeded(pm.run(module)));
  return test::print(module);
}

TEST_F(ScheduleTest, WrittenSchedulesReplay) {
  auto example =
      Schedule::load(MASE_SOURCE_DIR "/examples/schedules/cuda.mlir", &context);
  ASSERT_TRUE(example.ok()) << example.status().message();
  Schedule &schedule = **example;
  EXPECT_EQ(schedule.space().size(), PointIndex(2 * (1 + 2 * 2)));

  constexpr StringLiteral kNetwork = R"(
    func.func @net(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
      %w = arith.constant dense<[[0.5, -1.0, 0.25, 1.0], [1.5, 0.5, -0.25, 0.75]]> : tensor<2x4xf32>
      %v = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
      %0 = mase.linear "a" %x, %w precision <data_in = #mase.fixed<8, 4>, weight = #mase.fixed<4, 2>> : (tensor<?x4xf32>, tensor<2x4xf32>) -> tensor<?x2xf32>
      %1 = mase.batch_norm "b" %0, %v, %v, %v, %v epsilon 1.0e-05 : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
      return %1 : tensor<?x2xf32>
    })";
  SmallString<128> path;
  ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("schedule", "mlir", path));
  llvm::scope_exit remove([&] { EXPECT_FALSE(llvm::sys::fs::remove(path)); });
  std::set<std::string> modules;
  for (PointIndex i = 0; i < schedule.space().size(); ++i) {
    Point point = schedule.space().pointAt(i);
    absl::Status written = schedule.write(path, point, "one\ntwo");
    ASSERT_TRUE(written.ok()) << written.message();
    auto file = llvm::MemoryBuffer::getFile(path);
    ASSERT_TRUE(bool(file));
    EXPECT_TRUE((*file)->getBuffer().starts_with("// one\n// two\nmodule"));

    auto module = parseSourceString<ModuleOp>(kNetwork, ParserConfig(&context));
    ASSERT_TRUE(module);
    absl::Status applied = schedule.apply(*module, point);
    ASSERT_TRUE(applied.ok()) << applied.message();

    // A context holds one library.
    Context other;
    auto again =
        parseSourceString<ModuleOp>(kNetwork, ParserConfig(&other.context));
    EXPECT_EQ(replay(*again, path), test::print(*module));
    modules.insert(test::print(*module));

    // Written, nothing is open but what is not reached.
    auto closed = Schedule::load(path, &other.context);
    ASSERT_TRUE(closed.ok()) << closed.status().message();
    EXPECT_EQ((*closed)->space().numKnobs(), 0u);
  }
  EXPECT_GT(modules.size(), 5u);
}

} // namespace
