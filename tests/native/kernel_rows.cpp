// Kernels on one row or plane between guard pages: split, merge, axpy, sums, ReLU, the search for
// NaN.
#include <cfloat>
#include <limits>

#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

Guarded x_memory, y_memory, out_memory;

void name(const KernelSetting& s, const char* kernel, int64_t count, int64_t a = 0, int64_t b = 0,
          int64_t c = 0) {
  replay("%s, lanes %ld, %s: count %ld, %ld %ld %ld", kernel, static_cast<long>(s.kernels.lanes),
         name_of(s.side), static_cast<long>(count), static_cast<long>(a), static_cast<long>(b),
         static_cast<long>(c));
}

std::vector<double> doubles(const std::vector<float>& values) {
  return std::vector<double>(values.begin(), values.end());
}

size_t at(int64_t index) { return static_cast<size_t>(index); }

void run_split(KernelSetting& s, int64_t width, int64_t left, int64_t stride, int64_t length,
               bool is_padding, int64_t wanted) {
  name(s, "split_row_f32", width, left, stride, length);
  const int64_t phases = wanted > 0 ? wanted : stride;
  const std::vector<float> row = s.random.integers(width);
  const float fill = is_padding ? -kInfinity : 0.0F;
  const float* from = x_memory.copy(row.data(), width, s.side);
  float* out = out_memory.place<float>(phases * length, s.side);
  s.kernels.split_row_f32(
      {is_padding ? nullptr : from, width, left, stride, length, fill, out, wanted});
  std::vector<double> expected;
  for (int64_t p = 0; p < phases; ++p) {
    for (int64_t i = 0; i < length; ++i) {
      const int64_t column = i * stride + p - left;
      const bool inside = !is_padding && column >= 0 && column < width;
      expected.push_back(static_cast<double>(inside ? row[at(column)] : fill));
    }
  }
  check_all("out", expected, out);
  CHECK(out_memory.intact());
}

void run_merge(KernelSetting& s, int64_t width, int64_t left, int64_t stride, int64_t length) {
  name(s, "merge_row_f32", width, left, stride, length);
  const std::vector<float> phases = s.random.integers(stride * length);
  const float* from = x_memory.copy(phases.data(), stride * length, s.side);
  float* out = out_memory.place<float>(width, s.side);
  s.kernels.merge_row_f32(from, width, left, stride, length, out);
  std::vector<double> expected(at(width), static_cast<double>(kNan));  // what no phase covers stays
  for (int64_t p = 0; p < stride; ++p) {
    for (int64_t i = 0; i < length; ++i) {
      const int64_t column = i * stride + p - left;
      if (column >= 0 && column < width) {
        expected[at(column)] = static_cast<double>(phases[at(p * length + i)]);
      }
    }
  }
  check_all("out", expected, out);
  CHECK(out_memory.intact());
}

}  // namespace

void test_split_row_f32(KernelSetting& s) {
  for (const int64_t width : kCounts) {
    for (int64_t stride = 1; stride <= 4; ++stride) {
      for (const int64_t left : {0, 1, 2, 5, 70}) {
        const int64_t covering = (left + width + stride - 1) / stride;
        for (const int64_t length : {int64_t{1}, covering, covering + 3, (covering + 1) / 2}) {
          run_split(s, width, left, stride, length, false, 0);
          run_split(s, width, left, stride, length, false, s.random.between(1, stride));
        }
        run_split(s, width, left, stride, covering, true, s.random.between(0, stride));
      }
    }
  }
}

void test_merge_row_f32(KernelSetting& s) {
  for (const int64_t width : kCounts) {
    for (int64_t stride = 1; stride <= 4; ++stride) {
      for (const int64_t left : {0, 1, 2, 5, 70}) {
        const int64_t covering = (left + width + stride - 1) / stride;
        for (const int64_t length : {int64_t{1}, covering, covering + 3, (covering + 1) / 2}) {
          run_merge(s, width, left, stride, length);
        }
      }
    }
  }
}

