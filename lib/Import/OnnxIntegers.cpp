// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Integers that nodes make of shapes, which other nodes take as shapes: worked
// out here, the batch being a symbol.
#include "OnnxShapes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace mlir;

namespace mase::onnx_import {

/// Shapes are short. (A chain of Concat doubles with each node.)
static constexpr size_t kMaxIntegers = 1024;

static bool isIntegers(const OnnxValue &value) {
  return value.integers ||
         (value.constant && getIntegerType(value.constant->elementType) &&
          value.constant->shape.size() < 2);
}

FailureOr<OnnxIntegers> getIntegers(const OnnxNode &node, int index,
                                    StringRef role) {
  FailureOr<OnnxValue> value = node.getInputOrIntegers(index, role);
  if (failed(value))
    return failure();
  if (!isIntegers(*value)) {
    InFlightDiagnostic diagnostic = node.emitError();
    diagnostic << "expected integers, constant or made of shapes, for input "
               << index << " ('" << role << "'), found "
               << quoted(node.getInputName(index));
    if (value->constant)
      return diagnostic << ", a constant of type "
                        << elementTypeName(value->constant->elementType)
                        << " and shape " << shapeText(value->constant->shape);
    return diagnostic << ", an activation";
  }
  if (value->integers)
    return *value->integers;
  const OnnxTensor &tensor = *value->constant;
  if (tensor.integers.size() > kMaxIntegers)
    return node.emitError()
           << "expected at most " << kMaxIntegers << " integers in "
           << quoted(node.getInputName(index)) << ", found "
           << tensor.integers.size();
  OnnxIntegers result{{}, tensor.shape.empty(), ""};
  for (int64_t integer : tensor.integers.elements())
    result.elements.push_back({integer});
  return result;
}

FailureOr<SmallVector<int64_t>>
countIndices(const OnnxNode &node, const OnnxIntegers &indices, int64_t size) {
  SmallVector<int64_t> result;
  for (BatchInteger index : indices.elements) {
    if (index.ofBatch || index.factor < -size || index.factor >= size)
      return node.emitError()
             << "expected indices of " << -size << " to " << size - 1
             << ", found "
             << (index.ofBatch ? "the batch" : std::to_string(index.factor));
    result.push_back(index.factor < 0 ? index.factor + size : index.factor);
  }
  return result;
}

static LogicalResult define(const OnnxNode &node,
                            SmallVector<BatchInteger> elements, bool isScalar) {
  if (elements.size() > kMaxIntegers)
    return node.emitError() << "expected at most " << kMaxIntegers
                            << " integers, found " << elements.size();
  OnnxValue value;
  value.name = node.proto.output(0);
  value.integers = std::make_shared<OnnxIntegers>(
      OnnxIntegers{std::move(elements), isScalar, node.describe()});
  node.importer.remark(node.describe(), "folded: integers made of shapes");
  node.importer.define(node.proto.output(0), value);
  return success();
}

LogicalResult importShape(const OnnxNode &node) {
  FailureOr<OnnxValue> value = node.getInput(0, "data");
  FailureOr<int64_t> start = node.getInt("start", 0);
  if (failed(value) || failed(start))
    return failure();
  SmallVector<BatchInteger> shape = shapeIntegers(*value);
  auto rank = int64_t(shape.size());
  FailureOr<int64_t> end = node.getInt("end", rank);
  if (failed(end))
    return failure();
  auto clamped = [&](int64_t at) {
    return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  SmallVector<BatchInteger> elements;
  for (int64_t d = clamped(*start); d < clamped(*end); ++d)
    elements.push_back(shape[d]);
  return define(node, std::move(elements), /*isScalar=*/false);
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// `a OP b`, if that is an integer or a number of samples.
static std::optional<BatchInteger> compute(StringRef op, BatchInteger a,
                                           BatchInteger b) {
  BatchInteger result{0, a.ofBatch || b.ofBatch};
  bool overflow = false;
  if (op == "Mul") {
    if (a.ofBatch && b.ofBatch)
      return std::nullopt;
    overflow = MulOverflow(a.factor, b.factor, result.factor);
  } else if (op == "Div") {
    if (b.factor == 0 || (b.ofBatch && !a.ofBatch) ||
        (b.factor == -1 && a.factor == std::numeric_limits<int64_t>::min()) ||
        (a.ofBatch && !b.ofBatch && a.factor % b.factor != 0))
      return std::nullopt;
    result = {a.factor / b.factor, a.ofBatch && !b.ofBatch};
  } else {
    // A sum of 0 and samples is samples.
    if (a.ofBatch != b.ofBatch && (a.ofBatch ? b : a).factor != 0)
      return std::nullopt;
    overflow = op == "Add" ? AddOverflow(a.factor, b.factor, result.factor)
                           : SubOverflow(a.factor, b.factor, result.factor);
  }
  if (overflow)
    return std::nullopt;
  if (result.factor == 0)
    result.ofBatch = false;
  return result;
}

static LogicalResult importArithmetic(const OnnxNode &node) {
  FailureOr<OnnxIntegers> a = getIntegers(node, 0, "A"),
                          b = getIntegers(node, 1, "B");
  if (failed(a) || failed(b))
    return failure();
  size_t sizes[] = {a->elements.size(), b->elements.size()};
  size_t count = sizes[0] == 1 ? sizes[1] : sizes[0];
  if (sizes[1] != 1 && sizes[1] != count)
    return node.emitError() << "expected as many integers on both sides, or "
                               "one, found "
                            << sizes[0] << " and " << sizes[1];
  SmallVector<BatchInteger> elements;
  std::optional<int64_t> batch = node.importer.getBatch();
  for (size_t i = 0; i < count; ++i) {
    BatchInteger operands[] = {a->elements[sizes[0] == 1 ? 0 : i],
                               b->elements[sizes[1] == 1 ? 0 : i]};
    std::optional<BatchInteger> result =
        compute(node.getOpType(), operands[0], operands[1]);
    if (!result && batch) { // then with numbers
      bool fits = true;
      for (BatchInteger &operand : operands)
        if (operand.ofBatch)
          fits &= !MulOverflow(operand.factor, *batch, operand.factor);
      if (fits)
        result = compute(node.getOpType(), {operands[0].factor},
                         {operands[1].factor});
    }
    if (!result)
      return node.emitError() << "expected a result that is an integer, or a "
                                 "multiple of the batch whatever its size";
    elements.push_back(*result);
  }
  return define(node, std::move(elements), a->isScalar && b->isScalar);
}

/// The product of all.
static LogicalResult importReduceProd(const OnnxNode &node) {
  FailureOr<OnnxIntegers> data = getIntegers(node, 0, "data");
  FailureOr<int64_t> keep = node.getInt("keepdims", 1);
  if (failed(data) || failed(keep))
    return failure();
  BatchInteger product{1};
  for (BatchInteger element : data->elements) {
    std::optional<BatchInteger> result = compute("Mul", product, element);
    if (!result)
      return node.emitError()
             << "expected a product that is an integer or a multiple of the "
                "batch";
    product = *result;
  }
  return define(node, {product}, *keep == 0 || data->isScalar);
}

//===----------------------------------------------------------------------===//
// Elements of vectors
//===----------------------------------------------------------------------===//

/// The one axis of a vector, where the attribute names it.
static LogicalResult expectAxis0(const OnnxNode &node) {
  FailureOr<int64_t> axis = node.getInt("axis", 0);
  if (failed(axis))
    return failure();
  if (*axis == 0 || *axis == -1)
    return success();
  return node.emitError() << "expected 'axis' = 0 (or -1) for a vector of "
                             "integers, found "
                          << *axis;
}

static LogicalResult importGather(const OnnxNode &node) {
  FailureOr<OnnxIntegers> data = getIntegers(node, 0, "data"),
                          indices = getIntegers(node, 1, "indices");
  if (failed(data) || failed(indices) || failed(expectAxis0(node)))
    return failure();
  FailureOr<SmallVector<int64_t>> places =
      countIndices(node, *indices, int64_t(data->elements.size()));
  if (failed(places))
    return failure();
  SmallVector<BatchInteger> elements;
  for (int64_t place : *places)
    elements.push_back(data->elements[place]);
  return define(node, std::move(elements), indices->isScalar);
}

static LogicalResult importConcat(const OnnxNode &node) {
  if (failed(expectAxis0(node)))
    return failure();
  SmallVector<BatchInteger> elements;
  for (int i = 0; i < node.proto.input_size(); ++i) {
    FailureOr<OnnxIntegers> part = getIntegers(node, i, "inputs");
    if (failed(part))
      return failure();
    elements.append(part->elements);
  }
  return define(node, std::move(elements), /*isScalar=*/false);
}

/// One constant integer: input `index`, before opset 10 the attribute `role`.
static FailureOr<int64_t> getOne(const OnnxNode &node, int index,
                                 StringRef role, int64_t defaultValue) {
  FailureOr<SmallVector<int64_t>> values = node.getInts(role);
  if (failed(values))
    return failure();
  bool found = node.findAttribute(role) != nullptr;
  if (node.hasInput(index)) {
    FailureOr<OnnxIntegers> integers = getIntegers(node, index, role);
    if (failed(integers))
      return failure();
    found = true;
    values->clear();
    for (BatchInteger integer : integers->elements)
      if (!integer.ofBatch)
        values->push_back(integer.factor);
  }
  if (!found)
    return defaultValue;
  if (values->size() == 1)
    return values->front();
  return node.emitError() << "expected one constant '" << role
                          << "' for a vector of integers, found "
                          << values->size();
}

SmallVector<int64_t> sliceIndices(int64_t start, int64_t end, int64_t step,
                                  int64_t size) {
  // A position from the back, then into the vector.
  bool down = step < 0;
  auto clamped = [&](int64_t at) {
    return std::clamp<int64_t>(at < 0 ? at + size : at, down ? -1 : 0,
                               down ? size - 1 : size);
  };
  SmallVector<int64_t> indices;
  int64_t to = clamped(end);
  for (int64_t at = clamped(start); down ? at > to : at < to;) {
    indices.push_back(at);
    if (AddOverflow(at, step, at))
      break;
  }
  return indices;
}

static LogicalResult importSlice(const OnnxNode &node) {
  FailureOr<OnnxIntegers> data = getIntegers(node, 0, "data");
  if (failed(data))
    return failure();
  auto size = int64_t(data->elements.size());
  FailureOr<int64_t> start = getOne(node, 1, "starts", 0),
                     end = getOne(node, 2, "ends", size),
                     axis = getOne(node, 3, "axes", 0),
                     step = getOne(node, 4, "steps", 1);
  if (failed(start) || failed(end) || failed(axis) || failed(step))
    return failure();
  if ((*axis != 0 && *axis != -1) || *step == 0)
    return node.emitError() << "expected axis 0 and a step other than 0 for a "
                               "vector of integers, found axis "
                            << *axis << " and step " << *step;
  SmallVector<BatchInteger> elements;
  for (int64_t at : sliceIndices(*start, *end, *step, size))
    elements.push_back(data->elements[at]);
  return define(node, std::move(elements), /*isScalar=*/false);
}

/// Between a scalar and a vector of one.
static LogicalResult importRankChange(const OnnxNode &node) {
  FailureOr<OnnxIntegers> data = getIntegers(node, 0, "data");
  if (failed(data))
    return failure();
  bool toScalar = node.getOpType() == "Squeeze";
  bool fits = toScalar ? data->elements.size() == 1 : data->isScalar;
  if (node.getOpType() == "Reshape") {
    FailureOr<OnnxIntegers> shape = getIntegers(node, 1, "shape");
    if (failed(shape))
      return failure();
    toScalar = shape->elements.empty();
    fits =
        toScalar
            ? data->elements.size() == 1
            : shape->elements.size() == 1 &&
                  is_contained({BatchInteger{-1},
                                BatchInteger{int64_t(data->elements.size())}},
                               shape->elements.front());
  }
  if (!fits)
    return node.emitError() << "expected integers that stay a vector or "
                               "become a scalar, found "
                            << data->elements.size() << " of them";
  return define(node, data->elements, toScalar);
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

using ImportFn = LogicalResult (*)(const OnnxNode &);

static ImportFn findImport(const OnnxNode &node) {
  static constexpr std::pair<StringRef, ImportFn> kImports[] = {
      {"Add", importArithmetic},       {"Concat", importConcat},
      {"Div", importArithmetic},       {"Gather", importGather},
      {"Mul", importArithmetic},       {"ReduceProd", importReduceProd},
      {"Reshape", importRankChange},   {"Slice", importSlice},
      {"Squeeze", importRankChange},   {"Sub", importArithmetic},
      {"Unsqueeze", importRankChange},
  };
  if (!isDefaultDomain(node.proto.domain()))
    return nullptr;
  const auto *it = find_if(
      kImports, [&](const auto &e) { return e.first == node.getOpType(); });
  return it == std::end(kImports) ? nullptr : it->second;
}

bool isOfIntegers(const OnnxNode &node) {
  if (!findImport(node) || node.proto.input_size() == 0)
    return false;
  return all_of(node.proto.input(), [&](const std::string &name) {
    if (name.empty())
      return true;
    const OnnxValue *value = node.importer.lookup(name);
    return value && isIntegers(*value);
  });
}

LogicalResult importOfIntegers(const OnnxNode &node) {
  return findImport(node)(node);
}

LogicalResult refuseOther(const OnnxNode &node) {
  for (int i = 0; i < node.proto.input_size(); ++i)
    if (node.hasInput(i) && failed(getIntegers(node, i, "data")))
      return failure();
  return node.emitError() << "expected integers made of shapes";
}

} // namespace mase::onnx_import
