// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compares a generated kernel on the GPU with the same text on the host, bit
// for bit, and with the results of another engine where two NPY files (float32,
// [n, features] and [n, results]) are given; then times it. scripts/gpu-check
// compiles it with NETWORK (the .cu), NAME, LAUNCH, HOST and OUTPUTS defined.
#include NETWORK

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
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

/// What the GPU makes of `count` samples, into `device`; whether it wrote
/// nothing beyond.
static bool runOnDevice(const std::vector<float> &x, int64_t count,
                        std::vector<float> &device) {
  device.resize(size_t(count) * kOutputs);
  float *input, *output;
  // One element more, to see a step beyond the end.
  check(cudaMalloc(&input, (x.size() + 1) * sizeof(float)), "cudaMalloc");
  check(cudaMalloc(&output, (device.size() + 1) * sizeof(float)), "cudaMalloc");
  check(cudaMemcpy(input, x.data(), x.size() * sizeof(float),
                   cudaMemcpyHostToDevice),
        "copy");
  const float guard = 12345.0f;
  check(cudaMemcpy(output + device.size(), &guard, sizeof guard,
                   cudaMemcpyHostToDevice),
        "copy");
  check(LAUNCH(input, output, count, nullptr), "launch");
  check(cudaDeviceSynchronize(), "kernel");
  check(cudaMemcpy(device.data(), output, device.size() * sizeof(float),
                   cudaMemcpyDeviceToHost),
        "copy");
  float after = 0;
  check(cudaMemcpy(&after, output + device.size(), sizeof after,
                   cudaMemcpyDeviceToHost),
        "copy");
  check(cudaFree(input), "cudaFree");
  check(cudaFree(output), "cudaFree");
  if (after == guard)
    return true;
  std::printf("%lld samples: wrote beyond the end\n", (long long)count);
  return false;
}

/// Runs `x` on the GPU and compares with what `reference` computed, bit for
/// bit; NaNs are all the same.
static bool agrees(const std::vector<float> &x, const std::vector<float> &want,
                   const char *reference) {
  int64_t count = int64_t(x.size()) / kInputs;
  std::vector<float> device;
  if (!runOnDevice(x, count, device))
    return false;
  for (size_t i = 0; i < want.size(); ++i)
    if (mase::bitsOf(want[i]) != mase::bitsOf(device[i]) &&
        !(want[i] != want[i] && device[i] != device[i])) {
      std::printf("%lld samples: output %d of sample %lld is %a on the GPU, "
                  "%a by the %s\n",
                  (long long)count, int(i % kOutputs),
                  (long long)(i / kOutputs), double(device[i]), double(want[i]),
                  reference);
      return false;
    }
  return true;
}

static bool agreesWithHost(int64_t count) {
  std::vector<float> x = draw(count), host(size_t(count) * kOutputs);
  HOST(x.data(), host.data(), count);
  return agrees(x, host, "host");
}

/// The numbers of an NPY file as mase-run writes it (float32, C order).
static std::vector<float> readNpy(const char *path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  size_t start = bytes.size() < 10
                     ? 0
                     : 10 + uint8_t(bytes[8]) + 256 * size_t(uint8_t(bytes[9]));
  if (start == 0 || start > bytes.size() || bytes.find("'<f4'") > start) {
    std::fprintf(stderr, "%s: expected an NPY file of float32\n", path);
    std::exit(1);
  }
  std::vector<float> values((bytes.size() - start) / sizeof(float));
  std::memcpy(values.data(), bytes.data() + start,
              values.size() * sizeof(float));
  return values;
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

int main(int argc, char **argv) {
  bool good = refuses();
  for (int64_t count : {0, 1, 3, 4, 5, 1023, 1048583})
    good &= agreesWithHost(count);
  if (argc == 3) {
    std::vector<float> x = readNpy(argv[1]), want = readNpy(argv[2]);
    if (x.size() / kInputs != want.size() / kOutputs || x.empty()) {
      std::printf("%s and %s: expected as many samples in both\n", argv[1],
                  argv[2]);
      return 1;
    }
    good &= agrees(x, want, "interpreter");
  }
  if (!good)
    return 1;
  time();
  return 0;
}
