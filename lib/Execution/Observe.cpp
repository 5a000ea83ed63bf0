// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter with its values shown.
#include "mase/Execution/Observe.h"

#include "mase/Execution/Interpreter.h"

using namespace mlir;
using namespace mase;

LogicalResult
mase::observe(func::FuncOp function, ArrayRef<float> input, int64_t samples,
              ArrayRef<Value> values,
              llvm::function_ref<void(size_t, ArrayRef<float>)> visit) {
  FailureOr<EntryFunction> entry = getEntryFunction(function);
  if (failed(entry))
    return failure();
  interpreter::Program program;
  if (failed(program.compile(*entry)))
    return failure();
  for (int64_t n = 0; n < samples; ++n) {
    llvm::copy(input.slice(n * entry->inputSize, entry->inputSize),
               program.input->floats.begin());
    for (const interpreter::Instruction &instruction : program.instructions)
      instruction();
    for (auto [i, value] : llvm::enumerate(values))
      visit(i, program.get(value)->floats);
  }
  return success();
}
