// Two blocks of filter_f32 side by side (see filter.inl): up to kFilterRows output rows of one
// vector each, of one output plane, summed over all channels, with bias and ReLU.
//
// A block's sums stay in registers: 14 of them, nine weights of a 3x3 kernel and a few pixels on
// AVX-512. The rows of the input are gone through once, each one's taps added to the output rows
// that they reach; a pixel that two output rows share is loaded once. The pixels of a vector are
// kept from being loaded again for every use, which a compiler prefers: loads, half of which
// straddle two cache lines, are what limits this kernel.

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
  int64_t columns;  // of the output, so many of a vector
  vm width;
  // Of two planes in a vector, see filter_twins.inl: the upper one's lanes, and its pixels.
  vm upper;
  vm upper_width;
};

CONV4J_NOINLINE void filter_edge(const Filter& f, int64_t column, FilterEdge* edge) {
  const int64_t first = column * f.sw - f.left;
  for (int64_t kw = 0; kw < f.kw; ++kw) {
    edge->inside[kw][0] = existing_lanes(first + kw, f.width);
    edge->inside[kw][1] = existing_lanes(first + kw + kLanes, f.width);
  }
  edge->columns = lane_inside(f.columns - column);
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
  edge->columns = lane_inside(f.columns);
  edge->width = existing_lanes(0, f.width);
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
    const int64_t columns = blocks[b].edge->columns;
    CONV4J_UNROLL
    for (int r = 0; r < kRows; ++r, out += dst_row) {
      if (kSource == kFilterInside || columns == kLanes) {
        store(out, sums[b][r]);
      } else {
        store_first(out, sums[b][r], columns);
      }
    }
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
