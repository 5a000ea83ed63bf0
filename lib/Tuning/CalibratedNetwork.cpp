// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CalibratedNetwork.h"

#include "mase/Dialect/Mase/IR/Samples.h"
#include "mase/Dialect/Mase/Transforms/Utils.h"
#include "mase/Execution/EntryFunction.h"
#include "mase/Support/Quoting.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"

#include <cmath>

using namespace mlir;
using namespace mase;

FailureOr<CalibratedNetwork> CalibratedNetwork::read(ModuleOp module) {
  FailureOr<EntryFunction> entry = findEntryFunction(module);
  if (failed(entry))
    return failure();
  FailureOr<NetworkFromIR> network = networkFromIR(entry->function);
  if (failed(network))
    return failure();
  CalibratedNetwork result;
  result.func = entry->function;
  result.ir = *std::move(network);
  return result;
}

bool CalibratedNetwork::isOpen() const {
  return llvm::any_of(ir.precisions, [](const LayerPrecision &precision) {
    return llvm::any_of(kAllRoles, [&](OperandRole role) {
      return precision[role] && (*precision[role])->open();
    });
  });
}

CalibrationOp CalibratedNetwork::recorded() {
  auto ops = func->getParentOfType<ModuleOp>().getOps<CalibrationOp>();
  return ops.empty() ? CalibrationOp() : *ops.begin();
}

std::optional<std::string> CalibratedNetwork::recordedOptions() {
  if (CalibrationOp calibration = recorded())
    return calibration.getOptions().str();
  return std::nullopt;
}

FailureOr<Network> CalibratedNetwork::floatNetwork() {
  Network result = ir.network;
  CalibrationOp calibration = recorded();
  if (!calibration)
    return result;
  for (Step &step : result.steps) {
    auto layer = calibration.getParameters().getAs<DictionaryAttr>(step.name);
    if (!layer)
      continue;
    for (auto [name, values] :
         {std::pair("weight", &step.weight), std::pair("bias", &step.bias)}) {
      auto kept = layer.getAs<DenseElementsAttr>(name);
      if (!kept)
        continue;
      if (kept.getNumElements() != int64_t(values->size()))
        return calibration.emitError("layer ")
               << quoted(step.name) << ": expected a " << name << " of "
               << values->size() << " elements as in the network, found "
               << kept.getType();
      auto elements = kept.getValues<float>();
      values->assign(elements.begin(), elements.end());
    }
  }
  return result;
}

void CalibratedNetwork::setParameter(Operation *op, unsigned operand,
                                     ArrayRef<float> values,
                                     ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(op->getOperand(operand).getType());
  type = type.clone(shape);
  OpBuilder builder(op);
  op->setOperand(
      operand, arith::ConstantOp::create(builder, op->getLoc(), type,
                                         DenseElementsAttr::get(type, values)));
}

void CalibratedNetwork::setParameters(Operation *op, const Step &from,
                                      const Step &to) {
  auto product = dyn_cast<ProductOpInterface>(op);
  ArrayRef<float> weight = to.weight;
  const int64_t in = to.inRow(), out = to.outRow();
  if (from.weight != to.weight && product && product.isWeightInOut())
    setParameter(op, 1, transposed(weight, out), {in, out});
  else if (from.weight != to.weight)
    setParameter(op, 1, weight, {out, in});
  if (from.bias != to.bias)
    setParameter(op, 2, to.bias, {out});
}

void CalibratedNetwork::write(const Network &rounded,
                              ArrayRef<LayerPrecision> precisions) {
  for (auto [op, before, after, precision] : llvm::zip_equal(
           ir.layers, ir.network.steps, rounded.steps, precisions)) {
    setParameters(op, before, after);
    if (auto layer = dyn_cast<QuantizableOpInterface>(op))
      layer.setLayerPrecision(toPrecisionAttr(layer, precision));
  }
  eraseUnusedConstants(func);
}

