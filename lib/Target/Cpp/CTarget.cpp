// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels of the layout `lanes` as C11: loops over a block of samples, which
// compilers make vectors of, and the same for one sample.
#include "CTarget.h"

#include "CStage.h"
#include "CText.h"
#include "Interface.h"
#include "RuntimePieces.h"
#include "RuntimeSources.h"

#include "../Text/Literals.h"
#include "../Text/StageSummary.h"

#include "mase/Support/Quoting.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mase;
using llvm::formatv;

namespace {

class CPrinter {
public:
  CPrinter(kernel::KernelOp kernel, StringRef hash, StringRef prefix,
           const CppSelfTest *selfTest)
      : kernel(kernel), hash(hash), prefix(prefix), selfTest(selfTest),
        body(kernel.getBody().front()), input(body.getArgument(0)),
        output(body.back().getOperand(0)),
        inputCodes(cpp::findInputCodes(kernel)),
        outputCodes(cpp::findOutputCodes(kernel)) {}

  void print(raw_ostream &stream) {
    std::string text;
    llvm::raw_string_ostream textStream(text);
    raw_indented_ostream os(textStream);
    os << "#ifndef NET_H\n#define NET_H\n\n"
       << "#include <stddef.h>\n#include <stdint.h>\n\n"
       << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
    printDeclarations(os);
    os << "\n#ifdef __cplusplus\n}\n#endif\n#endif\n\n"
       << "#if defined(NET_IMPLEMENTATION) && !defined(NET_IMPLEMENTED)\n"
       << "#define NET_IMPLEMENTED\n"
       << textOf(cpp::kCBegin)
       << "\n/// Samples that are computed together; 1 takes the least "
          "memory.\n"
       << formatv("#ifndef NET_BLOCK\n#define NET_BLOCK {0}\n#endif\n\n",
                  blockSize())
       << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
    text = cpp::withPrefix(text, prefix);

    raw_indented_ostream out(stream);
    printIntroduction(out);
    out << text << code() << cpp::withPrefix(textOf(cpp::kCEnd), prefix)
        << "#endif\n";
  }

private:
  kernel::KernelOp kernel;
  StringRef hash, prefix;
  const CppSelfTest *selfTest;
  Block &body;
  Value input, output;
  std::optional<cpp::Codes> inputCodes, outputCodes;

  /// A file of text/ without the lines before the first empty one.
  static StringRef textOf(StringRef file) { return file.split("\n\n").second; }

  /// Compilers make the best vectors of blocks of 64; what is computed of all
  /// samples of a block is to stay in the cache nearby, and on small stacks.
  int64_t blockSize() {
    constexpr int64_t kMost = 64, kMostBytes = 256 << 10;
    int64_t bytes = 4 * (kernel::sizeOf(input) + kernel::sizeOf(output));
    for (auto stage : body.getOps<kernel::StageOp>()) {
      StringRef type = cpp::elementTypeInC(stage.getResult());
      bytes +=
          kernel::logicalSizeOf(stage.getResult()) * (type == "int16_t"   ? 2
                                                      : type == "int64_t" ? 8
                                                                          : 4);
    }
    int64_t block = kMost;
    while (block > 1 && block * bytes > kMostBytes)
      block /= 2;
    return block;
  }

  void printIntroduction(raw_indented_ostream &os) {
    os << "// The network " << toComment(kernel.getSymName())
       << " as C11, written by mase-opt.\n//\n";
    printLayers(os, kernel);
    os << "//\n";
    printComment(os,
                 "A number of format w.f is an integer of w bits (its code) "
                 "times 2^-f. Every engine of mase-opt computes the same "
                 "bits as this code, whatever the compiler's flags and the "
                 "processor.");
    if (kernel.getReason())
      printComment(os, toComment(*kernel.getReason()) + ".");
    os << "//\n";
    printComment(os, cpp::withPrefix(
                         "Include this file where net_infer is called, and in "
                         "one source file with NET_IMPLEMENTATION defined "
                         "before, which holds the code (link it with -lm). "
                         "Nothing is allocated or kept, and any number of "
                         "threads may call it.",
                         prefix));
  }

