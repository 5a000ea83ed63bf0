// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What of QONNX's Trunc is refused. (What it computes: test/Import/trunc.test.)
#include "OnnxText.h"

using namespace mase::testing;

namespace {

/// A Trunc of x with these numbers, those of its second version.
std::string trunc(const std::string &scale, const std::string &zero,
                  const std::string &inWidth, const std::string &outScale,
                  const std::string &outWidth, const std::string &dims = "") {
  return modelText(initializer("s", dims, scale) + initializer("z", "", zero) +
                   initializer("i", "", inWidth) +
                   initializer("o", "", outScale) +
                   initializer("w", "", outWidth) +
                   node("Trunc", "'x', 's', 'z', 'i', 'o', 'w'",
                        "domain: 'qonnx.custom_op.general' "));
}

const std::vector<RefusedModel> &cases() {
  static const std::vector<RefusedModel> all = {
      {"Scale", trunc("0.3", "0", "8", "1", "4"),
       "node '/a/Trunc' (Trunc): expected a power of two as 'scale', found "
       "3.0"},
      {"ScaleOfSlices", trunc("1, 2", "0", "8", "1", "4", "2"),
       "expected one number as 'scale', found 's' of shape [2]"},
      {"ZeroPoint", trunc("0.5", "1", "8", "1", "4"),
       "expected a 'zeropt' of 0, found 1.0"},
      {"Width", trunc("0.5", "0", "8.5", "1", "4"),
       "expected an integer of 1 to 32 as 'in_bitwidth', found 8.5"},
      {"OutputScale", trunc("0.5", "0", "8", "-1", "4"),
       "expected a power of two as 'out_scale', found -1.0"},
      {"MoreBits",
       modelText(initializer("s", "", "1") + initializer("z", "", "0") +
                 initializer("i", "", "4") + initializer("o", "", "8") +
                 node("Trunc", "'x', 's', 'z', 'i', 'o'",
                      "domain: 'qonnx.custom_op.general' ")),
       "expected an 'out_bitwidth' of at most the 'in_bitwidth' 4, found 8"},
  };
  return all;
}

struct OnnxTrunc : ::testing::TestWithParam<RefusedModel> {};

} // namespace

TEST_P(OnnxTrunc, IsRefused) { expectRefused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    All, OnnxTrunc, ::testing::ValuesIn(cases()),
    [](const ::testing::TestParamInfo<RefusedModel> &info) {
      return std::string(info.param.name);
    });
