// filter_f32 for 3x3 kernels on images so narrow that half a vector holds an output row (7x7 maps
// on AVX-512): two planes share every vector, the second one in its upper half.
//
// Each input row is loaded once a plane, under a mask; a permutation of both planes' rows gives the
// pixels of a tap, taking the first lane behind the image, which is zero, for what lies outside it.
// Needs width < kLanes and columns <= kLanes / 2. Of an odd number of planes the last one is
// computed twice. Where half a vector holds an input row, too, and a zero, and the middle tap reads
// the pixel above its output, both rows lie in one vector (packed): that tap needs no permutation.
// 7x7, 1024 planes, cycles a plane: 64 on an Ice Lake before rows were packed, against 123 with a
// plane a vector; on a Zen 4 55, against 84 before.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// Two planes of a very narrow image, the second one in the upper half of every vector.
struct FilterTwins {
  const float* src[2];
  const float* weights[2];
  float* dst[2];
  float bias[2];
};

// Which lanes of the two planes' rows each tap reads: of two vectors, or of one if packed.
inline void filter_twin_edge(const Filter& f, bool packed, FilterEdge* edge) {
  constexpr int64_t kHalf = (kLanes + 1) / 2;
  for (int64_t kw = 0; kw < f.kw; ++kw) {
    int32_t lanes[kLanes];
    for (int64_t j = 0; j < kLanes; ++j) {
      const int64_t column = j % kHalf * f.sw + kw - f.left;
      const int64_t lane = column >= 0 && column < f.width ? column : f.width;  // which is zero
      const int64_t plane = packed ? kHalf : kLanes;
      lanes[j] = static_cast<int32_t>(j < kHalf ? lane : plane + lane);
    }
    edge->lanes[kw] = load_i(lanes);
  }
  edge->inside[0][0] = between(0, f.columns);
  edge->inside[0][1] = between(kHalf, kHalf + f.columns);
  edge->upper = between(kHalf, kLanes);
  edge->width = between(0, f.width);
  if (packed) edge->upper_width = between(kHalf, kHalf + f.width);
}

// The weights of one channel, each plane's in its half.
template <int kTaps>
CONV4J_INLINE void filter_twin_weights(const FilterTwins& t, vm upper, int64_t channel,
                                       vf (&w)[kTaps * kTaps]) {
  const float* lower_taps = t.weights[0] + channel * kTaps * kTaps;
  const float* upper_taps = t.weights[1] + channel * kTaps * kTaps;
  CONV4J_UNROLL
  for (int tap = 0; tap < kTaps * kTaps; ++tap) {
    w[tap] = select(upper, broadcast(upper_taps[tap]), broadcast(lower_taps[tap]));
  }
}

// Stores the sums of output rows [from, from + kRows), with bias and ReLU.
template <int kRows>
CONV4J_INLINE void filter_twin_store(const Filter& f, const FilterTwins& t, const FilterEdge& edge,
                                     int64_t from, vf (&sums)[kRows]) {
  const vf base = select(edge.upper, broadcast(t.bias[1]), broadcast(t.bias[0]));
  CONV4J_UNROLL
  for (int r = 0; r < kRows; ++r) sums[r] = add(sums[r], base);
  if (f.relu != 0) {
    CONV4J_UNROLL
    for (int r = 0; r < kRows; ++r) sums[r] = relu(sums[r]);
  }
  const ptrdiff_t dst_row = f.dst_row;
  const vm inside[2] = {edge.inside[0][0], edge.inside[0][1]};
  float* lower_row = t.dst[0] + from * dst_row;
  float* upper_row = t.dst[1] + from * dst_row - kLanes / 2;
  CONV4J_UNROLL
  for (int r = 0; r < kRows; ++r) {
    store_where(inside[0], lower_row + r * dst_row, sums[r]);
    store_where(inside[1], upper_row + r * dst_row, sums[r]);
  }
}

