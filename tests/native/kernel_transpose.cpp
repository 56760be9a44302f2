// The kernel that turns images from one memory format to the other, between guard pages.
#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

Guarded from_memory, to_memory;

// The elements of `rows` rows at so great a distance, the last one no longer than `columns`.
int64_t extent(int64_t rows, int64_t columns, int64_t distance) {
  return (rows - 1) * distance + columns;
}

}  // namespace

void test_transpose_f32(KernelSetting& s) {
  for (const int64_t rows : kCounts) {
    for (const int64_t columns : {1, 2, 3, 7, 8, 9, 15, 16, 17, 33}) {
      for (const int64_t gap : {0, 5}) {
        replay("transpose_f32, lanes %ld, %s: rows %ld columns %ld gap %ld",
               static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(rows),
               static_cast<long>(columns), static_cast<long>(gap));
        const int64_t x_row = columns + gap;
        const int64_t y_row = rows + gap;
        const std::vector<float> x = s.random.reals(extent(rows, columns, x_row));
        const int64_t outputs = extent(columns, rows, y_row);
        // What lies in the gaps keeps the pattern of the guard, a NaN.
        std::vector<double> expected(static_cast<size_t>(outputs), std::nan(""));
        for (int64_t r = 0; r < rows; ++r) {
          for (int64_t c = 0; c < columns; ++c) {
            expected[static_cast<size_t>(c * y_row + r)] =
                static_cast<double>(x[static_cast<size_t>(r * x_row + c)]);
          }
        }
        const float* from = from_memory.copy(x.data(), static_cast<int64_t>(x.size()), s.side);
        float* to = to_memory.place<float>(outputs, s.side);
        s.kernels.transpose_f32({from, x_row, rows, columns, to, y_row});
        check_all("y", expected, to);
        CHECK(to_memory.intact());
      }
    }
  }
}

}  // namespace conv4j_tests