  void printDeclarations(raw_indented_ostream &os) {
    SmallVector<std::string> layers = cpp::layerLiterals(kernel);
    os << "/// Numbers of a sample and of its result.\n"
       << formatv("#define NET_INPUTS {0}\n#define NET_OUTPUTS {1}\n",
                  kernel::sizeOf(input), kernel::sizeOf(output))
       << "/// Of everything that the network computes with.\n"
       << formatv("#define NET_HASH UINT64_C(0x{0})\n", hash)
       << "/// The same, for who loads a library.\n"
       << "extern const size_t net_inputs, net_outputs;\n"
       << "extern const uint64_t net_hash;\n";
    if (!layers.empty())
      os << formatv(
                "/// The layers' names, in order.\n#define NET_LAYERS {0}\n",
                layers.size())
         << "extern const char *const net_layers[NET_LAYERS];\n";
    os << '\n' << textOf(cpp::kCDeclarations);
    if (inputCodes) {
      printCodes(*inputCodes, "net_infer_codes takes", "input", os);
      os << textOf(cpp::kCDeclarationsCodes);
    }
    if (outputCodes) {
      printCodes(*outputCodes, "net_infer_to_codes gives", "output", os);
      os << textOf(cpp::kCDeclarationsToCodes);
    }
    if (inputCodes && outputCodes)
      os << textOf(cpp::kCDeclarationsCodesToCodes);
    if (selfTest)
      os << formatv("\n/// Samples of net_self_test.\n#define NET_TESTS {0}\n",
                    int64_t(selfTest->inputs.size()) / kernel::sizeOf(input))
         << textOf(cpp::kCDeclarationsSelfTest);
  }

  void printCodes(const cpp::Codes &codes, StringRef who, StringRef side,
                  raw_indented_ostream &os) {
    os << "\n/// What " << who << ": codes of " << codes.format << ", from "
       << codes.low << " to " << codes.high << ".\n"
       << "typedef " << codes.type << " net_" << side << "_code;\n";
    if (codes.worth)
      os << formatv("/// value = NET_{0}_SCALE * (code - NET_{0}_ZERO_POINT)\n"
                    "#define NET_{0}_SCALE {1}\n"
                    "#define NET_{0}_ZERO_POINT ({2})\n",
                    side.upper(), floatLiteral(codes.worth->scale),
                    codes.worth->zeroPoint);
  }

  /// Calls each stage of `NetworkCalls`, of one sample or of a block of them.
  void printCalls(bool isBlock, kernel::StageOp from, kernel::StageOp to,
                  raw_indented_ostream &os) {
    StringRef times = isBlock ? " * NET_BLOCK" : "";
    cpp::NetworkCalls network(kernel, from, to);
    ArrayRef<int64_t> shifts = cpp::shiftsOfGivenCodes(from);
    if (isBlock || from || to)
      os << "static ";
    os << "void net_"
       << (isBlock      ? "block"
           : from || to ? "one"
                        : "infer_one")
       << (from ? "_of_codes" : "") << (to ? "_to_codes" : "") << "(const "
       << cpp::elementTypeInC(network.input)
       << (shifts.empty() ? " *x, " : " *given, ")
       << cpp::elementTypeInC(network.output) << " *y) {\n";
    os.indent();
    if (!shifts.empty()) {
      StringRef samples = isBlock ? "NET_BLOCK" : "1";
      printTable(os, "to the left", "static const int32_t shift",
                 intTable(network.input.getContext(), shifts),
                 TableStyle::Array);
      os << formatv(
          "{0} x[{1}{2}];\n"
          "for (int k = 0; k < {1}{2}; ++k)\n"
          "  x[k] = int16_t(rt::shiftCode(given[k], shift[k / {3}]));\n",
          cpp::elementTypeInC(network.input), shifts.size(), times, samples);
    }
    for (cpp::StageCall &call : network.calls) {
      Value result = call.stage.getResult();
      if (result != network.output)
        os << formatv("{0} {1}[{2}{3}];\n", cpp::elementTypeInC(result),
                      call.result, kernel::logicalSizeOf(result), times);
      os << "net_stage_" << call.stage.getName() << '('
         << llvm::join(call.arguments, ", ") << ", "
         << (isBlock ? "NET_BLOCK" : "1") << ");\n";
    }
    if (network.output == network.input)
      os << "memcpy(y, x, sizeof *y * NET_OUTPUTS" << times << ");\n";
    os.unindent();
    os << "}\n\n";
  }

