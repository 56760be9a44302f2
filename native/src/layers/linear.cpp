// The fully connected layer: three products, cut into blocks of their result.
//
// OpenBLAS computes a block a call, on the thread that took the block. Without it, the forward
// product is a product of rows with rows, which dot_f32 reads as they lie; the other two multiply a
// small operand, packed into a panel on the stack, with rows of the large one.
#include <climits>
#include <cstring>

#include "gemm/openblas.h"
#include "layers/layers.h"
#include "threading/pool.h"

namespace conv4j {
namespace {

constexpr int64_t kRowBlock = 64;
constexpr int64_t kColumnsOfBlock = 256;
constexpr int64_t kSummands = 256;  // of a packed panel
constexpr int64_t kMostPanelRows = 16;
constexpr int64_t kDotSummands = 1024;  // of one pass of dot_f32: its operands stay in the cache

constexpr int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
constexpr int64_t blocks(int64_t extent, int64_t block) { return (extent + block - 1) / block; }

// Calls f(row, rows, column, columns) for the blocks of a result.
template <typename Callable>
void for_each_tile(const Run& run, int64_t rows, int64_t columns, int64_t row_block,
                   int64_t column_block, const Callable& f) {
  const int64_t across = blocks(columns, column_block);
  parallel_for(blocks(rows, row_block) * across, run.threads, [&](int64_t index, int64_t) {
    const int64_t row = index / across * row_block;
    const int64_t column = index % across * column_block;
    f(row, least(row_block, rows - row), column, least(column_block, columns - column));
  });
}

// c[m][j] = sum over t of a[m * a_m + t * a_t] * b[t * columns + j], c and b with rows of
// `columns`.
struct Wide {
  const float* a;
  int64_t a_m, a_t;
  const float* b;
  float* c;
  int64_t rows, columns, summands;
};

void multiply_tile(const KernelTable& kernels, const Wide& w, int64_t row, int64_t rows,
                   int64_t column, int64_t columns) {
  float panel[kSummands * kMostPanelRows];
  int64_t offsets[kSummands];
  const int64_t height = least(kernels.product_rows, kMostPanelRows);
  for (int64_t first = 0; first < w.summands; first += kSummands) {
    const int64_t k = least(kSummands, w.summands - first);
    for (int64_t t = 0; t < k; ++t) offsets[t] = (first + t) * w.columns;
    for (int64_t m = row; m < row + rows; m += height) {
      const int64_t h = least(height, row + rows - m);
      for (int64_t t = 0; t < k; ++t) {
        for (int64_t i = 0; i < h; ++i) {
          panel[t * h + i] = w.a[(m + i) * w.a_m + (first + t) * w.a_t];
        }
      }
      Product p = {};
      p.a = panel;
      p.panels = {h, 1};
      p.k = k;
      p.b = w.b + column;
      p.offsets = offsets;
      p.c = w.c + m * w.columns + column;
      p.c_m = w.columns;
      p.rows = 1;
      p.columns = columns;
      p.flags = first > 0 ? kProductAccumulate : 0U;
      kernels.product_f32(p);
    }
  }
}

void multiply(const Run& run, const Wide& w) {
  for_each_tile(run, w.rows, w.columns, kRowBlock, kColumnsOfBlock,
                [&](int64_t row, int64_t rows, int64_t column, int64_t columns) {
                  multiply_tile(*run.kernels, w, row, rows, column, columns);
                });
}

void dot_tile(const KernelTable& kernels, const Linear& l, const float* src, const float* weights,
              float* dst, int64_t row, int64_t rows, int64_t column, int64_t columns) {
  int64_t offsets[kRowBlock];
  for (int64_t j = 0; j < columns; ++j) offsets[j] = (column + j) * l.in;
  for (int64_t first = 0; first < l.in; first += kDotSummands) {
    Dot d = {};
    d.a = src + row * l.in + first;
    d.a_m = l.in;
    d.m = rows;
    d.b = weights + first;
    d.offsets = offsets;
    d.j = columns;
    d.c = dst + row * l.out + column;
    d.c_m = l.out;
    d.rows = 1;
    d.columns = least(kDotSummands, l.in - first);
    kernels.dot_f32(d);
  }
}

bool fits_openblas(int64_t n, int64_t in, int64_t out) {
  return n <= INT_MAX && in <= INT_MAX && out <= INT_MAX;
}

}  // namespace

bool linear_prefers_openblas(int64_t n, int64_t in, int64_t out) {
  // A single row reads every weight once: nothing that blocking could save.
  return n > 1 && openblas::available() && fits_openblas(n, in, out);
}

void linear_forward(const Run& run, const Linear& l, const float* src, const float* weights,
                    const float* bias, float* dst) {
  const int64_t block = l.openblas ? kColumnsOfBlock : kRowBlock;
  for_each_tile(run, l.n, l.out, block, block,
                [&](int64_t row, int64_t rows, int64_t column, int64_t columns) {
                  const auto bytes = static_cast<size_t>(columns) * sizeof(float);
                  for (int64_t m = row; m < row + rows; ++m) {
                    float* to = dst + m * l.out + column;
                    if (bias != nullptr) {
                      std::memcpy(to, bias + column, bytes);
                    } else {
                      std::memset(to, 0, bytes);
                    }
                  }
                  if (l.openblas) {
                    openblas::product(openblas::kNo, openblas::kYes, rows, columns, l.in,
                                      src + row * l.in, l.in, weights + column * l.in, l.in, 1.0F,
                                      dst + row * l.out + column, l.out);
                  } else {
                    dot_tile(*run.kernels, l, src, weights, dst, row, rows, column, columns);
                  }
                });
}

void linear_backward_data(const Run& run, const Linear& l, const float* diff_dst,
                          const float* weights, float* diff_src) {
  if (!l.openblas) {
    multiply(run, {diff_dst, l.out, 1, weights, diff_src, l.n, l.in, l.out});
    return;
  }
  for_each_tile(run, l.n, l.in, kColumnsOfBlock, kColumnsOfBlock,
                [&](int64_t row, int64_t rows, int64_t column, int64_t columns) {
                  openblas::product(openblas::kNo, openblas::kNo, rows, columns, l.out,
                                    diff_dst + row * l.out, l.out, weights + column, l.in, 0.0F,
                                    diff_src + row * l.in + column, l.in);
                });
}

void linear_backward_weights(const Run& run, const Linear& l, const float* src,
                             const float* diff_dst, float* diff_weights, float* diff_bias) {
  if (diff_bias != nullptr) {
    parallel_for(blocks(l.out, kColumnsOfBlock), run.threads, [&](int64_t index, int64_t) {
      const int64_t first = index * kColumnsOfBlock;
      const int64_t count = least(kColumnsOfBlock, l.out - first);
      double sums[kColumnsOfBlock] = {};
      for (int64_t n = 0; n < l.n; ++n) {
        const float* row = diff_dst + n * l.out + first;
        for (int64_t i = 0; i < count; ++i) sums[i] += static_cast<double>(row[i]);
      }
      for (int64_t i = 0; i < count; ++i) diff_bias[first + i] = static_cast<float>(sums[i]);
    });
  }
  if (l.n == 0) {
    std::memset(diff_weights, 0, static_cast<size_t>(l.out * l.in) * sizeof(float));
  } else if (!l.openblas) {
    multiply(run, {diff_dst, 1, l.out, src, diff_weights, l.out, l.in, l.n});
  } else {
    for_each_tile(run, l.out, l.in, kColumnsOfBlock, kColumnsOfBlock,
                  [&](int64_t row, int64_t rows, int64_t column, int64_t columns) {
                    openblas::product(openblas::kYes, openblas::kNo, rows, columns, l.n,
                                      diff_dst + row, l.out, src + column, l.in, 0.0F,
                                      diff_weights + row * l.in + column, l.in);
                  });
  }
}

}  // namespace conv4j
