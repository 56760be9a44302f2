// filter_f32: dst[m][row][j] = bias[m] + sum over c, kh, kw of weights[m][c][kh][kw]
//                              * src[g][c][row * SH + kh - top][j * SW + kw - left]
//
//   src      [groups][channels][height][width] where it lies; pixels outside it are not touched
//   weights  [groups * outputs][channels][KH][KW], group g's outputs one after the other
// Needs SW 1 or 2 and KW <= kFilterMostColumns. Rows outside the image are read from a row of
// zeros, columns outside it are lanes that a mask sets to zero, and so is the end of a row.
// A block is up to kFilterRows output rows of one vector: a pixel is loaded once for all the rows
// that it reaches. Two blocks are computed side by side, neighbours along the row or, on narrow
// planes, one below the other, so that there are enough independent sums to hide the latency of the
// multiply. A block that would pass the last row is moved up, an odd last one computed twice.
// SW 2 takes two vectors for a tap and keeps every other element. 3x3 and 5x5 are unrolled.
// Square kernels of one channel on images that are not wide are taken another way where the plan
// asks for it: filter_columns.inl. In blocks, on an Ice Lake, one thread, of the FMA peak: 3x3 on
// 14x14 maps 35 % (AVX-512) and 27 % (AVX2), 5x5 38 % and 38 %, 5x5 on a 1080x1920 image 45 %; 3x3
// on 112x112 is bound by L3 at 27 %. A block of seven rows of 5x5 takes 200 cycles so, 250 in
// blocks of four rows, 240 one block at a time.

#include "kernels/filter_blocks.inl"
#include "kernels/filter_columns.inl"
#include "kernels/filter_twins.inl"

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// The blocks of a plane: how many lie in a row, and the edges of the first, of one wholly inside,
// and of the last.
struct FilterGrid {
  int64_t blocks;
  FilterEdge edge[3];
};

inline void filter_grid(const Filter& f, FilterGrid* grid) {
  grid->blocks = (f.columns + kLanes - 1) / kLanes;
  filter_edge(f, 0, &grid->edge[0]);
  const vm all = between(0, kLanes);
  for (int64_t kw = 0; kw < f.kw; ++kw) {
    grid->edge[1].inside[kw][0] = grid->edge[1].inside[kw][1] = all;
  }
  grid->edge[1].columns = kLanes;
  filter_edge(f, (grid->blocks - 1) * kLanes, &grid->edge[2]);
}

// Fills in a block of kRows rows; whether all that it reads and writes exists.
template <int kRows>
inline bool filter_block(const Filter& f, const FilterGrid& grid, const float* src, float* dst,
                         int64_t row, int64_t index, FilterEdge* other, FilterBlock* block) {
  const int64_t column = index * kLanes;
  const int64_t first = column * f.sw - f.left;
  block->ih = (f.first + row) * f.sh - f.top;
  block->src = src + block->ih * f.width + first;
  block->dst = dst + row * f.dst_row + column;
  block->edge = &grid.edge[0];
  if (first >= 0 && column + kLanes <= f.columns && first + f.kw - 1 + f.sw * kLanes <= f.width) {
    block->edge = &grid.edge[1];
    return block->ih >= 0 && block->ih + (kRows - 1) * f.sh + f.kh <= f.height;
  }
  if (index == 0) return false;
  if (index == grid.blocks - 1) {
    block->edge = &grid.edge[2];
  } else {
    filter_edge(f, column, other);
    block->edge = other;
  }
  return false;
}

// One plane, in blocks of kRows rows.
template <int kTaps, int kStride, int kRows>
void filter_plane(const Filter& f, const FilterGrid& grid, const float* src, const float* weights,
                  float bias, float* dst) {
  int64_t row = 0;
  int64_t index = 0;
  while (row < f.rows) {
    FilterBlock blocks[2];
    FilterEdge other[2];
    bool inside[2];
    for (int b = 0; b < 2; ++b) {
      if (row >= f.rows) {
        blocks[b] = blocks[0];
        inside[b] = inside[0];
        continue;
      }
      const int64_t from = row + kRows > f.rows ? f.rows - kRows : row;
      inside[b] = filter_block<kRows>(f, grid, src, dst, from, index, &other[b], &blocks[b]);
      if (++index == grid.blocks) {
        index = 0;
        row += kRows;
      }
    }
    if (inside[0] && inside[1]) {
      filter_blocks<kFilterInside, kTaps, kStride, kRows>(f, blocks, weights, bias);
    } else {
      filter_blocks<kFilterEdge, kTaps, kStride, kRows>(f, blocks, weights, bias);
    }
  }
}

