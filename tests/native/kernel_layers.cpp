// Kernels of the layers around the convolution between guard pages: functions of single elements,
// dropout, softmax along columns and rows, batch normalisation, squared error.
#include <limits>

#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

using conv4j::DropoutBlock;
using conv4j::SoftmaxColumns;
using conv4j::UnaryFunction;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr double kUlp = 1.0 / (1 << 23);

Guarded x_memory, y_memory, out_memory, shift_memory, sum_memory;

size_t at(int64_t index) { return static_cast<size_t>(index); }

void name(const KernelSetting& s, const char* kernel, int64_t a, int64_t b = 0, int64_t c = 0) {
  replay("%s, lanes %ld, %s: %ld %ld %ld", kernel, static_cast<long>(s.kernels.lanes),
         name_of(s.side), static_cast<long>(a), static_cast<long>(b), static_cast<long>(c));
}

// |expected - found| <= bound; a NaN is expected where `expected` has one.
void check_near(const char* what, const std::vector<double>& expected, const float* found,
                double bound) {
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto value = static_cast<double>(found[i]);
    if (same_value(expected[i], value) || std::fabs(expected[i] - value) <= bound) continue;
    printf("    %s[%zu] of %zu\n", what, i, expected.size());
    CHECK_EQ(expected[i], value);
    return;
  }
  CHECK(true);
}

double function(int f, double x) {
  return f == conv4j::kUnaryRelu   ? (x < 0 ? 0 : x)
         : f == conv4j::kUnaryTanh ? std::tanh(x)
                                   : 1 / (1 + std::exp(-x));
}

double gradient(int f, double y, double diff) {
  return f == conv4j::kUnaryRelu   ? (y <= 0 ? 0 : diff)
         : f == conv4j::kUnaryTanh ? diff * (1 - y * y)
                                   : diff * (1 - y) * y;
}

// One softmax: columns of width `distance` apart, or a row where the distance is 1.
struct Shape {
  int64_t channels, columns, distance;
  int64_t elements() const { return (channels - 1) * distance + columns; }
};

template <typename Test>
void for_softmax_shapes(KernelSetting& s, const char* kernel, const Test& test) {
  for (const int64_t count : kCounts) {
    for (const Shape& shape :
         {Shape{count, 1, 1}, Shape{5, count, count}, Shape{3, count, count + 2}}) {
      for (const int log : {0, 1}) {
        name(s, kernel, shape.channels, shape.columns, log);
        test(shape, log);
      }
    }
  }
}

}  // namespace

void test_unary_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    for (int f = 0; f < 3; ++f) {
      name(s, "unary_f32", count, f);
      std::vector<float> x = s.random.reals(count);
      for (float& value : x) value *= 20;
      x[at(s.random.between(0, count - 1))] = kNan;
      std::vector<double> expected;
      for (const float value : x) expected.push_back(function(f, static_cast<double>(value)));
      float* in_place = x_memory.copy(x.data(), count, s.side);
      float* out = out_memory.place<float>(count, s.side);
      s.kernels.unary_f32(static_cast<UnaryFunction>(f), in_place, out, count);
      check_near("out", expected, out, f == 0 ? 0 : 2 * kUlp);
      s.kernels.unary_f32(static_cast<UnaryFunction>(f), in_place, in_place, count);
      check_near("in place", expected, in_place, f == 0 ? 0 : 2 * kUlp);
      CHECK(out_memory.intact() && x_memory.intact());
    }
  }
}

void test_unary_backward_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    for (int f = 0; f < 3; ++f) {
      name(s, "unary_backward_f32", count, f);
      const std::vector<float> y = s.random.reals(count);
      std::vector<float> diff = s.random.reals(count);
      std::vector<double> expected;
      for (int64_t i = 0; i < count; ++i) {
        expected.push_back(
            gradient(f, static_cast<double>(y[at(i)]), static_cast<double>(diff[at(i)])));
      }
      const float* from = y_memory.copy(y.data(), count, s.side);
      float* in_place = x_memory.copy(diff.data(), count, s.side);
      float* out = out_memory.place<float>(count, s.side);
      s.kernels.unary_backward_f32(static_cast<UnaryFunction>(f), from, in_place, out, count);
      check_near("out", expected, out, f == 0 ? 0 : 4 * kUlp);
      s.kernels.unary_backward_f32(static_cast<UnaryFunction>(f), from, in_place, in_place, count);
      check_near("in place", expected, in_place, f == 0 ? 0 : 4 * kUlp);
      CHECK(out_memory.intact() && x_memory.intact());
    }
  }
}

