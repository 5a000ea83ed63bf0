// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a batch through two networks that mase-translate printed as `first` and
// `second` (--cuda-name), each of 16 features and 5 classes, and counts how
// often they choose the same class.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

constexpr int kFeatures = 16, kClasses = 5;
constexpr int64_t kSamples = 1000;

#ifdef USE_GPU
#include <cuda_runtime.h>

extern "C" cudaError_t first_launch(const float *input, float *output,
                                    int64_t count, cudaStream_t stream);
extern "C" cudaError_t second_launch(const float *input, float *output,
                                     int64_t count, cudaStream_t stream);

static void check(cudaError_t error, const char *what) {
  if (error == cudaSuccess)
    return;
  std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(error));
  std::exit(1);
}

template <typename Launch>
static std::vector<float> run(Launch launch, const std::vector<float> &x) {
  std::vector<float> y(kSamples * kClasses);
  const size_t inputBytes = x.size() * sizeof(float);
  const size_t outputBytes = y.size() * sizeof(float);
  // cudaMalloc aligns to more than the 16 bytes that the kernel asks for.
  float *input, *output;
  cudaStream_t stream;
  check(cudaStreamCreate(&stream), "cudaStreamCreate");
  check(cudaMalloc(&input, inputBytes), "cudaMalloc");
  check(cudaMalloc(&output, outputBytes), "cudaMalloc");
  check(cudaMemcpyAsync(input, x.data(), inputBytes, cudaMemcpyHostToDevice,
                        stream),
        "copy");
  check(launch(input, output, kSamples, stream), "launch");
  check(cudaMemcpyAsync(y.data(), output, outputBytes, cudaMemcpyDeviceToHost,
                        stream),
        "copy");
  check(cudaStreamSynchronize(stream), "kernel");
  check(cudaFree(input), "cudaFree");
  check(cudaFree(output), "cudaFree");
  check(cudaStreamDestroy(stream), "cudaStreamDestroy");
  return y;
}
#define FIRST first_launch
#define SECOND second_launch
#else
extern "C" void first_host(const float *input, float *output, int64_t count);
extern "C" void second_host(const float *input, float *output, int64_t count);

template <typename Function>
static std::vector<float> run(Function function, const std::vector<float> &x) {
  std::vector<float> y(kSamples * kClasses);
  function(x.data(), y.data(), kSamples);
  return y;
}
#define FIRST first_host
#define SECOND second_host
#endif

static int classOf(const std::vector<float> &logits, int64_t sample) {
  const float *begin = &logits[size_t(sample * kClasses)];
  return int(std::max_element(begin, begin + kClasses) - begin);
}

int main() {
  // Your own samples: [kSamples][kFeatures], scaled as in training.
  std::vector<float> x(kSamples * kFeatures);
  uint32_t state = 1;
  for (float &value : x) {
    state = state * 1664525u + 1013904223u;
    value = float(int32_t(state >> 8) - (1 << 23)) * 0x1p-22f;
  }
  std::vector<float> first = run(FIRST, x), second = run(SECOND, x);
  int64_t same = 0;
  for (int64_t i = 0; i < kSamples; ++i)
    same += classOf(first, i) == classOf(second, i);
  std::printf("%lld of %lld samples get the same class from both networks\n",
              (long long)same, (long long)kSamples);
}
