// Kernels of the optimizers between guard pages: their steps, scaling, clamping, sums of squares.
#include <algorithm>
#include <limits>

#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

using conv4j::AdamStep;
using conv4j::SgdStep;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

Guarded gradient_memory, parameter_memory, buffer_memory, square_memory;

size_t at(int64_t index) { return static_cast<size_t>(index); }
double value(const std::vector<float>& x, int64_t index) {
  return static_cast<double>(x[at(index)]);
}

void name(const KernelSetting& s, const char* kernel, int64_t count, int64_t variant = 0) {
  replay("%s, lanes %ld, %s: %ld, variant %ld", kernel, static_cast<long>(s.kernels.lanes),
         name_of(s.side), static_cast<long>(count), static_cast<long>(variant));
}

bool intact() {
  return gradient_memory.intact() && parameter_memory.intact() && buffer_memory.intact() &&
         square_memory.intact();
}

}  // namespace

// Exact on integers. The variants: with a buffer, nesterov, first, weight decay.
void test_sgd_step_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    for (int variant = 0; variant < 16; ++variant) {
      const bool buffered = (variant & 1) != 0, nesterov = (variant & 2) != 0;
      const bool first = (variant & 4) != 0, decays = (variant & 8) != 0;
      if (nesterov && !buffered) continue;
      name(s, "sgd_step_f32", count, variant);
      const std::vector<float> g = s.random.integers(count), b = s.random.integers(count);
      std::vector<float> p = s.random.integers(count);
      if (!decays) p[at(count / 2)] = kInfinity;
      const SgdStep step = {2, 3, -2, decays ? 4.0F : 0.0F, nesterov, first};
      std::vector<double> expected, expected_buffer;
      for (int64_t i = 0; i < count; ++i) {
        const double gradient = value(g, i) + (decays ? 4 * value(p, i) : 0);
        const double buffer = first ? gradient : 3 * value(b, i) - 2 * gradient;
        const double moved = !buffered ? gradient : nesterov ? gradient + 3 * buffer : buffer;
        expected_buffer.push_back(buffer);
        expected.push_back(value(p, i) - 2 * moved);
      }
      float* parameter = parameter_memory.copy(p.data(), count, s.side);
      // What stands in a buffer before the first step must not matter.
      const std::vector<float> nans(at(count), kNan);
      float* buffer = buffer_memory.copy(first ? nans.data() : b.data(), count, s.side);
      s.kernels.sgd_step_f32(step, gradient_memory.copy(g.data(), count, s.side), parameter,
                             buffered ? buffer : nullptr, count);
      check_all("parameter", expected, parameter);
      if (buffered) check_all("buffer", expected_buffer, buffer);
      CHECK(intact());
    }
  }
}

void test_adam_step_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    for (int variant = 0; variant < 3; ++variant) {
      name(s, "adam_step_f32", count, variant);
      const std::vector<float> g = s.random.reals(count), m = s.random.reals(count);
      const std::vector<float> p = s.random.reals(count);
      std::vector<float> v = s.random.reals(count);
      for (float& x : v) x *= x;
      const double l2 = variant == 1 ? 0.5 : 0, shrink = variant == 2 ? 0.25 : 0;
      const AdamStep step = {static_cast<float>(l2),
                             static_cast<float>(shrink),
                             0.125F,
                             0.75F,
                             0.25F,
                             0.0625F,
                             2,
                             0.03125F};
      float* parameter = parameter_memory.copy(p.data(), count, s.side);
      float* mean = buffer_memory.copy(m.data(), count, s.side);
      float* square = square_memory.copy(v.data(), count, s.side);
      s.kernels.adam_step_f32(step, gradient_memory.copy(g.data(), count, s.side), parameter, mean,
                              square, count);
      // All values are of size 1 or below; each is some roundings of 6e-8 off.
      for (int64_t i = 0; i < count; ++i) {
        const double gradient = value(g, i) + l2 * value(p, i);
        const double new_mean = value(m, i) + 0.125 * (gradient - value(m, i));
        const double new_square = 0.75 * value(v, i) + 0.25 * gradient * gradient;
        const double moved = 0.0625 * new_mean / (2 * std::sqrt(new_square) + 0.03125);
        CHECK(std::fabs(new_mean - static_cast<double>(mean[i])) < 4e-7);
        CHECK(std::fabs(new_square - static_cast<double>(square[i])) < 1e-6);
        const double expected = value(p, i) * (1 - shrink) - moved;
        CHECK(std::fabs(expected - static_cast<double>(parameter[i])) < 2e-6);
      }
      CHECK(intact());
    }
  }
}

void test_scale_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    name(s, "scale_f32", count);
    const std::vector<float> x = s.random.integers(count);
    std::vector<double> expected;
    for (int64_t i = 0; i < count; ++i) expected.push_back(-3 * value(x, i));
    float* in_place = parameter_memory.copy(x.data(), count, s.side);
    s.kernels.scale_f32(-3, in_place, count);
    check_all("x", expected, in_place);
    CHECK(intact());
  }
}

void test_clamp_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    name(s, "clamp_f32", count);
    std::vector<float> x = s.random.integers(count);
    x[0] = kNan;
    x[at(count - 1)] = count > 1 ? -kInfinity : kNan;
    std::vector<double> expected;
    for (const float v : x) {
      const auto wide = static_cast<double>(v);
      expected.push_back(std::isnan(wide) ? wide : std::min(std::max(wide, -2.0), 1.0));
    }
    float* in_place = parameter_memory.copy(x.data(), count, s.side);
    s.kernels.clamp_f32(-2, 1, in_place, count);
    CHECK(std::isnan(static_cast<double>(in_place[0])));
    check_all("x", expected, in_place);
    CHECK(intact());
  }
}

void test_sum_of_squares_f32(KernelSetting& s) {
  std::vector<int64_t> counts(std::begin(kCounts), std::end(kCounts));
  counts.push_back(4096);
  for (const int64_t count : counts) {
    name(s, "sum_of_squares_f32", count);
    const std::vector<float> x = s.random.integers(count);
    double expected = 0;
    for (int64_t i = 0; i < count; ++i) expected += value(x, i) * value(x, i);
    const float found =
        s.kernels.sum_of_squares_f32(parameter_memory.copy(x.data(), count, s.side), count);
    CHECK_EQ(expected, static_cast<double>(found));
  }
}

}  // namespace conv4j_tests