  void printTests(raw_indented_ostream &os) {
    MLIRContext *context = kernel.getContext();
    printTable(os, "samples", "static const float net_test_inputs",
               floatTable(context, selfTest->inputs), TableStyle::Array);
    printTable(os, "and what they give", "static const float net_test_outputs",
               floatTable(context, selfTest->outputs), TableStyle::Array);
    os << '\n';
  }

  /// The definitions.
  std::string code() {
    std::string stages;
    llvm::raw_string_ostream stream(stages);
    raw_indented_ostream os(stream);
    SmallVector<std::string> layers = cpp::layerLiterals(kernel);
    os << "const size_t net_inputs = NET_INPUTS, net_outputs = NET_OUTPUTS;\n"
       << "const uint64_t net_hash = NET_HASH;\n";
    if (!layers.empty())
      os << "const char *const net_layers[NET_LAYERS] = {\n    "
         << llvm::join(layers, ",\n    ") << "};\n";
    os << '\n';
    for (auto stage : body.getOps<kernel::StageOp>())
      cpp::printStageOfC(stage, os);
    auto printType = [&](std::optional<cpp::Codes> codes, StringRef name) {
      if (codes)
        os << "typedef " << cpp::elementTypeInC(codes->stage.getResult())
           << " net_" << name << ";\n\n";
    };
    printType(inputCodes, "code_in");
    printType(outputCodes, "code_out");
    for (bool isBlock : {false, true}) {
      printCalls(isBlock, {}, {}, os);
      if (inputCodes)
        printCalls(isBlock, inputCodes->stage, {}, os);
      if (outputCodes)
        printCalls(isBlock, {}, outputCodes->stage, os);
      if (inputCodes && outputCodes)
        printCalls(isBlock, inputCodes->stage, outputCodes->stage, os);
    }
    os << textOf(cpp::kCFunctions) << '\n';
    if (inputCodes)
      os << textOf(cpp::kCCodes) << '\n';
    if (outputCodes)
      os << textOf(cpp::kCToCodes) << '\n';
    if (inputCodes && outputCodes)
      os << textOf(cpp::kCCodesToCodes) << '\n';
    if (selfTest) {
      printTests(os);
      os << textOf(cpp::kCSelfTest) << '\n';
    }
    return cpp::runtimePiecesOfC(stages, prefix) + "\n" +
           cpp::withPrefix(cpp::toC(stages, prefix), prefix);
  }
};

} // namespace

LogicalResult cpp::printC(kernel::KernelOp kernel, StringRef hash,
                          StringRef prefix, raw_ostream &os,
                          const CppSelfTest *selfTest) {
  WalkResult walk = kernel.walk([](kernel::DeviceFunctionOpInterface op) {
    op.emitError()
        << "expected operations that C has, found a function in C++ ("
        << op.getFunctionComment() << "); --cpp-language=c++ prints it";
    return WalkResult::interrupt();
  });
  if (walk.wasInterrupted())
    return failure();
  CPrinter(kernel, hash, prefix, selfTest).print(os);
  return success();
}