void test_axpy_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    for (int64_t x_stride = 1; x_stride <= 3; ++x_stride) {
      for (int64_t y_stride = 1; y_stride <= 3; ++y_stride) {
        name(s, "axpy_f32", count, x_stride, y_stride);
        const int64_t x_size = (count - 1) * x_stride + 1;
        const int64_t y_size = (count - 1) * y_stride + 1;
        const std::vector<float> x = s.random.integers(x_size);
        const std::vector<float> y = s.random.integers(y_size);
        const float a = s.random.integer();
        float* out = y_memory.copy(y.data(), y_size, s.side);
        s.kernels.axpy_f32(a, x_memory.copy(x.data(), x_size, s.side), x_stride, out, y_stride,
                           count);
        std::vector<double> expected = doubles(y);
        for (int64_t i = 0; i < count; ++i) {
          expected[at(i * y_stride)] += static_cast<double>(a * x[at(i * x_stride)]);
        }
        check_all("y", expected, out);
        CHECK(y_memory.intact());
      }
    }
  }
}

void test_dot_row_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    for (int64_t x_stride = 1; x_stride <= 3; ++x_stride) {
      name(s, "dot_row_f32", count, x_stride);
      const int64_t x_size = (count - 1) * x_stride + 1;
      const std::vector<float> x = s.random.integers(x_size);
      const std::vector<float> y = s.random.integers(count);
      double expected = 0;
      for (int64_t i = 0; i < count; ++i) {
        expected += static_cast<double>(x[at(i * x_stride)] * y[at(i)]);
      }
      const float found = s.kernels.dot_row_f32(x_memory.copy(x.data(), x_size, s.side), x_stride,
                                                y_memory.copy(y.data(), count, s.side), count);
      CHECK_EQ(expected, static_cast<double>(found));
    }
  }
}

void test_sum_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    name(s, "sum_f32", count);
    const std::vector<float> x = s.random.integers(count);
    double expected = 0;
    for (const float value : x) expected += static_cast<double>(value);
    const float found = s.kernels.sum_f32(x_memory.copy(x.data(), count, s.side), count);
    CHECK_EQ(expected, static_cast<double>(found));
  }
}

void test_bias_relu_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    for (const int relu : {0, 1}) {
      name(s, "bias_relu_f32", count, relu);
      std::vector<float> y = s.random.integers(count);
      y[at(s.random.between(0, count - 1))] = kNan;
      const float bias = s.random.integer();
      float* out = y_memory.copy(y.data(), count, s.side);
      s.kernels.bias_relu_f32(out, count, bias, relu);
      std::vector<double> expected = doubles(y);
      for (double& value : expected) {
        value += static_cast<double>(bias);
        if (relu != 0 && value < 0) value = 0;  // NaN stays
      }
      check_all("y", expected, out);
      CHECK(y_memory.intact());
    }
  }
}

void test_relu_backward_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    name(s, "relu_backward_f32", count);
    std::vector<float> dst = s.random.integers(count);
    std::vector<float> diff = s.random.integers(count);
    dst[at(s.random.between(0, count - 1))] = kNan;   // lets the gradient pass
    diff[at(s.random.between(0, count - 1))] = kNan;  // passes or is masked like any other
    std::vector<double> expected;
    for (int64_t i = 0; i < count; ++i) {
      expected.push_back(dst[at(i)] <= 0 ? 0.0 : static_cast<double>(diff[at(i)]));
    }
    const float* mask = x_memory.copy(dst.data(), count, s.side);
    float* in_place = y_memory.copy(diff.data(), count, s.side);
    float* out = out_memory.place<float>(count, s.side);
    s.kernels.relu_backward_f32(mask, in_place, out, count);
    check_all("out", expected, out);
    s.kernels.relu_backward_f32(mask, in_place, in_place, count);
    check_all("out in place", expected, in_place);
    CHECK(out_memory.intact() && y_memory.intact());
  }
}

void test_all_finite_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    std::vector<float> x = s.random.reals(count);
    x[at(s.random.between(0, count - 1))] = FLT_MAX;
    x[at(s.random.between(0, count - 1))] = -FLT_MAX;
    x[at(s.random.between(0, count - 1))] = 1e-42F;  // a denormal
    name(s, "all_finite_f32", count);
    CHECK_EQ(1, s.kernels.all_finite_f32(x_memory.copy(x.data(), count, s.side), count));
    for (int64_t i = 0; i < count; ++i) {
      for (const float bad : {kNan, kInfinity, -kInfinity}) {
        name(s, "all_finite_f32", count, i);
        std::vector<float> y = x;
        y[at(i)] = bad;
        CHECK_EQ(0, s.kernels.all_finite_f32(x_memory.copy(y.data(), count, s.side), count));
      }
    }
  }
}

}  // namespace conv4j_tests
