// filter_f32 and filter_gradient_f32 between guard pages, against the sums themselves.
#include <algorithm>

#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

using conv4j::Filter;
using conv4j::FilterGradient;

Guarded src_memory, weights_memory, bias_memory, dst_memory, diff_dst_memory, diff_weights_memory;

size_t at(int64_t index) { return static_cast<size_t>(index); }

// What to print of a failure: the fields that both have, then the rest.
template <class Shape>
void replay_shape(const char* name, const KernelSetting& s, const Shape& f, const char* rest) {
  replay(
      "%s, lanes %ld, %s: groups %ld channels %ld outputs %ld, image %ldx%ld, kernel %ldx%ld, "
      "stride %ld %ld, padding %ld %ld, rows %ld columns %ld, %s",
      name, static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(f.groups),
      static_cast<long>(f.channels), static_cast<long>(f.outputs), static_cast<long>(f.height),
      static_cast<long>(f.width), static_cast<long>(f.kh), static_cast<long>(f.kw),
      static_cast<long>(f.sh), static_cast<long>(f.sw), static_cast<long>(f.top),
      static_cast<long>(f.left), static_cast<long>(f.rows), static_cast<long>(f.columns), rest);
}

// One plane. Output extents as large as `begin` rows and columns of padding at the beginning and
// `end` of them at the end allow.
template <class Shape>
Shape shape_of(int64_t height, int64_t width, int64_t kh, int64_t kw, int64_t sh, int64_t sw,
               int64_t begin, int64_t end) {
  Shape f = {};
  f.groups = f.channels = f.outputs = 1;
  f.height = height;
  f.width = width;
  f.kh = kh;
  f.kw = kw;
  f.sh = sh;
  f.sw = sw;
  f.top = f.left = begin;
  f.rows = (height + begin + end - kh) / sh + 1;
  f.columns = (width + begin + end - kw) / sw + 1;
  return f;
}

// dst lies in rows that are longer than its columns, and planes that are longer than its rows: the
// gaps keep their values.
void run_filter(KernelSetting& s, Filter f, bool with_bias, bool relu) {
  char rest[64];
  std::snprintf(rest, sizeof rest, "from row %ld, bias %d, relu %d", static_cast<long>(f.first),
                with_bias ? 1 : 0, relu ? 1 : 0);
  replay_shape("filter_f32", s, f, rest);
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
  for (const bool by_columns : {false, true}) {
    f.by_columns = by_columns;
    f.dst = dst_memory.copy(dst.data(), dst_size, s.side);
    s.kernels.filter_f32(f);
    check_all("dst", expected, f.dst);
    CHECK(dst_memory.intact());
  }
}

// Images follow one another with a gap. One pixel is NaN, which only the taps that read it may
// meet.
void run_gradient(KernelSetting& s, FilterGradient f) {
  char rest[32];
  std::snprintf(rest, sizeof rest, "images %ld", static_cast<long>(f.images));
  replay_shape("filter_gradient_f32", s, f, rest);
  const int64_t planes = f.groups * f.outputs;
  const int64_t taps = f.channels * f.kh * f.kw;
  f.src_plane = f.height * f.width;
  f.src_image = f.groups * f.channels * f.src_plane + 3;
  f.dst_plane = f.rows * f.columns;
  f.dst_image = planes * f.dst_plane + 2;
  std::vector<float> src = s.random.integers(f.images * f.src_image - 3);
  const std::vector<float> diff_dst = s.random.integers(f.images * f.dst_image - 2);
  src[at(s.random.between(0, f.src_plane - 1))] = std::numeric_limits<float>::quiet_NaN();
  f.src = src_memory.copy(src.data(), static_cast<int64_t>(src.size()), s.side);
  f.diff_dst = diff_dst_memory.copy(diff_dst.data(), static_cast<int64_t>(diff_dst.size()), s.side);
  f.diff_weights = diff_weights_memory.place<float>(planes * taps, s.side);

  std::vector<double> expected(at(planes * taps));
  for (int64_t m = 0; m < planes; ++m) {
    for (int64_t t = 0; t < taps; ++t) {
      const int64_t c = m / f.outputs * f.channels + t / (f.kh * f.kw);
      double total = 0;
      for (int64_t n = 0; n < f.images; ++n) {
        for (int64_t i = 0; i < f.dst_plane; ++i) {
          const int64_t ih = i / f.columns * f.sh - f.top + t / f.kw % f.kh;
          const int64_t iw = i % f.columns * f.sw - f.left + t % f.kw;
          if (ih < 0 || ih >= f.height || iw < 0 || iw >= f.width) continue;
          total +=
              static_cast<double>(diff_dst[at(n * f.dst_image + m * f.dst_plane + i)] *
                                  src[at(n * f.src_image + c * f.src_plane + ih * f.width + iw)]);
        }
      }
      expected[at(m * taps + t)] = total;
    }
  }
  s.kernels.filter_gradient_f32(f);
  check_all("diff_weights", expected, f.diff_weights);
  CHECK(diff_weights_memory.intact());
}

