// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Statistics to attributes and back.
#include "mase/Analysis/Profile.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mase;

DictionaryAttr mase::toAttribute(MLIRContext *context,
                                 const TensorStatistics &s) {
  Builder b(context);
  auto entry = [&](StringRef name, Attribute value) {
    return b.getNamedAttr(name, value);
  };
  return b.getDictionaryAttr(
      {entry("count", b.getI64IntegerAttr(s.count)),
       entry("not_finite", b.getI64IntegerAttr(s.notFinite)),
       entry("zeros", b.getI64IntegerAttr(s.zeros)),
       entry("minimum", b.getF64FloatAttr(s.minimum)),
       entry("maximum", b.getF64FloatAttr(s.maximum)),
       entry("mean", b.getF64FloatAttr(s.mean)),
       entry("variance", b.getF64FloatAttr(s.variance)),
       entry("skewness", b.getF64FloatAttr(s.skewness)),
       entry("kurtosis", b.getF64FloatAttr(s.kurtosis)),
       entry("quantiles", b.getDenseF64ArrayAttr(s.quantiles)),
       entry("histogram", b.getDenseI64ArrayAttr(s.histogram)),
       entry("feature_minimum", b.getDenseF32ArrayAttr(s.featureMinimum)),
       entry("feature_maximum", b.getDenseF32ArrayAttr(s.featureMaximum))});
}

std::optional<TensorStatistics> mase::lookUp(ProfileOp profile, StringRef layer,
                                             OperandRole role) {
  auto tensors = profile.getTensors().getAs<DictionaryAttr>(layer);
  auto tensor =
      tensors ? tensors.getAs<DictionaryAttr>(stringify(role)) : nullptr;
  if (!tensor)
    return std::nullopt;
  auto integer = [&](StringRef name) {
    return tensor.getAs<IntegerAttr>(name).getInt();
  };
  auto real = [&](StringRef name) {
    return tensor.getAs<FloatAttr>(name).getValueAsDouble();
  };
  TensorStatistics s;
  s.count = integer("count");
  s.notFinite = integer("not_finite");
  s.zeros = integer("zeros");
  s.minimum = real("minimum");
  s.maximum = real("maximum");
  s.mean = real("mean");
  s.variance = real("variance");
  s.skewness = real("skewness");
  s.kurtosis = real("kurtosis");
  ArrayRef<double> q = tensor.getAs<DenseF64ArrayAttr>("quantiles");
  s.quantiles.assign(q.begin(), q.end());
  ArrayRef<int64_t> h = tensor.getAs<DenseI64ArrayAttr>("histogram");
  s.histogram.assign(h.begin(), h.end());
  ArrayRef<float> lo = tensor.getAs<DenseF32ArrayAttr>("feature_minimum"),
                  hi = tensor.getAs<DenseF32ArrayAttr>("feature_maximum");
  s.featureMinimum.assign(lo.begin(), lo.end());
  s.featureMaximum.assign(hi.begin(), hi.end());
  return s;
}
