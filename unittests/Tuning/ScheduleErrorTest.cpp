// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Schedules that cannot be searched, and what is said of them.
#include "Schedules.h"

#include "mase/Support/Error.h"

#include "gtest/gtest.h"

using namespace mase;
using namespace mase::test;

namespace {

class ScheduleErrorTest : public ::testing::Test, public Context {
protected:
  void expectError(const std::string &text, const std::string &message) {
    auto schedule = Schedule::parse(text, "s.mlir", &context);
    ASSERT_FALSE(schedule.ok()) << text;
    std::string found = messageOf(schedule.status());
    EXPECT_NE(found.find(message), std::string::npos)
        << "expected: " << message << "\nfound:    " << found;
    EXPECT_EQ(found.find('\n'), std::string::npos) << found;
  }
  /// In a schedule with this body, whose first line is the third.
  void expectBodyError(const std::string &body, const std::string &message,
                       const std::string &others = "") {
    expectError(scheduleText(body, others), message);
  }
};

TEST_F(ScheduleErrorTest, Files) {
  auto schedule = Schedule::load("no/such.mlir", &context);
  ASSERT_FALSE(schedule.ok());
  EXPECT_NE(messageOf(schedule.status()).find("'no/such.mlir'"),
            std::string::npos);
}

TEST_F(ScheduleErrorTest, Modules) {
  expectError("module {", "s.mlir:1:");
  expectError("", "s.mlir:1:1: expected a schedule: a module with "
                  "'transform.with_named_sequence' and "
                  "'transform.named_sequence @__transform_main', found a "
                  "module without it");
  expectError("module attributes {transform.with_named_sequence} {}",
              "found no sequence");
  expectError("module attributes {transform.with_named_sequence} {\n"
              "transform.named_sequence @main(%a: !transform.any_op "
              "{transform.readonly}) { transform.yield }}",
              "found @main");
  expectError("module attributes {transform.with_named_sequence} {\n"
              "transform.named_sequence @__transform_main() { "
              "transform.yield }}",
              "s.mlir:2:1: '@__transform_main': expected one argument");
}

TEST_F(ScheduleErrorTest, Options) {
  expectBodyError("transform.tune.alternatives<\"x\">",
                  "s.mlir:3:1: alternatives 'x': expected at least one region, "
                  "found none");
  expectBodyError(knob("x", "3"), "s.mlir:3:6: knob 'x': expected a list of "
                                  "one option or more, found 3");
  expectBodyError(knob("x", "[]"), "one option or more, found []");
  expectBodyError(knob("x", "[1, 2, 1]"),
                  "s.mlir:3:6: knob 'x': expected distinct options, found 1 "
                  "twice");
  expectBodyError(knob("x", "[1 : i32, 1 : i64]"), "found 1 twice");
  expectBodyError("%x = transform.tune.knob<\"\"> options = [1, 2] -> "
                  "!transform.any_param\n",
                  "s.mlir:3:6: expected a name, found an empty one");
}

TEST_F(ScheduleErrorTest, Passes) {
  expectError(scheduleText("%0 = transform.apply_registered_pass "
                           "\"mase-lower\" to %net : (!transform.any_op) -> "
                           "!transform.any_op\n",
                           "", /*consumes=*/true),
              "s.mlir:3:6: expected a pass or pipeline of mase-opt (those "
              "that its --help lists), found 'mase-lower'");
}

TEST_F(ScheduleErrorTest, NamesThatDisagree) {
  std::string other = "%y = transform.tune.knob<\"x\"> options = [1, 3] -> "
                      "!transform.any_param\n";
  expectBodyError(knob("x", "[1, 2]") + other,
                  "s.mlir:5:6: 'x' is open with other options at s.mlir:3:6");
  expectBodyError(knob("x", "[0, 1]") + alternatives("x", {"", ""}),
                  "'x' is open with other options at s.mlir:3:6");
  expectBodyError(alternatives("x", {"", ""}) + alternatives("x", {"", "", ""}),
                  "'x' is open with other options");
  std::string selected = "%y = transform.tune.knob<\"x\"> = 1 from options = "
                         "[1, 2] -> !transform.any_param\n";
  expectBodyError(knob("x", "[1, 2]") + selected,
                  "s.mlir:5:6: 'x' is selected here but open at s.mlir:3:6");
  expectBodyError(selected + knob("x", "[1, 2]"),
                  "s.mlir:4:6: 'x' is open here but selected at s.mlir:3:6");
}

TEST_F(ScheduleErrorTest, ConditionsOnSeveralKnobs) {
  std::string x = knob("x", "[1, 2]");
  expectBodyError(alternatives("a", {x, ""}) + alternatives("b", {x, ""}),
                  "'x' exists depending on the choices of more than one knob "
                  "at once (also at s.mlir:");
  // The inner `b` is decided with the outer one, but `x` hangs on both.
  expectBodyError(alternatives("b", {"", ""}) +
                      alternatives("a", {alternatives("b", {x, ""}), ""}),
                  "'x' exists depending on the choices of more than one knob");
  expectBodyError(
      knob("n", "[0, 1]") +
          "%m = transform.merge_handles %n, %n : !transform.any_param\n" +
          alternatives("a", {x, ""}, "selected_region = %m",
                       "!transform.any_param"),
      "alternatives 'a': expected a selected_region that is a knob's result");
}

TEST_F(ScheduleErrorTest, Recursion) {
  std::string include = "transform.include @f failures(propagate) (%net) : "
                        "(!transform.any_op) -> ()\n";
  std::string f = "transform.named_sequence @f(%net: !transform.any_op "
                  "{transform.readonly}) {\n" +
                  alternatives("a", {include, ""}) + "transform.yield\n}\n";
  expectBodyError(include, "recursion not allowed in named sequences", f);
}

} // namespace
