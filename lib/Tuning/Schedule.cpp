// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Schedules: read, applied, written.
#include "mase/Tuning/Schedule.h"

#include "Collect.h"

#include "mase/Driver/MlirInput.h"
#include "mase/Support/AtomicFile.h"
#include "mase/Support/Error.h"
#include "mase/Support/InputFile.h"
#include "mase/Tuning/ErrorCollector.h"

#include "mlir/Dialect/Transform/IR/TransformDialect.h"
#include "mlir/Dialect/Transform/IR/TransformOps.h"
#include "mlir/Dialect/Transform/IR/TransformTypes.h"
#include "mlir/Dialect/Transform/Transforms/TransformInterpreterUtils.h"
#include "mlir/Dialect/Transform/TuneExtension/TuneExtension.h"
#include "mlir/Dialect/Transform/TuneExtension/TuneExtensionOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace mase;
using schedule::errorAtLoc;
using transform::tune::AlternativesOp;

absl::StatusOr<std::unique_ptr<Schedule>> Schedule::load(StringRef path,
                                                         MLIRContext *context) {
  auto buffer = readInput(path);
  if (!buffer.ok())
    return buffer.status();
  return parse((*buffer)->getBuffer(), path, context);
}

/// The sequence that replaying starts from.
static absl::StatusOr<transform::NamedSequenceOp> findEntry(ModuleOp module,
                                                            StringRef file) {
  constexpr StringLiteral kEntry =
      transform::TransformDialect::kTransformEntryPointSymbolName;
  std::string expected =
      "expected a schedule: a module with 'transform.with_named_sequence' and "
      "'transform.named_sequence @" +
      kEntry.str() + "', found ";
  if (!module->hasAttr(transform::TransformDialect::kWithNamedSequenceAttrName))
    return errorAtLoc(module.getLoc(), expected + "a module without it");
  auto entry = module.lookupSymbol<transform::NamedSequenceOp>(kEntry);
  if (!entry || entry.isExternal()) {
    std::string names;
    for (auto sequence : module.getOps<transform::NamedSequenceOp>())
      if (!sequence.isExternal())
        names += (names.empty() ? "@" : ", @") + sequence.getSymName().str();
    return errorAtLoc(module.getLoc(),
                      expected + (names.empty() ? "no sequence" : names));
  }
  if (entry.getBody().getNumArguments() != 1)
    return errorAtLoc(entry.getLoc(),
                      "'@" + kEntry +
                          "': expected one argument, the module that the "
                          "schedule is applied to, found " +
                          Twine(entry.getBody().getNumArguments()));
  return entry;
}

absl::StatusOr<std::unique_ptr<Schedule>>
Schedule::parse(StringRef text, StringRef file, MLIRContext *context) {
  DialectRegistry registry;
  registry.insert<transform::TransformDialect>();
  transform::registerTuneExtension(registry);
  if (absl::Status status =
          expectMlir(text, inputName(file), "a schedule in MLIR", registry);
      !status.ok())
    return status;
  context->appendDialectRegistry(registry);

  std::unique_ptr<Schedule> result(new Schedule);
  result->source = text.str();
  result->fileName = file.str();
  {
    ErrorCollector errors(context, result->fileName);
    result->module = parseSourceString<ModuleOp>(
        result->source, ParserConfig(context), result->fileName);
    if (!result->module)
      return errors.status();
  }
  absl::StatusOr<transform::NamedSequenceOp> entry =
      findEntry(*result->module, file);
  if (!entry.ok())
    return entry.status();

  absl::Status status = absl::OkStatus();
  result->module->walk([&](transform::ApplyRegisteredPassOp op) {
    if (!PassInfo::lookup(op.getPassName()) &&
        !PassPipelineInfo::lookup(op.getPassName()))
      status.Update(errorAtLoc(op.getLoc(),
                               "expected a pass or pipeline of mase-opt (those "
                               "that its --help lists), found '" +
                                   op.getPassName() + "'"));
  });
  if (!status.ok())
    return status;

  absl::StatusOr<schedule::Collected> collected =
      schedule::collectKnobs(*entry);
  if (!collected.ok())
    return collected.status();
  result->entries = std::move(collected->entries);
  for (const Entry &e : result->entries)
    if (e.knob == Entry::kNoKnob)
      result->fixed.emplace_back("schedule/" + e.name,
                                 schedule::toChoice(e.options.front()));
  absl::StatusOr<Space> space = Space::create(std::move(collected->knobs));
  if (!space.ok())
    return space.status();
  result->knobs = *std::move(space);
  return result;
}

void Schedule::select(const Point &point) {
  for (const Entry &entry : entries) {
    bool isOpen = entry.knob != Entry::kNoKnob;
    Attribute option;
    if (!isOpen)
      option = entry.options.front();
    else if (knobs.isActive(point, entry.knob))
      option = entry.options[point[entry.knob]];
    for (Operation *op : entry.ops) {
      if (auto alternatives = dyn_cast<AlternativesOp>(op))
        alternatives.setSelectedRegionAttrAttr(
            cast_or_null<IntegerAttr>(option));
      else
        cast<transform::tune::KnobOp>(op).setSelectedAttr(option);
    }
  }
}

namespace {
/// While it lives, each handle that a region of alternatives yields is used
/// once more before, by an op that counts what it stands for. Upstream's yield
/// hands on what was consumed, and crashes; that op is told that its handle is
/// invalid, and fails.
class YieldChecks {
public:
  explicit YieldChecks(ModuleOp module) {
    auto count = transform::ParamType::get(
        module.getContext(), IntegerType::get(module.getContext(), 64));
    module.walk([&](AlternativesOp alternatives) {
      for (Region &region : alternatives->getRegions())
        for (Operation *yield = region.front().getTerminator();
             Value handle : yield->getOperands()) {
          OpBuilder builder(yield);
          ops.push_back(transform::NumAssociationsOp::create(
              builder, yield->getLoc(), count, handle));
        }
    });
  }
  ~YieldChecks() {
    for (Operation *op : ops)
      op->erase();
  }
  YieldChecks(const YieldChecks &) = delete;
  YieldChecks &operator=(const YieldChecks &) = delete;

private:
  std::vector<Operation *> ops;
};
} // namespace

absl::Status Schedule::apply(ModuleOp payload, const Point &point) {
  select(point);
  YieldChecks checks(*module);
  auto entry = module->lookupSymbol<transform::NamedSequenceOp>(
      transform::TransformDialect::kTransformEntryPointSymbolName);
  ErrorCollector errors(payload.getContext(), fileName);
  // The checks are those of --transform-interpreter, which replays this.
  transform::TransformOptions options;
  options.enableExpensiveChecks(true);
  if (failed(transform::applyTransformNamedSequence(payload, entry, *module,
                                                    options)))
    return errors.status();
  return absl::OkStatus();
}

std::string Schedule::print(const Point &point) {
  select(point);
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os);
  os << '\n';
  return text;
}

absl::Status Schedule::write(StringRef path, const Point &point,
                             StringRef comment) {
  std::string text;
  for (StringRef line : llvm::split(comment.trim(), '\n'))
    text += ("// " + line).str() + "\n";
  return writeFile(path, text + print(point),
                   AtomicFileOptions{/*createDirectories=*/true});
}
