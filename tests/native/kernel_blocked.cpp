// The kernels that work on blocks of channels, between guard pages.
#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

using conv4j::BlockedProduct;
using conv4j::BlockRow;
using conv4j::ChannelProduct;
using conv4j::UnblockRow;

Guarded a_memory, b_memory, c_memory, offsets_memory, bias_memory;

struct Runs {
  int64_t runs, run, gap;
};

void run_product(KernelSetting& s, int64_t rows, const Runs& r, int64_t vectors, bool accumulate) {
  const int64_t lanes = s.kernels.lanes;
  replay(
      "blocked_product_f32, lanes %ld, %s: rows %ld runs %ld of %ld, gap %ld, vectors %ld "
      "accumulate %d",
      static_cast<long>(lanes), name_of(s.side), static_cast<long>(rows), static_cast<long>(r.runs),
      static_cast<long>(r.run), static_cast<long>(r.gap), static_cast<long>(vectors),
      accumulate ? 1 : 0);
  const int64_t blocks = r.runs * (r.run + r.gap) - r.gap;  // the last gap is not there
  // Blocks of a in any order, overlapping as the taps of a kernel do.
  std::vector<int64_t> offsets;
  for (int64_t i = 0; i < blocks; ++i) offsets.push_back(s.random.between(0, 3) * lanes + i);
  const int64_t a_size = *std::max_element(offsets.begin(), offsets.end()) + rows * lanes;
  const int64_t width = vectors * lanes;
  const int64_t b_size = blocks * lanes * width;
  const int64_t c_block = rows * lanes + 3;
  const int64_t c_size = (vectors - 1) * c_block + rows * lanes;
  const std::vector<float> a = s.random.integers(a_size);
  const std::vector<float> b = s.random.integers(b_size);
  const std::vector<float> c = s.random.integers(c_size);

  BlockedProduct product = {};
  product.a = a_memory.copy(a.data(), a_size, s.side);
  product.offsets = offsets_memory.copy(offsets.data(), blocks, s.side);
  product.runs = r.runs;
  product.run = r.run;
  product.gap = r.gap;
  product.rows = rows;
  product.b = b_memory.copy(b.data(), b_size, s.side);
  product.vectors = vectors;
  product.c = c_memory.copy(c.data(), c_size, s.side);
  product.c_block = c_block;
  product.accumulate = accumulate ? 1 : 0;

  std::vector<double> expected(c.begin(), c.end());
  for (int64_t v = 0; v < vectors; ++v) {
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t lane = 0; lane < lanes; ++lane) {
        double& total = expected[static_cast<size_t>(v * c_block + row * lanes + lane)];
        if (!accumulate) total = 0;
        for (int64_t i = 0; i < blocks; ++i) {
          if (i % (r.run + r.gap) >= r.run) continue;
          for (int64_t t = 0; t < lanes; ++t) {
            const int64_t from = offsets[static_cast<size_t>(i)] + row * lanes + t;
            const int64_t weight = (i * lanes + t) * width + v * lanes + lane;
            total += static_cast<double>(a[static_cast<size_t>(from)]) *
                     static_cast<double>(b[static_cast<size_t>(weight)]);
          }
        }
      }
    }
  }
  s.kernels.blocked_product_f32(product);
  check_all("c", expected, product.c);
  CHECK(c_memory.intact());
}

void run_channels(KernelSetting& s, int64_t rows, int64_t columns, int64_t k, int64_t vectors) {
  const int64_t lanes = s.kernels.lanes;
  replay("channel_product_f32, lanes %ld, %s: rows %ld columns %ld k %ld vectors %ld",
         static_cast<long>(lanes), name_of(s.side), static_cast<long>(rows),
         static_cast<long>(columns), static_cast<long>(k), static_cast<long>(vectors));
  // Rows of pixels in any order, overlapping as the taps of a kernel do.
  const int64_t b_row = columns + s.random.between(0, 3);
  std::vector<int64_t> offsets;
  for (int64_t t = 0; t < k; ++t) offsets.push_back(s.random.between(0, 3) * b_row + t % 5);
  const int64_t b_size =
      *std::max_element(offsets.begin(), offsets.end()) + (rows - 1) * b_row + columns;
  const int64_t a_size = k * vectors * lanes;
  const int64_t c_block = rows * columns * lanes + 3;
  const int64_t c_size = (vectors - 1) * c_block + rows * columns * lanes;
  const std::vector<float> a = s.random.integers(a_size);
  const std::vector<float> b = s.random.integers(b_size);
  const std::vector<float> c = s.random.integers(c_size);

  ChannelProduct product = {};
  product.a = a_memory.copy(a.data(), a_size, s.side);
  product.vectors = vectors;
  product.b = b_memory.copy(b.data(), b_size, s.side);
  product.k = k;
  product.offsets = offsets_memory.copy(offsets.data(), k, s.side);
  product.rows = rows;
  product.columns = columns;
  product.b_row = b_row;
  product.c = c_memory.copy(c.data(), c_size, s.side);
  product.c_block = c_block;

  std::vector<double> expected(c.begin(), c.end());
  for (int64_t v = 0; v < vectors; ++v) {
    for (int64_t pixel = 0; pixel < rows * columns; ++pixel) {
      for (int64_t lane = 0; lane < lanes; ++lane) {
        double total = 0;
        for (int64_t t = 0; t < k; ++t) {
          const int64_t from =
              offsets[static_cast<size_t>(t)] + pixel / columns * b_row + pixel % columns;
          total += static_cast<double>(b[static_cast<size_t>(from)]) *
                   static_cast<double>(a[static_cast<size_t>((t * vectors + v) * lanes + lane)]);
        }
        expected[static_cast<size_t>(v * c_block + pixel * lanes + lane)] = total;
      }
    }
  }
  s.kernels.channel_product_f32(product);
  check_all("c", expected, product.c);
  CHECK(c_memory.intact());
}

