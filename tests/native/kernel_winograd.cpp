// winograd_input_f32 and winograd_output_f32 between guard pages, against the matrices themselves.
#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

using conv4j::WinogradInput;
using conv4j::WinogradOutput;

// B^T and A^T of F(4,3) and F(2,3), as arXiv 1509.09308 prints them.
constexpr double kInput4[6][6] = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
                                  {0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};
constexpr double kOutput4[4][6] = {
    {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}};
constexpr double kInput2[4][4] = {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}};
constexpr double kOutput2[2][4] = {{1, 1, 1, 0}, {0, 1, -1, -1}};

double input_entry(int64_t size, int64_t i, int64_t j) {
  return size == 4 ? kInput4[i][j] : kInput2[i][j];
}
double output_entry(int64_t size, int64_t i, int64_t j) {
  return size == 4 ? kOutput4[i][j] : kOutput2[i][j];
}

Guarded src_memory, v_memory, m_memory, dst_memory, bias_memory;

// Where the tiles lie on an image of height x width, `channels` of them.
struct Placement {
  int64_t channels, height, width, first_row, first_column;
};

void run_input(KernelSetting& s, int64_t size, int64_t tiles, const Placement& at) {
  const int64_t lanes = s.kernels.lanes;
  replay(
      "winograd_input_f32, lanes %ld, %s: size %ld tiles %ld channels %ld image %ldx%ld at %ld,%ld",
      static_cast<long>(lanes), name_of(s.side), static_cast<long>(size), static_cast<long>(tiles),
      static_cast<long>(at.channels), static_cast<long>(at.height), static_cast<long>(at.width),
      static_cast<long>(at.first_row), static_cast<long>(at.first_column));
  const int64_t tile = size + 2;
  const int64_t plane = at.height * at.width + 3;
  const int64_t v_distance = tiles * lanes + 2;
  const int64_t src_size = (at.channels - 1) * plane + at.height * at.width;
  const int64_t v_size = (tile * tile - 1) * v_distance + tiles * lanes;
  const std::vector<float> src = s.random.integers(src_size);
  const std::vector<float> v = s.random.integers(v_size);

  WinogradInput input = {};
  input.size = static_cast<int32_t>(size);
  input.src = src_memory.copy(src.data(), src_size, s.side);
  input.plane = plane;
  input.height = at.height;
  input.width = at.width;
  input.channels = at.channels;
  input.first_row = at.first_row;
  input.first_column = at.first_column;
  input.tiles = tiles;
  input.v = v_memory.copy(v.data(), v_size, s.side);
  input.v_distance = v_distance;

  const auto pixel = [&](int64_t c, int64_t row, int64_t column) {
    const bool inside =
        c < at.channels && row >= 0 && row < at.height && column >= 0 && column < at.width;
    const int64_t index = c * plane + row * at.width + column;
    return inside ? static_cast<double>(src[static_cast<size_t>(index)]) : 0.0;
  };
  std::vector<double> expected(v.begin(), v.end());
  for (int64_t n = 0; n < tiles; ++n) {
    for (int64_t lane = 0; lane < lanes; ++lane) {
      for (int64_t i = 0; i < tile; ++i) {
        for (int64_t j = 0; j < tile; ++j) {
          double total = 0;
          for (int64_t row = 0; row < tile; ++row) {
            for (int64_t column = 0; column < tile; ++column) {
              total += input_entry(size, i, row) * input_entry(size, j, column) *
                       pixel(lane, at.first_row + row, at.first_column + n * size + column);
            }
          }
          expected[static_cast<size_t>((i * tile + j) * v_distance + n * lanes + lane)] = total;
        }
      }
    }
  }
  s.kernels.winograd_input_f32(input);
  check_all("v", expected, input.v);
  CHECK(v_memory.intact());
}

