// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Features that the same outputs read, four by four.
#include "mase/Numerics/WordOrder.h"

#include <algorithm>
#include <numeric>

namespace mase {
namespace {

/// The features of a word, and who reads them.
class Words {
public:
  Words(absl::Span<const int64_t> weights, size_t in)
      : masks((weights.size() / in + 63) / 64), readers(in * masks, 0) {
    for (size_t k = 0; k < weights.size(); ++k)
      if (size_t out = k / in; weights[k] != 0)
        readers[k % in * masks + out / 64] |= uint64_t(1) << out % 64;
    counts.resize(in);
    for (size_t i = 0; i < in; ++i)
      counts[i] = costOf({int64_t(i)});
  }

  std::vector<int64_t> order() {
    group();
    while (exchange())
      ;
    std::vector<int64_t> result;
    for (Word &word : words) {
      pair(word);
      result.insert(result.end(), word.begin(), word.end());
    }
    return result;
  }

private:
  using Word = std::vector<int64_t>;

  /// The outputs that read any of the features: products of their word.
  int64_t costOf(absl::Span<const int64_t> features) const {
    int64_t cost = 0;
    for (size_t m = 0; m < masks; ++m) {
      uint64_t any = 0;
      for (int64_t feature : features)
        any |= readers[size_t(feature) * masks + m];
      cost += __builtin_popcountll(any);
    }
    return cost;
  }

  /// From the feature that most read on, each with those that add least.
  void group() {
    std::vector<int64_t> left(counts.size());
    std::iota(left.begin(), left.end(), 0);
    std::sort(left.begin(), left.end(), [&](int64_t a, int64_t b) {
      const int64_t readsA = counts[size_t(a)], readsB = counts[size_t(b)];
      return readsA != readsB ? readsA > readsB : a < b;
    });
    while (!left.empty()) {
      Word &word = words.emplace_back(Word{left.front()});
      left.erase(left.begin());
      while (int64_t(word.size()) < kCodesOfWord && !left.empty()) {
        word.push_back(0);
        size_t best = 0;
        int64_t leastCost = 0;
        for (size_t i = 0; i < left.size(); ++i) {
          word.back() = left[i];
          int64_t cost = costOf(word);
          if (i == 0 || cost < leastCost) {
            best = i;
            leastCost = cost;
          }
        }
        word.back() = left[best];
        left.erase(left.begin() + ptrdiff_t(best));
      }
    }
  }

  /// Exchanges features of two words where that helps; false if none does.
  bool exchange() {
    bool helped = false;
    for (size_t a = 0; a < words.size(); ++a)
      for (size_t b = a + 1; b < words.size(); ++b) {
        int64_t before = costOf(words[a]) + costOf(words[b]);
        for (int64_t &i : words[a])
          for (int64_t &j : words[b]) {
            std::swap(i, j);
            if (int64_t cost = costOf(words[a]) + costOf(words[b]);
                cost < before) {
              helped = true;
              before = cost;
            } else {
              std::swap(i, j);
            }
          }
      }
    return helped;
  }

  /// Of the three ways to make two pairs of a word the one with least products.
  void pair(Word &word) {
    if (int64_t(word.size()) < kCodesOfWord)
      return;
    auto cost = [&](const Word &way) {
      return costOf({way[0], way[2]}) + costOf({way[1], way[3]});
    };
    const Word ways[] = {word,
                         {word[0], word[2], word[1], word[3]},
                         {word[0], word[1], word[3], word[2]}};
    word = *std::min_element(
        std::begin(ways), std::end(ways),
        [&](const Word &a, const Word &b) { return cost(a) < cost(b); });
  }

  size_t masks;                  ///< of 64 outputs
  std::vector<uint64_t> readers; ///< [features][masks]: the outputs of each
  std::vector<int64_t> counts;   ///< of the readers of each feature
  std::vector<Word> words;
};

} // namespace

int64_t countNonZeroWords(absl::Span<const int64_t> weights, size_t in,
                          absl::Span<const int64_t> order) {
  int64_t count = 0;
  for (size_t row = 0; row < weights.size(); row += in)
    for (size_t i = 0; i < in; i += kCodesOfWord) {
      absl::Span<const int64_t> word = order.subspan(i, kCodesOfWord);
      count += std::any_of(word.begin(), word.end(), [&](int64_t feature) {
        return weights[row + size_t(feature)] != 0;
      });
    }
  return count;
}

int64_t countNonZeroWords(absl::Span<const int64_t> weights, size_t in) {
  std::vector<int64_t> natural(in);
  std::iota(natural.begin(), natural.end(), 0);
  return countNonZeroWords(weights, in, natural);
}

int64_t leastNonZeroWords(absl::Span<const int64_t> weights, size_t in) {
  int64_t count = 0;
  for (size_t row = 0; row < weights.size(); row += in) {
    absl::Span<const int64_t> ofRow = weights.subspan(row, in);
    const int64_t nonZero =
        int64_t(in) - std::count(ofRow.begin(), ofRow.end(), 0);
    count += (nonZero + kCodesOfWord - 1) / kCodesOfWord;
  }
  return count;
}

std::vector<int64_t> orderOfFeatures(absl::Span<const int64_t> weights,
                                     size_t in) {
  return Words(weights, in).order();
}

} // namespace mase
