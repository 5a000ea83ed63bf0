// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Networks are made in contexts of their own, a few in each, which take their
// constants with them, and so on several threads.
#include "FrontNetworks.h"

#include "FrontShrinking.h"
#include "ModulePrinter.h"
#include "TrialNetworks.h"

#include "absl/strings/str_cat.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mase;

namespace {

/// Makes networks in one context.
class Maker {
public:
  Maker(const SearchSetup &setup, StringRef searched, MLIRContext &like)
      : setup(setup), networks(setup), searched(searched), context(like) {}

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
      return printer.print(**module);
    std::string before = printer.print(**module);
    absl::StatusOr<bool> kept = refine(**module, trial);
    if (!kept.ok())
      return kept.status();
    isRefined = *kept;
    return isRefined ? printer.print(**module) : before;
  }

private:
  absl::StatusOr<OwningOpRef<ModuleOp>> put(const Trial &trial) {
    if (!original) {
      auto parsed = context.parse(searched);
      if (!parsed.ok())
        return parsed.status();
      original = *std::move(parsed);
    }
    OwningOpRef<ModuleOp> module(original->clone());
    auto warnings = networks.put(trial.point, *module);
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
    auto module = context.parse(*bytes);
    if (!module.ok())
      return module.status();
    return printer.print(**module);
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
    setMetrics(refined, list, *measured, setup);
    for (const MetricInfo &info : list.infos())
      if (size_t m = setup.problem.evaluator->metricIndex(info.name);
          trial.metrics[m] != refined.metrics[m])
        refined.extraMetrics.emplace_back(
            (FrontNetworks::kUnrefined + info.name).str(), trial.metrics[m]);
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
  OwnContext context;
  OwningOpRef<ModuleOp> original;
  ModulePrinter printer;
};

/// Those of `candidates`, indices of trials, that no other beats.
std::vector<size_t> frontOf(const Problem &problem, const StudyResult &result,
                            ArrayRef<size_t> candidates) {
  std::vector<Losses> losses;
  for (size_t t : candidates)
    losses.push_back(lossesOf(problem, result.trials[t].values));
  std::vector<size_t> front;
  for (size_t i : paretoFront(losses))
    front.push_back(candidates[i]);
  return front;
}

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
  std::vector<uint64_t> numbers;
  for (size_t t : result.front)
    numbers.push_back(result.trials[t].number);
  size_t count = numbers.size();
  std::vector<std::string> texts(count);
  std::vector<char> isRefined(count, false);
  // More in a context would gather constants.
  constexpr size_t kMostTogether = 32;
  const size_t jobs = llvm::hardware_concurrency(setup.studyOptions().jobs)
                          .compute_thread_count();
  const size_t together =
      std::clamp<size_t>(llvm::divideCeil(count, jobs), 1, kMostTogether);
  std::vector<std::unique_ptr<Maker>> makers(llvm::divideCeil(count, together));
  auto work = [&](size_t i) {
    std::unique_ptr<Maker> &maker = makers[i / together];
    if (!maker)
      maker = std::make_unique<Maker>(setup, *searched, *module.getContext());
    bool refined = false;
    absl::StatusOr<std::string> text =
        maker->make(result.trials[result.front[i]], refined);
    if ((i + 1) % together == 0 || i + 1 == count)
      maker.reset();
    if (!text.ok())
      return text.status();
    isRefined[i] = refined;
    texts[i] = *std::move(text);
    return absl::OkStatus();
  };
  absl::Status status = onThreads(setup, numbers, work, together);
  if (!status.ok())
    return status;
  FrontNetworks networks;
  for (auto [number, text, refined] :
       llvm::zip_equal(numbers, texts, isRefined)) {
    networks.texts.emplace(number, std::move(text));
    if (refined)
      networks.refined.insert(number);
  }
  if (setup.refines()) {
    networks.said =
        absl::StrCat("refinement improved ", networks.refined.size(), " of ",
                     count, count == 1 ? " network\n" : " networks\n");
    // Those that have become better may beat others.
    result.front = frontOf(setup.problem, result, result.front);
  }
  if (setup.shrinks())
    status = networks.shrink(*module.getContext(), setup, result);
  if (!status.ok())
    return status;
  return networks;
}

absl::Status FrontNetworks::shrink(MLIRContext &like, const SearchSetup &setup,
                                   StudyResult &result) {
  auto membersOf = [&](ArrayRef<size_t> trials) {
    std::vector<FrontMember> members;
    for (size_t t : trials)
      members.push_back({&result.trials[t], textOf(result.trials[t].number)});
    return members;
  };
  const std::vector<size_t> before = result.front;
  const uint64_t first = result.trials.back().number + 1;
  absl::StatusOr<ShrunkFront> shrunk =
      shrinkFront(setup, membersOf(before), first, like);
  if (!shrunk.ok())
    return shrunk.status();
  shrinkWarnings = std::move(shrunk->warnings);
  std::vector<size_t> candidates = before;
  std::map<uint64_t, std::string> shrunkTexts;
  for (auto &[trial, text] : shrunk->networks) {
    shrunkTexts.emplace(trial.number, std::move(text));
    if (trial.state == TrialState::Complete && trial.violation == 0)
      candidates.push_back(result.trials.size());
    result.trials.push_back(std::move(trial));
  }
  result.front = frontOf(setup.problem, result, candidates);
  std::vector<size_t> added;
  for (size_t t : result.front)
    if (const Trial &trial = result.trials[t]; trial.shrunk) {
      added.push_back(t);
      texts.insert(shrunkTexts.extract(trial.number));
    }
  if (absl::Status status = verifyShrunk(setup, membersOf(added), like);
      !status.ok())
    return status;
  const size_t made = shrunk->networks.size();
  absl::StrAppend(&said, "shrinking made ", made,
                  made == 1 ? " network" : " networks");
  if (made)
    absl::StrAppend(&said, " (trials ", first, " to ", first + made - 1, "), ",
                    added.size(), " of them on the front, in place of ",
                    before.size() + added.size() - result.front.size(), " of ",
                    before.size());
  if (shrunk->isPartial) {
    result.stop = StopReason::Interrupted;
    said += "; it was interrupted, and is partial";
  }
  said += "\n";
  return absl::OkStatus();
}

constexpr StringLiteral kFolder = "front";

std::string FrontNetworks::folderOf(StringRef directory) {
  llvm::SmallString<128> path(directory);
  llvm::sys::path::append(path, kFolder);
  return path.str().str();
}

absl::Status FrontNetworks::write(StringRef directory,
                                  ArrayRef<const Trial *> front,
                                  AtomicFiles &files) const {
  removeTrialFiles(directory, kFolder);
  for (const Trial *trial : front)
    if (absl::Status status =
            files.write(trialFile(directory, kFolder, *trial),
                        [&](raw_ostream &os) { os << textOf(trial->number); },
                        {.createDirectories = true});
        !status.ok())
      return status;
  return absl::OkStatus();
}
