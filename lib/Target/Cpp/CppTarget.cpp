// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-translate --mase-to-cpp: kernels as C++ headers.
#include "mase/Target/Cpp/CppTarget.h"

#include "CTarget.h"
#include "CppStage.h"
#include "Interface.h"
#include "RuntimePieces.h"
#include "RuntimeSources.h"

#include "../Text/KernelNames.h"
#include "../Text/Literals.h"
#include "../Text/StageSummary.h"

#include "mase/Conversion/MaseToKernel/Pipeline.h"
#include "mase/Support/Quoting.h"

#include "mlir/Dialect/Func/Extensions/InlinerExtension.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mase;
using llvm::formatv;

std::string mase::getCppNamespace(kernel::KernelOp kernel) {
  return toIdentifier(kernel.getSymName(), "net_");
}

static void printHeader(kernel::KernelOp kernel, StringRef space,
                        raw_indented_ostream &os) {
  os << "// The network " << toComment(kernel.getSymName())
     << " as C++17, written by mase-opt.\n//\n";
  printLayers(os, kernel);
  os << "//\n";
  printComment(os,
               "A number of format w.f is an integer of w bits (its code) "
               "times 2^-f. Every engine of mase-opt computes the same bits "
               "as this code, whatever the compiler's flags and the "
               "processor.");
  if (kernel.getReason())
    printComment(os, toComment(*kernel.getReason()) + ".");
  os << "//\n";
  printComment(os, ("Call " + space +
                    "::infer; nothing is allocated, thrown or kept, and any "
                    "number of threads may do so.")
                       .str());
}

namespace {
/// The codes that inferCodes takes and gives, where lanes can be features.
struct CodesOf {
  std::optional<cpp::Codes> input, output;

  explicit CodesOf(kernel::KernelOp kernel) {
    if (!kernel::hasFeaturesInLanes(kernel))
      return;
    input = cpp::findInputCodes(kernel);
    output = cpp::findOutputCodes(kernel);
  }
  bool isBoth() const { return input && output; }
};
} // namespace

/// Calls each stage of `NetworkCalls` with the arrays of those before.
static void printCalls(kernel::KernelOp kernel, StringRef function,
                       kernel::StageOp from, kernel::StageOp to,
                       raw_indented_ostream &os) {
  cpp::NetworkCalls network(kernel, from, to);
  std::string start = ("MASE_INLINE void " + function + "(const ").str();
  ArrayRef<int64_t> shifts = cpp::shiftsOfGivenCodes(from);
  os << "template <class L>\n"
     << start << cpp::arrayType(network.input, "L")
     << (shifts.empty() ? " &x,\n" : " &given,\n")
     << std::string(start.size() - 6, ' ')
     << cpp::arrayType(network.output, "L") << " &y) {\n";
  os.indent();
  if (!shifts.empty())
    os << "const auto x = rt::shiftBytes<L, " << shifts.size() << ">(given, "
       << from.getName() << "::codeShift);\n";
  for (cpp::StageCall &call : network.calls) {
    if (call.stage.getResult() != network.output)
      os << cpp::arrayDeclaration(call.stage.getResult(), "L", call.result);
    os << call.stage.getName() << "::run<L>("
       << llvm::join(call.arguments, ", ") << ");\n";
  }
  if (network.output == network.input)
    os << "y = x;\n";
  os.unindent();
  os << "}\n\n";
}

