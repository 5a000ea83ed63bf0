// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter's network level: layers with the precision that they have.
#include "InterpreterKernels.h"
#include "InterpreterModels.h"
#include "InterpreterProducts.h"

#include "mase/Numerics/Elementary.h"
#include "mase/Numerics/Slices.h"

using namespace mlir;
using namespace mase;
using namespace mase::interpreter;

namespace {

/// What Linear and matmul have in common; weight (o, i) is at
/// o * outStride + i * inStride.
struct Product {
  Buffer *x, *y, *weight, *bias;              // bias may be null
  int64_t rows, in, out, outStride, inStride; // rows: particles of a sample
  PrecisionAttr precision;
  std::optional<LinearSums> sums;

  Format format(OperandRole role) const { return formatOf(precision, role); }

  /// The exact sum of codes, if input and weight have integers.
  std::optional<Instruction> integer() const {
    if (!sums)
      return std::nullopt;
    UniformTensorFormat data = *format(OperandRole::DataIn).getUniform();
    auto stored = stepsOf(weight->floats, weight->shape,
                          *format(OperandRole::Weight).getUniform());
    std::vector<int64_t> w, b;
    for (int64_t o = 0; o < out; ++o)
      for (int64_t i = 0; i < in; ++i)
        w.push_back(stored[size_t(o * outStride + i * inStride)]);
    std::vector<float> realBias;
    if (sums->biasInSum) {
      b = stepsOf(bias->floats, bias->shape,
                  *format(OperandRole::Bias).getUniform());
    } else if (bias) {
      realBias = bias->floats;
      quantizeTo(format(OperandRole::Bias), bias->shape, realBias);
    }
    IntegerProducts products(std::move(w), std::move(b), *sums, data,
                             size_t(out));
    std::vector<float> scales;
    for (int64_t o = 0; o < out; ++o)
      scales.push_back(sums->scaleOf(size_t(o)));
    return [*this, realBias, scales, products, toCode = ToCode(data),
            steps = std::vector<int64_t>(x->floats.size()),
            exact = std::vector<int64_t>(y->floats.size())]() mutable {
      toCode.stepsOf(x, steps);
      products.run(steps, exact);
      for (size_t i = 0; i < exact.size();)
        for (size_t o = 0; o < size_t(out); ++o, ++i)
          y->floats[i] = realBias.empty()
                             ? float(exact[i]) * scales[o]
                             : fmaF32(float(exact[i]), scales[o], realBias[o]);
    };
  }

