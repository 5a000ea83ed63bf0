// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows on their way from a child process that reads them to the sink here.
#ifndef MASE_LIB_DATA_PIPESINK_H
#define MASE_LIB_DATA_PIPESINK_H

#include "Readers.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace mase {

/// In the child: sends all that a reader finds as blocks of bytes.
class PipeSink : public RowSink {
public:
  explicit PipeSink(llvm::function_ref<void(llvm::StringRef)> send)
      : send(send) {}

  absl::Status begin(const RowsHeader &header) override;
  absl::Status features(llvm::ArrayRef<float> rows) override;
  absl::Status labels(llvm::ArrayRef<int32_t> labels) override;
  absl::Status classes(llvm::ArrayRef<FoundClass> classes,
                       bool isOrdered) override;
  /// Last: the reader's status.
  void end(const absl::Status &status);

private:
  llvm::function_ref<void(llvm::StringRef)> send;
};

/// In the parent, which believes nothing: gives the blocks to a sink.
class PipeReceiver {
public:
  explicit PipeReceiver(RowSink &sink) : sink(sink) {}

  /// False: no more is wanted.
  bool receive(llvm::StringRef block);
  /// The reader's status, or the sink's first error.
  absl::Status finish(const std::string &name);

private:
  absl::Status take(llvm::StringRef block);

  RowSink &sink;
  bool hasBegun = false, hasEnded = false, isDamaged = false;
  absl::Status status;
};

} // namespace mase

#endif // MASE_LIB_DATA_PIPESINK_H
