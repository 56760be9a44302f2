// product_f32 and dot_f32 between guard pages.
#include "kernel_cases.h"

namespace conv4j_tests {
namespace {

using conv4j::Dot;
using conv4j::Product;

Guarded a_memory, b_memory, c_memory, offsets_memory, bias_memory, keep_memory;

struct ProductCase {
  int64_t m, k, rows, columns;
  uint32_t flags;
  bool biased;
  bool keeps;  // what it reads of b; then m and columns are those of one tile
};

// a[m][k] in the order of Product::a.
std::vector<float> packed(const std::vector<float>& a, int64_t m, int64_t k, int64_t panels) {
  std::vector<float> out;
  int64_t first = 0;
  for (int64_t panel = 0; panel < panels; ++panel) {
    const int64_t height = m / panels + (panel < m % panels ? 1 : 0);
    for (int64_t t = 0; t < k; ++t) {
      for (int64_t row = 0; row < height; ++row) {
        out.push_back(a[static_cast<size_t>((first + row) * k + t)]);
      }
    }
    first += height;
  }
  return out;
}

void run_product(KernelSetting& s, const ProductCase& x) {
  replay("product_f32, lanes %ld, %s: m %ld k %ld rows %ld columns %ld flags %u bias %d keep %d",
         static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(x.m),
         static_cast<long>(x.k), static_cast<long>(x.rows), static_cast<long>(x.columns), x.flags,
         x.biased ? 1 : 0, x.keeps ? 1 : 0);
  // Rows with gaps between them, the summands in reverse order.
  const int64_t b_row = x.columns + 3;
  const int64_t c_row = x.columns + 2;
  const int64_t c_m = x.rows * c_row + 1;
  const int64_t b_size = (x.k * x.rows - 1) * b_row + x.columns;
  const int64_t c_size = (x.m - 1) * c_m + (x.rows - 1) * c_row + x.columns;
  const std::vector<float> a = s.random.integers(x.m * x.k);
  const std::vector<float> b = s.random.integers(b_size);
  const std::vector<float> bias = s.random.integers(x.m);
  const std::vector<float> c = s.random.integers(c_size);
  std::vector<int64_t> offsets;
  for (int64_t t = 0; t < x.k; ++t) offsets.push_back((x.k - 1 - t) * x.rows * b_row);

  Product product = {};
  product.panels = {x.m, (x.m + s.kernels.product_rows - 1) / s.kernels.product_rows};
  const std::vector<float> panels = packed(a, x.m, x.k, product.panels.count);
  product.a = a_memory.copy(panels.data(), x.m * x.k, s.side);
  product.k = x.k;
  product.b = b_memory.copy(b.data(), b_size, s.side);
  product.offsets = offsets_memory.copy(offsets.data(), x.k, s.side);
  product.b_row = b_row;
  product.c = c_memory.copy(c.data(), c_size, s.side);
  product.c_m = c_m;
  product.c_row = c_row;
  product.rows = x.rows;
  product.columns = x.columns;
  product.bias = x.biased ? bias_memory.copy(bias.data(), x.m, s.side) : nullptr;
  product.flags = x.flags;
  const int64_t width = conv4j::kPanelVectors * s.kernels.lanes;
  if (x.keeps) product.keep = keep_memory.place<float>(x.rows * x.k * width, s.side);

  std::vector<double> expected(c.begin(), c.end());
  for (int64_t m = 0; m < x.m; ++m) {
    for (int64_t row = 0; row < x.rows; ++row) {
      for (int64_t column = 0; column < x.columns; ++column) {
        double& out = expected[static_cast<size_t>(m * c_m + row * c_row + column)];
        double total = x.biased ? static_cast<double>(bias[static_cast<size_t>(m)]) : 0.0;
        if ((x.flags & conv4j::kProductAccumulate) != 0) total += out;
        for (int64_t t = 0; t < x.k; ++t) {
          const int64_t at = offsets[static_cast<size_t>(t)] + row * b_row + column;
          total += static_cast<double>(a[static_cast<size_t>(m * x.k + t)]) *
                   static_cast<double>(b[static_cast<size_t>(at)]);
        }
        if ((x.flags & conv4j::kProductRelu) != 0 && total < 0) total = 0;
        out = total;
      }
    }
  }
  s.kernels.product_f32(product);
  check_all("c", expected, product.c);
  CHECK(c_memory.intact());
  if (!x.keeps) return;
  // What fills up the last vectors is anything.
  std::vector<double> kept(product.keep, product.keep + x.rows * x.k * width);
  for (int64_t row = 0; row < x.rows; ++row) {
    for (int64_t t = 0; t < x.k; ++t) {
      for (int64_t column = 0; column < x.columns; ++column) {
        const int64_t from = offsets[static_cast<size_t>(t)] + row * b_row + column;
        kept[static_cast<size_t>((row * x.k + t) * width + column)] =
            static_cast<double>(b[static_cast<size_t>(from)]);
      }
    }
  }
  check_all("keep", kept, product.keep);
  CHECK(keep_memory.intact());
}

struct DotCase {
  int64_t m, j, rows, columns;
};

void run_dot(KernelSetting& s, const DotCase& x) {
  replay("dot_f32, lanes %ld, %s: m %ld j %ld rows %ld columns %ld",
         static_cast<long>(s.kernels.lanes), name_of(s.side), static_cast<long>(x.m),
         static_cast<long>(x.j), static_cast<long>(x.rows), static_cast<long>(x.columns));
  const int64_t a_row = x.columns + 1;
  const int64_t a_m = x.rows * a_row + 2;
  const int64_t b_row = x.columns + 3;
  const int64_t c_m = x.j + 2;
  const int64_t a_size = (x.m - 1) * a_m + (x.rows - 1) * a_row + x.columns;
  const int64_t b_size = (x.j * x.rows - 1) * b_row + x.columns;
  const int64_t c_size = (x.m - 1) * c_m + x.j;
  const std::vector<float> a = s.random.integers(a_size);
  const std::vector<float> b = s.random.integers(b_size);
  const std::vector<float> c = s.random.integers(c_size);
  std::vector<int64_t> offsets;
  for (int64_t j = 0; j < x.j; ++j) offsets.push_back((x.j - 1 - j) * x.rows * b_row);

  Dot dot = {};
  dot.a = a_memory.copy(a.data(), a_size, s.side);
  dot.a_m = a_m;
  dot.a_row = a_row;
  dot.m = x.m;
  dot.b = b_memory.copy(b.data(), b_size, s.side);
  dot.offsets = offsets_memory.copy(offsets.data(), x.j, s.side);
  dot.b_row = b_row;
  dot.j = x.j;
  dot.c = c_memory.copy(c.data(), c_size, s.side);
  dot.c_m = c_m;
  dot.rows = x.rows;
  dot.columns = x.columns;

  std::vector<double> expected(c.begin(), c.end());
  for (int64_t m = 0; m < x.m; ++m) {
    for (int64_t j = 0; j < x.j; ++j) {
      for (int64_t row = 0; row < x.rows; ++row) {
        for (int64_t column = 0; column < x.columns; ++column) {
          const int64_t at = offsets[static_cast<size_t>(j)] + row * b_row + column;
          expected[static_cast<size_t>(m * c_m + j)] +=
              static_cast<double>(a[static_cast<size_t>(m * a_m + row * a_row + column)]) *
              static_cast<double>(b[static_cast<size_t>(at)]);
        }
      }
    }
  }
  s.kernels.dot_f32(dot);
  check_all("c", expected, dot.c);
  CHECK(c_memory.intact());
}

}  // namespace

void test_product_f32(KernelSetting& s) {
  uint32_t turn = 0;
  for (int64_t m = 1; m <= 2 * s.kernels.product_rows + 1; ++m) {
    for (const int64_t columns : kCounts) {
      for (const int64_t k : {1, 2, 5}) {
        const uint32_t flags = turn % 4;
        const bool fits =
            m <= s.kernels.product_rows && columns <= conv4j::kPanelVectors * s.kernels.lanes;
        for (int keeps = 0; keeps <= (fits ? 1 : 0); ++keeps) {
          run_product(s, {m, k, 1 + turn % 3, columns, flags, turn / 4 % 2 == 0, keeps != 0});
        }
        turn += 1 + turn % 2;  // so that the flags meet every k
      }
    }
  }
}

void test_dot_f32(KernelSetting& s) {
  uint32_t turn = 0;
  for (int64_t m = 1; m <= 2 * s.kernels.dot_tile + 1; ++m) {
    for (int64_t j = 1; j <= 2 * s.kernels.dot_tile + 1; ++j) {
      for (const int64_t columns : kCounts) run_dot(s, {m, j, 1 + turn++ % 3, columns});
    }
  }
}

}  // namespace conv4j_tests
