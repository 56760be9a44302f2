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

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// How a block reads its pixels: all of its rows and columns exist; some do not; or the image is one
// vector wide, and every tap's pixels are lanes of the same.
enum FilterSource { kFilterInside, kFilterEdge, kFilterNarrow };

// Which lanes of a block of columns lie inside the image, tap by tap, and inside the output. Of a
// narrow image: which lane of its row each one reads, kLanes for a zero.
struct FilterEdge {
  vm inside[kFilterMostColumns][2];
  vi lanes[kFilterMostColumns];
  vm columns;
  vm width;
};

inline int64_t filter_lane(int64_t lane) { return lane < 0 ? 0 : lane > kLanes ? kLanes : lane; }

inline vm filter_lanes(int64_t column, int64_t width) {
  return between(filter_lane(-column), filter_lane(width - column));
}

CONV4J_NOINLINE void filter_edge(const Filter& f, int64_t column, FilterEdge* edge) {
  const int64_t first = column * f.sw - f.left;
  for (int64_t kw = 0; kw < f.kw; ++kw) {
    edge->inside[kw][0] = filter_lanes(first + kw, f.width);
    edge->inside[kw][1] = filter_lanes(first + kw + kLanes, f.width);
  }
  edge->columns = filter_lanes(column, f.columns);
}

// Lane j of tap kw reads column j * SW + kw - left, if there is one.
CONV4J_NOINLINE void filter_narrow_edge(const Filter& f, FilterEdge* edge) {
  for (int64_t kw = 0; kw < f.kw; ++kw) {
    int32_t lanes[kLanes];
    for (int64_t j = 0; j < kLanes; ++j) {
      const int64_t column = j * f.sw + kw - f.left;
      lanes[j] = static_cast<int32_t>(column >= 0 && column < f.width ? column : kLanes);
    }
    edge->lanes[kw] = load_i(lanes);
  }
  edge->columns = filter_lanes(0, f.columns);
  edge->width = filter_lanes(0, f.width);
}

// What a row outside the image reads.
alignas(64) constexpr float kFilterZeros[2 * kLanes + kFilterMostColumns] = {};

// One block: the pixel of its first row and tap (of a narrow image, of column 0), which is in input
// row ih, and its output.
struct FilterBlock {
  const float* src;
  int64_t ih;
  float* dst;
  const FilterEdge* edge;
};

// The next input row of a block; moves `row` on.
template <int kSource>
CONV4J_INLINE const float* filter_row(const Filter& f, const float** row, int64_t ih) {
  const float* here = *row;
  *row = keep(here + f.width);
  const bool inside =
      kSource == kFilterInside || static_cast<uint64_t>(ih) < static_cast<uint64_t>(f.height);
  return inside ? here : kFilterZeros;
}

template <int kSource>
CONV4J_INLINE vf filter_load(const float* p, vm inside) {
  return keep(kSource == kFilterInside ? load(p) : load_where(inside, p));
}

// What the taps of one row share: the row of a narrow image.
template <int kSource>
CONV4J_INLINE vf filter_whole(const float* row, const FilterEdge& edge) {
  return kSource == kFilterNarrow ? keep(load_where(edge.width, row)) : zero();
}

// The pixels of tap kw in a row; at stride 2, if kBoth, also those of the next tap, which lie
// between them.
template <int kSource, int kStride, bool kBoth>
CONV4J_INLINE void filter_taps(const float* row, vf whole, int64_t kw, const FilterEdge& edge,
                               vf (&x)[2]) {
  if constexpr (kSource == kFilterNarrow) {
    x[0] = keep(lanes_of(whole, edge.lanes[kw]));
    if (kBoth) x[1] = keep(lanes_of(whole, edge.lanes[kw + 1]));
  } else {
    const vf a = filter_load<kSource>(row + kw, edge.inside[kw][0]);
    if constexpr (kStride == 1) {
      x[0] = a;
    } else {
      const vf b = filter_load<kSource>(row + kw + kLanes, edge.inside[kw][1]);
      x[0] = keep(even(a, b));
      if (kBoth) x[1] = keep(odd(a, b));
    }
  }
}

// The sums of the rows that input row i, counted from the blocks' first one, reaches by column kw.
template <int kTaps, int kStride, int kRows>
CONV4J_INLINE void filter_add(const vf (&w)[kTaps * kTaps], int i, int kw, vf x, vf y,
                              vf (&sums)[2][kRows]) {
  CONV4J_UNROLL
  for (int r = 0; r < kRows; ++r) {
    const int kh = i - r * kStride;
    if (kh < 0 || kh >= kTaps) continue;
    sums[0][r] = fma(w[kh * kTaps + kw], x, sums[0][r]);
    sums[1][r] = fma(w[kh * kTaps + kw], y, sums[1][r]);
  }
}