// Output rows [from, from + kRows) of two planes, 3x3.
template <int kStride, int kRows>
CONV4J_NOINLINE void filter_twin_rows(const Filter& f, const FilterTwins& t, const FilterEdge& edge,
                                      int64_t from) {
  constexpr int kTaps = 3;
  vf sums[kRows];
  CONV4J_UNROLL
  for (int r = 0; r < kRows; ++r) sums[r] = zero();
  const int64_t ih = (f.first + from) * f.sh - f.top;
  for (int64_t c = 0; c < f.channels; ++c) {
    vf w[kTaps * kTaps];
    filter_twin_weights<kTaps>(t, edge.upper, c, w);
    const float* rows[2] = {t.src[0] + c * f.src_plane + ih * f.width,
                            t.src[1] + c * f.src_plane + ih * f.width};
    CONV4J_UNROLL
    for (int i = 0; i < (kRows - 1) * kStride + kTaps; ++i) {
      const vf a = keep(load_where(edge.width, filter_row<kFilterEdge>(f, &rows[0], ih + i)));
      const vf b = keep(load_where(edge.width, filter_row<kFilterEdge>(f, &rows[1], ih + i)));
      CONV4J_UNROLL
      for (int kw = 0; kw < kTaps; ++kw) {
        const vf x = keep(lanes_of(a, edge.lanes[kw], b));
        CONV4J_UNROLL
        for (int r = 0; r < kRows; ++r) {
          const int kh = i - r * kStride;
          if (kh < 0 || kh >= kTaps) continue;
          sums[r] = fma(w[kh * kTaps + kw], x, sums[r]);
        }
      }
    }
  }
  filter_twin_store<kRows>(f, t, edge, from, sums);
}

// The same, packed: stride 1 and one column of padding on the left.
template <int kRows>
CONV4J_INLINE void filter_packed_rows(const Filter& f, const FilterTwins& t, const FilterEdge& edge,
                                      int64_t from) {
  constexpr int kTaps = 3;
  const int64_t width = f.width;
  const uint64_t height = static_cast<uint64_t>(f.height);
  const vm lower_width = edge.width;
  const vm upper_width = edge.upper_width;
  const vi before = edge.lanes[0];
  const vi behind = edge.lanes[2];
  vf sums[kRows];
  CONV4J_UNROLL
  for (int r = 0; r < kRows; ++r) sums[r] = zero();
  const int64_t ih = f.first + from - f.top;
  for (int64_t c = 0; c < f.channels; ++c) {
    vf w[kTaps * kTaps];
    filter_twin_weights<kTaps>(t, edge.upper, c, w);
    const float* lower_row = t.src[0] + c * f.src_plane + ih * width;
    const float* upper_row = t.src[1] + c * f.src_plane + ih * width - kLanes / 2;
    CONV4J_UNROLL
    for (int i = 0; i < kRows - 1 + kTaps; ++i, lower_row += width, upper_row += width) {
      // Most rows are inside; without the hint every one of them costs two jumps.
      if (__builtin_expect(static_cast<uint64_t>(ih + i) >= height, 0)) continue;
      vf x[kTaps];
      x[1] = keep(load_over(upper_width, upper_row, load_where(lower_width, lower_row)));
      x[0] = keep(lanes_of(x[1], before));
      x[2] = keep(lanes_of(x[1], behind));
      CONV4J_UNROLL
      for (int r = 0; r < kRows; ++r) {
        const int kh = i - r;
        if (kh < 0 || kh >= kTaps) continue;
        CONV4J_UNROLL
        for (int kw = 0; kw < kTaps; ++kw) {
          sums[r] = fma(w[kh * kTaps + kw], x[kw], sums[r]);
        }
      }
    }
  }
  filter_twin_store<kRows>(f, t, edge, from, sums);
}

// All planes, two by two; an odd last one with itself.
template <int kStride, int kRows>
void filter_twins(const Filter& f) {
  FilterEdge edge;
  const bool packed = kStride == 1 && f.left == 1 && 2 * f.width < kLanes;
  filter_twin_edge(f, packed, &edge);
  const int64_t planes = f.groups * f.outputs;
  const float* src = f.src;
  int64_t output = 0;
  for (int64_t m = 0; m < planes; m += 2) {
    FilterTwins t;
    for (int64_t plane = 0; plane < 2; ++plane) {
      const int64_t at = m + plane < planes ? m + plane : m;
      t.src[plane] = src;
      t.weights[plane] = f.weights + at * f.channels * f.kh * f.kw;
      t.dst[plane] = f.dst + at * f.dst_plane;
      t.bias[plane] = f.bias != nullptr ? f.bias[at] : 0.0F;
      if (at + 1 < planes && ++output == f.outputs) {
        output = 0;
        src += f.channels * f.src_plane;
      }
    }
    for (int64_t row = 0; row < f.rows; row += kRows) {
      const int64_t last = f.rows - kRows;
      const int64_t from = row < last ? row : last;
      if (packed) {
        filter_packed_rows<kRows>(f, t, edge, from);
      } else {
        filter_twin_rows<kStride, kRows>(f, t, edge, from);
      }
    }
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
