// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiled once per instruction set (MASE_KERNELS names it): everything here
// has internal linkage or is always inlined, so that no build leaks into
// another. Vectors are of one size everywhere, 64 bytes, whatever the machine
// has: partial sums, and so the bits, are those of a lane.
#include "CodeChangeKernels.h"

#include "mase/Numerics/Elementary.h"

namespace mase {
namespace {

/// Vectors of `sums` that registers hold.
#if defined(__AVX512F__)
constexpr int kTileRows = 4, kTileColumns = 4;
#else
constexpr int kTileRows = 2, kTileColumns = 2;
#endif

template <typename Vector, bool Fuses, int Rows, int Columns>
void gramTile(const float *a, int64_t strideA, const float *b, int64_t strideB,
              int64_t blocks, double *sums, int64_t stride) {
  constexpr int kWidth = int(sizeof(Vector) / sizeof(Vector{}[0]));
  // 256 products of bytes are below 2^24.
  constexpr int64_t kExactBlocks = 256 * kWidth / kLanes;
  for (int i = 0; i < Rows; ++i)
    for (int j = 0; j < Columns; ++j)
      sums[i * stride + j] = 0;
  for (int64_t first = 0; first < blocks; first += kExactBlocks) {
    int64_t end = first + kExactBlocks < blocks ? first + kExactBlocks : blocks;
    Vector partial[Rows][Columns] = {};
    for (int64_t k = first; k < end; ++k)
      for (int l = 0; l < kLanes; l += kWidth) {
        Vector x[Rows], y;
        for (int i = 0; i < Rows; ++i)
          load(x[i], a + k * strideA + i * kLanes + l);
        for (int j = 0; j < Columns; ++j) {
          load(y, b + k * strideB + j * kLanes + l);
          for (int i = 0; i < Rows; ++i)
            if (Fuses)
              multiplyAdd(partial[i][j], x[i], y);
            else
              partial[i][j] = x[i] * y + partial[i][j];
        }
      }
    for (int i = 0; i < Rows; ++i)
      for (int j = 0; j < Columns; ++j)
        for (int l = 0; l < kWidth; ++l)
          sums[i * stride + j] += double(partial[i][j][l]);
  }
}

template <typename Vector, bool Fuses>
void gramOf(const float *a, int64_t rowsA, const float *b, int64_t rowsB,
            int64_t blocks, bool symmetric, double *sums) {
  int64_t strideA = rowsA * kLanes, strideB = rowsB * kLanes;
  constexpr int R = kTileRows, C = kTileColumns;
  for (int64_t i = 0; i < rowsA;) {
    bool fullRows = rowsA - i >= R;
    for (int64_t j = 0; j < rowsB;) {
      if (symmetric && j > i + R - 1)
        break;
      bool fullColumns = rowsB - j >= C;
      double *to = sums + i * rowsB + j;
      const float *x = a + i * kLanes, *y = b + j * kLanes;
      if (fullRows && fullColumns)
        gramTile<Vector, Fuses, R, C>(x, strideA, y, strideB, blocks, to,
                                      rowsB);
      else if (fullRows)
        gramTile<Vector, Fuses, R, 1>(x, strideA, y, strideB, blocks, to,
                                      rowsB);
      else if (fullColumns)
        gramTile<Vector, Fuses, 1, C>(x, strideA, y, strideB, blocks, to,
                                      rowsB);
      else
        gramTile<Vector, Fuses, 1, 1>(x, strideA, y, strideB, blocks, to,
                                      rowsB);
      j += fullColumns ? C : 1;
    }
    i += fullRows ? R : 1;
  }
}

void gram(const float *a, int64_t rowsA, const float *b, int64_t rowsB,
          int64_t blocks, bool bytes, bool symmetric, double *sums) {
  (bytes ? gramOf<Floats, true>
         : gramOf<Doubles, true>)(a, rowsA, b, rowsB, blocks, symmetric, sums);
}

void gramRounded(const float *a, int64_t rowsA, const float *b, int64_t rowsB,
                 int64_t blocks, bool symmetric, double *sums) {
  gramOf<Floats, false>(a, rowsA, b, rowsB, blocks, symmetric, sums);
}

void toCodes(const float *x, float scale, float lowest, float highest,
             float *codes, int64_t count) {
  Divider divider(scale);
  float f = divider.factor;
  if (divider.multiplies)
    for (int64_t i = 0; i < count; ++i)
      codes[i] = __builtin_rintf(clamped(x[i] * f, lowest, highest)) + 0.0f;
  else
    for (int64_t i = 0; i < count; ++i)
      codes[i] = __builtin_rintf(clamped(x[i] / f, lowest, highest)) + 0.0f;
}

void toBytes(const float *x, float scale, float lowest, float highest,
             int offset, int64_t rows, int64_t blocks, uint32_t *bytes) {
  alignas(64) float codes[kLanes];
  for (int64_t b = 0; b < blocks; ++b)
    for (int64_t r = 0; r < rows; r += 4, bytes += kLanes) {
      int64_t features = rows - r < 4 ? rows - r : 4;
      for (int l = 0; l < kLanes; ++l)
        bytes[l] = 0;
      for (int64_t k = 0; k < features; ++k, x += kLanes) {
        toCodes(x, scale, lowest, highest, codes, kLanes);
        for (int l = 0; l < kLanes; ++l)
          bytes[l] |= uint32_t(int32_t(codes[l]) + offset) << (8 * k);
      }
    }
}

double squaredError(const float *x, int64_t rows, int64_t samples, float scale,
                    float lowest, float highest) {
  Divider divider(scale);
  float f = divider.factor;
  alignas(64) double sums[kLanes] = {};
  alignas(64) float error[kLanes];
  for (int64_t first = 0; first < samples; first += kLanes)
    for (int64_t r = 0; r < rows; ++r, x += kLanes) {
      for (int l = 0; l < kLanes; ++l) {
        float v = divider.multiplies ? x[l] * f : x[l] / f;
        error[l] = x[l] - __builtin_rintf(clamped(v, lowest, highest)) * scale;
      }
      int lanes = samples - first < kLanes ? int(samples - first) : kLanes;
      for (int l = 0; l < lanes; ++l)
        sums[l] += double(error[l]) * double(error[l]);
    }
  double total = 0;
  for (double sum : sums)
    total += sum;
  return total;
}

void factorize(double *h, int64_t n) {
  for (int64_t j = n; j-- > 0;) {
    double *__restrict row = h + j * n;
    double diagonal = __builtin_sqrt(row[j]);
    row[j] = diagonal;
    for (int64_t i = 0; i < j; ++i)
      row[i] = row[i] / diagonal;
    for (int64_t a = 0; a < j; ++a) {
      double *__restrict other = h + a * n;
      double x = row[a];
      for (int64_t b = 0; b <= a; ++b)
        other[b] = other[b] - x * row[b];
    }
  }
}

MASE_ALWAYS_INLINE Doubles loadDoubles(const double *from) {
  Doubles v;
  memcpy(&v, from, sizeof v);
  return v;
}
MASE_ALWAYS_INLINE void store(double *to, Doubles v) {
  memcpy(to, &v, sizeof v);
}

void solve(const double *factor, int64_t n, double *b, int64_t lanes) {
  constexpr int kGroup = 8;
  for (int64_t first = 0; first < lanes; first += kGroup) {
    double *x = b + first;
    // L^T y = b, from the last row on.
    for (int64_t j = n; j-- > 0;) {
      Doubles y = loadDoubles(x + j * lanes) / factor[j * n + j];
      store(x + j * lanes, y);
      for (int64_t i = 0; i < j; ++i)
        store(x + i * lanes,
              loadDoubles(x + i * lanes) - y * factor[j * n + i]);
    }
    // L w = y.
    for (int64_t j = 0; j < n; ++j) {
      Doubles w = loadDoubles(x + j * lanes);
      for (int64_t i = 0; i < j; ++i)
        w = w - loadDoubles(x + i * lanes) * factor[j * n + i];
      store(x + j * lanes, w / factor[j * n + j]);
    }
  }
}

/// `Groups` vectors of lanes, from lane `first` on.
template <int Groups> void feedbackOf(const Feedback &p, int64_t first) {
  // 1.5 * 2^52: a sum there has an ulp of 1.
  constexpr double kMagic = 6755399441055744.0;
  constexpr int kGroup = Feedback::kGroup;
  Doubles step[Groups], inverse[Groups], lowest[Groups], highest[Groups],
      cost[Groups] = {};
  for (int g = 0; g < Groups; ++g) {
    int64_t at = first + g * kGroup;
    step[g] = loadDoubles(p.step + at);
    inverse[g] = 1.0 / step[g];
    lowest[g] = loadDoubles(p.lowest + at);
    highest[g] = loadDoubles(p.highest + at);
  }
  for (int64_t j = 0; j < p.in; ++j) {
    Doubles wanted[Groups], corrected[Groups];
    for (int g = 0; g < Groups; ++g)
      corrected[g] = wanted[g] =
          loadDoubles(p.target + j * p.lanes + first + g * kGroup);
    if (p.factor)
      for (int64_t i = 0; i < j; ++i) {
        double f = p.factor[j * p.in + i];
        for (int g = 0; g < Groups; ++g)
          corrected[g] = corrected[g] -
                         loadDoubles(p.errors + (i * Groups + g) * kGroup) * f;
      }
    double pivot = p.pivot ? p.pivot[j] : 1.0;
    for (int g = 0; g < Groups; ++g) {
      Doubles code = corrected[g] * inverse[g];
      code = code < lowest[g] ? lowest[g] : code;
      code = code > highest[g] ? highest[g] : code;
      code = (code + kMagic) - kMagic;
      Doubles value = code * step[g], miss = value - corrected[g];
      store(p.codes + j * p.lanes + first + g * kGroup, code);
      store(p.errors + (j * Groups + g) * kGroup, value - wanted[g]);
      cost[g] = cost[g] + miss * miss * pivot;
    }
  }
  for (int g = 0; g < Groups; ++g)
    store(p.cost + first + g * kGroup, cost[g]);
}

void feedback(const Feedback &p) {
  for (int64_t first = 0; first < p.lanes;) {
    int64_t groups = (p.lanes - first) / Feedback::kGroup;
    switch (groups) {
    case 1:
      feedbackOf<1>(p, first);
      return;
    case 2:
      feedbackOf<2>(p, first);
      return;
    case 3:
      feedbackOf<3>(p, first);
      return;
    default:
      feedbackOf<4>(p, first);
      first += 4 * Feedback::kGroup;
    }
  }
}

/// One block of a network's results as those of all classes: a binary
/// classifier's with the class 0 before them.
MASE_ALWAYS_INLINE const float *
allClasses(const float *values, ClassifierOutput output, float *both) {
  if (!output.isBinary())
    return values;
  for (int l = 0; l < kLanes; ++l) {
    float v = values[l];
    both[kLanes + l] = v;
    both[l] = output.kind == OutputKind::Logits ? 0.0f
              : output.kind == OutputKind::Probabilities
                  ? 1.0f - v
                  : logF32(1.0f - expF32(v));
  }
  return both;
}

/// exp(d) for d <= 0; below -87, where it vanishes beside exp(0), exp(-87).
MASE_ALWAYS_INLINE float expOfDifference(float d) {
  d = d < -87.0f ? -87.0f : d; // NaN stays
  const detail::ReducedExp e = detail::reducedExp(d);
  return e.p * floatOf((bitsOf(e.shifted) << 23) + (127u << 23));
}

/// max and sum_c exp(x_c - max) of each lane.
MASE_ALWAYS_INLINE void sumOfExponentials(const float *x, int64_t classes,
                                          float *max, float *sum) {
  for (int l = 0; l < kLanes; ++l) {
    max[l] = x[l];
    sum[l] = 0.0f;
  }
  for (int64_t c = 1; c < classes; ++c)
    for (int l = 0; l < kLanes; ++l)
      max[l] = x[c * kLanes + l] > max[l] ? x[c * kLanes + l] : max[l];
  for (int64_t c = 0; c < classes; ++c)
    for (int l = 0; l < kLanes; ++l)
      sum[l] += expOfDifference(x[c * kLanes + l] - max[l]);
}

void probabilities(const float *values, ClassifierOutput output, int64_t blocks,
                   float *p) {
  alignas(64) float both[2 * kLanes], max[kLanes], sum[kLanes];
  int64_t classes = output.classes();
  for (int64_t b = 0; b < blocks;
       ++b, values += output.size * kLanes, p += classes * kLanes) {
    const float *x = allClasses(values, output, both);
    if (output.kind == OutputKind::Logits)
      sumOfExponentials(x, classes, max, sum);
    for (int64_t c = 0; c < classes; ++c)
      for (int l = 0; l < kLanes; ++l) {
        float v = x[c * kLanes + l];
        p[c * kLanes + l] = output.kind == OutputKind::Logits
                                ? expOfDifference(v - max[l]) / sum[l]
                            : output.kind == OutputKind::Probabilities
                                ? v
                                : expF32(v);
      }
  }
}

/// The losses of a block's first `samples`, of which the others are made 0.
MASE_ALWAYS_INLINE double sumOfLosses(float *loss, int64_t samples,
                                      float *each) {
  for (int64_t l = samples; l < kLanes; ++l)
    loss[l] = 0.0f;
  if (each)
    memcpy(each, loss, kLanes * sizeof *loss);
  Doubles total = {}, part;
  for (int l = 0; l < kLanes; l += 8) {
    load(part, loss + l);
    total = total + part;
  }
  double sum = 0;
  for (int l = 0; l < 8; ++l)
    sum += total[l];
  return sum;
}

void weightedSquares(const float *values, int64_t rows, const float *targets,
                     const float *weights, int64_t samples, double *sums,
                     float *each) {
  alignas(64) float loss[kLanes];
  for (int64_t first = 0; first < samples;
       first += kLanes, each += each ? kLanes : 0) {
    for (int l = 0; l < kLanes; ++l)
      loss[l] = 0.0f;
    for (int64_t r = 0; r < rows; ++r, values += kLanes, targets += kLanes)
      for (int l = 0; l < kLanes; ++l) {
        float d = values[l] - targets[l];
        loss[l] += weights[r] * (d * d);
      }
    *sums++ = sumOfLosses(loss, samples - first, each);
  }
}

void crossEntropy(const float *values, ClassifierOutput output, const float *p,
                  int64_t samples, double *sums, float *each) {
  alignas(64) float both[2 * kLanes], max[kLanes], sum[kLanes], loss[kLanes];
  int64_t classes = output.classes();
  for (int64_t first = 0; first < samples; first += kLanes,
               values += output.size * kLanes, p += classes * kLanes,
               each += each ? kLanes : 0) {
    const float *x = allClasses(values, output, both);
    if (output.kind == OutputKind::Logits) {
      sumOfExponentials(x, classes, max, sum);
      for (int l = 0; l < kLanes; ++l)
        loss[l] = logF32Normal(sum[l]); // at least 1, or NaN
    } else {
      for (int l = 0; l < kLanes; ++l)
        loss[l] = max[l] = 0.0f;
    }
    for (int64_t c = 0; c < classes; ++c)
      for (int l = 0; l < kLanes; ++l) {
        float v = x[c * kLanes + l];
        if (output.kind == OutputKind::Probabilities) {
          v = logF32(v);
          v = v < -100.0f ? -100.0f : v; // as Metrics has it; NaN stays
        }
        // A probability of 0 asks for nothing, not even of -infinity.
        float q = p[c * kLanes + l], term = q * (v - max[l]);
        loss[l] -= q == 0.0f ? 0.0f : term;
      }
    *sums++ = sumOfLosses(loss, samples - first, each);
  }
}

void differences(const float *__restrict here, const float *__restrict up,
                 const float *__restrict down, float units,
                 float *__restrict slope, float *__restrict curvature) {
  for (int l = 0; l < kLanes; ++l) {
    float rise = up[l] - here[l], fall = down[l] - here[l];
    float bend = (rise + fall) / (units * units);
    slope[l] = (rise - fall) / (2 * units);
    curvature[l] = bend > 0 ? bend : 0.0f;
  }
}

void weigh(const float *__restrict x, const float *__restrict weight,
           int64_t rows, bool adds, float *__restrict y) {
  for (int64_t r = 0; r < rows; ++r, x += kLanes, y += kLanes)
    for (int l = 0; l < kLanes; ++l)
      y[l] = (adds ? y[l] : 0.0f) + x[l] * weight[l];
}

} // namespace

namespace MASE_KERNELS {
extern const CalibrationKernels calibrationKernels;
const CalibrationKernels calibrationKernels = {
    gram,         gramRounded,   toCodes,      toBytes,
    squaredError, factorize,     solve,        feedback,
    differences,  weigh,         changeCodes,  changeCodesOfSums,
    addProducts,  probabilities, crossEntropy, weightedSquares};
} // namespace MASE_KERNELS
} // namespace mase
