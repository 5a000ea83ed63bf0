// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Live sets of a straight line of layers.
#include "mase/Analysis/Activations.h"

#include "mase/Dialect/Mase/IR/Samples.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mase;

constexpr int64_t kFloatBits = 32;

ActivationFormats ActivationFormats::of(PrecisionAttr precision) {
  if (!precision)
    return {};
  auto make = [](NumberFormatAttrInterface format) {
    int64_t one = 1;
    return format
               ? Format{format.getAsOpaquePointer(), format.getPackedBits(one)}
               : Format();
  };
  return {make(precision.getDataIn()), make(precision.getDataOut())};
}

std::optional<Activations> Activations::create(func::FuncOp function) {
  if (function.isExternal() || !function.getBody().hasOneBlock())
    return std::nullopt;
  Activations result;
  llvm::DenseMap<mlir::Value, int> numberOf;
  auto add = [&](mlir::Value value, int producer) {
    std::optional<int64_t> elements = sampleSize(value.getType());
    if (!elements)
      return false;
    Type type = cast<RankedTensorType>(value.getType()).getElementType();
    Value entry;
    entry.elements = *elements;
    entry.fixedBits = type.isInteger() ? type.getIntOrFloatBitWidth() : 0;
    entry.producer = producer;
    numberOf[value] = int(result.values.size());
    result.values.push_back(std::move(entry));
    return true;
  };
  for (BlockArgument argument : function.getArguments())
    if (!add(argument, -1))
      return std::nullopt;
  std::vector<int> lastReader;
  for (Operation &op : function.front().without_terminator()) {
    if (op.hasTrait<OpTrait::ConstantLike>())
      continue;
    if (op.hasTrait<ReshapesInput>()) {
      if (auto it = numberOf.find(op.getOperand(0)); it != numberOf.end())
        numberOf[op.getResult(0)] = it->second;
      continue;
    }
    int layer = int(result.ops.size());
    result.ops.push_back(&op);
    for (mlir::Value operand : op.getOperands())
      if (auto it = numberOf.find(operand); it != numberOf.end())
        result.values[it->second].readers.push_back(layer);
    for (mlir::Value value : op.getResults())
      if (!add(value, layer))
        return std::nullopt;
  }
  for (mlir::Value value : function.front().getTerminator()->getOperands())
    if (auto it = numberOf.find(value); it != numberOf.end())
      result.values[it->second].isResult = true;

  auto isAliveIn = [&](const Value &value, int layer) {
    return value.producer < layer &&
           (value.isResult ||
            (!value.readers.empty() && value.readers.back() >= layer));
  };
  auto isAliveOut = [&](const Value &value, int layer) {
    return value.producer == layer || isAliveIn(value, layer + 1);
  };
  auto addSet = [&](auto isAlive) {
    std::vector<int> live;
    for (auto [v, value] : llvm::enumerate(result.values))
      if (isAlive(value))
        live.push_back(int(v));
    // Sets inside their neighbour can't be the largest.
    std::vector<std::vector<int>> &sets = result.liveSets;
    if (!sets.empty() && llvm::includes(sets.back(), live))
      return;
    if (!sets.empty() && llvm::includes(live, sets.back()))
      sets.pop_back();
    sets.push_back(std::move(live));
  };
  for (auto [i, op] : llvm::enumerate(result.ops)) {
    int layer = int(i);
    if (op->hasTrait<ElementByElement>()) {
      addSet([&](const Value &v) { return isAliveIn(v, layer); });
      addSet([&](const Value &v) { return isAliveOut(v, layer); });
    } else {
      addSet([&](const Value &v) {
        return isAliveIn(v, layer) || isAliveOut(v, layer);
      });
    }
  }
  return result;
}

int64_t Activations::largestBytes(ArrayRef<ActivationFormats> formats) const {
  SmallVector<int64_t, 32> bytes;
  for (const Value &value : values) {
    int64_t bits = value.fixedBits;
    if (!bits && value.producer >= 0) {
      ActivationFormats::Format format = formats[value.producer].dataOut;
      if (!format.identity && !value.isResult && !value.readers.empty()) {
        format = formats[value.readers.front()].dataIn;
        for (int reader : ArrayRef(value.readers).drop_front())
          if (formats[reader].dataIn.identity != format.identity)
            format = {};
      }
      if (format.identity)
        bits = format.bits;
    }
    bytes.push_back(
        llvm::divideCeil(value.elements * (bits ? bits : kFloatBits), 8));
  }
  int64_t largest = 0;
  for (const std::vector<int> &live : liveSets) {
    int64_t sum = 0;
    for (int v : live)
      sum += bytes[v];
    largest = std::max(largest, sum);
  }
  return largest;
}
