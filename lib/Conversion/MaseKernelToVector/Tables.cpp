// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The constants of a kernel as globals.
#include "Tables.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

template <typename T>
LaneTable LaneTables::make(Operation *op, StringRef role, int64_t padded,
                           function_ref<std::vector<T>()> values, int64_t rows,
                           Type element) {
  auto [it, isNew] = tables.try_emplace({op, role.str()});
  if (!isNew)
    return it->second;
  const std::vector<T> dense = values();
  const auto columns = int64_t(dense.size()) / rows;
  LaneTable &table = it->second;
  table.element = element;
  table.rowSize = int64_t(llvm::alignTo(uint64_t(padded), uint64_t(lanes)));
  std::vector<T> all(size_t(rows * table.rowSize));
  for (int64_t row = 0; row < rows; ++row)
    std::copy_n(&dense[size_t(row * columns)], columns,
                &all[size_t(row * table.rowSize)]);
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  auto stage = cast<StageOp>(op->getParentOp());
  std::string name = llvm::formatv("{0}_{1}_{2}_{3}", kernel.getSymName(),
                                   stage.getName(), role, number++);
  constexpr int64_t kAlignment = 64; // a line of the cache
  table.global = LLVM::GlobalOp::create(
      builder, op->getLoc(), LLVM::LLVMArrayType::get(element, all.size()),
      /*isConstant=*/true, LLVM::Linkage::Internal, name,
      DenseElementsAttr::get(
          RankedTensorType::get(int64_t(all.size()), element), ArrayRef(all)),
      kAlignment);
  return table;
}

LaneTable LaneTables::floats(Operation *op, StringRef role, int64_t padded,
                             function_ref<std::vector<float>()> values,
                             int64_t rows) {
  return make<float>(op, role, padded, values, rows,
                     Float32Type::get(op->getContext()));
}

LaneTable LaneTables::ints(Operation *op, StringRef role, int64_t padded,
                           function_ref<std::vector<int32_t>()> values,
                           int64_t rows) {
  return make<int32_t>(op, role, padded, values, rows,
                       IntegerType::get(op->getContext(), 32));
}

LaneTable LaneTables::longs(Operation *op, StringRef role, int64_t padded,
                            function_ref<std::vector<int64_t>()> values,
                            int64_t rows) {
  return make<int64_t>(op, role, padded, values, rows,
                       IntegerType::get(op->getContext(), 64));
}