static void printNetwork(kernel::KernelOp kernel, raw_indented_ostream &os) {
  Block &body = kernel.getBody().front();
  Value input = body.getArgument(0), output = body.back().getOperand(0);
  printCalls(kernel, "network", {}, {}, os);
  const CodesOf codes(kernel);
  auto printUsing = [&](StringRef name, kernel::StageOp stage) {
    os << "template <class L> using " << name << " = "
       << cpp::arrayType(stage.getResult(), "L") << ";\n";
  };
  if (codes.input) {
    printUsing("FirstCodes", codes.input->stage);
    printCalls(kernel, "networkOfCodes", codes.input->stage, {}, os);
  }
  if (codes.output) {
    printUsing("LastCodes", codes.output->stage);
    printCalls(kernel, "networkToCodes", {}, codes.output->stage, os);
  }
  if (codes.isBoth())
    printCalls(kernel, "networkOfCodesToCodes", codes.input->stage,
               codes.output->stage, os);
  if (kernel::hasFeaturesInLanes(kernel))
    os << "MASE_INLINE void network(const "
       << cpp::arrayType(input, "rt::Features") << " &x, "
       << cpp::arrayType(output, "rt::Features")
       << " &y) { network<rt::Features>(x, y); }\n";
  os << "MASE_INLINE void network(const "
     << cpp::arrayType(input, "rt::Samples") << " &x, "
     << cpp::arrayType(output, "rt::Samples")
     << " &y) { network<rt::Samples>(x, y); }\n";
}

/// A file of text/ without the lines before the first empty one.
static StringRef textOf(StringRef file) { return file.split("\n\n").second; }

/// The functions of formats, the stages and the network.
static std::string networkText(kernel::KernelOp kernel) {
  std::string code;
  llvm::raw_string_ostream stream(code);
  raw_indented_ostream os(stream);
  DeviceFunctions functions = printDeviceFunctions(kernel, "functions", "", os);
  for (auto &entry : functions)
    entry.second = StringRef(entry.second).ltrim(':').str();
  if (!functions.empty())
    os << '\n';
  for (auto stage : kernel.getBody().front().getOps<kernel::StageOp>())
    cpp::printStage(stage, functions, os);
  printNetwork(kernel, os);
  return code;
}

/// What can be asked of the network without running it.
static void printConstants(kernel::KernelOp kernel, StringRef hash,
                           const CppSelfTest *selfTest,
                           raw_indented_ostream &os) {
  Block &body = kernel.getBody().front();
  os << "/// Numbers of a sample and of its result.\n"
     << formatv("constexpr std::size_t kInputs = {0}, kOutputs = {1};\n",
                kernel::sizeOf(body.getArgument(0)),
                kernel::sizeOf(body.back().getOperand(0)))
     << "/// Of everything that the network computes with.\n"
     << formatv("constexpr std::uint64_t kHash = 0x{0};\n", hash);
  const CodesOf codes(kernel);
  auto printCodes = [&](const cpp::Codes &side, StringRef verb,
                        StringRef name) {
    os << "/// What inferCodes " << verb << ": codes of " << side.format
       << ", from " << side.low << " to " << side.high << ".\n"
       << "using " << name << "Code = std::" << side.type << ";\n";
    if (side.worth)
      os << formatv("/// value = k{0}Scale * (code - k{0}ZeroPoint)\n"
                    "constexpr float k{0}Scale = {1};\n"
                    "constexpr std::int32_t k{0}ZeroPoint = {2};\n",
                    name, floatLiteral(side.worth->scale),
                    side.worth->zeroPoint);
  };
  if (codes.input)
    printCodes(*codes.input, "takes", "Input");
  if (codes.output)
    printCodes(*codes.output, "gives", "Output");
  SmallVector<std::string> layers = cpp::layerLiterals(kernel);
  if (!layers.empty())
    os << "/// Its layers, in order.\nconstexpr const char *kLayers[] = {\n    "
       << llvm::join(layers, ",\n    ") << "};\n";
  if (!selfTest)
    return;
  MLIRContext *context = kernel.getContext();
  os << formatv(
      "/// What selfTest runs.\nconstexpr std::size_t kTests = {0};\n",
      int64_t(selfTest->inputs.size()) / kernel::sizeOf(body.getArgument(0)));
  if (llvm::any_of(selfTest->outputs,
                   [](float y) { return !std::isfinite(y); }))
    os << "namespace rt { // of the table below\n"
          "constexpr float kInfinity = __builtin_inff(), kNaN = "
          "__builtin_nanf(\"\");\n} // namespace rt\n";
  printTable(os, "samples", "constexpr float kTestInputs",
             floatTable(context, selfTest->inputs), TableStyle::Array);
  printTable(os, "and what they give", "constexpr float kTestOutputs",
             floatTable(context, selfTest->outputs), TableStyle::Array);
}

