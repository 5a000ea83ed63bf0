// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The verifier of mase.profile.
#include "mase/Dialect/Mase/IR/Mase.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mase;

// Statistics.h has these, in a room above.
static constexpr size_t kQuantileCount = 9, kBins = 256;

namespace {
/// Checks the members of one tensor, each of its type.
class Members {
public:
  explicit Members(DictionaryAttr tensor) : tensor(tensor) {}

  /// What is wrong, empty if nothing is.
  std::string check() {
    for (StringRef name : {"count", "not_finite", "zeros"})
      if (auto value = dyn_cast_or_null<IntegerAttr>(take(name));
          !value || !value.getType().isInteger(64) || value.getInt() < 0)
        return expected(name, "an i64 of at least 0");
    for (StringRef name :
         {"minimum", "maximum", "mean", "variance", "skewness", "kurtosis"})
      if (auto value = dyn_cast_or_null<FloatAttr>(take(name));
          !value || !value.getType().isF64())
        return expected(name, "an f64");
    auto quantiles = dyn_cast_or_null<DenseF64ArrayAttr>(take("quantiles"));
    if (!quantiles || size_t(quantiles.size()) != kQuantileCount)
      return expected("quantiles", "an array of 9 f64");
    auto histogram = dyn_cast_or_null<DenseI64ArrayAttr>(take("histogram"));
    if (!histogram || size_t(histogram.size()) != kBins)
      return expected("histogram", "an array of 256 i64");
    int64_t features = -1;
    for (StringRef name : {"feature_minimum", "feature_maximum"}) {
      auto value = dyn_cast_or_null<DenseF32ArrayAttr>(take(name));
      if (!value || (features >= 0 && value.size() != features))
        return expected(name, "an array of f32, as many as features");
      features = value.size();
    }
    if (tensor.size() != known)
      return "expected the " + std::to_string(known) +
             " members of a tensor and no other, found " +
             std::to_string(tensor.size());
    return {};
  }

private:
  Attribute take(StringRef name) {
    ++known;
    return tensor.get(name);
  }
  std::string expected(StringRef name, StringRef what) {
    return ("expected '" + name + "' to be " + what).str();
  }

  DictionaryAttr tensor;
  size_t known = 0;
};
} // namespace

LogicalResult ProfileOp::verify() {
  if (int64_t samples = getSamples(); samples < 0)
    return emitOpError() << "(C4) expected samples of at least 0, found "
                         << samples;
  for (NamedAttribute layer : getTensors()) {
    auto tensors = dyn_cast<DictionaryAttr>(layer.getValue());
    if (!tensors)
      return emitOpError() << "(C1) expected a dictionary for layer '"
                           << layer.getName().getValue() << "', found "
                           << layer.getValue();
    for (NamedAttribute entry : tensors) {
      StringRef role = entry.getName().getValue();
      auto tensor = dyn_cast<DictionaryAttr>(entry.getValue());
      if (!tensor || (role != "data_in" && role != "data_out"))
        return emitOpError()
               << "(C1) expected 'data_in' or 'data_out' with a dictionary for "
                  "layer '"
               << layer.getName().getValue() << "', found '" << role << "'";
      auto where = [&](int constraint) {
        return emitOpError()
               << "(C" << constraint << ") '" << role << "' of layer '"
               << layer.getName().getValue() << "': ";
      };
      if (std::string wrong = Members(tensor).check(); !wrong.empty())
        return where(2) << wrong;
      double least = tensor.getAs<FloatAttr>("minimum").getValueAsDouble(),
             greatest = tensor.getAs<FloatAttr>("maximum").getValueAsDouble();
      if (!(least <= greatest))
        return where(3) << "expected a minimum of at most the maximum "
                        << greatest << ", found " << least;
      ArrayRef<int64_t> bins = tensor.getAs<DenseI64ArrayAttr>("histogram");
      int64_t count = tensor.getAs<IntegerAttr>("count").getInt();
      int64_t sum = 0;
      for (int64_t bin : bins)
        if (bin < 0 || __builtin_add_overflow(sum, bin, &sum))
          return where(3) << "expected counts in the histogram, found " << bin;
      if (sum != count)
        return where(3) << "expected a histogram of " << count
                        << " values, found " << sum;
    }
  }
  return success();
}