void test_dropout_f32(KernelSetting& s) {
  const auto mixed = [](uint32_t h) {
    h = (h ^ (h >> 16U)) * 0x85EBCA6BU;
    h = (h ^ (h >> 13U)) * 0xC2B2AE35U;
    return h ^ (h >> 16U);
  };
  for (const int64_t count : kCounts) {
    for (const int32_t threshold : {0, 1 << 22, 1 << 23, 1 << 24}) {
      name(s, "dropout_f32", count, threshold);
      const std::vector<float> x = s.random.integers(count);
      const DropoutBlock block = {
          {static_cast<uint32_t>(s.random.next()), static_cast<uint32_t>(s.random.next())},
          77,
          threshold,
          1.5F};
      std::vector<double> expected;
      for (int64_t i = 0; i < count; ++i) {
        const uint32_t number = 77 + static_cast<uint32_t>(i);
        const uint32_t bits = mixed(mixed(number ^ block.key[0]) ^ block.key[1]) >> 8U;
        const double factor = bits < static_cast<uint32_t>(threshold) ? 0 : 1.5;
        expected.push_back(static_cast<double>(x[at(i)]) * factor);
      }
      float* in_place = x_memory.copy(x.data(), count, s.side);
      float* out = out_memory.place<float>(count, s.side);
      s.kernels.dropout_f32(block, in_place, out, count);
      check_all("out", expected, out);
      s.kernels.dropout_f32(block, in_place, in_place, count);
      check_all("in place", expected, in_place);
      CHECK(out_memory.intact() && x_memory.intact());
    }
  }
}

void test_exp_columns_f32(KernelSetting& s) {
  for_softmax_shapes(s, "exp_columns_f32", [&s](const Shape& shape, int without_out) {
    std::vector<float> x = s.random.reals(shape.elements());
    x[at(s.random.between(0, shape.columns - 1))] = -kInfinity;
    std::vector<double> maxima, sums, values(x.size(), static_cast<double>(kNan));
    for (int64_t i = 0; i < shape.columns; ++i) {
      double maximum = -static_cast<double>(kInfinity), total = 0;
      for (int64_t c = 0; c < shape.channels; ++c) {
        maximum = std::max(maximum, static_cast<double>(x[at(c * shape.distance + i)]));
      }
      for (int64_t c = 0; c < shape.channels; ++c) {
        const int64_t index = c * shape.distance + i;
        values[at(index)] = std::exp(static_cast<double>(x[at(index)]) - maximum);
        total += values[at(index)];
      }
      maxima.push_back(maximum);
      sums.push_back(total);
    }
    SoftmaxColumns call = {};
    call.x = x_memory.copy(x.data(), shape.elements(), s.side);
    call.distance = shape.distance;
    call.channels = shape.channels;
    call.columns = shape.columns;
    float* out = out_memory.place<float>(shape.elements(), s.side);
    call.out = without_out != 0 ? nullptr : out;
    call.shift = shift_memory.place<float>(shape.columns, s.side);
    call.sum = sum_memory.place<float>(shape.columns, s.side);
    s.kernels.exp_columns_f32(call);
    check_all("shift", maxima, call.shift);
    check_near("sum", sums, call.sum, 2 * kUlp * static_cast<double>(shape.channels));
    if (without_out == 0) check_near("out", values, out, 2 * kUlp);
    CHECK(out_memory.intact() && shift_memory.intact() && sum_memory.intact());
  });
}

void test_scale_columns_f32(KernelSetting& s) {
  for_softmax_shapes(s, "scale_columns_f32", [&s](const Shape& shape, int log) {
    const std::vector<float> x = s.random.integers(shape.elements());
    const std::vector<float> shift = s.random.integers(shape.columns);
    const std::vector<float> sum = s.random.integers(shape.columns);
    std::vector<double> expected(x.size(), static_cast<double>(kNan));
    for (int64_t c = 0; c < shape.channels; ++c) {
      for (int64_t i = 0; i < shape.columns; ++i) {
        const int64_t index = c * shape.distance + i;
        const auto value = static_cast<double>(x[at(index)]);
        const auto scale = static_cast<double>(sum[at(i)]);
        expected[at(index)] =
            log != 0 ? value - static_cast<double>(shift[at(i)]) - scale : value * scale;
      }
    }
    SoftmaxColumns call = {};
    call.x = x_memory.copy(x.data(), shape.elements(), s.side);
    call.distance = shape.distance;
    call.channels = shape.channels;
    call.columns = shape.columns;
    call.out = out_memory.place<float>(shape.elements(), s.side);
    call.shift = shift_memory.copy(shift.data(), shape.columns, s.side);
    call.sum = sum_memory.copy(sum.data(), shape.columns, s.side);
    s.kernels.scale_columns_f32(call, log);
    check_all("out", expected, call.out);
    CHECK(out_memory.intact());
  });
}

