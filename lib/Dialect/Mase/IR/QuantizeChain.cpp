// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ops that one rounding can take in.
#include "mase/Dialect/Mase/IR/QuantizeChain.h"

using namespace mlir;
using namespace mase;

SmallVector<Operation *> QuantizeChain::getOps() const {
  SmallVector<Operation *> ops;
  for (Operation *op :
       std::initializer_list<Operation *>{dequantize, affine, relu})
    if (op)
      ops.push_back(op);
  return ops;
}

QuantizeChain
QuantizeChain::match(QuantizeOp quantize,
                     function_ref<Operation *(Value)> definitionOf) {
  QuantizeChain chain;
  chain.input = quantize.getInput();
  auto before = [&] { return definitionOf(chain.input); };
  if (auto relu = dyn_cast_if_present<ReluOp>(before());
      relu && !relu.getPrecisionAttr()) {
    chain.relu = relu;
    chain.input = relu.getInput();
  }
  if (auto affine = dyn_cast_if_present<AffineOpInterface>(before())) {
    chain.affine = affine;
    chain.input = affine->getOperand(0);
  }
  if (auto dequantize = dyn_cast_if_present<DequantizeOp>(before());
      dequantize && !dequantize.getCodeScale().hasZeroPoint()) {
    chain.dequantize = dequantize;
    chain.input = dequantize.getInput();
  }
  return chain;
}
