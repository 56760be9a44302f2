// filter_f32 of one channel with a square kernel, a vector of output columns at a time from the top
// of a strip of rows to its end: where registers do not hold blocks of many rows and masks are
// whole registers, or where a load of 16 lanes takes as long as a multiply-add.
//
// An input row is loaded once for all the output rows that it reaches, whose sums are as many as
// the kernel's height over the stride: three at 3x3. A sum begins with the bias, moves on with
// every row and is stored after its last; those of the rows that follow need not wait for it. The
// last vector of a row ends with the row, so that only images narrower than a vector store less
// than a vector. At stride 2 even and odd pixels stay in the order in which one shuffle takes them
// apart, and only the sums are put in order.
// One thread of a Zen 3, AVX2, against blocks (filter_blocks.inl): 3x3 1.5 to 2.3 times as fast on
// maps of 7 to 112, 1.2 at stride 2 on 112x112, 5x5 1.4 to 1.7, 7x7 1.3 to 2.1; two vectors at a
// time made 5x5 no faster. On a Zen 4 with 16 lanes 3x3 1.2 to 1.7 times, 5x5 1.1 to 1.5. On wide
// images it takes up to 1.4 times as long: 7x7 from 300 columns on, 3x3 at 1920.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// The pixel of the first tap of a run's first row, which is in input row ih, and its output.
struct FilterRun {
  const float* src;
  int64_t ih;
  float* dst;
  int64_t rows;
  const FilterEdge* edge;
};

// Adds column kw of the taps to the sums of the rows that row j of a step reaches.
template <int kTaps, int kStride, int kLive>
CONV4J_INLINE void filter_tap(const vf (&w)[kTaps * kTaps], int j, int kw, vf x,
                              vf (&sums)[kLive]) {
  CONV4J_UNROLL
  for (int d = 0; d < kLive; ++d) {
    const int kh = d * kStride + j;
    if (kh < kTaps) sums[d] = fma(w[kh * kTaps + kw], x, sums[d]);
  }
}

template <int kTaps, int kStride, bool kMasked>
CONV4J_NOINLINE void filter_run(const Filter& f, const FilterRun& run, const float* weights,
                                float bias) {
  constexpr int kLive = (kTaps + kStride - 1) / kStride;
  vf w[kTaps * kTaps];
  CONV4J_UNROLL
  for (int t = 0; t < kTaps * kTaps; ++t) w[t] = broadcast(weights[t]);
  const vf base = broadcast(bias);
  const vf least = broadcast(f.relu != 0 ? 0.0F : -__builtin_inff());
  const int64_t width = f.width;
  const auto height = static_cast<uint64_t>(f.height);
  const ptrdiff_t dst_row = f.dst_row;
  const int64_t columns = run.edge->columns;
  vm inside[kTaps][2];  // a copy: what is stored may alias the edge
  CONV4J_UNROLL
  for (int kw = 0; kw < kTaps; ++kw) {
    inside[kw][0] = run.edge->inside[kw][0];
    inside[kw][1] = run.edge->inside[kw][1];
  }
  const float* src = run.src;
  float* dst = run.dst;
  int64_t ih = run.ih;
  vf sums[kLive];
  CONV4J_UNROLL
  for (vf& sum : sums) sum = base;
  // The sums of output row `row` come last, those before the strip's first one are dropped.
  for (int64_t row = 1 - kLive; row < run.rows; ++row) {
    CONV4J_UNROLL
    for (int j = 0; j < kStride; ++j, src += width, ++ih) {
      __builtin_prefetch(src + kPixelsAhead);
      if (static_cast<uint64_t>(ih) >= height) continue;
      CONV4J_UNROLL
      for (int kw = 0; kw < kTaps; kw += kStride) {
        const vf x = pixels_at<kMasked>(src + kw, inside[kw][0]);
        if constexpr (kStride == 1) {
          filter_tap<kTaps, kStride, kLive>(w, j, kw, x, sums);
        } else {
          const vf y = pixels_at<kMasked>(src + kw + kLanes, inside[kw][1]);
          filter_tap<kTaps, kStride, kLive>(w, j, kw, loose_even(x, y), sums);
          if (kw + 1 < kTaps) {
            filter_tap<kTaps, kStride, kLive>(w, j, kw + 1, loose_odd(x, y), sums);
          }
        }
      }
    }
    if (row >= 0) {
      vf y = at_least(least, sums[kLive - 1]);
      if (kStride == 2) y = in_order(y);
      if (!kMasked || columns == kLanes) {
        store(dst, y);
      } else {
        store_first(dst, y, columns);
      }
      dst += dst_row;
    }
    CONV4J_UNROLL
    for (int d = kLive - 1; d > 0; --d) sums[d] = sums[d - 1];
    sums[0] = base;
  }
}

template <int kTaps, int kStride>
void filter_columns(const Filter& f) {
  const int64_t vectors = (f.columns + kLanes - 1) / kLanes;
  const int64_t last = f.columns < kLanes ? 0 : f.columns - kLanes;
  FilterEdge edges[2], other;
  filter_edge(f, 0, &edges[0]);
  filter_edge(f, last, &edges[1]);
  const int64_t strip = strip_of_columns(f.width, kTaps, kStride);
  for (int64_t m = 0; m < f.groups * f.outputs; ++m) {
    const float* plane = f.src + m / f.outputs * f.src_plane;
    const float* weights = f.weights + m * kTaps * kTaps;
    const float bias = f.bias != nullptr ? f.bias[m] : 0.0F;
    for (int64_t row = 0; row < f.rows; row += strip) {
      FilterRun run;
      run.rows = row + strip < f.rows ? strip : f.rows - row;
      run.ih = (f.first + row) * kStride - f.top;
      for (int64_t i = 0; i < vectors; ++i) {
        const int64_t column = i == vectors - 1 ? last : i * kLanes;
        const int64_t first = column * kStride - f.left;
        run.src = plane + run.ih * f.width + first;
        run.dst = f.dst + m * f.dst_plane + row * f.dst_row + column;
        run.edge = &edges[i > 0 ? 1 : 0];
        if (first >= 0 && first + kTaps - 1 + kStride * kLanes <= f.width && last > 0) {
          filter_run<kTaps, kStride, false>(f, run, weights, bias);
          continue;
        }
        if (i > 0 && i < vectors - 1) {
          filter_edge(f, column, &other);
          run.edge = &other;
        }
        filter_run<kTaps, kStride, true>(f, run, weights, bias);
      }
    }
  }
}

// Whether the kernel took it.
template <int kStride>
bool filter_by_columns(const Filter& f) {
  if (f.channels != 1 || f.width * f.kw > kFilterWidestColumns) return false;
  if (f.kh != f.kw || f.sh != kStride) return false;
  if (f.kw == 3) {
    filter_columns<3, kStride>(f);
  } else if (f.kw == 5) {
    filter_columns<5, kStride>(f);
  } else if (f.kw == 7) {
    filter_columns<7, kStride>(f);
  } else {
    return false;
  }
  return true;
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
