// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

/// 1 if this code, compiled as it has been, gives the bits that mase-opt's
/// interpreter gave: NET_TESTS samples, one by one and all at once. Else 0.
int net_self_test(void);
