// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "LeastSquares.h"

#include <cmath>
#include <numeric>

namespace mase {

FloatSums::FloatSums(const Blocks &z, const CalibrationKernels &kernels)
    : parts(z.withRows(2 * z.rows() + 1)), unit(size_t(z.rows()), 1.0),
      mean(size_t(z.rows())) {
  int64_t out = z.rows(), rows = parts.rows();
  for (int64_t o = 0; o < out; ++o) {
    double largest = 0;
    for (int64_t b = 0; b < z.blocks(); ++b)
      for (int l = 0; l < z.lanes(b); ++l)
        if (double v = std::fabs(double(z.row(b, o)[l])); std::isfinite(v))
          largest = std::max(largest, v);
    if (largest > 0)
      unit[size_t(o)] = std::ldexp(1.0, std::ilogb(largest) + 1 - 15);
    for (int64_t b = 0; b < z.blocks(); ++b)
      for (int l = 0; l < kLanes; ++l) {
        double v = std::rint(double(z.row(b, o)[l]) / unit[size_t(o)]);
        auto code = int32_t(v >= -0x1p15 && v <= 0x1p15 ? v : 0);
        parts.row(b, o)[l] = float(code >> 8);
        parts.row(b, out + o)[l] = float(code & 255);
      }
  }
  for (int64_t b = 0; b < z.blocks(); ++b)
    std::fill_n(parts.row(b, 2 * out), kLanes, 1.0f);
  parts.clearTail();
  std::vector<double> sums(size_t(rows * rows));
  kernels.gram(parts.data(), rows, parts.data(), rows, parts.blocks(),
               /*bytes=*/true, /*symmetric=*/true, sums.data());
  const double *ones = sums.data() + 2 * out * rows;
  for (int64_t o = 0; o < out; ++o)
    mean[size_t(o)] =
        (256 * ones[o] + ones[out + o]) / double(z.samples()) * unit[size_t(o)];
}

LeastSquares::LeastSquares(const Step &step, const FloatSums &sums,
                           const Blocks &x, double unit, bool bytes,
                           double ridge, const CalibrationKernels &kernels)
    : in(step.inRow()), out(step.outRow()), order(size_t(in)),
      factor(size_t(in * in)), normalised(size_t(in * in)), pivot(size_t(in)),
      lanes((out + 7) / 8 * 8), meanInput(size_t(in)), variance(size_t(in)) {
  int64_t rows = sums.parts.rows();
  std::vector<double> squares(size_t(in * in)), mixed(size_t(rows * in));
  kernels.gram(x.data(), in, x.data(), in, x.blocks(), bytes, true,
               squares.data());
  kernels.gram(sums.parts.data(), rows, x.data(), in, x.blocks(), bytes, false,
               mixed.data());
  // Without a bias nothing takes up the means: moments are about 0.
  bool centred = !step.bias.empty();
  double n = double(x.samples());
  const double *total = mixed.data() + 2 * out * in;
  auto covariance = [&](int64_t i, int64_t j) {
    double sum =
        i >= j ? squares[size_t(i * in + j)] : squares[size_t(j * in + i)];
    return (centred ? sum - total[i] * total[j] / n : sum) / n * unit * unit;
  };
  double trace = 0;
  for (int64_t i = 0; i < in; ++i) {
    meanInput[size_t(i)] = total[i] / n * unit;
    variance[size_t(i)] = covariance(i, i);
    trace += variance[size_t(i)];
  }
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return std::pair(-variance[size_t(a)], a) <
           std::pair(-variance[size_t(b)], b);
  });

  double lambda = ridge * trace / double(in);
  auto factorize = [&] {
    for (int64_t a = 0; a < in; ++a)
      for (int64_t b = 0; b <= a; ++b)
        factor[size_t(a * in + b)] =
            covariance(order[size_t(a)], order[size_t(b)]) +
            (a == b ? lambda : 0);
    kernels.factorize(factor.data(), in);
    // A pivot that rounding has left nothing of is none, NaN neither.
    for (int64_t j = 0; j < in; ++j)
      if (double d = factor[size_t(j * in + j)];
          !(d * d > 0x1p-40 * (variance[size_t(order[size_t(j)])] + lambda)))
        return false;
    return true;
  };
  if (trace == 0) {
    // Inputs that never change say nothing: weights stay as they are.
    lambda = 1;
    factorize();
  } else if (!factorize()) {
    singular = true;
    lambda = 1e-6 * trace / double(in);
    factorize();
  }
  for (int64_t j = 0; j < in; ++j) {
    double diagonal = factor[size_t(j * in + j)];
    pivot[size_t(j)] = diagonal * diagonal;
    for (int64_t i = 0; i < j; ++i)
      normalised[size_t(j * in + i)] = factor[size_t(j * in + i)] / diagonal;
  }

  target.assign(size_t(in * lanes), 0);
  for (int64_t j = 0; j < in; ++j)
    for (int64_t o = 0; o < out; ++o) {
      int64_t i = order[size_t(j)];
      double product =
          256 * mixed[size_t(o * in + i)] + mixed[size_t((out + o) * in + i)];
      product *= sums.unit[size_t(o)];
      if (centred)
        product -= sums.mean[size_t(o)] * total[i];
      target[size_t(j * lanes + o)] =
          product / n * unit + lambda * double(step.weight[size_t(o * in + i)]);
    }
  kernels.solve(factor.data(), in, target.data(), lanes);
}

} // namespace mase
