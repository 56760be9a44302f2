// transpose_f32 between guard pages.
#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

using conv4j::Transpose;

Guarded in_memory, out_memory;

void run_transpose(KernelSetting& s, int64_t rows, int64_t columns) {
  replay("transpose_f32, lanes %ld, %s: rows %ld columns %ld", static_cast<long>(s.kernels.lanes),
         name_of(s.side), static_cast<long>(rows), static_cast<long>(columns));
  const int64_t in_distance = columns + 3;
  const int64_t out_distance = rows + 2;
  const int64_t in_size = (rows - 1) * in_distance + columns;
  const int64_t out_size = (columns - 1) * out_distance + rows;
  const std::vector<float> in = s.random.integers(in_size);
  const std::vector<float> out = s.random.integers(out_size);

  Transpose transpose = {};
  transpose.in = in_memory.copy(in.data(), in_size, s.side);
  transpose.in_distance = in_distance;
  transpose.rows = rows;
  transpose.columns = columns;
  transpose.out = out_memory.copy(out.data(), out_size, s.side);
  transpose.out_distance = out_distance;
  transpose.ahead = rows % 2 == 0 ? columns : 0;

  std::vector<double> expected(out.begin(), out.end());
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      expected[static_cast<size_t>(column * out_distance + row)] =
          static_cast<double>(in[static_cast<size_t>(row * in_distance + column)]);
    }
  }
  s.kernels.transpose_f32(transpose);
  check_all("out", expected, transpose.out);
  CHECK(out_memory.intact());
}

}  // namespace

void test_transpose_f32(KernelSetting& s) {
  for (const int64_t rows : kCounts) {
    for (const int64_t columns : kCounts) run_transpose(s, rows, columns);
  }
}

}  // namespace conv4j_tests
