// winograd_tiles_f32 and winograd_weights_f32 between guard pages, against the matrices themselves.
#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

using conv4j::WinogradTiles;

// B^T, G and A^T of F(3x3,4x4): points 0, 1, -1, 2, -2 and infinity.
constexpr double kImage[6][6] = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
                                 {0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};
constexpr double kDiff[6][4] = {{6, 0, 0, 0}, {-4, -4, -4, -4}, {-4, 4, -4, 4},
                                {1, 2, 4, 8}, {1, -2, 4, -8},   {0, 0, 0, 24}};  // times 24
constexpr double kWeights[3][6] = {{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 1}};

double entry(int64_t size, int64_t i, int64_t j) {
  return size == 6 ? kImage[i][j] : kDiff[i][j] / 24;
}

Guarded pixels_memory, v_memory, sums_memory, m_memory, weights_memory;

void run_tiles(KernelSetting& s, int64_t size, int64_t tiles, int64_t channels, bool summed) {
  replay("winograd_tiles_f32, lanes %ld, %s: size %ld tiles %ld channels %ld sums %d",
         static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(size),
         static_cast<long>(tiles), static_cast<long>(channels), summed ? 1 : 0);
  const int64_t pixel_distance = channels + 1;
  const int64_t columns = 4 * tiles + size - 4;
  const int64_t row_distance = columns * pixel_distance + 2;
  const int64_t tile_distance = channels + 2;
  const int64_t v_distance = tiles * tile_distance + 3;
  const int64_t pixels_size = (size - 1) * row_distance + (columns - 1) * pixel_distance + channels;
  const int64_t v_size = 35 * v_distance + (tiles - 1) * tile_distance + channels;
  std::vector<float> pixels = s.random.integers(pixels_size);
  if (size == 4) {
    for (float& pixel : pixels) pixel *= 576;
  }
  const std::vector<float> v = s.random.integers(v_size);
  const std::vector<float> sums = s.random.integers(channels);

  WinogradTiles w = {};
  w.size = static_cast<int32_t>(size);
  w.pixels = pixels_memory.copy(pixels.data(), pixels_size, s.side);
  w.row_distance = row_distance;
  w.pixel_distance = pixel_distance;
  w.tiles = tiles;
  w.channels = channels;
  w.v = v_memory.copy(v.data(), v_size, s.side);
  w.v_distance = v_distance;
  w.tile_distance = tile_distance;
  w.sums = summed ? sums_memory.copy(sums.data(), channels, s.side) : nullptr;

  std::vector<double> expected(v.begin(), v.end());
  std::vector<double> totals(sums.begin(), sums.end());
  for (int64_t t = 0; t < tiles; ++t) {
    for (int64_t c = 0; c < channels; ++c) {
      const auto pixel = [&](int64_t row, int64_t column) {
        const int64_t at = row * row_distance + (4 * t + column) * pixel_distance + c;
        return static_cast<double>(pixels[static_cast<size_t>(at)]);
      };
      for (int64_t row = 0; row < size; ++row) {
        for (int64_t column = 0; column < size; ++column) {
          totals[static_cast<size_t>(c)] += pixel(row, column);
        }
      }
      for (int64_t i = 0; i < 6; ++i) {
        for (int64_t j = 0; j < 6; ++j) {
          double total = 0;
          for (int64_t row = 0; row < size; ++row) {
            for (int64_t column = 0; column < size; ++column) {
              total += entry(size, i, row) * entry(size, j, column) * pixel(row, column);
            }
          }
          expected[static_cast<size_t>((i * 6 + j) * v_distance + t * tile_distance + c)] = total;
        }
      }
    }
  }
  s.kernels.winograd_tiles_f32(w);
  check_all("v", expected, w.v);
  CHECK(v_memory.intact());
  if (!summed) return;
  check_all("sums", totals, w.sums);
  CHECK(sums_memory.intact());
}

void run_weights(KernelSetting& s, int64_t channels) {
  replay("winograd_weights_f32, lanes %ld, %s: channels %ld", static_cast<long>(s.kernels.lanes),
         name_of(s.side), static_cast<long>(channels));
  const int64_t m_distance = channels + 3;
  const int64_t m_size = 35 * m_distance + channels;
  const std::vector<float> m = s.random.integers(m_size);
  const float* from = m_memory.copy(m.data(), m_size, s.side);
  float* weights = weights_memory.place<float>(9 * channels, s.side);

  std::vector<double> expected;
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t tap = 0; tap < 9; ++tap) {
      double total = 0;
      for (int64_t i = 0; i < 36; ++i) {
        total += kWeights[tap / 3][i / 6] * kWeights[tap % 3][i % 6] *
                 static_cast<double>(m[static_cast<size_t>(i * m_distance + c)]);
      }
      expected.push_back(total);
    }
  }
  s.kernels.winograd_weights_f32(from, m_distance, channels, weights);
  check_all("weights", expected, weights);
  CHECK(weights_memory.intact());
}

}  // namespace

void test_winograd_tiles_f32(KernelSetting& s) {
  for (const int64_t channels : kCounts) {
    for (const int64_t tiles : {1, 3}) {
      run_tiles(s, 6, tiles, channels, false);
      run_tiles(s, 4, tiles, channels, tiles == 3);
    }
  }
}

void test_winograd_weights_f32(KernelSetting& s) {
  for (const int64_t channels : kCounts) run_weights(s, channels);
}

}  // namespace conv4j_tests