// Adds one channel to the sums of two blocks, of a square kernel.
template <int kSource, int kTaps, int kStride, int kRows>
CONV4J_INLINE void filter_square(const Filter& f, const FilterBlock (&blocks)[2], int64_t channel,
                                 const float* weights, vf (&sums)[2][kRows]) {
  vf w[kTaps * kTaps];
  CONV4J_UNROLL
  for (int t = 0; t < kTaps * kTaps; ++t) w[t] = broadcast(weights[t]);
  const float* rows[2] = {blocks[0].src + channel * f.src_plane,
                          blocks[1].src + channel * f.src_plane};
  CONV4J_UNROLL
  for (int i = 0; i < (kRows - 1) * kStride + kTaps; ++i) {
    const float* row[2];
    const FilterEdge* edge[2];
    vf whole[2];
    CONV4J_UNROLL
    for (int b = 0; b < 2; ++b) {
      edge[b] = blocks[kSource == kFilterNarrow ? 0 : b].edge;
      row[b] = filter_row<kSource>(f, &rows[b], blocks[b].ih + i);
      whole[b] = filter_whole<kSource>(row[b], *edge[b]);
    }
    vf x[2], y[2];
    CONV4J_UNROLL
    for (int kw = 0; kw + kStride <= kTaps; kw += kStride) {
      filter_taps<kSource, kStride, kStride == 2>(row[0], whole[0], kw, *edge[0], x);
      filter_taps<kSource, kStride, kStride == 2>(row[1], whole[1], kw, *edge[1], y);
      filter_add<kTaps, kStride, kRows>(w, i, kw, x[0], y[0], sums);
      if (kStride == 2) filter_add<kTaps, kStride, kRows>(w, i, kw + 1, x[1], y[1], sums);
    }
    if (kTaps % kStride != 0) {
      filter_taps<kSource, kStride, false>(row[0], whole[0], kTaps - 1, *edge[0], x);
      filter_taps<kSource, kStride, false>(row[1], whole[1], kTaps - 1, *edge[1], y);
      filter_add<kTaps, kStride, kRows>(w, i, kTaps - 1, x[0], y[0], sums);
    }
  }
}

// The same for any kernel.
template <int kSource, int kStride, int kRows>
CONV4J_INLINE void filter_any(const Filter& f, const FilterBlock (&blocks)[2], int64_t channel,
                              const float* weights, vf (&sums)[2][kRows]) {
  const float* rows[2] = {blocks[0].src + channel * f.src_plane,
                          blocks[1].src + channel * f.src_plane};
  const int64_t reach = (kRows - 1) * f.sh + f.kh;
  for (int64_t i = 0; i < reach; ++i) {
    const float* row[2] = {filter_row<kSource>(f, &rows[0], blocks[0].ih + i),
                           filter_row<kSource>(f, &rows[1], blocks[1].ih + i)};
    const vf whole[2] = {filter_whole<kSource>(row[0], *blocks[0].edge),
                         filter_whole<kSource>(row[1], *blocks[1].edge)};
    for (int64_t kw = 0; kw < f.kw; ++kw) {
      vf x[2], y[2];
      filter_taps<kSource, kStride, false>(row[0], whole[0], kw, *blocks[0].edge, x);
      filter_taps<kSource, kStride, false>(row[1], whole[1], kw, *blocks[1].edge, y);
      CONV4J_UNROLL
      for (int r = 0; r < kRows; ++r) {
        const int64_t kh = i - r * f.sh;
        if (static_cast<uint64_t>(kh) >= static_cast<uint64_t>(f.kh)) continue;
        const vf w = broadcast(weights[kh * f.kw + kw]);
        sums[0][r] = fma(w, x[0], sums[0][r]);
        sums[1][r] = fma(w, y[0], sums[1][r]);
      }
    }
  }
}

template <int kSource, int kTaps, int kStride, int kRows>
CONV4J_NOINLINE void filter_blocks(const Filter& f, const FilterBlock (&blocks)[2],
                                   const float* weights, float bias) {
  vf sums[2][kRows];
  CONV4J_UNROLL
  for (int r = 0; r < kRows; ++r) sums[0][r] = sums[1][r] = zero();
  for (int64_t c = 0; c < f.channels; ++c) {
    if constexpr (kTaps > 0) {
      filter_square<kSource, kTaps, kStride, kRows>(f, blocks, c, weights, sums);
    } else {
      filter_any<kSource, kStride, kRows>(f, blocks, c, weights, sums);
    }
    weights += f.kh * f.kw;
  }
  const vf base = broadcast(bias);
  CONV4J_UNROLL
  for (int r = 0; r < kRows; ++r) {
    sums[0][r] = add(sums[0][r], base);
    sums[1][r] = add(sums[1][r], base);
  }
  if (f.relu != 0) {
    CONV4J_UNROLL
    for (int r = 0; r < kRows; ++r) {
      sums[0][r] = relu(sums[0][r]);
      sums[1][r] = relu(sums[1][r]);
    }
  }
  const ptrdiff_t dst_row = f.dst_row;
  CONV4J_UNROLL
  for (int b = 0; b < 2; ++b) {
    float* out = blocks[b].dst;
    const vm columns = blocks[b].edge->columns;
    CONV4J_UNROLL
    for (int r = 0; r < kRows; ++r, out += dst_row) {
      if (kSource == kFilterInside) {
        store(out, sums[b][r]);
      } else {
        store_where(columns, out, sums[b][r]);
      }
    }
  }
}

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
  grid->edge[1].columns = all;
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
  if (f.kh == 3 && f.kw == 3 && f.sh == kStride) return filter_sized<3, kStride>(f);
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
