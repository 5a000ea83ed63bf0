// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The order of hidden features in the words of a kernel.
#include "FeatureOrder.h"

#include "mase/Dialect/MaseKernel/IR/StageCode.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mase;
using namespace mase::kernel;

//===----------------------------------------------------------------------===//
// Which order
//===----------------------------------------------------------------------===//

namespace {

/// The features of a word, and who reads them.
class Words {
public:
  Words(ArrayRef<int64_t> weights, size_t in)
      : readers(in, llvm::BitVector(unsigned(weights.size() / in))) {
    for (auto [k, weight] : llvm::enumerate(weights))
      if (weight != 0)
        readers[k % in].set(unsigned(k / in));
  }

  SmallVector<int64_t> order() {
    group();
    while (exchange())
      ;
    SmallVector<int64_t> result;
    for (Word &word : words) {
      pair(word);
      llvm::append_range(result, word);
    }
    return result;
  }

private:
  using Word = SmallVector<int64_t, kCodesOfWord>;
  std::vector<llvm::BitVector> readers; ///< of each feature: its outputs
  std::vector<Word> words;

  /// The outputs that read any of the features: products of their word.
  int64_t costOf(ArrayRef<int64_t> features) const {
    llvm::BitVector any(readers.front().size());
    for (int64_t feature : features)
      any |= readers[size_t(feature)];
    return any.count();
  }

  /// From the feature that most read on, each with those that add least.
  void group() {
    SmallVector<int64_t> left =
        llvm::to_vector(llvm::seq<int64_t>(0, int64_t(readers.size())));
    llvm::sort(left, [&](int64_t a, int64_t b) {
      const auto readsA = readers[size_t(a)].count(),
                 readsB = readers[size_t(b)].count();
      return readsA != readsB ? readsA > readsB : a < b;
    });
    while (!left.empty()) {
      Word &word = words.emplace_back(Word{left.front()});
      left.erase(left.begin());
      while (word.size() < kCodesOfWord && !left.empty()) {
        auto costWith = [&](int64_t feature) {
          Word more = word;
          more.push_back(feature);
          return costOf(more);
        };
        auto best = llvm::min_element(left, [&](int64_t a, int64_t b) {
          return costWith(a) < costWith(b);
        });
        word.push_back(*best);
        left.erase(best);
      }
    }
  }

  /// Exchanges features of two words where that helps; false if none does.
  bool exchange() {
    bool helped = false;
    for (size_t a = 0; a < words.size(); ++a)
      for (size_t b = a + 1; b < words.size(); ++b)
        for (size_t i = 0; i < words[a].size(); ++i)
          for (size_t j = 0; j < words[b].size(); ++j) {
            const int64_t before = costOf(words[a]) + costOf(words[b]);
            std::swap(words[a][i], words[b][j]);
            if (costOf(words[a]) + costOf(words[b]) < before)
              helped = true;
            else
              std::swap(words[a][i], words[b][j]);
          }
    return helped;
  }

  /// Of the three ways to make two pairs of a word the one with least products.
  void pair(Word &word) {
    if (word.size() < kCodesOfWord)
      return;
    auto cost = [&](const Word &way) {
      return costOf({way[0], way[2]}) + costOf({way[1], way[3]});
    };
    const Word ways[] = {word,
                         {word[0], word[2], word[1], word[3]},
                         {word[0], word[1], word[3], word[2]}};
    word = *llvm::min_element(
        ways, [&](const Word &a, const Word &b) { return cost(a) < cost(b); });
  }
};

} // namespace

int64_t mase::kernel::countNonZeroWords(ArrayRef<int64_t> weights, size_t in) {
  int64_t count = 0;
  for (size_t row = 0; row < weights.size(); row += in)
    for (size_t i = 0; i < in; i += kCodesOfWord)
      count += llvm::any_of(
          weights.slice(row + i, std::min<size_t>(kCodesOfWord, in - i)),
          [](int64_t weight) { return weight != 0; });
  return count;
}

int64_t mase::kernel::leastNonZeroWords(ArrayRef<int64_t> weights, size_t in) {
  int64_t count = 0;
  for (size_t row = 0; row < weights.size(); row += in) {
    const auto zeros = size_t(llvm::count(weights.slice(row, in), 0));
    count += int64_t(llvm::divideCeil(in - zeros, kCodesOfWord));
  }
  return count;
}

SmallVector<int64_t> mase::kernel::orderOfFeatures(ArrayRef<int64_t> weights,
                                                   size_t in) {
  return Words(weights, in).order();
}

//===----------------------------------------------------------------------===//
// Putting features in order
//===----------------------------------------------------------------------===//

bool mase::kernel::hasFreeOrder(StageOp producer) {
  Operation *head = headOf(producer);
  if (!isa_and_nonnull<DotOp, kernel::LinearOp>(head) || particlesOf(head) != 1)
    return false;
  // A word that isn't full has its codes first.
  return llvm::all_of(
      producer.getBody().front().without_terminator(), [&](Operation &op) {
        return &op == head ||
               llvm::none_of(op.getOperands(), llvm::IsaPred<BlockArgument>);
      });
}

