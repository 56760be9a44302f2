// pack_columns_f32 between guard pages.
#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

using conv4j::PackColumns;

Guarded b_memory, offsets_memory, out_memory;

void run_pack_columns(KernelSetting& s, int64_t k, int64_t rows, int64_t columns) {
  replay("pack_columns_f32, lanes %ld, %s: k %ld rows %ld columns %ld",
         static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(k),
         static_cast<long>(rows), static_cast<long>(columns));
  const int64_t width = conv4j::kPanelVectors * s.kernels.lanes;
  const int64_t pixels = rows * columns;
  const int64_t panels = (pixels + width - 1) / width;
  const int64_t b_row = columns + 3;
  const int64_t b_tap = rows * b_row + 1;
  const int64_t b_size = (k - 1) * b_tap + (rows - 1) * b_row + columns;
  const std::vector<float> b = s.random.integers(b_size);
  std::vector<int64_t> offsets;
  for (int64_t t = 0; t < k; ++t) offsets.push_back((k - 1 - t) * b_tap);
  const std::vector<float> out = s.random.integers(panels * k * width);

  PackColumns pack = {};
  pack.b = b_memory.copy(b.data(), b_size, s.side);
  pack.offsets = offsets_memory.copy(offsets.data(), k, s.side);
  pack.k = k;
  pack.b_row = b_row;
  pack.rows = rows;
  pack.columns = columns;
  pack.out = out_memory.copy(out.data(), panels * k * width, s.side);
  s.kernels.pack_columns_f32(pack);

  // What fills up the last panel is anything.
  std::vector<double> expected(pack.out, pack.out + panels * k * width);
  for (int64_t t = 0; t < k; ++t) {
    for (int64_t q = 0; q < pixels; ++q) {
      const int64_t from = offsets[static_cast<size_t>(t)] + q / columns * b_row + q % columns;
      const int64_t to = (q / width * k + t) * width + q % width;
      expected[static_cast<size_t>(to)] = static_cast<double>(b[static_cast<size_t>(from)]);
    }
  }
  check_all("out", expected, pack.out);
  CHECK(out_memory.intact());
}

}  // namespace

void test_pack_columns_f32(KernelSetting& s) {
  for (const int64_t columns : kCounts) {
    for (const int64_t rows : {1, 2, 3, 7}) run_pack_columns(s, 1 + columns % 3, rows, columns);
  }
  run_pack_columns(s, 2, 1, conv4j::kMostPackedPixels);
  run_pack_columns(s, 1, conv4j::kMostPackedPixels / 7, 7);
}

}  // namespace conv4j_tests
