// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The interpreter: the reference that the other engines are compared with.
#include "mase/Execution/Interpreter.h"

#include "InterpreterModels.h"

#include "mase/Execution/Engine.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mase;
using namespace mase::interpreter;

#include "mase/Execution/InterpretableOpInterface.cpp.inc"

Buffer *Program::create(Value value, bool isConstant) {
  auto type = cast<RankedTensorType>(value.getType());
  Buffer &buffer = storage.emplace_back();
  buffer.isConstant = isConstant;
  buffer.shape.assign(type.getShape().begin(), type.getShape().end());
  if (!buffer.isConstant)
    buffer.shape.front() = samples;
  if (type.getElementType().isF32())
    buffer.floats.resize(buffer.size());
  else
    buffer.integers.resize(buffer.size());
  buffers[value] = &buffer;
  return &buffer;
}

Buffer *Program::create(Value result, ValueRange operands) {
  return create(result, llvm::all_of(operands, [&](Value operand) {
                  return get(operand)->isConstant;
                }));
}

void Program::add(Buffer *result, Instruction instruction) {
  if (result->isConstant)
    instruction();
  else
    instructions.push_back(std::move(instruction));
}

void Program::addLayer(Buffer *result, PrecisionAttr precision,
                       Instruction instruction) {
  Format out = formatOf(precision, OperandRole::DataOut);
  add(result, [=] {
    instruction();
    quantizeTo(out, result->shape, result->floats);
  });
}

Buffer *Program::getParameter(Operation *op, Value value,
                              StringRef what) const {
  Buffer *buffer = get(value);
  if (buffer->isConstant)
    return buffer;
  op->emitError() << "expected a constant " << what
                  << ", found one that depends on the network's input";
  return nullptr;
}

static LogicalResult compileConstant(Program &program, arith::ConstantOp op) {
  auto value = dyn_cast<DenseElementsAttr>(op.getValue());
  Type element = value ? value.getElementType() : Type();
  if (!value || !isa<RankedTensorType>(value.getType()) ||
      value.getType().getRank() < 1 ||
      !(element.isF32() ||
        (element.isSignlessInteger() && element.getIntOrFloatBitWidth() <= 64)))
    return op.emitError() << "expected a constant tensor of f32 or of integers "
                             "of at most 64 bits, found "
                          << op.getType();
  Buffer *result = program.create(op.getResult(), /*isConstant=*/true);
  if (element.isF32())
    llvm::copy(value.getValues<float>(), result->floats.begin());
  else
    llvm::transform(value.getValues<APInt>(), result->integers.begin(),
                    [](const APInt &code) { return code.getSExtValue(); });
  return success();
}

LogicalResult Program::compile(Operation *op) {
  for (Value result : op->getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (type && type.getElementType().isSignlessInteger() &&
        type.getElementTypeBitWidth() > 64)
      return op->emitError()
             << "expected integers of at most 64 bits, found " << type;
  }
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return compileConstant(*this, constant);
  if (auto interpretable = dyn_cast<InterpretableOpInterface>(op))
    return interpretable.addTo(*this);
  return op->emitError() << "the interpreter runs ops that implement "
                            "'InterpretableOpInterface', as those of the mase "
                            "dialect do, on constants and the network's input; "
                            "found '"
                         << op->getName() << "'";
}

LogicalResult Program::compile(const EntryFunction &entry) {
  func::FuncOp function = entry.function;
  Block &block = function.getBody().front();
  input = create(block.getArgument(0), /*isConstant=*/false);
  for (Operation &op : block.without_terminator())
    if (failed(compile(&op)))
      return failure();
  auto end = dyn_cast<func::ReturnOp>(block.getTerminator());
  if (!end)
    return block.getTerminator()->emitError()
           << "expected 'func.return' at the network's end, found '"
           << block.getTerminator()->getName() << "'";
  output = get(end.getOperand(0));
  if (!output->isConstant || output->size() == entry.outputSize)
    return success();
  return end.emitError() << "expected a result for each sample, found a "
                            "constant of "
                         << output->size() << " elements";
}

/// Samples that run together: what an instruction costs beside its work is
/// shared by them, and their values stay in the nearest cache. One where a
/// format looks at more than one number (blocks without a value but zero take
/// another block's exponent), which are those of one sample.
static int64_t samplesTogether(func::FuncOp function) {
  constexpr int64_t kSamples = 16;
  WalkResult uniform = function.walk([](Operation *op) {
    return op->getAttrDictionary().walk([](Attribute attribute) {
      auto format = dyn_cast<NumberFormatAttrInterface>(attribute);
      return !format || format.getUniform() ? WalkResult::advance()
                                            : WalkResult::interrupt();
    });
  });
  return uniform.wasInterrupted() ? 1 : kSamples;
}

namespace {
class InterpreterEngine : public Engine {
public:
  explicit InterpreterEngine(const EntryFunction &entry)
      : entry(entry), together(samplesTogether(entry.function)),
        program(together) {}

  int64_t getInputSize() const final { return entry.inputSize; }
  int64_t getOutputSize() const final { return entry.outputSize; }

  LogicalResult run(ArrayRef<float> in, int64_t samples,
                    MutableArrayRef<float> out) final {
    assert(int64_t(in.size()) == samples * entry.inputSize &&
           int64_t(out.size()) == samples * entry.outputSize);
    for (int64_t n = 0; n < samples; n += together) {
      // The last may leave some that ran before behind them.
      int64_t count = std::min(together, samples - n);
      llvm::copy(in.slice(n * entry.inputSize, count * entry.inputSize),
                 program.input->floats.begin());
      for (const Instruction &instruction : program.instructions)
        instruction();
      ArrayRef<float> results = program.output->floats;
      for (int64_t k = 0; k < count; ++k)
        llvm::copy(
            results.slice(program.output->isConstant ? 0 : k * entry.outputSize,
                          entry.outputSize),
            out.begin() + (n + k) * entry.outputSize);
    }
    return success();
  }

  std::unique_ptr<Engine> clone() const final {
    auto other = createInterpreterEngine(entry.function);
    return succeeded(other) ? std::move(*other) : nullptr;
  }

  EntryFunction entry;
  int64_t together;
  Program program;
};
} // namespace

void mase::registerInterpretableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, MaseDialect *) {
    attachLayerModels(*context);
    attachIntegerOpModels(*context);
  });
}

FailureOr<std::unique_ptr<Engine>>
mase::createInterpreterEngine(ModuleOp module) {
  FailureOr<EntryFunction> entry = findEntryFunction(module);
  if (failed(entry))
    return failure();
  return createInterpreterEngine(entry->function);
}

FailureOr<std::unique_ptr<Engine>>
mase::createInterpreterEngine(func::FuncOp function) {
  FailureOr<EntryFunction> entry = getEntryFunction(function);
  if (failed(entry))
    return failure();
  auto engine = std::make_unique<InterpreterEngine>(*entry);
  if (failed(engine->program.compile(*entry)))
    return failure();
  return std::unique_ptr<Engine>(std::move(engine));
}
