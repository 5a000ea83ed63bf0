// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A network's samples on their way from a file through engines to results.
#include "NetworkRun.h"

using namespace mlir;
using namespace mase;

absl::StatusOr<int64_t> NetworkRun::begin(const SampleHeader &header) {
  const bool takesLabels = !options.labels.empty();
  if (options.output.empty() && !header.labelled && !takesLabels)
    return absl::InvalidArgumentError(
        "expected --output for the results or labels to compare them with "
        "(--labels, or data that has them), found neither");
  if (takesLabels) {
    DatasetOptions reading;
    reading.classNames = target.classNames;
    absl::StatusOr<Labels> read = readLabels(options.labels, reading);
    if (!read.ok())
      return read.status();
    labels = *std::move(read);
    // Else it is compared with the number that came.
    if (header.samples >= 0)
      if (absl::Status status = checkLabels(options.labels, labels.numbers,
                                            header.samples, entry.outputSize());
          !status.ok())
        return status;
  }

  auto engine = options.engine ? createEngine(*options.engine, module)
                               : createEngine(module);
  if (failed(engine))
    return printed();
  engines = cloneForJobs(std::move(*engine), options.jobs);
  if (engines.empty())
    return absl::InvalidArgumentError(
        "the engine '" +
        (options.engine ? getEngineNames()[size_t(*options.engine)].str()
                        : std::string()) +
        "' runs in one thread; expected --jobs=1, found " +
        std::to_string(options.jobs));
  blocks.resize(engines.size());
  if (header.labelled || takesLabels)
    results.keep(entry.outputSize());
  if (!options.output.empty())
    if (absl::Status status =
            results.openFile(options.output, entry.outputShape);
        !status.ok())
      return status;
  return engines.front()->getGroupSize();
}

absl::Status NetworkRun::take(unsigned job, int64_t first, int64_t count,
                              ArrayRef<float> x) {
  std::vector<float> &y = blocks[job];
  y.resize(size_t(count * entry.outputSize()));
  if (failed(engines[job]->run(x, count, y)))
    return printed();
  return results.take(first, y);
}