  /// The chain of binary32 fma in input order, from the bias.
  Instruction real() const {
    auto w = weight->floats;
    quantizeTo(format(OperandRole::Weight), weight->shape, w);
    auto b = bias ? bias->floats : std::vector<float>(out, 0.0f);
    if (bias)
      quantizeTo(format(OperandRole::Bias), bias->shape, b);
    // [in][out], as the kernel reads it.
    std::vector<float> columns;
    for (int64_t i = 0; i < in; ++i)
      for (int64_t o = 0; o < out; ++o)
        columns.push_back(w[size_t(o * outStride + i * inStride)]);
    return [*this, columns, b, kernel = kernels().linear] {
      auto values = x->floats;
      quantizeTo(format(OperandRole::DataIn), x->shape, values);
      for (int64_t n = 0; n < rows; ++n) {
        float *sums = &y->floats[size_t(n * out)];
        llvm::copy(b, sums);
        kernel(size_t(in), size_t(out), &values[size_t(n * in)], columns.data(),
               sums);
      }
    };
  }
};

/// LinearOp and MatmulOp.
template <typename Op> LogicalResult compileProduct(Program &program, Op op) {
  PrecisionAttr precision = op.getPrecisionAttr();
  Value bias = op.getBias();
  Product product;
  product.x = program.get(op.getInput());
  product.weight = program.getParameter(op, op.getWeight(), "weight");
  product.bias = bias ? program.getParameter(op, bias, "bias") : nullptr;
  if (!product.weight || (bias && !product.bias))
    return failure();
  product.y = program.create(op.getResult(), op.getInput());
  product.in = product.x->shape.back();
  product.out = product.y->shape.back();
  product.rows = product.x->size() / product.in;
  product.outStride = op.isWeightInOut() ? 1 : product.in;
  product.inStride = op.isWeightInOut() ? product.out : 1;
  product.precision = precision;
  product.sums = getLinearSums(op, precision);
  std::optional<Instruction> exact = product.integer();
  program.addLayer(product.y, precision, exact ? *exact : product.real());
  return success();
}

/// y = f(q_x(a), q_x(b)); an operand of one row stands for every row.
template <typename Op, typename Function>
LogicalResult compileElementwise(Program &program, Op op) {
  Buffer *a = program.get(op.getLhs()), *b = program.get(op.getRhs()),
         *y = program.create(op.getResult(), op->getOperands());
  for (Buffer *operand : {a, b})
    if (operand->isConstant != y->isConstant && operand->shape.front() != 1)
      return op->emitError()
             << "the interpreter goes sample by sample: expected a constant "
                "operand with a leading size of 1, found "
             << operand->shape.front();
  Format format = formatOf(op.getPrecisionAttr(), OperandRole::DataIn);
  program.addLayer(y, op.getPrecisionAttr(), [=] {
    auto left = a->floats, right = b->floats;
    quantizeTo(format, a->shape, left);
    quantizeTo(format, b->shape, right);
    for (size_t i = 0; i < y->floats.size(); ++i)
      y->floats[i] = Function()(left[i % left.size()], right[i % right.size()]);
  });
  return success();
}

/// y = f(q_x(x)), element by element.
template <typename Op, typename Fn>
LogicalResult compileActivation(Program &program, Op op, Fn function) {
  Buffer *x = program.get(op.getInput()),
         *y = program.create(op.getResult(), op.getInput());
  Format format = formatOf(op.getPrecisionAttr(), OperandRole::DataIn);
  program.addLayer(y, op.getPrecisionAttr(), [=] {
    y->floats = x->floats;
    quantizeTo(format, y->shape, y->floats);
    for (float &v : y->floats)
      v = function(v);
  });
  return success();
}

LogicalResult compileRelu(Program &program, ReluOp op) {
  // (A function's name would be called by its address.)
  return compileActivation(program, op, [](float x) { return relu(x); });
}

LogicalResult compileLeakyRelu(Program &program, LeakyReluOp op) {
  float alpha = op.getAlpha().convertToFloat();
  return compileActivation(program, op,
                           [alpha](float x) { return x > 0 ? x : alpha * x; });
}

LogicalResult compileClip(Program &program, ClipOp op) {
  float lower = op.getLower().convertToFloat(),
        upper = op.getUpper().convertToFloat();
  return compileActivation(program, op, [=](float x) {
    return x < lower ? lower : x > upper ? upper : x;
  });
}

LogicalResult compileBatchNorm(Program &program, BatchNormOp op) {
  std::optional<AffineParameters> parameters = op.getAffineParameters();
  if (!parameters)
    return op.emitError() << "expected constant parameters of layer '"
                          << op.getLayer() << "'";
  compileAffine(
      program, op.getResult(), op.getInput(),
      std::vector<float>(parameters->scale.begin(), parameters->scale.end()),
      std::vector<float>(parameters->shift.begin(), parameters->shift.end()),
      op.getFeatureAxis());
  return success();
}

/// y = f(x), `function` that of Numerics.
template <typename Op, float (*function)(float)>
LogicalResult compileFunction(Program &program, Op op) {
  Buffer *x = program.get(op.getInput()),
         *y = program.create(op.getResult(), op.getInput());
  program.add(y,
              [=] { llvm::transform(x->floats, y->floats.begin(), function); });
  return success();
}

/// Softmax and log-softmax; `function` is that of Numerics.
template <typename Op, void (*function)(const float *, float *, int)>
LogicalResult compileSoftmax(Program &program, Op op) {
  Buffer *x = program.get(op.getInput()),
         *y = program.create(op.getResult(), op.getInput());
  program.add(y, [=] {
    int64_t features = y->shape.back();
    for (int64_t i = 0; i < y->size(); i += features)
      function(&x->floats[i], &y->floats[i], int(features));
  });
  return success();
}

/// FlattenOp and UnflattenOp.
template <typename Op> LogicalResult compileReshape(Program &program, Op op) {
  Buffer *x = program.get(op.getInput()),
         *y = program.create(op.getResult(), op.getInput());
  program.add(y, [=] { y->floats = x->floats; });
  return success();
}

/// What moves elements of one sample.
template <typename Op> LogicalResult compileMoves(Program &program, Op op) {
  SmallVector<Buffer *> operands;
  for (Value operand : op->getOperands())
    operands.push_back(program.get(operand));
  // A whole constant beside samples has rows of its own.
  Buffer *y = program.create(op.getResult(), op->getOperands());
  for (Buffer *operand : operands)
    if (operand->isConstant != y->isConstant)
      return op->emitError()
             << "the interpreter goes sample by sample: expected "
                "no constant operand";
  // Constants have several rows.
  int64_t rows = y->shape.front();
  program.add(y, [=, sources = op.getElementSources()] {
    for (int64_t n = 0; n < rows; ++n)
      for (auto [k, source] : llvm::enumerate(sources)) {
        const Buffer *from = operands[source.operand];
        y->floats[size_t(n) * sources.size() + k] =
            from->floats[size_t(n * (from->size() / rows) + source.element)];
      }
  });
  return success();
}

/// Sums and means over particles.
template <typename Op> LogicalResult compileReduce(Program &program, Op op) {
  Buffer *x = program.get(op.getInput()),
         *y = program.create(op.getResult(), op.getInput());
  PrecisionAttr precision = op.getPrecisionAttr();
  Format format = formatOf(precision, OperandRole::DataIn);
  int64_t particles = x->shape[1];
  auto features = size_t(x->shape[2]);
  if (std::optional<ReduceSums> sums = getReduceSums(op, precision)) {
    UniformTensorFormat data = *format.getUniform();
    program.addLayer(y, precision, [=, sums = *sums] {
      std::vector<int64_t> steps = stepsOf(x->floats, x->shape, data);
      for (size_t i = 0; i < y->floats.size(); ++i) {
        size_t sample = i / features, f = i % features;
        int64_t sum = 0;
        for (int64_t p = 0; p < particles; ++p)
          sum += steps[(sample * size_t(particles) + size_t(p)) * features + f];
        y->floats[i] = float(sum) * sums.scaleOf(f);
      }
    });
    return success();
  }
  program.addLayer(y, precision, [=] {
    std::vector<float> values = x->floats;
    quantizeTo(format, x->shape, values);
    for (size_t i = 0; i < y->floats.size(); ++i) {
      size_t sample = i / features, f = i % features;
      float sum = 0;
      for (int64_t p = 0; p < particles; ++p)
        sum += values[(sample * size_t(particles) + size_t(p)) * features + f];
      y->floats[i] = Op::isMean() ? sum * meanFactor(particles) : sum;
    }
  });
  return success();
}

} // namespace

