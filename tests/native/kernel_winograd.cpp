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

Guarded rows_memory, v_memory, m_memory, dst_memory;

void run_input(KernelSetting& s, int64_t size, int64_t tiles) {
  replay("winograd_input_f32, lanes %ld, %s: size %ld tiles %ld",
         static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(size),
         static_cast<long>(tiles));
  const int64_t tile = size + 2;
  const int64_t length = tiles + 1;
  const int64_t row_distance = size * length + 3;
  const int64_t v_distance = tiles + 2;
  const int64_t rows_size = (tile - 1) * row_distance + size * length;
  const int64_t v_size = (tile * tile - 1) * v_distance + tiles;
  const std::vector<float> rows = s.random.integers(rows_size);
  const std::vector<float> v = s.random.integers(v_size);

  WinogradInput input = {};
  input.size = static_cast<int32_t>(size);
  input.rows = rows_memory.copy(rows.data(), rows_size, s.side);
  input.row_distance = row_distance;
  input.phase_length = length;
  input.tiles = tiles;
  input.v = v_memory.copy(v.data(), v_size, s.side);
  input.v_distance = v_distance;

  const auto pixel = [&](int64_t n, int64_t row, int64_t column) {
    const int64_t at = row * row_distance + column % size * length + n + column / size;
    return static_cast<double>(rows[static_cast<size_t>(at)]);
  };
  std::vector<double> expected(v.begin(), v.end());
  for (int64_t i = 0; i < tile; ++i) {
    for (int64_t j = 0; j < tile; ++j) {
      for (int64_t n = 0; n < tiles; ++n) {
        double total = 0;
        for (int64_t row = 0; row < tile; ++row) {
          for (int64_t column = 0; column < tile; ++column) {
            total +=
                input_entry(size, i, row) * input_entry(size, j, column) * pixel(n, row, column);
          }
        }
        expected[static_cast<size_t>((i * tile + j) * v_distance + n)] = total;
      }
    }
  }
  s.kernels.winograd_input_f32(input);
  check_all("v", expected, input.v);
  CHECK(v_memory.intact());
}

void run_output(KernelSetting& s, int64_t size, int64_t tiles, int64_t rows, int64_t missing,
                bool relu) {
  replay("winograd_output_f32, lanes %ld, %s: size %ld tiles %ld rows %ld missing %ld relu %d",
         static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(size),
         static_cast<long>(tiles), static_cast<long>(rows), static_cast<long>(missing),
         relu ? 1 : 0);
  const int64_t tile = size + 2;
  const int64_t columns = tiles * size - missing;
  const int64_t m_distance = tiles + 1;
  const int64_t dst_row = columns + 2;
  const int64_t m_size = (tile * tile - 1) * m_distance + tiles;
  const int64_t dst_size = (rows - 1) * dst_row + columns;
  const std::vector<float> m = s.random.integers(m_size);
  const std::vector<float> dst = s.random.integers(dst_size);

  WinogradOutput output = {};
  output.size = static_cast<int32_t>(size);
  output.m = m_memory.copy(m.data(), m_size, s.side);
  output.m_distance = m_distance;
  output.tiles = tiles;
  output.dst = dst_memory.copy(dst.data(), dst_size, s.side);
  output.dst_row = dst_row;
  output.rows = rows;
  output.columns = columns;
  output.bias = 3;
  output.relu = relu ? 1 : 0;

  std::vector<double> expected(dst.begin(), dst.end());
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      const int64_t n = column / size;
      double total = 3;
      for (int64_t i = 0; i < tile; ++i) {
        for (int64_t j = 0; j < tile; ++j) {
          const int64_t at = (i * tile + j) * m_distance + n;
          total += output_entry(size, row, i) * output_entry(size, column % size, j) *
                   static_cast<double>(m[static_cast<size_t>(at)]);
        }
      }
      expected[static_cast<size_t>(row * dst_row + column)] = relu && total < 0 ? 0 : total;
    }
  }
  s.kernels.winograd_output_f32(output);
  check_all("dst", expected, output.dst);
  CHECK(dst_memory.intact());
}

}  // namespace

void test_winograd_input_f32(KernelSetting& s) {
  for (const int64_t size : {2, 4}) {
    for (const int64_t tiles : kCounts) run_input(s, size, tiles);
  }
}

void test_winograd_output_f32(KernelSetting& s) {
  for (const int64_t size : {2, 4}) {
    for (const int64_t tiles : kCounts) {
      for (int64_t missing = 0; missing < size; ++missing) {
        run_output(s, size, tiles, size - missing, missing, missing % 2 == 1);
      }
    }
  }
}

}  // namespace conv4j_tests
