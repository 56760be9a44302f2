// filter_f32 between guard pages, against the sum itself.
#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

using conv4j::Filter;

Guarded src_memory, weights_memory, bias_memory, dst_memory;

size_t at(int64_t index) { return static_cast<size_t>(index); }

// dst lies in rows that are longer than its columns, and planes that are longer than its rows: the
// gaps keep their values.
void run_filter(KernelSetting& s, Filter f, bool with_bias, bool relu) {
  replay(
      "filter_f32, lanes %ld, %s: groups %ld channels %ld outputs %ld, image %ldx%ld, kernel "
      "%ldx%ld,"
      " stride %ld %ld, padding %ld %ld, rows %ld from %ld, columns %ld, bias %d, relu %d",
      static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(f.groups),
      static_cast<long>(f.channels), static_cast<long>(f.outputs), static_cast<long>(f.height),
      static_cast<long>(f.width), static_cast<long>(f.kh), static_cast<long>(f.kw),
      static_cast<long>(f.sh), static_cast<long>(f.sw), static_cast<long>(f.top),
      static_cast<long>(f.left), static_cast<long>(f.rows), static_cast<long>(f.first),
      static_cast<long>(f.columns), with_bias ? 1 : 0, relu ? 1 : 0);
  const int64_t planes = f.groups * f.outputs;
  const int64_t taps = f.channels * f.kh * f.kw;
  const int64_t src_size = f.groups * f.channels * f.height * f.width;
  f.src_plane = f.height * f.width;
  f.dst_row = f.columns + 3;
  f.dst_plane = f.rows * f.dst_row + 5;
  const int64_t dst_size = (planes - 1) * f.dst_plane + (f.rows - 1) * f.dst_row + f.columns;
  const std::vector<float> src = s.random.integers(src_size);
  const std::vector<float> weights = s.random.integers(planes * taps);
  const std::vector<float> bias = s.random.integers(planes);
  const std::vector<float> dst = s.random.integers(dst_size);
  f.src = src_memory.copy(src.data(), src_size, s.side);
  f.weights = weights_memory.copy(weights.data(), planes * taps, s.side);
  f.bias = with_bias ? bias_memory.copy(bias.data(), planes, s.side) : nullptr;
  f.relu = relu ? 1 : 0;
  f.dst = dst_memory.copy(dst.data(), dst_size, s.side);

  std::vector<double> expected(dst.begin(), dst.end());
  for (int64_t m = 0; m < planes; ++m) {
    for (int64_t row = 0; row < f.rows; ++row) {
      for (int64_t column = 0; column < f.columns; ++column) {
        double total = with_bias ? static_cast<double>(bias[at(m)]) : 0;
        for (int64_t t = 0; t < taps; ++t) {
          const int64_t ih = (f.first + row) * f.sh - f.top + t / f.kw % f.kh;
          const int64_t iw = column * f.sw - f.left + t % f.kw;
          if (ih < 0 || ih >= f.height || iw < 0 || iw >= f.width) continue;
          const int64_t c = m / f.outputs * f.channels + t / (f.kh * f.kw);
          total += static_cast<double>(weights[at(m * taps + t)] *
                                       src[at(c * f.src_plane + ih * f.width + iw)]);
        }
        expected[at(m * f.dst_plane + row * f.dst_row + column)] = relu && total < 0 ? 0 : total;
      }
    }
  }
  s.kernels.filter_f32(f);
  check_all("dst", expected, f.dst);
  CHECK(dst_memory.intact());
}

// Output extents as large as the padding allows: `more` columns and rows of it at the end.
Filter filter_of(int64_t height, int64_t width, int64_t kh, int64_t kw, int64_t sh, int64_t sw,
                 int64_t top, int64_t left, int64_t more) {
  Filter f = {};
  f.groups = f.channels = f.outputs = 1;
  f.height = height;
  f.width = width;
  f.kh = kh;
  f.kw = kw;
  f.sh = sh;
  f.sw = sw;
  f.top = top;
  f.left = left;
  f.rows = (height + top + more - kh) / sh + 1;
  f.columns = (width + left + more - kw) / sw + 1;
  return f;
}

}  // namespace

void test_filter_f32(KernelSetting& s) {
  constexpr int64_t kSizes[][2] = {{3, 3}, {5, 5}, {1, 2}, {2, 1}, {4, 7}, {7, 3}, {3, 16}};
  constexpr int64_t kStrides[][2] = {{1, 1}, {2, 2}, {1, 2}, {3, 1}};
  for (const auto& size : kSizes) {
    for (const auto& stride : kStrides) {
      for (const int64_t padding : {0, 1, 2, 19}) {
        for (const int64_t width : {1, 5, 7, 8, 14, 16, 17, 31, 33, 50, 70}) {
          const int64_t height = s.random.between(1, 19);
          if (height + 2 * padding < size[0] || width + 2 * padding < size[1]) continue;
          Filter f = filter_of(height, width, size[0], size[1], stride[0], stride[1], padding,
                               padding, padding);
          run_filter(s, f, width % 2 == 0, padding == 1);
        }
      }
    }
  }
  // Every number of rows, from every first one; several groups, channels and outputs.
  for (int64_t rows = 1; rows <= 17; ++rows) {
    Filter f = filter_of(21, 23, 3, 3, 1, 1, 1, 1, 1);
    f.first = 21 - rows - s.random.between(0, 3);
    f.rows = rows;
    f.groups = 3;
    f.channels = 1 + rows % 3;
    f.outputs = 1 + rows % 2;
    run_filter(s, f, true, false);
    f.kh = f.kw = 5;
    f.width = 9;
    f.columns = 7;
    f.left = 1;
    run_filter(s, f, false, true);
    for (const int64_t stride : {1, 2}) {  // half a vector wide
      Filter half = filter_of(stride * rows, 7 * stride, 3, 3, stride, stride, 1, 1, 1);
      half.groups = 3;
      half.channels = 1 + rows % 2;
      half.outputs = 1 + rows % 3;
      run_filter(s, half, rows % 2 == 0, rows % 3 == 0);
    }
  }
}

}  // namespace conv4j_tests