void test_softmax_backward_f32(KernelSetting& s) {
  for_softmax_shapes(s, "softmax_backward_f32", [&s](const Shape& shape, int log) {
    const std::vector<float> y = s.random.reals(shape.elements());
    const std::vector<float> diff = s.random.reals(shape.elements());
    std::vector<double> expected(y.size(), static_cast<double>(kNan));
    for (int64_t i = 0; i < shape.columns; ++i) {
      double total = 0;
      for (int64_t c = 0; c < shape.channels; ++c) {
        const size_t index = at(c * shape.distance + i);
        total += static_cast<double>(diff[index]) * (log != 0 ? 1 : static_cast<double>(y[index]));
      }
      for (int64_t c = 0; c < shape.channels; ++c) {
        const size_t index = at(c * shape.distance + i);
        const auto value = static_cast<double>(y[index]);
        const auto g = static_cast<double>(diff[index]);
        expected[index] = log != 0 ? g - std::exp(value) * total : value * (g - total);
      }
    }
    SoftmaxColumns call = {};
    call.x = x_memory.copy(y.data(), shape.elements(), s.side);
    call.diff_dst = y_memory.copy(diff.data(), shape.elements(), s.side);
    call.distance = shape.distance;
    call.channels = shape.channels;
    call.columns = shape.columns;
    call.out = out_memory.place<float>(shape.elements(), s.side);
    s.kernels.softmax_backward_f32(call, log);
    check_near("out", expected, call.out, 4 * kUlp * static_cast<double>(shape.channels + 1));
    CHECK(out_memory.intact());
  });
}

void test_affine_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    name(s, "affine_f32", count);
    const std::vector<float> x = s.random.integers(count);
    std::vector<double> expected;
    for (const float value : x) expected.push_back((static_cast<double>(value) - 3) * 5 + 2);
    float* out = out_memory.place<float>(count, s.side);
    s.kernels.affine_f32(x_memory.copy(x.data(), count, s.side), out, count, 3, 5, 2);
    check_all("y", expected, out);
    CHECK(out_memory.intact());
  }
}

void test_centered_sums_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    for (const bool own : {false, true}) {
      name(s, "centered_sums_f32", count, own ? 1 : 0);
      const std::vector<float> x = s.random.integers(count);
      const std::vector<float> z = s.random.integers(count);
      std::vector<double> expected = {0, 0};
      for (int64_t i = 0; i < count; ++i) {
        const double d = static_cast<double>(x[at(i)]) - 2;
        const double w = own ? d : static_cast<double>(z[at(i)]);
        expected[0] += w;
        expected[1] += w * d;
      }
      float* sums = out_memory.place<float>(2, s.side);
      const float* from = x_memory.copy(x.data(), count, s.side);
      const float* with = y_memory.copy(z.data(), count, s.side);
      s.kernels.centered_sums_f32(from, own ? nullptr : with, count, 2, sums);
      check_all("sums", expected, sums);
      CHECK(out_memory.intact());
    }
  }
}

void test_normalize_backward_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    name(s, "normalize_backward_f32", count);
    const std::vector<float> x = s.random.integers(count);
    const std::vector<float> diff = s.random.integers(count);
    std::vector<double> expected;
    for (int64_t i = 0; i < count; ++i) {
      expected.push_back(4 * static_cast<double>(diff[at(i)]) +
                         (static_cast<double>(x[at(i)]) - 3) * 5 + 2);
    }
    float* out = out_memory.place<float>(count, s.side);
    s.kernels.normalize_backward_f32(x_memory.copy(x.data(), count, s.side),
                                     y_memory.copy(diff.data(), count, s.side), out, count, 3, 4, 5,
                                     2);
    check_all("out", expected, out);
    CHECK(out_memory.intact());
  }
}

void test_squared_difference_f32(KernelSetting& s) {
  for (const int64_t count : kCounts) {
    for (const bool with_gradient : {false, true}) {
      name(s, "squared_difference_f32", count, with_gradient ? 1 : 0);
      const std::vector<float> x = s.random.integers(count);
      const std::vector<float> t = s.random.integers(count);
      std::vector<double> expected;
      double total = 0;
      for (int64_t i = 0; i < count; ++i) {
        const double d = static_cast<double>(x[at(i)]) - static_cast<double>(t[at(i)]);
        total += d * d;
        expected.push_back(3 * d);
      }
      float* diff = out_memory.place<float>(count, s.side);
      const float found = s.kernels.squared_difference_f32(
          x_memory.copy(x.data(), count, s.side), y_memory.copy(t.data(), count, s.side),
          with_gradient ? diff : nullptr, 3, count);
      CHECK_EQ(total, static_cast<double>(found));
      if (with_gradient) check_all("diff", expected, diff);
      CHECK(out_memory.intact());
    }
  }
}

}  // namespace conv4j_tests