/// The functions that the network has with codes, each after an empty line: for
/// every set of instructions, or those that choose one.
static std::string codesText(const CodesOf &codes, bool isDispatch) {
  std::string text;
  auto add = [&](bool has, StringRef functions, StringRef dispatch) {
    if (has)
      text += "\n" + textOf(isDispatch ? dispatch : functions).str();
  };
  add(codes.input.has_value(), cpp::kCodes, cpp::kDispatchCodes);
  add(codes.output.has_value(), cpp::kCodesOut, cpp::kDispatchCodesOut);
  add(codes.isBoth(), cpp::kCodesBoth, cpp::kDispatchCodesBoth);
  return text;
}

/// A kernel whose output is as `splitOutput` leaves it, hashed before.
static void printHeaderOf(kernel::KernelOp kernel, StringRef hash,
                          StringRef space, raw_ostream &stream,
                          const CppSelfTest *selfTest) {
  raw_indented_ostream os(stream);
  const CodesOf codes(kernel);
  const std::string
      code = networkText(kernel),
      entryPoints =
          (textOf(kernel::hasFeaturesInLanes(kernel) ? cpp::kOneInFeatures
                                                     : cpp::kOneInSamples) +
           "\n" + textOf(cpp::kEntryPoints) +
           codesText(codes, /*isDispatch=*/false))
              .str(),
      test = selfTest ? textOf(cpp::kSelfTest).str() : "",
      guard =
          ("MASE_NETWORK_" + toIdentifier(space, "net_") + "_" + hash).str();
  const std::string open = formatv("namespace {0} {{\ninline namespace net_{1} "
                                   "{{\n",
                                   space, hash),
                    close = formatv("} // namespace net_{1}\n} // namespace "
                                    "{0}\n",
                                    space, hash);
  printHeader(kernel, space, os);
  os << "#ifndef " << guard << "\n#define " << guard << '\n'
     << textOf(cpp::kPreamble) << '\n'
     << open;
  printConstants(kernel, hash, selfTest, os);
  os << close << '\n'
     << textOf(cpp::kSets) << '\n'
     << open << textOf(cpp::kDispatch) << codesText(codes, /*isDispatch=*/true)
     << textOf(cpp::kEndDispatch) << (test.empty() ? "" : "\n") << test << close
     << "#endif // MASE_DISPATCH\n#endif // " << guard << "\n\n"
     << "#ifdef MASE_LANES\n"
     << textOf(cpp::kBegin) << '\n'
     << open << "MASE_LANES_SPACE(MASE_LANES_SET) {\n"
     << "// What the code below is made of.\nnamespace rt {\n"
     << cpp::runtimePieces(code + entryPoints) << "} // namespace rt\n\n"
     << code << '\n'
     << entryPoints << (test.empty() ? "" : "\n") << test
     << "} // namespace MASE_LANES_SET\n"
     << close << '\n'
     << textOf(cpp::kEnd) << "#endif // MASE_LANES\n";
}

LogicalResult mase::printCpp(kernel::KernelOp kernel, StringRef space,
                             raw_ostream &os, const CppSelfTest *selfTest,
                             CppLanguage language) {
  if (kernel.getLayout() != kernel::Layout::Lanes)
    return kernel.emitError()
           << "expected a kernel of the layout 'lanes', which "
              "--convert-mase-to-kernel=kernel=lanes makes, found '"
           << kernel::stringifyLayout(kernel.getLayout()) << "'";
  const std::string hash = llvm::utohexstr(hashOf(kernel), true, 16);
  OwningOpRef<kernel::KernelOp> copy = kernel.clone();
  cpp::splitOutput(*copy);
  if (language == CppLanguage::C)
    return cpp::printC(*copy, hash, space, os, selfTest);
  printHeaderOf(*copy, hash, space, os, selfTest);
  return success();
}