// Up to `fewer` rows and columns less than the padding allows.
FilterGradient gradient_of(int64_t height, int64_t width, int64_t kh, int64_t kw, int64_t sh,
                           int64_t sw, int64_t padding, int64_t fewer) {
  auto f = shape_of<FilterGradient>(height, width, kh, kw, sh, sw, padding, padding);
  f.images = 1;
  if (f.rows > fewer) f.rows -= fewer;
  if (f.columns > fewer) f.columns -= fewer;
  return f;
}

}  // namespace

void test_filter_f32(KernelSetting& s) {
  constexpr int64_t kSizes[][2] = {{3, 3}, {5, 5}, {7, 7}, {1, 2}, {2, 1}, {4, 7}, {7, 3}, {3, 16}};
  constexpr int64_t kStrides[][2] = {{1, 1}, {2, 2}, {1, 2}, {3, 1}};
  for (const auto& size : kSizes) {
    for (const auto& stride : kStrides) {
      for (const int64_t padding : {0, 1, 2, 19}) {
        for (const int64_t width : {1, 5, 7, 8, 14, 16, 17, 31, 33, 50, 70}) {
          const int64_t height = s.random.between(1, 19);
          if (height + 2 * padding < size[0] || width + 2 * padding < size[1]) continue;
          run_filter(s,
                     shape_of<Filter>(height, width, size[0], size[1], stride[0], stride[1],
                                      padding, padding),
                     width % 2 == 0, padding == 1);
        }
      }
    }
  }
  // Every number of rows, from every first one; several groups, channels and outputs.
  for (int64_t rows = 1; rows <= 17; ++rows) {
    auto f = shape_of<Filter>(21, 23, 3, 3, 1, 1, 1, 1);
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
      auto half =
          shape_of<Filter>(stride * rows, (1 + rows % 8) * stride, 3, 3, stride, stride, 1, 1);
      half.groups = 3;
      half.channels = 1 + rows % 2;
      half.outputs = 1 + rows % 3;
      run_filter(s, half, rows % 2 == 0, rows % 3 == 0);
      // The same from a later row, and with other padding than above and below on the sides.
      if (rows > 4) {
        half.first = s.random.between(1, rows - 4);
        half.rows = rows - half.first;
      }
      half.top = s.random.between(0, 2);
      half.left = s.random.between(0, 2);
      half.columns = std::min<int64_t>(half.columns + s.random.between(0, 2), 8);
      run_filter(s, half, rows % 3 == 0, rows % 2 == 0);
    }
  }
  // Planes of several strips.
  for (const int64_t size : {3, 5, 7}) {
    for (const int64_t stride : {1, 2}) {
      run_filter(s, shape_of<Filter>(130 + size, 65, size, size, stride, stride, size / 2, 1),
                 stride == 1, stride == 2);
    }
  }
}

void test_filter_gradient_f32(KernelSetting& s) {
  constexpr int64_t kSizes[][2] = {{3, 3}, {5, 5}, {7, 7}, {1, 3}, {2, 5}, {4, 7}, {7, 3}, {6, 5}};
  constexpr int64_t kStrides[][2] = {{1, 1}, {2, 2}, {1, 2}, {2, 1}, {3, 1}};
  for (const auto& size : kSizes) {
    for (const auto& stride : kStrides) {
      for (const int64_t padding : {0, 1, 3, 19}) {
        for (const int64_t width : {1, 5, 7, 8, 14, 16, 17, 31, 33, 50, 70}) {
          const int64_t height = s.random.between(1, 19);
          if (height + 2 * padding < size[0] || width + 2 * padding < size[1]) continue;
          run_gradient(s, gradient_of(height, width, size[0], size[1], stride[0], stride[1],
                                      padding, s.random.between(0, 2)));
        }
      }
    }
  }
  // Several images, groups, outputs and channels; planes of several pieces.
  for (int64_t images = 0; images <= 3; ++images) {
    for (const int64_t stride : {1, 2}) {
      FilterGradient f = gradient_of(9, 11, 3, 3, stride, stride, 1, 0);
      f.images = images;
      if (images == 0) f.images = 4;
      f.groups = 1 + images;
      f.outputs = 1 + images % 2;
      f.channels = 1 + images % 3;
      run_gradient(s, f);
      run_gradient(s, gradient_of(130 + images, 65, 3 + 2 * (images % 3), 3 + 2 * (images % 3),
                                  stride, stride, images, 0));
    }
  }
}

}  // namespace conv4j_tests