void CalibratedNetwork::record(ArrayRef<float> x, StringRef options) {
  auto module = func->getParentOfType<ModuleOp>();
  Builder b(module.getContext());
  NamedAttrList layers;
  for (auto [op, step] : llvm::zip_equal(ir.layers, ir.network.steps)) {
    if (step.weight.empty())
      continue;
    auto dense = [&](ArrayRef<float> values, ArrayRef<int64_t> shape) {
      return DenseElementsAttr::get(
          RankedTensorType::get(shape, b.getF32Type()), values);
    };
    NamedAttrList members;
    members.set("weight", dense(step.weight, {step.outRow(), step.inRow()}));
    if (!step.bias.empty())
      members.set("bias", dense(step.bias, {step.outRow()}));
    layers.set(step.name, members.getDictionary(b.getContext()));
  }
  llvm::SHA256 digest;
  digest.update(ArrayRef(reinterpret_cast<const uint8_t *>(x.data()),
                         x.size() * sizeof(float)));
  if (CalibrationOp old = recorded())
    old.erase();
  std::string name = "calibration";
  for (int i = 0; SymbolTable::lookupSymbolIn(module, name); ++i)
    name = "calibration_" + std::to_string(i);
  OpBuilder atEnd = OpBuilder::atBlockEnd(module.getBody());
  CalibrationOp::create(atEnd, UnknownLoc::get(b.getContext()), name,
                        x.size() / uint64_t(ir.network.inFeatures),
                        llvm::toHex(digest.final(), /*LowerCase=*/true),
                        options, layers.getDictionary(b.getContext()));
}

void CalibratedNetwork::recordUnlessThere(ArrayRef<float> x) {
  if (!isRecorded())
    record(x, "rounding=nearest");
}

absl::StatusOr<Refinement>
CalibratedNetwork::refine(const Network &original, ArrayRef<float> x,
                          const RefineOptions &options) {
  absl::StatusOr<Refinement> result =
      mase::refine(original, ir.network, ir.precisions,
                   absl::MakeConstSpan(x.data(), x.size()), options);
  if (!result.ok())
    return result;
  recordUnlessThere(x);
  write(result->network, ir.precisions);
  return result;
}

int64_t CalibratedNetwork::rescale(const Network &rescaled,
                                   ArrayRef<std::vector<int>> exponents) {
  int64_t moved = 0;
  for (auto [op, before, after, powers] : llvm::zip_equal(
           ir.layers, ir.network.steps, rescaled.steps, exponents)) {
    setParameters(op, before, after);
    moved += llvm::count_if(powers, [](int power) { return power != 0; });
    auto norm = dyn_cast<BatchNormOp>(op);
    if (!norm || powers.empty())
      continue;
    // fma(x, scale, shift) with both multiplied: gamma and beta are.
    for (unsigned operand : {1u, 2u}) {
      SmallVector<float> values = *getConstantF32(op->getOperand(operand));
      size_t inner = powers.size() / values.size();
      for (size_t i = 0; i < values.size(); ++i)
        values[i] = std::ldexp(values[i], powers[i * inner]);
      setParameter(op, operand, values, {int64_t(values.size())});
    }
  }
  eraseUnusedConstants(func);
  return moved;
}

std::vector<bool> CalibratedNetwork::removable() {
  std::vector<bool> result;
  for (auto [op, step] : llvm::zip_equal(ir.layers, ir.network.steps)) {
    auto norm = dyn_cast<BatchNormOp>(op);
    bool isKnown =
        isa<ProductOpInterface, ReluOp, LeakyReluOp, ClipOp, SigmoidOp, TanhOp>(
            op) ||
        (norm && norm.getFeatureAxis() == 1);
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    // What reads it is a layer: no flatten, which is no step.
    result.push_back(
        isKnown && type.getRank() == 2 && op->getResult(0).hasOneUse() &&
        llvm::is_contained(ir.layers, *op->getResult(0).user_begin()));
  }
  return result;
}

void CalibratedNetwork::remove(const RemovedUnits &smaller) {
  for (auto [k, op] : llvm::enumerate(ir.layers)) {
    const std::vector<int64_t> &kept = smaller.kept[k];
    setParameters(op, ir.network.steps[k], smaller.network.steps[k]);
    if (auto layer = dyn_cast<QuantizableOpInterface>(op);
        layer && !smaller.precisions.empty())
      layer.setLayerPrecision(toPrecisionAttr(layer, smaller.precisions[k]));
    if (kept.empty())
      continue;
    if (isa<BatchNormOp>(op))
      for (unsigned operand = 1; operand < op->getNumOperands(); ++operand) {
        SmallVector<float> all = *getConstantF32(op->getOperand(operand)),
                           values;
        for (int64_t i : kept)
          values.push_back(all[size_t(i)]);
        setParameter(op, operand, values, {int64_t(kept.size())});
      }
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    op->getResult(0).setType(
        type.clone({type.getDimSize(0), int64_t(kept.size())}));
  }
  eraseUnusedConstants(func);
  // Its parameters are of shapes that the layers no longer have.
  if (CalibrationOp calibration = recorded())
    calibration.erase();
}