/// Rows of a table, or elements, in order.
static DenseElementsAttr ordered(DenseElementsAttr table,
                                 ArrayRef<int64_t> order) {
  auto values = llvm::to_vector(table.getValues<Attribute>());
  const size_t row = values.size() / order.size();
  SmallVector<Attribute> result;
  for (int64_t from : order)
    llvm::append_range(result, ArrayRef(values).slice(size_t(from) * row, row));
  return DenseElementsAttr::get(table.getType(), result);
}

/// One element for all stays.
template <typename T>
static SmallVector<T> orderedList(ArrayRef<T> list, ArrayRef<int64_t> order) {
  if (list.size() < 2)
    return llvm::to_vector(list);
  return llvm::map_to_vector(order,
                             [&](int64_t from) { return list[size_t(from)]; });
}

static NumberFormatAttrInterface ordered(NumberFormatAttrInterface format,
                                         ArrayRef<int64_t> order) {
  UniformTensorFormat slices = *format.getUniform();
  if (slices.slices() < 2)
    return format;
  auto inOrder = [&](auto &list) {
    auto result = orderedList(ArrayRef(list), order);
    list.assign(result.begin(), result.end());
  };
  inOrder(slices.width);
  inOrder(slices.scale);
  inOrder(slices.zeroPoint);
  return getFormatAttr(format.getContext(), slices);
}

/// Whether `format` of weights has slices that are outputs, or inputs.
static bool hasSlicesOf(NumberFormatAttrInterface format, int axis) {
  UniformTensorFormat slices = *format.getUniform();
  return slices.slices() > 1 && slices.axis && (*slices.axis + 2) % 2 == axis;
}

static void orderResults(StageOp producer, ArrayRef<int64_t> order) {
  for (Operation &op : producer.getBody().front().without_terminator())
    TypeSwitch<Operation *>(&op)
        .Case([&](DotOp dot) {
          dot.setWeightAttr(ordered(dot.getWeight(), order));
          if (hasSlicesOf(dot.getWeightFormat(), 0))
            dot.setWeightFormatAttr(ordered(dot.getWeightFormat(), order));
          if (dot.getInit())
            dot.setInitAttr(ordered(*dot.getInit(), order));
          if (dot.getBiasFormat())
            dot.setBiasFormatAttr(ordered(*dot.getBiasFormat(), order));
          if (dot.getProductShift())
            dot.setProductShift(orderedList(*dot.getProductShift(), order));
        })
        .Case([&](kernel::LinearOp linear) {
          linear.setWeightAttr(ordered(linear.getWeight(), order));
          if (linear.getBias())
            linear.setBiasAttr(ordered(*linear.getBias(), order));
        })
        .Case([&](kernel::ConstantOp constant) {
          constant.setValueAttr(ordered(constant.getValue(), order));
        })
        .Case([&](kernel::AffineOp affine) {
          affine.setScaleAttr(ordered(affine.getScale(), order));
          affine.setShiftAttr(ordered(affine.getShift(), order));
        })
        .Case([&](kernel::DequantizeOp dequantize) {
          dequantize.setScale(orderedList(dequantize.getScale(), order));
          if (dequantize.getZeroPoint())
            dequantize.setZeroPoint(
                orderedList(*dequantize.getZeroPoint(), order));
        })
        .Case([&](kernel::QuantizeOp quantize) {
          quantize.setFormatAttr(ordered(quantize.getFormat(), order));
          if (quantize.getScale()) {
            quantize.setScaleAttr(ordered(*quantize.getScale(), order));
            quantize.setShiftAttr(ordered(*quantize.getShift(), order));
          }
          if (quantize.getFactor())
            quantize.setFactor(orderedList(*quantize.getFactor(), order));
          if (quantize.getDivisor())
            quantize.setDivisor(orderedList(*quantize.getDivisor(), order));
          if (quantize.getCodeShift())
            quantize.setCodeShift(orderedList(*quantize.getCodeShift(), order));
        });
}

void mase::kernel::orderFeatures(StageOp producer, DotOp reader,
                                 ArrayRef<int64_t> order) {
  orderResults(producer, order);
  reader.setDataAttr(ordered(reader.getData(), order));
  if (hasSlicesOf(reader.getWeightFormat(), 1))
    reader.setWeightFormatAttr(ordered(reader.getWeightFormat(), order));
  auto values = llvm::to_vector(reader.getWeight().getValues<Attribute>());
  SmallVector<Attribute> weights;
  for (size_t row = 0; row < values.size(); row += order.size())
    for (int64_t from : order)
      weights.push_back(values[row + size_t(from)]);
  reader.setWeightAttr(
      DenseElementsAttr::get(reader.getWeight().getType(), weights));
}
