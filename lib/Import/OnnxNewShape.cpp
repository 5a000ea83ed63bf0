// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a change of shape makes of an activation's sizes, and where its batch
// goes.
#include "OnnxShapes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

/// The ranks that a shape may have on its way.
static constexpr int64_t kMaxViewRank = 16;

namespace {

/// An activation's new shape.
class NewShape {
public:
  NewShape(const OnnxNode &node, ArrayRef<int64_t> from)
      : node(node), from(from), batch(node.importer.getBatch()) {
    for (int64_t size : from)
      if (!ShapedType::isDynamic(size))
        features *= size;
  }

  /// The shape of the elements of `from` in the order they have, a size of -1
  /// being what is left; the batch is dynamic. Reports where it would come
  /// behind a size other than 1.
  FailureOr<SmallVector<int64_t>> resolve(ArrayRef<BatchInteger> target) {
    if (int64_t(target.size()) > kMaxViewRank)
      return node.emitError() << "expected at most " << kMaxViewRank
                              << " sizes, found " << target.size();
    if (count_if(target, [](BatchInteger e) { return e.factor == -1; }) > 1)
      return refuse(target, "at most one size of -1");
    if (any_of(target,
               [](BatchInteger e) {
                 return e.factor < -1 || (e.ofBatch && e.factor < 1);
               }) ||
        is_contained(target, BatchInteger{0}))
      return refuse(target, "positive sizes, or -1");
    return batch ? resolveFixed(target) : resolveAny(target);
  }

private:
  std::string describe(ArrayRef<BatchInteger> target) const {
    std::string text = "[";
    for (BatchInteger size : target) {
      text += text.size() > 1 ? ", " : "";
      if (!size.ofBatch)
        text += std::to_string(size.factor);
      else
        text += size.factor == 1 ? "?" : std::to_string(size.factor) + " * ?";
    }
    return text + "]";
  }
  InFlightDiagnostic refuse(ArrayRef<BatchInteger> target, const Twine &what) {
    InFlightDiagnostic diagnostic = node.emitError();
    diagnostic << "expected " << what << " for the input " << shapeText(from)
               << ", found " << describe(target);
    return diagnostic;
  }
  InFlightDiagnostic mixes(ArrayRef<BatchInteger> target) {
    return refuse(target, "a shape that keeps the " + Twine(features) +
                              " elements of each sample together");
  }

  /// A batch of any size: a symbol.
  FailureOr<SmallVector<int64_t>> resolveAny(ArrayRef<BatchInteger> target) {
    int64_t known = 1, batches = 0;
    bool open = false;
    for (BatchInteger size : target) {
      open |= size.factor == -1;
      batches += size.ofBatch;
      if (size.factor != -1 && MulOverflow(known, size.factor, known))
        return mixes(target);
    }
    if (batches == 0 && !open)
      return refuse(target, "a shape for a batch of any size");
    int64_t rest = batches == 0 ? 1 : open ? features / known : 1;
    if (batches > 1 || known * rest != features)
      return mixes(target);
    SmallVector<int64_t> result;
    for (BatchInteger size : target)
      if (size.factor == -1)
        result.push_back(batches == 0 ? ShapedType::kDynamic : rest);
      else if (!size.ofBatch)
        result.push_back(size.factor);
      else if (size.factor != 1)
        return mixes(target);
      else
        result.push_back(ShapedType::kDynamic);
    for (int64_t size : result) {
      if (ShapedType::isDynamic(size))
        return result;
      if (size != 1)
        break;
    }
    return mixes(target);
  }

  /// A batch of the file's size, which is found again.
  FailureOr<SmallVector<int64_t>> resolveFixed(ArrayRef<BatchInteger> target) {
    SmallVector<int64_t> result;
    int64_t known = 1, total = 0;
    if (MulOverflow(features, *batch, total))
      return mixes(target);
    for (BatchInteger size : target) {
      int64_t number = size.factor;
      if ((size.ofBatch && MulOverflow(number, *batch, number)) ||
          (size.factor != -1 && MulOverflow(known, number, known)))
        return mixes(target);
      result.push_back(number);
    }
    bool open = is_contained(target, BatchInteger{-1});
    int64_t rest = open ? total / known : 1;
    if (known * rest != total)
      return refuse(target, "a shape of as many elements");
    for (auto [size, asked] : zip(result, target))
      if (asked.factor == -1)
        size = rest;
    // In front are sizes of 1: the first that is the batch's is the batch.
    for (int64_t &size : result) {
      if (size == *batch) {
        size = ShapedType::kDynamic;
        return result;
      }
      if (size != 1)
        break;
    }
    if (*batch == 1)
      return result;
    return mixes(target);
  }

  const OnnxNode &node;
  ArrayRef<int64_t> from;
  std::optional<int64_t> batch;
  int64_t features = 1; ///< elements of a sample
};

} // namespace

FailureOr<SmallVector<int64_t>> resolveShape(const OnnxNode &node,
                                             ArrayRef<int64_t> from,
                                             ArrayRef<BatchInteger> target) {
  return NewShape(node, from).resolve(target);
}

std::optional<int64_t> countRows(const OnnxNode &node, int64_t elements,
                                 ArrayRef<BatchInteger> target) {
  std::optional<int64_t> batch = node.importer.getBatch();
  // A file for one sample has no batch to be found again.
  if (target.size() != 2 || batch == 1)
    return std::nullopt;
  int64_t features = target[1].factor;
  if (target[1].ofBatch || features < 1 || elements % features != 0)
    return std::nullopt;
  int64_t rows = elements / features, all = 0;
  bool fits = target[0] == BatchInteger{-1} ||
              target[0] == BatchInteger{rows, true} ||
              (batch && !MulOverflow(rows, *batch, all) &&
               target[0] == BatchInteger{all});
  return fits && rows != 1 ? std::optional<int64_t>(rows) : std::nullopt;
}

} // namespace mase::onnx_import