// The same of a narrow image: two blocks one below the other.
template <int kTaps, int kStride, int kRows>
void filter_narrow(const Filter& f, const FilterEdge& edge, const float* src, const float* weights,
                   float bias, float* dst) {
  for (int64_t row = 0; row < f.rows; row += 2 * kRows) {
    FilterBlock blocks[2];
    for (int b = 0; b < 2; ++b) {
      const int64_t wanted = row + b * kRows;
      const int64_t from = wanted + kRows > f.rows ? f.rows - kRows : wanted;
      const int64_t ih = (f.first + from) * f.sh - f.top;
      blocks[b] = {src + ih * f.width, ih, dst + from * f.dst_row, &edge};
    }
    filter_blocks<kFilterNarrow, kTaps, kStride, kRows>(f, blocks, weights, bias);
  }
}

template <int kTaps, int kStride, int kRows>
void filter_planes(const Filter& f) {
  // The registers do not hold 5x5 weights, the sums and what a narrow row takes.
  const bool narrow = kTaps != 5 && f.width <= kLanes && f.columns <= kLanes;
  FilterGrid grid;
  if (narrow) {
    filter_narrow_edge(f, &grid.edge[0]);
  } else {
    filter_grid(f, &grid);
  }
  const float* src = f.src;
  const float* weights = f.weights;
  float* dst = f.dst;
  for (int64_t m = 0; m < f.groups * f.outputs; ++m) {
    const float bias = f.bias != nullptr ? f.bias[m] : 0.0F;
    if (narrow) {
      filter_narrow<kTaps, kStride, kRows>(f, grid.edge[0], src, weights, bias, dst);
    } else {
      filter_plane<kTaps, kStride, kRows>(f, grid, src, weights, bias, dst);
    }
    weights += f.channels * f.kh * f.kw;
    dst += f.dst_plane;
    if ((m + 1) % f.outputs == 0) src += f.channels * f.src_plane;
  }
}

// Output rows of a block: of those that the plane has, the height that computes the fewest twice.
CONV4J_NOINLINE int64_t filter_rows(const Filter& f) {
  const int64_t heights[] = {kFilterRows, 4, 2, 1};
  const int64_t across = (f.columns + kLanes - 1) / kLanes;
  int64_t best = 1;
  int64_t least = INT64_MAX;
  for (const int64_t height : heights) {
    const int64_t pairs = ((f.rows + height - 1) / height * across + 1) / 2;
    const int64_t work = pairs * (4 * height + f.kh);
    if (height > f.rows || work >= least) continue;
    best = height;
    least = work;
  }
  return best;
}

template <int kTaps, int kStride>
void filter_sized(const Filter& f) {
  const int64_t rows = filter_rows(f);
  if (rows == kFilterRows) return filter_planes<kTaps, kStride, kFilterRows>(f);
  if (rows == 4) return filter_planes<kTaps, kStride, 4>(f);
  if (rows == 2) return filter_planes<0, kStride, 2>(f);
  filter_planes<0, kStride, 1>(f);
}

template <int kStride>
void filter_strided(const Filter& f) {
  const bool half = kLanes >= 16 && f.width < kLanes && 2 * f.columns <= kLanes;
  if constexpr (kGoesDownColumns) {
    if (f.by_columns && !(half && f.kw == 3) && filter_by_columns<kStride>(f)) return;
  }
  if (f.kh == 3 && f.kw == 3 && f.sh == kStride) {
    if constexpr (kLanes >= 16) {
      if (half && f.rows % kFilterRows == 0) return filter_twins<kStride, kFilterRows>(f);
      if (half && f.rows >= 4) return filter_twins<kStride, 4>(f);
    }
    return filter_sized<3, kStride>(f);
  }
  if (f.kh == 5 && f.kw == 5 && f.sh == kStride) return filter_sized<5, kStride>(f);
  filter_sized<0, kStride>(f);
}

void filter_f32(const Filter& f) {
  if (f.sw == 1) {
    filter_strided<1>(f);
  } else {
    filter_strided<2>(f);
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
