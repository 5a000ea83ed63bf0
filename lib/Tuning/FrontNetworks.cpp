// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Networks are made in contexts of their own, which take their constants with
// them, and so on several threads.
#include "FrontNetworks.h"

#include "TrialNetworks.h"

#include "mase/Support/AtomicFile.h"
#include "mase/Support/Error.h"
#include "mase/Tuning/ErrorCollector.h"

#include "absl/strings/str_cat.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ThreadPool.h"

using namespace mlir;
using namespace mase;

namespace {

/// Makes one network.
class Maker {
public:
  Maker(const SearchSetup &setup, StringRef searched, MLIRContext &like)
      : setup(setup), networks(setup), searched(searched),
        context(like.getDialectRegistry(), MLIRContext::Threading::DISABLED) {
    context.allowUnregisteredDialects(like.allowsUnregisteredDialects());
  }

  /// The text of the network of `trial`, whose metrics become those of the
  /// refined one where that is kept.
  absl::StatusOr<std::string> make(Trial &trial, bool &isRefined) {
    if (setup.schedule)
      return scheduled(trial);
    absl::StatusOr<OwningOpRef<ModuleOp>> module = put(trial);
    if (!module.ok())
      return module.status();
    if (setup.dataset) {
      absl::StatusOr<Measured> measured = measureNetwork(**module, setup);
      if (!measured.ok())
        return measured.status();
      if (absl::Status status = checkMeasured(setup, trial, *measured);
          !status.ok())
        return status;
    }
    if (!setup.refines())
      return print(**module);
    std::string before = print(**module);
    absl::StatusOr<bool> kept = refine(**module, trial);
    if (!kept.ok())
      return kept.status();
    isRefined = *kept;
    return isRefined ? print(**module) : before;
  }

private:
  static std::string print(ModuleOp module) {
    std::string text;
    llvm::raw_string_ostream os(text);
    module.print(os);
    os << '\n';
    return text;
  }

  absl::StatusOr<OwningOpRef<ModuleOp>> parse(StringRef bytes) {
    ErrorCollector errors(&context);
    auto module = parseSourceString<ModuleOp>(bytes, ParserConfig(&context));
    if (!module)
      return errors.status();
    return module;
  }

  absl::StatusOr<OwningOpRef<ModuleOp>> put(const Trial &trial) {
    absl::StatusOr<OwningOpRef<ModuleOp>> module = parse(searched);
    if (!module.ok())
      return module;
    auto warnings = networks.put(trial.point, **module);
    if (!warnings.ok())
      return warnings.status();
    return module;
  }

  /// What a trial's schedule makes: Problem::verify has run it.
  absl::StatusOr<std::string> scheduled(const Trial &trial) {
    absl::StatusOr<std::string> bytes =
        setup.scheduled->scheduledModule(trial.point);
    if (!bytes.ok())
      return bytes.status();
    auto module = parse(*bytes);
    if (!module.ok())
      return module.status();
    return print(**module);
  }

  /// Whether the refined network is kept.
  absl::StatusOr<bool> refine(ModuleOp module, Trial &trial) {
    absl::StatusOr<bool> moved = networks.refine(module);
    if (!moved.ok() || !*moved)
      return moved;
    absl::StatusOr<Measured> measured = measureNetwork(module, setup);
    if (!measured.ok())
      return measured.status();
    MetricList list = networkMetricsOf(setup);
    Trial refined = trial;
    refined.errors.resize(refined.metrics.size(), std::nan(""));
    for (auto [info, value, error] : llvm::zip_equal(
             list.infos(), list.values(*measured), list.errors(*measured))) {
      size_t m = setup.problem.evaluator->metricIndex(info.name);
      if (refined.metrics[m] != value)
        refined.extraMetrics.emplace_back(
            (FrontNetworks::kUnrefined + info.name).str(), refined.metrics[m]);
      refined.metrics[m] = value;
      refined.errors[m] = error;
    }
    score(setup.problem, refined);
    if (refined.state != TrialState::Complete || refined.violation > 0)
      return false;
    for (auto [after, before] :
         llvm::zip_equal(lossesOf(setup.problem, refined.values),
                         lossesOf(setup.problem, trial.values)))
      if (after > before)
        return false;
    trial = std::move(refined);
    return true;
  }

  const SearchSetup &setup;
  TrialNetworks networks;
  StringRef searched;
  MLIRContext context;
};

/// The module that was searched, without the results of an earlier search.
absl::StatusOr<std::string> bytesOf(ModuleOp module) {
  OwningOpRef<ModuleOp> network(cast<ModuleOp>(module->clone()));
  eraseConfigurations(*network);
  std::string bytes;
  llvm::raw_string_ostream os(bytes);
  if (failed(writeBytecodeToFile(*network, os)))
    return absl::InternalError("the network cannot be written as bytecode");
  return bytes;
}

} // namespace

absl::StatusOr<FrontNetworks> FrontNetworks::make(ModuleOp module,
                                                  const SearchSetup &setup,
                                                  StudyResult &result) {
  absl::StatusOr<std::string> searched = bytesOf(module);
  if (!searched.ok())
    return searched.status();
  size_t count = result.front.size();
  std::vector<absl::StatusOr<std::string>> texts(count, std::string());
  std::vector<char> isRefined(count, false);
  llvm::DefaultThreadPool threads(
      llvm::hardware_concurrency(setup.studyOptions().jobs));
  for (size_t i = 0; i < count; ++i)
    threads.async([&, i] {
      bool refined = false;
      texts[i] = Maker(setup, *searched, *module.getContext())
                     .make(result.trials[result.front[i]], refined);
      isRefined[i] = refined;
    });
  threads.wait();
  FrontNetworks networks;
  for (auto [t, text, refined] :
       llvm::zip_equal(result.front, texts, isRefined)) {
    uint64_t number = result.trials[t].number;
    if (!text.ok())
      return errorAt(locatedText(text.status()).location,
                     "trial " + Twine(number) + ": " +
                         locatedText(text.status()).text);
    networks.texts.emplace_back(number, *std::move(text));
    if (refined)
      networks.refined.insert(number);
  }
  if (!setup.refines())
    return networks;
  networks.refinement =
      absl::StrCat("refinement improved ", networks.refined.size(), " of ",
                   count, count == 1 ? " network\n" : " networks\n");
  // Those that have become better may beat others.
  std::vector<Losses> losses;
  for (size_t t : result.front)
    losses.push_back(lossesOf(setup.problem, result.trials[t].values));
  std::vector<size_t> left;
  for (size_t i : paretoFront(losses))
    left.push_back(result.front[i]);
  result.front = std::move(left);
  return networks;
}

constexpr StringLiteral kFolder = "front";

std::string FrontNetworks::folderOf(StringRef directory) {
  llvm::SmallString<128> path(directory);
  llvm::sys::path::append(path, kFolder);
  return path.str().str();
}

absl::Status FrontNetworks::write(StringRef directory,
                                  ArrayRef<const Trial *> front) const {
  removeTrialFiles(directory, kFolder);
  for (const Trial *trial : front) {
    auto text = llvm::find_if(
        texts, [&](const auto &text) { return text.first == trial->number; });
    if (absl::Status status =
            writeFile(trialFile(directory, kFolder, *trial), text->second,
                      AtomicFileOptions{/*createDirectories=*/true});
        !status.ok())
      return status;
  }
  return absl::OkStatus();
}
