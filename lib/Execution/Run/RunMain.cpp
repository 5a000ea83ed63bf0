// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mase-run's command line.
#include "mase/Execution/RunMain.h"

#include "Run.h"

#include "mase/Driver/Driver.h"
#include "mase/Support/Error.h"
#include "mase/Support/NearestNames.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/WithColor.h"

using namespace mase;
namespace cl = llvm::cl;

namespace {
/// Made by runMain, so that a program that links it keeps its own options.
struct CommandLine {
  cl::OptionCategory category{"mase-run options"};
  cl::opt<std::string> network{
      cl::Positional, cl::desc("<network: MLIR text or bytecode, - for stdin>"),
      cl::cat(category)};
  cl::opt<std::string> input{
      "input", cl::value_desc("file"), cl::cat(category),
      cl::desc("samples: NPY [n, ...], NPZ, CSV, ARFF or HDF5")};
  cl::opt<std::string> output{
      "output", cl::value_desc("file"), cl::cat(category),
      cl::desc("NPY file of the results; without it only metrics are printed")};
  cl::alias outputShort{"o", cl::desc("alias for --output"),
                        cl::aliasopt(output), cl::cat(category)};
  cl::opt<std::string> labels{
      "labels", cl::value_desc("file"), cl::cat(category),
      cl::desc("class numbers for accuracy and loss; default: the input's own "
               "labels, if it has any")};
  cl::opt<std::string> scaler{
      "scaler", cl::value_desc("file"), cl::cat(category),
      cl::desc("JSON file with mean and scale of the features, applied to the "
               "input")};
  cl::opt<std::string> engine{
      "engine", cl::value_desc("name"), cl::cat(category),
      cl::desc("interpreter, cpu, linalg, cpp, c, cuda-host or cuda; all give "
               "the same bits. "
               "Default: the first of them that runs the network's level")};
  cl::opt<unsigned> jobs{
      "jobs", cl::value_desc("N"), cl::cat(category), cl::init(1),
      cl::desc("threads that share out the samples; 0: one a core. Results are "
               "the same")};
  cl::opt<std::string> format{
      "quantize", cl::value_desc("format"), cl::cat(category),
      cl::desc(
          "push the input tensor through one number format, "
          "{name=\"integer\", width=8, frac_width=4}, and run no network")};
  cl::opt<bool> allowNonFinite{
      "allow-nonfinite", cl::cat(category),
      cl::desc("take data with NaN or infinities, which are an error "
               "otherwise")};
  cl::opt<bool> compat{
      "mase-compat", cl::cat(category),
      cl::desc("with --quantize: the format as MASE has it, its defects "
               "included (integer formats have none)")};
};
} // namespace

/// Checks what belongs together.
static absl::StatusOr<RunOptions> check(const CommandLine &line) {
  RunOptions options{line.network, line.input,         line.output,
                     line.labels,  line.scaler,        std::nullopt,
                     line.format,  line.allowNonFinite};
  auto error = [](const std::string &message) {
    return absl::InvalidArgumentError(message);
  };
  bool quantizes = line.format.getNumOccurrences() != 0;
  if (quantizes && !options.network.empty())
    return error("expected a network or --quantize, found both");
  if (!quantizes && options.network.empty())
    return error("expected a network (a file, or '-' for standard input) or "
                 "--quantize, found neither");
  if (options.input.empty())
    return error("expected --input with the data, found none");
  if (quantizes && options.output.empty())
    return error("expected --output for the quantised tensor, found none");
  // Names of formats that data are read in, or that people expect of results.
  const llvm::StringRef output = options.output,
                        suffix = llvm::sys::path::extension(output);
  for (llvm::StringRef other :
       {".csv", ".npz", ".h5", ".hdf5", ".arff", ".json", ".txt"})
    if (suffix.equals_insensitive(other))
      return error("expected an NPY file as --output, such as '" +
                   output.drop_back(suffix.size()).str() + ".npy', found '" +
                   options.output + "'");
  if (quantizes && (!options.labels.empty() || !options.scaler.empty()))
    return error("expected no --labels and no --scaler with --quantize");
  if (!quantizes && line.compat)
    return error("expected --quantize with --mase-compat, found none");
  options.jobs = line.jobs;
  constexpr unsigned kMostJobs = 1024;
  if (options.jobs > kMostJobs)
    return error("expected --jobs from 0 to " + std::to_string(kMostJobs) +
                 ", found " + std::to_string(options.jobs));
  if (options.jobs == 0)
    options.jobs =
        llvm::heavyweight_hardware_concurrency().compute_thread_count();
  int fromStdin = 0;
  for (const std::string &path :
       {options.network, options.input, options.labels, options.scaler})
    fromStdin += path == "-";
  if (fromStdin > 1)
    return error("expected one input from standard input, found " +
                 std::to_string(fromStdin));
  if (line.engine.getNumOccurrences() == 0)
    return options;
  options.engine = parseEngineKind(line.engine);
  if (!options.engine) {
    std::vector<std::string> names;
    for (llvm::StringRef name : getEngineNames())
      names.push_back(name.str());
    return error("unknown engine '" + line.engine + "'" +
                 nearestNamesText(line.engine, names));
  }
  return options;
}

int mase::runMain(int argc, char **argv,
                  const mlir::DialectRegistry &dialects) {
  InitTool init(argc, argv, "mase-run");
  CommandLine line;
  cl::HideUnrelatedOptions(line.category);
  cl::ParseCommandLineOptions(argc, argv,
                              "mase-run: runs a network on samples\n");
  absl::StatusOr<RunOptions> options = check(line);
  absl::Status status = options.status();
  if (status.ok())
    status = options->format.empty() && line.format.getNumOccurrences() == 0
                 ? runNetwork(*options, dialects)
                 : runQuantize(*options);
  if (status.ok())
    return 0;
  if (!status.message().empty())
    llvm::WithColor::error(llvm::errs(), "mase-run")
        << messageOf(status) << "\n";
  return 1;
}
