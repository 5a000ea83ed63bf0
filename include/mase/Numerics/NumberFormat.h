// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A number format as one value: what the attribute, the configuration and the
// evaluator hold. Plain C++; knows neither MLIR nor files.
//
// Formats belong to *kinds*, which have the names and keys that configurations
// use. `integer` is one; a project outside adds its own with
// `registerFormatKind`, and nothing else has to know it.
#ifndef MASE_NUMERICS_NUMBERFORMAT_H
#define MASE_NUMERICS_NUMBERFORMAT_H

#include "mase/Numerics/Uniform.h"

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mase {

/// A value as a configuration writes it; std::monostate is MASE's "NA".
using FormatValue =
    std::variant<std::monostate, bool, int64_t, double, std::string,
                 std::vector<int64_t>, std::vector<double>>;

/// A key of a format with its value: {"frac_width", 4}.
struct FormatSetting {
  std::string key;
  FormatValue value;
  bool operator==(const FormatSetting &) const = default;
};

/// Text of a value in TOML: 4, "floor", [3, 2, 4], 0.25 (shortest digits that
/// read back as the same binary64), "NA".
std::string toText(const FormatValue &value);

/// A scale as text: the shortest digits that read back as the same binary32,
/// with a point, as TOML and MLIR want them.
std::string scaleText(float scale);

/// The slice of `axis` (negative: counted from the last) that has element
/// `index` of a row-major tensor of `shape`.
size_t sliceOf(int64_t index, absl::Span<const int64_t> shape, int axis);

/// A uniform format of a tensor: one UniformFormat, or one for each slice of an
/// axis, which have rounding, overflow and signedness in common.
struct UniformTensorFormat {
  /// What the slices share. Its width, scale and zero point are those of slices
  /// that `width`, `scale` and `zeroPoint` say nothing of.
  UniformFormat common;
  /// The axis that is cut into slices, of tensors with at least as many
  /// dimensions; negative axes count from the last. None: one slice.
  std::optional<int> axis;
  /// Empty, or one element a slice.
  std::vector<int> width;
  std::vector<float> scale;
  std::vector<int64_t> zeroPoint;

  bool operator==(const UniformTensorFormat &) const = default;

  /// The number of slices that the vectors are for; 0 if they are all empty:
  /// any number.
  size_t slices() const;
  /// The format of slice `i`.
  UniformFormat slice(size_t i) const;
  /// The widest slice's width, of which an array of codes is made.
  int maxWidth() const;
  int storageWidth() const;
  bool isNonNegative() const;
  /// The fixed-point format that all slices are: a power of two, no zero point,
  /// all codes, saturating, to nearest even or floor.
  std::optional<FixedPointFormat> fixedPoint() const;
  /// The same of slice `i` alone.
  std::optional<FixedPointFormat> fixedPoint(size_t i) const;
  /// The slice of element `index` of a row-major tensor of `shape`. `axis` must
  /// be within the rank.
  size_t sliceOf(int64_t index, absl::Span<const int64_t> shape) const;
  /// Why a tensor of `shape` (negative: a size that isn't known) cannot have
  /// this format: "expected 8 slices along axis 0, found 5".
  std::optional<std::string> mismatch(absl::Span<const int64_t> shape) const;
  /// Why there is no such format: "expected a width of 1 to 32, found 40".
  std::optional<std::string> invalid() const;
};

/// Integers of which the scale is still to be chosen: `frac_width = "auto"`, or
/// `scale = "auto"`. Calibration closes it; nothing can be rounded to it.
struct OpenFormat {
  /// What is known. Its scale says nothing, nor does its sign without
  /// `isSigned`.
  UniformFormat known;
  /// None: unsigned where no value is negative.
  std::optional<bool> isSigned;
  /// The scale is to be a power of two.
  bool powerOfTwo = true;
  /// The axis whose slices get a scale each; none: calibration's choice.
  std::optional<int> axis;

  bool operator==(const OpenFormat &) const = default;
};

UniformTensorFormat toUniformTensor(const FixedPointFormat &format);
UniformTensorFormat toUniformTensor(const UniformFormat &format);

/// A number format: a set of representable values and the rounding to them. It
/// acts on whole tensors, because some share a scale or an exponent between
/// elements. Cheap to copy, never empty; values are compared, ordered and
/// hashed by name and settings.
class NumberFormat {
public:
  /// A C++ function for generated code, which rounds one number.
  struct DeviceFunction {
    /// What the function is called: an identifier, `float name(float)`.
    std::string name;
    /// Its definition, and those that it needs: `MASE_DEVICE float name(float
    /// x) {…}`. It stands in a namespace of its own after
    /// `mase/Runtime/Cuda.h`, and is compiled for host and device; the bits are
    /// those of `quantize`.
    std::string source;
  };

  /// What a kind's formats implement. Immutable.
  class Model {
  public:
    virtual ~Model();
    /// The kind's name in configurations: "integer".
    virtual absl::string_view name() const = 0;
    /// The keys and values, without the name, of which the kind makes this
    /// format again; in a fixed order, and equal formats give equal ones.
    virtual std::vector<FormatSetting> settings() const = 0;
    /// Bits that a tensor of this shape takes when packed, everything shared
    /// (scales, zero points, block exponents) included.
    virtual int64_t packedBits(absl::Span<const int64_t> shape) const = 0;
    /// Bits of one element, for costs: the mean where elements differ.
    virtual double bitsPerElement() const = 0;
    /// Rounds every element of a row-major tensor to a value of the format.
    /// `in` and `out` have the product of `shape` elements and may be the same.
    virtual void quantize(absl::Span<const float> in,
                          absl::Span<const int64_t> shape,
                          absl::Span<float> out) const = 0;
    /// How many elements are clamped. Infinities count, NaN does not.
    virtual int64_t countSaturated(absl::Span<const float> values,
                                   absl::Span<const int64_t> shape) const;
    /// The integer codes that this is, or null: then layers compute in
    /// binary32 on rounded values.
    virtual const UniformTensorFormat *uniform() const;
    /// What there is of a format whose scale isn't chosen yet, or null. Such a
    /// format has the bits that it will have, and `quantize` leaves values as
    /// they are: who computes asks first, and says which layer is open.
    virtual const OpenFormat *open() const;
    /// Whether every value is at least +0.
    virtual bool isNonNegative() const;
    /// The same format for values that are known to be >= 0 (the input of a
    /// quantised ReLU), or null where there is no such variant.
    virtual std::shared_ptr<const Model> nonNegativeVariant() const;
    /// The rounding of one number as C++ text, for formats without `uniform`
    /// codes in which an element does not depend on the others. None: kernels
    /// and linalg code (which calls `quantize`) cannot compute with the format.
    virtual std::optional<DeviceFunction> deviceFunction() const;
    /// Why a tensor of `shape` cannot have this format; negative sizes are not
    /// known.
    virtual std::optional<std::string>
    mismatch(absl::Span<const int64_t> shape) const;
  };

  /// Implicit: these *are* number formats.
  NumberFormat(const FixedPointFormat &format);
  NumberFormat(const UniformFormat &format);
  NumberFormat(UniformTensorFormat format);
  NumberFormat(const OpenFormat &format);
  explicit NumberFormat(std::shared_ptr<const Model> model);

  const Model &operator*() const { return *shared->model; }
  const Model *operator->() const { return shared->model.get(); }

  /// The uniform format's fixed-point format, if it is one.
  std::optional<FixedPointFormat> fixedPoint() const;
  /// The variant for values >= 0, or the format itself.
  NumberFormat nonNegativeVariant() const;
  /// {name="integer", width=8, frac_width=4}: a TOML inline table, of which
  /// `makeNumberFormat` makes the same format.
  const std::string &text() const { return shared->text; }

  bool operator==(const NumberFormat &o) const {
    return shared == o.shared || text() == o.text();
  }
  std::strong_ordering operator<=>(const NumberFormat &o) const {
    return text().compare(o.text()) <=> 0;
  }
  // NOLINTNEXTLINE(readability-identifier-naming): Abseil's name
  template <typename H> friend H AbslHashValue(H h, const NumberFormat &f) {
    return H::combine(std::move(h), f.text());
  }

private:
  struct Shared {
    std::shared_ptr<const Model> model;
    std::string text;
  };
  std::shared_ptr<const Shared> shared;
};

/// Why nothing can be rounded to `format` yet, if it is open: "its scale is
/// still open ("auto"): --mase-calibrate chooses it".
std::optional<std::string> whyOpen(const NumberFormat &format);

/// Why settings make no format; `setting` is the index of the one that is to
/// blame, if a single one is.
struct FormatError {
  std::string message;
  std::optional<size_t> setting;
};

/// A name of configurations, with the keys that stand beside it.
class FormatKind {
public:
  virtual ~FormatKind();
  /// Names, the canonical one first: "integer", "fixed".
  virtual absl::Span<const std::string> names() const = 0;
  /// The keys that `make` knows: "width", "frac_width", ….
  virtual absl::Span<const std::string> keys() const = 0;
  /// The keys that may also be written once for all formats of a layer:
  /// "rounding".
  virtual absl::Span<const std::string> sharedKeys() const { return {}; }
  /// Why the value may not stand for the key, one of `keys`, by itself.
  virtual std::optional<std::string> check(const FormatSetting &setting,
                                           absl::string_view prefix) const = 0;
  /// The format of these settings, whose `name` is one of `names`. In messages
  /// keys have `prefix` before them ("weight_"): they are written so.
  virtual std::variant<NumberFormat, FormatError>
  make(absl::string_view name, absl::Span<const FormatSetting> settings,
       absl::string_view prefix) const = 0;
};

/// Makes a kind known. Names that are taken are a programming error, as in
/// MLIR's registrations. Not thread safe: before anything is parsed.
void registerFormatKind(std::unique_ptr<FormatKind> kind);
/// The kind that has the name, or null.
const FormatKind *findFormatKind(absl::string_view name);
/// All names of all kinds, those of this library first.
std::vector<std::string> formatKindNames();
/// All keys of all kinds, without repeats; those for all formats of a layer.
std::vector<std::string> formatKeys();
std::vector<std::string> sharedFormatKeys();
/// Why no kind that has the key takes the value (the first kind's words).
std::optional<std::string> checkFormatSetting(const FormatSetting &setting,
                                              absl::string_view prefix);

/// The format called `name`. Errors: no such kind, and what its `make` says.
std::variant<NumberFormat, FormatError>
makeNumberFormat(absl::string_view name,
                 absl::Span<const FormatSetting> settings,
                 absl::string_view prefix = "");

/// QONNX's and this project's names of a rounding ("nearest_even", "floor", …)
/// and back.
absl::string_view toString(Rounding rounding);
std::optional<Rounding> roundingFromString(absl::string_view name);
absl::string_view toString(Overflow overflow);
std::optional<Overflow> overflowFromString(absl::string_view name);

} // namespace mase

#endif // MASE_NUMERICS_NUMBERFORMAT_H
