// filter_gradient_f32 between guard pages, against the sum itself.
#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

using conv4j::FilterGradient;

Guarded src_memory, diff_dst_memory, diff_weights_memory;

size_t at(int64_t index) { return static_cast<size_t>(index); }

// Images follow one another with a gap. One pixel is NaN, which only the taps that read it may
// meet.
void run_gradient(KernelSetting& s, FilterGradient f) {
  replay(
      "filter_gradient_f32, lanes %ld, %s: images %ld groups %ld outputs %ld channels %ld, image "
      "%ldx%ld, kernel %ldx%ld, stride %ld %ld, padding %ld %ld, rows %ld columns %ld",
      static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(f.images),
      static_cast<long>(f.groups), static_cast<long>(f.outputs), static_cast<long>(f.channels),
      static_cast<long>(f.height), static_cast<long>(f.width), static_cast<long>(f.kh),
      static_cast<long>(f.kw), static_cast<long>(f.sh), static_cast<long>(f.sw),
      static_cast<long>(f.top), static_cast<long>(f.left), static_cast<long>(f.rows),
      static_cast<long>(f.columns));
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

// Output extents as large as the padding allows, up to `fewer` of them less.
FilterGradient gradient_of(int64_t height, int64_t width, int64_t kh, int64_t kw, int64_t sh,
                           int64_t sw, int64_t padding, int64_t fewer) {
  FilterGradient f = {};
  f.images = f.groups = f.outputs = f.channels = 1;
  f.height = height;
  f.width = width;
  f.kh = kh;
  f.kw = kw;
  f.sh = sh;
  f.sw = sw;
  f.top = f.left = padding;
  f.rows = (height + 2 * padding - kh) / sh + 1;
  f.columns = (width + 2 * padding - kw) / sw + 1;
  if (f.rows > fewer) f.rows -= fewer;
  if (f.columns > fewer) f.columns -= fewer;
  return f;
}

}  // namespace

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