void mase::interpreter::compileAffine(Program &program, Value result,
                                      Value input, std::vector<float> scale,
                                      std::vector<float> shift, int64_t axis) {
  Buffer *x = program.get(input), *y = program.create(result, input);
  // What a feature has to itself is told by the numbers.
  auto inner = size_t(y->innerSize(axis));
  auto spread = [inner](const std::vector<float> &values) {
    std::vector<float> result;
    for (float value : values)
      result.insert(result.end(), inner, value);
    return result;
  };
  program.add(y, [=, scale = spread(scale), shift = spread(shift),
                  kernel = kernels().affine] {
    kernel(y->floats.size() / scale.size(), scale.size(), x->floats.data(),
           scale.data(), shift.data(), y->floats.data());
  });
}

void mase::interpreter::attachLayerModels(MLIRContext &context) {
  attach<LinearOp, compileProduct<LinearOp>>(context);
  attach<MatmulOp, compileProduct<MatmulOp>>(context);
  attach<AddOp, compileElementwise<AddOp, std::plus<float>>>(context);
  attach<SubOp, compileElementwise<SubOp, std::minus<float>>>(context);
  attach<MulOp, compileElementwise<MulOp, std::multiplies<float>>>(context);
  attach<DivOp, compileElementwise<DivOp, std::divides<float>>>(context);
  attach<ReluOp, compileRelu>(context);
  attach<LeakyReluOp, compileLeakyRelu>(context);
  attach<BatchNormOp, compileBatchNorm>(context);
  attach<ClipOp, compileClip>(context);
  attach<SigmoidOp, compileFunction<SigmoidOp, sigmoidF32>>(context);
  attach<TanhOp, compileFunction<TanhOp, tanhF32>>(context);
  attach<SoftmaxOp, compileSoftmax<SoftmaxOp, softmaxF32>>(context);
  attach<LogSoftmaxOp, compileSoftmax<LogSoftmaxOp, logSoftmaxF32>>(context);
  attach<FlattenOp, compileReshape<FlattenOp>>(context);
  attach<UnflattenOp, compileReshape<UnflattenOp>>(context);
  attach<ConcatOp, compileMoves<ConcatOp>>(context);
  attach<SliceOp, compileMoves<SliceOp>>(context);
  attach<TransposeOp, compileMoves<TransposeOp>>(context);
  attach<ReduceSumOp, compileReduce<ReduceSumOp>>(context);
  attach<ReduceMeanOp, compileReduce<ReduceMeanOp>>(context);
}
