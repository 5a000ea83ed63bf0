// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

int net_self_test(void) {
  float all[NET_TESTS * NET_OUTPUTS], one[NET_OUTPUTS];
  net_infer(net_test_inputs, all, NET_TESTS);
  for (int i = 0; i < NET_TESTS; ++i) {
    net_infer_one(net_test_inputs + i * NET_INPUTS, one);
    for (int o = 0; o < NET_OUTPUTS; ++o) {
      const float expected = net_test_outputs[i * NET_OUTPUTS + o],
                  together = all[i * NET_OUTPUTS + o], alone = one[o];
      // NaNs are alike, whatever their bits.
      const bool isNaN =
          expected != expected && together != together && alone != alone;
      if (!isNaN && (memcmp(&expected, &together, sizeof expected) != 0 ||
                     memcmp(&expected, &alone, sizeof expected) != 0))
        return 0;
    }
  }
  return 1;
}