/// --cpp-namespace is checked before anything is lowered.
static LogicalResult checkNamespace(StringRef space, CppLanguage language,
                                    MLIRContext *context) {
  SmallVector<StringRef> parts;
  space.split(parts, "::");
  SmallVector<std::string> valid;
  for (StringRef part : parts)
    valid.push_back(toIdentifier(part, "net_"));
  const bool isC = language == CppLanguage::C;
  std::string expected = llvm::join(valid, isC ? "_" : "::");
  if (expected == space)
    return success();
  return emitError(UnknownLoc::get(context))
         << (isC ? "expected a C identifier that nothing else uses as "
                   "--cpp-namespace, such as '"
                 : "expected C++ identifiers that nothing else uses, with '::' "
                   "between them, as --cpp-namespace, such as '")
         << expected << "', found '" << space << "'";
}

void mase::registerToCppTranslation(
    MakeCppSelfTest makeSelfTest,
    std::function<void(DialectRegistry &)> prepare) {
  static llvm::cl::opt<std::string> cppNamespace(
      "cpp-namespace",
      llvm::cl::desc("the namespace of what --mase-to-cpp prints, such as "
                     "jets::tagger, or in C what all names begin with "
                     "(default: the function's name, or the "
                     "file's where that is an exporter's, such as torch_jit)"),
      llvm::cl::value_desc("NAME"));
  static llvm::cl::opt<CppLanguage> cppLanguage(
      "cpp-language", llvm::cl::desc("what --mase-to-cpp prints"),
      llvm::cl::init(CppLanguage::Cpp),
      llvm::cl::values(
          clEnumValN(CppLanguage::Cpp, "c++", "a header of C++17 (default)"),
          clEnumValN(CppLanguage::C, "c",
                     "a header of C11 that holds the code, too, for the one "
                     "source file that defines NAME_IMPLEMENTATION")));
  static llvm::cl::opt<int64_t> cppSelfTest(
      "cpp-self-test",
      llvm::cl::desc("samples with their results that --mase-to-cpp puts into "
                     "the header, and a function selfTest() that runs them "
                     "(default: 0, none)"),
      llvm::cl::value_desc("N"));
  static MakeCppSelfTest make = makeSelfTest;
  TranslateFromMLIRRegistration registration(
      "mase-to-cpp",
      "print a network as a header of C++ or C (networks are lowered "
      "first)",
      [](ModuleOp module, raw_ostream &os) -> LogicalResult {
        bool named = cppNamespace.getNumOccurrences() > 0;
        if (named && failed(checkNamespace(cppNamespace, cppLanguage,
                                           module.getContext())))
          return failure();
        constexpr int64_t kMostTests = 4096;
        if (cppSelfTest < 0 || cppSelfTest > kMostTests)
          return emitError(UnknownLoc::get(module.getContext()))
                 << "expected --cpp-self-test from 0 to " << kMostTests
                 << ", found " << int64_t(cppSelfTest);
        FailureOr<OwningOpRef<ModuleOp>> kernels = lowerToLanes(module);
        if (failed(kernels) ||
            failed(nameKernels(**kernels, std::nullopt, "cpp-namespace")))
          return failure();
        auto all = llvm::to_vector((*kernels)->getOps<kernel::KernelOp>());
        if (all.size() != 1)
          return module.emitError()
                 << "expected one network for a header, found " << all.size();
        CppSelfTest selfTest;
        if (cppSelfTest > 0) {
          FailureOr<CppSelfTest> made = make(module, cppSelfTest);
          if (failed(made))
            return failure();
          selfTest = std::move(*made);
        }
        std::string space =
            named ? cppNamespace.getValue() : getCppNamespace(all.front());
        return printCpp(all.front(), space, os,
                        cppSelfTest > 0 ? &selfTest : nullptr, cppLanguage);
      },
      [prepare](DialectRegistry &registry) {
        prepare(registry);
        registry.insert<MaseDialect, kernel::MaseKernelDialect,
                        func::FuncDialect, arith::ArithDialect>();
        func::registerInlinerExtension(registry);
      });
}
