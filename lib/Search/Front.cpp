// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Dominance, Pareto fronts and ranks.
#include "mase/Search/Front.h"

#include <algorithm>
#include <numeric>

using namespace mase;

bool mase::dominates(llvm::ArrayRef<double> a, llvm::ArrayRef<double> b) {
  bool better = false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i])
      return false;
    better |= a[i] < b[i];
  }
  return better;
}

std::vector<size_t> mase::paretoFront(llvm::ArrayRef<Losses> losses) {
  // In lexicographic order a vector can only be dominated by an earlier one,
  // and the first of equals comes first.
  std::vector<size_t> order(losses.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return losses[a] != losses[b] ? losses[a] < losses[b] : a < b;
  });
  std::vector<size_t> front;
  for (size_t i : order) {
    bool covered;
    if (losses[i].size() <= 2)
      // Of two objectives the first grows along the order, so the last member
      // has the smallest second.
      covered =
          !front.empty() && losses[front.back()].back() <= losses[i].back();
    else
      covered = std::any_of(front.begin(), front.end(), [&](size_t f) {
        return losses[f] == losses[i] || dominates(losses[f], losses[i]);
      });
    if (!covered)
      front.push_back(i);
  }
  std::sort(front.begin(), front.end());
  return front;
}

void NonDominatedRanks::add(Losses losses) {
  uint32_t number = uint32_t(all.size());
  all.push_back(std::move(losses));
  // The vector goes into the first front that does not dominate it; what it
  // dominates there moves down one front, and so on. What a front dominates
  // every earlier one dominates too, so that front is found by halving.
  auto isDominated = [&](const std::vector<uint32_t> &front) {
    return std::any_of(front.begin(), front.end(), [&](uint32_t member) {
      return dominates(all[member], all[number]);
    });
  };
  size_t level =
      size_t(std::partition_point(levels.begin(), levels.end(), isDominated) -
             levels.begin());
  std::vector<uint32_t> moving = {number};
  for (;; ++level) {
    if (level == levels.size()) {
      levels.push_back(std::move(moving));
      return;
    }
    std::vector<uint32_t> &front = levels[level];
    std::vector<uint32_t> stay, down;
    for (uint32_t member : front) {
      bool dominated =
          std::any_of(moving.begin(), moving.end(), [&](uint32_t m) {
            return dominates(all[m], all[member]);
          });
      (dominated ? down : stay).push_back(member);
    }
    stay.insert(stay.end(), moving.begin(), moving.end());
    std::sort(stay.begin(), stay.end());
    front = std::move(stay);
    if (down.empty())
      return;
    moving = std::move(down);
  }
}
