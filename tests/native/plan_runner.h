// Executes plans through conv4j.h alone, every operand between guard pages, and checks what holds
// for each execution whatever its numbers: the status, that sources are unchanged, that nothing
// outside the destinations and the workspace was written, and that nothing was allocated.
#ifndef CONV4J_TESTS_PLAN_RUNNER_H
#define CONV4J_TESTS_PLAN_RUNNER_H

#include <functional>
#include <string>
#include <vector>

#include "conv4j.h"
#include "guarded.h"
#include "random.h"
#include "reference.h"

namespace conv4j_tests {

// How one plan is made and executed.
struct Setting {
  int64_t direction = CONV4J_FORWARD;
  const char* algorithm = nullptr;
  const char* isa = nullptr;
  int64_t threads = 1;
  Side side = Side::kEnd;
  int64_t accuracy = CONV4J_ACCURACY_DEFAULT;
  bool relu = false;
  bool with_bias = true;     // or diff_bias
  bool with_offsets = true;  // max pooling forward
  bool channels_last = false;
};
std::string text_of(const Setting& setting);

// Tensors are given, and results come, as [n][c][h][w] in either format.
struct ConvolutionResult {
  bool ran = false;         // false: the algorithm does not take the geometry
  std::vector<float> main;  // dst, diff_src or diff_weights
  std::vector<float> bias;  // diff_bias
};
ConvolutionResult run(const conv4j_conv2d& g, const ConvolutionTensors& tensors,
                      const Setting& setting);

struct PoolingResult {
  bool ran = false;           // likewise
  std::vector<float> main;    // dst or diff_src
  std::vector<int64_t> taps;  // as stored, -1 for all bits set
  std::vector<int64_t> indices;
};
// taps: of the forward execution, for the backward one.
PoolingResult run(const conv4j_pool2d& g, const std::vector<float>& values,
                  const std::vector<int64_t>& taps, const Setting& setting);

// The elements of n images of c channels, turned from [n][c][pixels] to [n][pixels][c].
template <typename T>
std::vector<T> channels_last(const std::vector<T>& planes, int64_t n, int64_t c) {
  std::vector<T> turned(planes.size());
  if (planes.empty()) return turned;
  const size_t channels = static_cast<size_t>(c);
  const size_t pixels = planes.size() / static_cast<size_t>(n) / channels;
  for (size_t i = 0; i < planes.size(); ++i) {
    const size_t plane = i / pixels;
    const size_t pixel = plane / channels * pixels + i % pixels;
    turned[pixel * channels + plane % channels] = planes[i];
  }
  return turned;
}
// The way back: pixels take the place of channels.
template <typename T>
std::vector<T> planes(const std::vector<T>& turned, int64_t n, int64_t c) {
  return turned.empty() ? turned
                        : channels_last(turned, n, static_cast<int64_t>(turned.size()) / n / c);
}

// Tensors of the right sizes: integers whose sums are exact, or reals.
ConvolutionTensors integers_for(const conv4j_conv2d& g, Random* random);
ConvolutionTensors reals_for(const conv4j_conv2d& g, Random* random);

// What the reference says the main result of a direction is, and how far a result may be from it.
std::vector<Sum> expected_main(const conv4j_conv2d& g, const ConvolutionTensors& t,
                               const Setting& setting);

// Always true but under the thread sanitizer, which is slow: there only for work that the library
// shares out to threads, and not much of it.
bool worth_running(int64_t work);
int64_t work_of(const conv4j_conv2d& g);

// Every instruction set that this CPU runs; the others are named once, as skipped.
std::vector<const char*> isas();
// The names of the algorithms for a direction.
std::vector<const char*> conv2d_algorithms(int64_t direction);
std::vector<const char*> max_pool2d_algorithms(int64_t direction);
// Whether an algorithm transforms its operands, so that sums of integers are not exact.
bool transforms(const char* algorithm);
// False for the algorithms of a BLAS that is not open.
bool available(const char* algorithm);
// Opens the OpenBLAS that the environment variable CONV4J_TEST_OPENBLAS names, which then must
// work.
void open_blas_if_given();

}  // namespace conv4j_tests

#endif
