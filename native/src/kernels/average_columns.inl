// Average pooling of 3x3 windows at stride 1 or 2, a vector of windows at a time from the top of a
// strip of rows to its end, as in filter_columns.inl: a row's pixels are added up along the row
// once, then to the sums of all the windows that they belong to. No scratch.
// Padding is left out: rows of it are passed over, columns of it are lanes that a mask clears.
// One thread of a Zen 3, AVX2, against rows added up in scratch first (average_windows.inl): 1.3 to
// 2 times as fast on maps of 7 to 112; of a Zen 4 with 16 lanes 1.4 to 2 times at stride 1, 1.1 to
// 1.6 at stride 2.

namespace conv4j {
namespace CONV4J_ISA {
namespace {

// A vector of windows: which pixels of each tap exist, by tap and vector, and what they count.
template <int kStride, int kSize>
struct AverageColumn {
  AverageColumn(const AverageWindows& a, int64_t window)
      : column(window * kStride - a.plane.pl), written(lanes_inside(window, a.plane.ow)) {
    counts = load_lanes(a.column_counts + window, written, broadcast(1.0F));
    whole = column >= 0 && column + kSize - 1 + kStride * kLanes <= a.plane.iw &&
            window + kLanes <= a.plane.ow;
    for (int64_t kw = 0; kw < kSize; ++kw) {
      for (int64_t v = 0; v < 2; ++v) {
        inside[kw][v] = existing_lanes(column + kw + v * kLanes, a.plane.iw);
      }
    }
  }

  int64_t column;  // of the first tap of the first window
  Lanes written;
  vf counts;
  bool whole;  // all its pixels and windows exist
  vm inside[kSize][2];
};

// What the windows of one row of pixels add up, at stride 2 in loose order.
template <int kStride, int kSize, bool kMasked>
CONV4J_INLINE vf average_row(const float* row, const AverageColumn<kStride, kSize>& c) {
  vf total = zero();
  CONV4J_UNROLL
  for (int kw = 0; kw < kSize; kw += kStride) {
    const vf a = pixels_at<kMasked>(row + kw, c.inside[kw][0]);
    if constexpr (kStride == 1) {
      total = kw == 0 ? a : add(total, a);
    } else {
      const vf b = pixels_at<kMasked>(row + kw + kLanes, c.inside[kw][1]);
      total = kw == 0 ? loose_even(a, b) : add(total, loose_even(a, b));
      if (kw + 1 < kSize) total = add(total, loose_odd(a, b));
    }
  }
  return total;
}

// Output rows [first, end); src is the plane's, and dst points to the vector's in row `first`.
template <int kStride, int kSize, bool kMasked>
CONV4J_NOINLINE void average_run(const AverageWindows& a, const AverageColumn<kStride, kSize>& of,
                                 int64_t first, int64_t end, const float* src, float* dst) {
  constexpr int kLive = (kSize + kStride - 1) / kStride;
  const AverageColumn<kStride, kSize> c = of;  // a copy: what is stored may alias it
  const PoolPlane& p = a.plane;
  const int64_t IW = p.iw;
  const int64_t OW = p.ow;
  const auto IH = static_cast<uint64_t>(p.ih);
  const bool reciprocal = a.reciprocal;
  const float* row_counts = a.row_counts;
  int64_t ih = first * kStride - p.pt;
  src += ih * IW + c.column;
  vf sums[kLive];
  CONV4J_UNROLL
  for (vf& sum : sums) sum = zero();
  // The sums of output row oh come last, those before the strip's first one are dropped.
  for (int64_t oh = first + 1 - kLive; oh < end; ++oh) {
    CONV4J_UNROLL
    for (int j = 0; j < kStride; ++j, src += IW, ++ih) {
      __builtin_prefetch(src + kPixelsAhead);
      if (static_cast<uint64_t>(ih) >= IH) continue;
      const vf total = average_row<kStride, kSize, kMasked>(src, c);
      CONV4J_UNROLL
      for (int d = 0; d < kLive; ++d) {
        if (d * kStride + j < kSize) sums[d] = add(sums[d], total);
      }
    }
    if (oh >= first) {
      const vf total = kStride == 2 ? in_order(sums[kLive - 1]) : sums[kLive - 1];
      const vf y = averaged(total, mul(broadcast(row_counts[oh]), c.counts), reciprocal);
      if (kMasked) {
        store_lanes(dst, c.written, y);
      } else {
        store(dst, y);
      }
      dst += OW;
    }
    CONV4J_UNROLL
    for (int d = kLive - 1; d > 0; --d) sums[d] = sums[d - 1];
    sums[0] = zero();
  }
}

// Which lanes exist is found out once for all planes of one vector: 7x7 takes two thirds of the
// time so.
template <int kStride, int kSize>
void average_columns(const AverageWindows& a) {
  const PoolPlane& p = a.plane;
  const int64_t strip = strip_of_columns(p.iw, kSize, kStride);
  const int64_t at_once = p.ow <= kLanes ? a.planes : 1;
  for (int64_t begin = 0; begin < a.planes; begin += at_once) {
    for (int64_t first = a.first; first < a.end; first += strip) {
      const int64_t end = first + strip < a.end ? first + strip : a.end;
      for (int64_t i = 0; i < p.ow; i = next_vector(i, p.ow)) {
        const AverageColumn<kStride, kSize> column(a, i);
        for (int64_t plane = begin; plane < begin + at_once; ++plane) {
          const float* src = a.from + plane * p.ih * p.iw;
          float* dst = a.to + plane * p.oh * p.ow + first * p.ow + i;
          column.whole ? average_run<kStride, kSize, false>(a, column, first, end, src, dst)
                       : average_run<kStride, kSize, true>(a, column, first, end, src, dst);
        }
      }
    }
  }
}

}  // namespace
}  // namespace CONV4J_ISA
}  // namespace conv4j