void run_output(KernelSetting& s, int64_t size, int64_t tiles, int64_t channels, int64_t rows,
                int64_t missing, bool relu) {
  const int64_t lanes = s.kernels.lanes;
  replay(
      "winograd_output_f32, lanes %ld, %s: size %ld tiles %ld channels %ld rows %ld missing %ld "
      "relu %d",
      static_cast<long>(lanes), name_of(s.side), static_cast<long>(size), static_cast<long>(tiles),
      static_cast<long>(channels), static_cast<long>(rows), static_cast<long>(missing),
      relu ? 1 : 0);
  const int64_t tile = size + 2;
  const int64_t columns = tiles * size - missing;
  const int64_t m_distance = tiles * lanes + 1;
  const int64_t dst_row = columns + 2;
  const int64_t plane = rows * dst_row + 5;
  const int64_t m_size = (tile * tile - 1) * m_distance + tiles * lanes;
  const int64_t dst_size = (channels - 1) * plane + (rows - 1) * dst_row + columns;
  const std::vector<float> m = s.random.integers(m_size);
  const std::vector<float> dst = s.random.integers(dst_size);
  const std::vector<float> bias = s.random.integers(channels);

  WinogradOutput output = {};
  output.size = static_cast<int32_t>(size);
  output.m = m_memory.copy(m.data(), m_size, s.side);
  output.m_distance = m_distance;
  output.tiles = tiles;
  output.dst = dst_memory.copy(dst.data(), dst_size, s.side);
  output.plane = plane;
  output.dst_row = dst_row;
  output.channels = channels;
  output.rows = rows;
  output.columns = columns;
  output.bias = relu ? bias_memory.copy(bias.data(), channels, s.side) : nullptr;
  output.relu = relu ? 1 : 0;

  std::vector<double> expected(dst.begin(), dst.end());
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t column = 0; column < columns; ++column) {
        const int64_t n = column / size;
        double total = relu ? static_cast<double>(bias[static_cast<size_t>(c)]) : 0;
        for (int64_t i = 0; i < tile; ++i) {
          for (int64_t j = 0; j < tile; ++j) {
            const int64_t at = (i * tile + j) * m_distance + n * lanes + c;
            total += output_entry(size, row, i) * output_entry(size, column % size, j) *
                     static_cast<double>(m[static_cast<size_t>(at)]);
          }
        }
        expected[static_cast<size_t>(c * plane + row * dst_row + column)] =
            relu && total < 0 ? 0 : total;
      }
    }
  }
  s.kernels.winograd_output_f32(output);
  check_all("dst", expected, output.dst);
  CHECK(dst_memory.intact());
}

}  // namespace

void test_winograd_input_f32(KernelSetting& s) {
  const int64_t lanes = s.kernels.lanes;
  for (const int64_t size : {2, 4}) {
    for (const int64_t tiles : kCounts) {
      const int64_t width = tiles * size + 2;
      run_input(s, size, tiles, {lanes, size + 3, width + 1, 1, 0});
      run_input(s, size, tiles, {lanes, size, width - 2, -1, -1});
      run_input(s, size, tiles, {s.random.between(1, lanes), 2, s.random.between(1, width), -1, 1});
    }
    for (const int64_t outside : {-20, -6, 1, 7}) {
      run_input(s, size, 3, {s.random.between(1, lanes), 1, 1, outside, 0});
      run_input(s, size, 3, {s.random.between(1, lanes), 5, 2, 0, outside});
    }
  }
}

void test_winograd_output_f32(KernelSetting& s) {
  for (const int64_t size : {2, 4}) {
    for (const int64_t tiles : kCounts) {
      for (int64_t missing = 0; missing < size; ++missing) {
        const int64_t channels =
            missing == 0 ? s.kernels.lanes : s.random.between(1, s.kernels.lanes);
        run_output(s, size, tiles, channels, size - missing, missing, missing % 2 == 1);
      }
    }
  }
}

}  // namespace conv4j_tests
