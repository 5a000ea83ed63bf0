// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A dialect with layers that are not ours.
#ifndef MASE_TEST_TOOLS_TESTOPS_H
#define MASE_TEST_TOOLS_TESTOPS_H

#include "mlir/IR/DialectRegistry.h"

namespace mase::test {

void registerTestDialect(mlir::DialectRegistry &registry);

} // namespace mase::test

#endif // MASE_TEST_TOOLS_TESTOPS_H
