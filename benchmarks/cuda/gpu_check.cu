// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compares a generated kernel on the GPU with the same text on the host, bit
// for bit, and times it. scripts/gpu-check compiles it with NETWORK (the .cu),
// NAME, LAUNCH, HOST and OUTPUTS defined.
#include NETWORK

#include <cstdio>
#include <cstdlib>
#include <vector>

extern "C" void HOST(const float *input, float *output, int64_t count);

static void check(cudaError_t error, const char *what) {
  if (error == cudaSuccess)
    return;
  std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(error));
  std::exit(1);
}

constexpr int kInputs = NAME::kInputs, kOutputs = OUTPUTS;

static std::vector<float> draw(int64_t count) {
  std::vector<float> x(size_t(count) * kInputs);
  uint32_t state = 1;
  for (float &value : x) {
    state = state * 1664525u + 1013904223u;
    value = state % 61 == 0
                ? mase::floatOf(state) // anything: infinity, NaN, denormals
                : float(int32_t(state >> 8) - (1 << 23)) * 0x1p-21f;
  }
  return x;
}

static bool agrees(int64_t count) {
  std::vector<float> x = draw(count), host(size_t(count) * kOutputs),
                     device(host.size());
  HOST(x.data(), host.data(), count);
  float *input, *output;
  // One element more, to see a step beyond the end.
  check(cudaMalloc(&input, (x.size() + 1) * sizeof(float)), "cudaMalloc");
  check(cudaMalloc(&output, (host.size() + 1) * sizeof(float)), "cudaMalloc");
  check(cudaMemcpy(input, x.data(), x.size() * sizeof(float),
                   cudaMemcpyHostToDevice),
        "copy");
  const float guard = 12345.0f;
  check(cudaMemcpy(output + host.size(), &guard, sizeof guard,
                   cudaMemcpyHostToDevice),
        "copy");
  check(LAUNCH(input, output, count, nullptr), "launch");
  check(cudaDeviceSynchronize(), "kernel");
  check(cudaMemcpy(device.data(), output, device.size() * sizeof(float),
                   cudaMemcpyDeviceToHost),
        "copy");
  float after = 0;
  check(cudaMemcpy(&after, output + host.size(), sizeof after,
                   cudaMemcpyDeviceToHost),
        "copy");
  check(cudaFree(input), "cudaFree");
  check(cudaFree(output), "cudaFree");
  if (after != guard) {
    std::printf("%lld samples: wrote beyond the end\n", (long long)count);
    return false;
  }
  for (size_t i = 0; i < host.size(); ++i)
    if (mase::bitsOf(host[i]) != mase::bitsOf(device[i]) &&
        !(host[i] != host[i] && device[i] != device[i])) {
      std::printf("%lld samples: output %d of sample %lld is %a on the GPU, "
                  "%a on the host\n",
                  (long long)count, int(i % kOutputs),
                  (long long)(i / kOutputs), double(device[i]),
                  double(host[i]));
      return false;
    }
  return true;
}

static bool refuses() {
  float *buffer;
  check(cudaMalloc(&buffer, 256), "cudaMalloc");
  bool good =
      LAUNCH(buffer, buffer, -1, nullptr) == cudaErrorInvalidValue &&
      LAUNCH(nullptr, buffer, 1, nullptr) == cudaErrorInvalidValue &&
      LAUNCH(buffer, nullptr, 1, nullptr) == cudaErrorInvalidValue &&
      LAUNCH(buffer + 1, buffer, 1, nullptr) == cudaErrorMisalignedAddress &&
      LAUNCH(nullptr, nullptr, 0, nullptr) == cudaSuccess;
  check(cudaFree(buffer), "cudaFree");
  if (!good)
    std::printf("the launch function accepts bad arguments\n");
  return good;
}

static void time() {
  const int64_t count = int64_t(1) << 24;
  float *input, *output;
  check(cudaMalloc(&input, count * kInputs * sizeof(float)), "cudaMalloc");
  check(cudaMalloc(&output, count * kOutputs * sizeof(float)), "cudaMalloc");
  check(cudaMemset(input, 0, count * kInputs * sizeof(float)), "cudaMemset");
  cudaEvent_t start, stop;
  check(cudaEventCreate(&start), "event");
  check(cudaEventCreate(&stop), "event");
  const int rounds = 20;
  for (int i = 0; i < 3; ++i)
    check(LAUNCH(input, output, count, nullptr), "launch");
  check(cudaEventRecord(start), "event");
  for (int i = 0; i < rounds; ++i)
    check(LAUNCH(input, output, count, nullptr), "launch");
  check(cudaEventRecord(stop), "event");
  check(cudaEventSynchronize(stop), "kernel");
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, start, stop), "event");
  const double seconds = milliseconds * 1e-3 / rounds;
  std::printf("%.2f G samples/s (%.0f GB/s)\n", double(count) / seconds * 1e-9,
              double(count) * (kInputs + kOutputs) * 4 / seconds * 1e-9);
  check(cudaFree(input), "cudaFree");
  check(cudaFree(output), "cudaFree");
}

int main() {
  bool good = refuses();
  for (int64_t count : {0, 1, 3, 4, 5, 1023, 1048583})
    good &= agrees(count);
  if (!good)
    return 1;
  time();
  return 0;
}
