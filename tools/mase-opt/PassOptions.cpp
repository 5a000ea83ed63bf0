// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Options of our passes. What a pass has, and of which kind, tells its text
// with all defaults, "mase-search{check=false trials=0 …}": MLIR shows them in
// no other way.
#include "PassOptions.h"

#include "mase/Conversion/MaseToKernel/Pipeline.h"
#include "mase/Conversion/Pipelines.h"
#include "mase/InitAll.h"
#include "mase/Support/NearestNames.h"
#include "mase/Support/Quoting.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mase;

namespace {
/// An option as text: its name, and its value if it has one.
struct OptionText {
  StringRef name;
  std::optional<StringRef> value;
};
} // namespace

/// The settings of "a=1 b={x y} c='d e'".
static SmallVector<OptionText> split(StringRef text) {
  SmallVector<OptionText> settings;
  while (!(text = text.ltrim()).empty()) {
    size_t end = 0, depth = 0;
    char quote = 0;
    for (; end < text.size(); ++end) {
      char c = text[end];
      if (quote)
        quote = c == quote ? 0 : quote;
      else if (c == '\'' || c == '"')
        quote = c;
      else if (c == '{')
        ++depth;
      else if (c == '}' && depth > 0)
        --depth;
      else if (depth == 0 && llvm::isSpace(c))
        break;
    }
    StringRef setting = text.take_front(end);
    auto [name, value] = setting.split('=');
    settings.push_back({name, name.size() == setting.size()
                                  ? std::nullopt
                                  : std::optional(value)});
    text = text.drop_front(end);
  }
  return settings;
}

/// The options of one of our passes and pipelines as text, with their defaults.
static std::string defaultsOf(StringRef pass) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (pass == "mase-to-cuda-pipeline") {
    MaseToCudaPipelineOptions().print(os);
  } else if (pass == "mase-to-llvm-pipeline") {
    MaseToLLVMPipelineOptions().print(os);
  } else if (pass == "mase-to-cpu-pipeline") {
    MaseToCpuPipelineOptions().print(os);
  } else if (const PassInfo *info = PassInfo::lookup(pass)) {
    OpPassManager passes(ModuleOp::getOperationName(),
                         OpPassManager::Nesting::Implicit);
    if (failed(info->addToPipeline(passes, "",
                                   [](const Twine &) { return failure(); })))
      return "";
    for (Pass &made : passes.getPasses())
      made.printAsTextualPipeline(os, /*pretty=*/false);
  }
  size_t first = text.find('{'), last = text.rfind('}');
  return first < last && last != text.npos
             ? text.substr(first + 1, last - first - 1)
             : "";
}

static bool isTruth(StringRef text) {
  return llvm::is_contained(
      {"true", "TRUE", "True", "1", "false", "FALSE", "False", "0"}, text);
}

/// What a value like the default has to be; "" for anything.
static StringRef kindOf(StringRef byDefault) {
  int64_t integer;
  double number;
  if (byDefault == "true" || byDefault == "false")
    return "true or false";
  if (!byDefault.getAsInteger(10, integer))
    return "an integer";
  return !byDefault.empty() && llvm::to_float(byDefault, number) ? "a number"
                                                                 : "";
}

static bool isOfKind(StringRef value, StringRef kind) {
  int64_t integer;
  double number;
  if (kind == "true or false") // nothing is true
    return value.empty() || isTruth(value);
  if (kind == "an integer")
    return !value.getAsInteger(0, integer);
  return kind.empty() || (!value.empty() && llvm::to_float(value, number));
}

static absl::Status check(StringRef pass, StringRef options) {
  std::string defaults = defaultsOf(pass);
  llvm::MapVector<StringRef, StringRef> known;
  std::vector<std::string> names;
  for (const OptionText &setting : split(defaults)) {
    known[setting.name] = setting.value.value_or("");
    names.push_back(setting.name.str());
  }
  // Lists that are empty by default have no text.
  for (auto [owner, list] : {std::pair("mase-quantize", "layers"),
                             std::pair("mase-report", "tables")})
    if (pass == owner && known.insert({list, ""}).second)
      names.push_back(list);
  auto error = [&](const Twine &message) {
    return absl::InvalidArgumentError(("--" + pass + ": " + message).str());
  };
  for (const OptionText &setting : split(options)) {
    auto it = known.find(setting.name);
    if (it == known.end() && names.empty())
      return error("expected no option, found " + quoted(setting.name));
    if (it == known.end())
      return error("no option " + quoted(setting.name) +
                   nearestNamesText(setting.name, names));
    StringRef kind = kindOf(it->second), value = setting.value.value_or("");
    if (!isOfKind(value.trim("'\""), kind))
      return error("expected " + kind + " for " + quoted(setting.name) +
                   ", found " +
                   (setting.value ? quoted(value) : std::string("none")));
  }
  return absl::OkStatus();
}

using VisitPassFn =
    llvm::function_ref<absl::Status(StringRef pass, StringRef options)>;

/// Visits every "pass{options}" of the text of a pipeline.
static absl::Status visitPipeline(StringRef text, VisitPassFn visit) {
  for (StringRef pass : passArguments())
    for (size_t at = 0; (at = text.find(pass, at)) != StringRef::npos;) {
      bool begins = at == 0 || StringRef("(, ").contains(text[at - 1]);
      at += pass.size();
      StringRef options = text.drop_front(at);
      if (!begins || !options.consume_front("{"))
        continue;
      size_t end = 0;
      for (size_t depth = 1; end < options.size(); ++end) {
        depth += options[end] == '{';
        depth -= options[end] == '}';
        if (depth == 0)
          break;
      }
      if (absl::Status status = visit(pass, options.take_front(end));
          !status.ok())
        return status;
    }
  return absl::OkStatus();
}

/// Visits the options of our passes on the command line until one is an error.
static absl::Status visitPasses(int argc, char **argv, VisitPassFn visit) {
  for (StringRef argument : ArrayRef(argv, size_t(argc)).drop_front()) {
    if (argument == "--")
      break;
    if (!argument.consume_front("-"))
      continue;
    argument.consume_front("-");
    auto [name, value] = argument.split('=');
    absl::Status status = name == "pass-pipeline" ? visitPipeline(value, visit)
                          : llvm::is_contained(passArguments(), name)
                              ? visit(name, value.trim("'\""))
                              : absl::OkStatus();
    if (!status.ok())
      return status;
  }
  return absl::OkStatus();
}

absl::Status mase::checkPassOptions(int argc, char **argv) {
  return visitPasses(argc, argv, check);
}

std::vector<std::string> mase::configFiles(int argc, char **argv) {
  std::vector<std::string> files;
  visitPasses(argc, argv, [&](StringRef, StringRef options) {
    for (const OptionText &setting : split(options))
      if (setting.name == "config" && setting.value)
        files.push_back(setting.value->trim("'\"").str());
    return absl::OkStatus();
  }).IgnoreError();
  return files;
}