struct Row {
  int64_t channels, width, left, stride, phases, length;
};

void run_block(KernelSetting& s, const Row& r, bool missing) {
  const int64_t lanes = s.kernels.lanes;
  replay(
      "block_row_f32, lanes %ld, %s: channels %ld width %ld left %ld stride %ld phases %ld "
      "length %ld missing %d",
      static_cast<long>(lanes), name_of(s.side), static_cast<long>(r.channels),
      static_cast<long>(r.width), static_cast<long>(r.left), static_cast<long>(r.stride),
      static_cast<long>(r.phases), static_cast<long>(r.length), missing ? 1 : 0);
  const int64_t plane = r.width + 3;
  const int64_t size = (r.channels - 1) * plane + r.width;
  const std::vector<float> image = s.random.integers(size);
  BlockRow block = {};
  block.row = missing ? nullptr : a_memory.copy(image.data(), size, s.side);
  block.plane = plane;
  block.channels = r.channels;
  block.width = r.width;
  block.left = r.left;
  block.stride = r.stride;
  block.phases = r.phases;
  block.length = r.length;
  block.out = c_memory.place<float>(r.phases * r.length * lanes, s.side);

  std::vector<double> expected;
  for (int64_t p = 0; p < r.phases; ++p) {
    for (int64_t i = 0; i < r.length; ++i) {
      for (int64_t lane = 0; lane < lanes; ++lane) {
        const int64_t column = i * r.stride + p - r.left;
        const bool inside = !missing && lane < r.channels && column >= 0 && column < r.width;
        expected.push_back(
            inside ? static_cast<double>(image[static_cast<size_t>(lane * plane + column)]) : 0.0);
      }
    }
  }
  s.kernels.block_row_f32(block);
  check_all("out", expected, block.out);
  CHECK(c_memory.intact());
}

void run_unblock(KernelSetting& s, int64_t columns, int64_t channels, bool biased, bool relu) {
  const int64_t lanes = s.kernels.lanes;
  replay("unblock_row_f32, lanes %ld, %s: columns %ld channels %ld bias %d relu %d",
         static_cast<long>(lanes), name_of(s.side), static_cast<long>(columns),
         static_cast<long>(channels), biased ? 1 : 0, relu ? 1 : 0);
  const int64_t plane = columns + 2;
  const int64_t size = (channels - 1) * plane + columns;
  const std::vector<float> blocks = s.random.integers(columns * lanes);
  const std::vector<float> dst = s.random.integers(size);
  const std::vector<float> bias = s.random.integers(channels);
  UnblockRow row = {};
  row.blocks = a_memory.copy(blocks.data(), columns * lanes, s.side);
  row.columns = columns;
  row.dst = c_memory.copy(dst.data(), size, s.side);
  row.plane = plane;
  row.channels = channels;
  row.bias = biased ? bias_memory.copy(bias.data(), channels, s.side) : nullptr;
  row.relu = relu ? 1 : 0;

  std::vector<double> expected(dst.begin(), dst.end());
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t i = 0; i < columns; ++i) {
      double value = static_cast<double>(blocks[static_cast<size_t>(i * lanes + c)]);
      if (biased) value += static_cast<double>(bias[static_cast<size_t>(c)]);
      expected[static_cast<size_t>(c * plane + i)] = relu && value < 0 ? 0 : value;
    }
  }
  s.kernels.unblock_row_f32(row);
  check_all("dst", expected, row.dst);
  CHECK(c_memory.intact());
}

}  // namespace

void test_blocked_product_f32(KernelSetting& s) {
  for (int64_t rows = 1; rows <= 30; ++rows) {
    for (const Runs& runs : {Runs{1, 1, 0}, {1, 2, 0}, {1, 5, 0}, {3, 2, 1}, {2, 1, 3}}) {
      for (const int64_t vectors : {1, 2}) run_product(s, rows, runs, vectors, rows % 2 == 1);
    }
  }
}

void test_channel_product_f32(KernelSetting& s) {
  for (int64_t columns = 1; columns <= 30; ++columns) {
    for (const int64_t k : {1, 2, 25}) {
      for (const int64_t vectors : {1, 2}) {
        run_channels(s, s.random.between(1, 3), columns, k, vectors);
      }
    }
  }
}

void test_block_row_f32(KernelSetting& s) {
  for (const int64_t width : kCounts) {
    const int64_t channels = s.random.between(1, s.kernels.lanes);
    run_block(s, {s.kernels.lanes, width, 0, 1, 1, width}, false);
    run_block(s, {channels, width, 1, 1, 1, width + 2}, false);
    run_block(s, {channels, width, 2, 1, 1, width}, false);
    for (const int64_t stride : {2, 3, 5}) {
      const int64_t length = (width + stride) / stride + s.random.between(0, 1);
      run_block(
          s, {channels, width, s.random.between(0, 4), stride, s.random.between(1, stride), length},
          false);
      run_block(s, {s.kernels.lanes, width, 1, stride, stride, width / stride + 1}, false);
    }
    run_block(s, {channels, width, 1, 2, 2, width}, true);
  }
}

void test_unblock_row_f32(KernelSetting& s) {
  for (const int64_t columns : kCounts) {
    run_unblock(s, columns, s.kernels.lanes, true, false);
    run_unblock(s, columns, s.random.between(1, s.kernels.lanes), columns % 2 == 0, true);
  }
}

}  // namespace conv4j_tests
